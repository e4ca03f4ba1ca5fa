//! Follows the streams of events, so that what is kept ends when something
//! happens. Where the streams cannot be read, nothing kept is given.

use std::{collections::BTreeMap, time::Duration};

use redis::{
    AsyncCommands as _, AsyncConnectionConfig, Client, RedisError,
    aio::MultiplexedConnection,
    streams::{StreamRangeReply, StreamReadOptions, StreamReadReply},
};

use super::{
    Answers,
    events::{Events, Happened, Position},
};

/// How long one look waits for events.
const BLOCK_MILLIS: usize = 1_000;

/// A Redis that is silent for longer is taken for gone.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// Follows until an error; the caller begins again after a pause.
pub async fn follow(answers: &Answers, url: &str) -> Result<(), RedisError> {
    let streams = answers.streams();
    let outcome = read(&streams, url).await;
    for of in streams.values().flatten() {
        of.end();
    }
    outcome
}

async fn read(streams: &BTreeMap<&str, Vec<&Events>>, url: &str) -> Result<(), RedisError> {
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
    for (stream, of) in streams {
        let newest = newest(&mut redis, stream).await?;
        begin(of, &newest);
        seen.insert(*stream, newest);
    }
    let options = StreamReadOptions::default().block(BLOCK_MILLIS);
    loop {
        let (names, ids): (Vec<&str>, Vec<&String>) =
            seen.iter().map(|(name, id)| (*name, id)).unzip();
        let reply: Option<StreamReadReply> = redis.xread_options(&names, &ids, &options).await?;
        for stream in reply.into_iter().flat_map(|reply| reply.keys) {
            let Some((name, of)) = streams.get_key_value(stream.key.as_str()) else {
                continue;
            };
            for entry in &stream.ids {
                let at = Position::parse(&entry.id).unwrap_or_default();
                let happened = Happened::read(|field| entry.get(field));
                for of in of {
                    of.note(at, happened.clone());
                }
            }
            if let Some(last) = stream.ids.last() {
                seen.insert(*name, last.id.clone());
            }
        }
        // An emptied Redis may count from the beginning again: what comes there
        // would never be newer than what was seen.
        for (name, id) in &mut seen {
            let newest = newest(&mut redis, name).await?;
            if Position::parse(&newest) < Position::parse(id) {
                begin(&streams[name], &newest);
                *id = newest;
            }
        }
    }
}

/// From here on no event of the stream is missed.
fn begin(of: &[&Events], newest: &str) {
    let newest = Position::parse(newest).unwrap_or_default();
    for of in of {
        of.begin(newest);
    }
}

/// The id of a stream's newest entry.
async fn newest(redis: &mut MultiplexedConnection, stream: &str) -> Result<String, RedisError> {
    let reply: StreamRangeReply = redis.xrevrange_count(stream, "+", "-", 1).await?;
    let newest = reply.ids.into_iter().next();
    Ok(newest.map_or_else(|| "0-0".to_owned(), |entry| entry.id))
}
