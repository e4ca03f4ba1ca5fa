//! Follows the streams of events, so that what is kept ends when something
//! happens. Where the streams cannot be read, nothing kept is given.

use std::{collections::BTreeMap, time::Duration};

use redis::{
    AsyncCommands as _, AsyncConnectionConfig, Client, RedisError,
    aio::MultiplexedConnection,
    streams::{StreamRangeReply, StreamReadOptions, StreamReadReply},
};

use super::Answers;

/// How long one look waits for events.
const BLOCK_MILLIS: usize = 1_000;

/// A Redis that is silent for longer is taken for gone.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// Follows until an error; the caller begins again after a pause.
pub async fn follow(answers: &Answers, url: &str) -> Result<(), RedisError> {
    let outcome = read(answers, url).await;
    answers.live(false);
    outcome
}

async fn read(answers: &Answers, url: &str) -> Result<(), RedisError> {
    let streams = answers.streams();
    if streams.is_empty() {
        return Ok(());
    }
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(ANSWER_WITHIN))
        .set_response_timeout(Some(ANSWER_WITHIN));
    let mut redis = Client::open(url)?
        .get_multiplexed_async_connection_with_config(&config)
        .await?;
    let mut seen = BTreeMap::new();
    for stream in streams.keys() {
        seen.insert(*stream, newest(&mut redis, stream).await?);
    }
    // From here on no event is missed.
    answers.live(true);
    let options = StreamReadOptions::default().block(BLOCK_MILLIS);
    loop {
        let (names, ids): (Vec<&str>, Vec<&String>) =
            seen.iter().map(|(name, id)| (*name, id)).unzip();
        let reply: Option<StreamReadReply> = redis.xread_options(&names, &ids, &options).await?;
        for stream in reply.into_iter().flat_map(|reply| reply.keys) {
            let Some((name, of)) = streams.get_key_value(stream.key.as_str()) else {
                continue;
            };
            for subgraph in of {
                answers.forget(subgraph);
            }
            if let Some(last) = stream.ids.last() {
                seen.insert(*name, last.id.clone());
            }
        }
        // An emptied Redis counts from the beginning again: what comes there
        // would never be newer than what was seen.
        for (name, id) in &mut seen {
            let newest = newest(&mut redis, name).await?;
            if newest != *id {
                for subgraph in &streams[name] {
                    answers.forget(subgraph);
                }
                *id = newest;
            }
        }
    }
}

/// The id of a stream's newest entry.
async fn newest(redis: &mut MultiplexedConnection, stream: &str) -> Result<String, RedisError> {
    let reply: StreamRangeReply = redis.xrevrange_count(stream, "+", "-", 1).await?;
    let newest = reply.ids.into_iter().next();
    Ok(newest.map_or_else(|| "0-0".to_owned(), |entry| entry.id))
}
