//! Moves events from Redis into the inbox, in order, whichever replica does it.
//!
//! One replica reads at a time: it holds an advisory lock on the very
//! connection it writes the inbox with, so a replica that lost the lock cannot
//! write. Reading makes entries pending; what is then stored is *all* that is
//! pending in the group, oldest first, so an entry that a replica read and
//! could not store never lets a later one past.

use std::time::Duration;

use redis::{
    AsyncCommands, RedisError,
    aio::MultiplexedConnection,
    streams::{StreamAutoClaimOptions, StreamAutoClaimReply, StreamId, StreamReadOptions},
};
use sqlx::{Connection, PgConnection};
use tokio_util::sync::CancellationToken;

use super::{Event, RedisStreams, intake::Intake};
use crate::lifecycle::pause;

const BATCH: usize = 200;
const BLOCK_MS: usize = 1_000;
/// All replicas share one name: what one left pending is the next one's.
const READER: &str = "inbox";

#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error("redis: {0}")]
    Redis(#[from] RedisError),
    #[error("inbox: {0}")]
    Inbox(#[from] sqlx::Error),
}

/// Reads until the stop.
pub(super) async fn run(bus: &RedisStreams, intake: &Intake, stopping: &CancellationToken) {
    let mut troubled = false;
    while !stopping.is_cancelled() {
        match lead(bus, intake, stopping, &mut troubled).await {
            // Another replica reads; look again later.
            Ok(()) => {}
            Err(error) => {
                if !troubled {
                    tracing::warn!(consumer = intake.name(), %error, "events cannot be read");
                }
                troubled = true;
            }
        }
        pause(stopping, Duration::from_secs(1)).await;
    }
}

/// Reads while this replica holds the lock.
async fn lead(
    bus: &RedisStreams,
    intake: &Intake,
    stopping: &CancellationToken,
    troubled: &mut bool,
) -> Result<(), ReadError> {
    // Out of the pool: the lock belongs to the session and ends with it.
    let mut conn = intake.pool().acquire().await?.detach();
    let mine: bool =
        sqlx::query_scalar("SELECT pg_try_advisory_lock(hashtextextended('kit.inbox.' || $1, 0))")
            .bind(intake.name())
            .fetch_one(&mut conn)
            .await?;
    let outcome = if mine {
        tokio::select! {
            () = stopping.cancelled() => Ok(()),
            outcome = read(bus, intake, &mut conn, troubled) => outcome,
        }
    } else {
        Ok(())
    };
    // Best effort: a session that is gone has no lock either.
    let _ = conn.close().await;
    outcome
}

async fn read(
    bus: &RedisStreams,
    intake: &Intake,
    conn: &mut PgConnection,
    troubled: &mut bool,
) -> Result<(), ReadError> {
    let streams: Vec<String> = intake
        .services()
        .map(|service| bus.stream(service))
        .collect();
    let newest = vec![">"; streams.len()];
    let options = StreamReadOptions::default()
        .group(intake.name(), READER)
        .count(BATCH)
        .block(BLOCK_MS);
    let mut redis = bus.reading_connection().await?;
    join_groups(&mut redis, intake, &streams).await?;
    loop {
        for stream in &streams {
            store_pending(&mut redis, intake, conn, stream).await?;
        }
        if std::mem::take(troubled) {
            tracing::info!(consumer = intake.name(), "events are read again");
        }
        // The lock is only as good as its session.
        conn.ping().await?;
        let seen: Result<Option<redis::streams::StreamReadReply>, RedisError> =
            redis.xread_options(&streams, &newest, &options).await;
        match seen {
            Ok(_) => {}
            // Redis was emptied: begin again.
            Err(error) if matches!(error.code(), Some("NOGROUP" | "UNBLOCKED")) => {
                join_groups(&mut redis, intake, &streams).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// A new group begins at the first entry that is kept.
async fn join_groups(
    redis: &mut MultiplexedConnection,
    intake: &Intake,
    streams: &[String],
) -> Result<(), RedisError> {
    for stream in streams {
        let made: Result<(), RedisError> = redis
            .xgroup_create_mkstream(stream, intake.name(), "0")
            .await;
        match made {
            Err(error) if error.code() != Some("BUSYGROUP") => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

async fn store_pending(
    redis: &mut MultiplexedConnection,
    intake: &Intake,
    conn: &mut PgConnection,
    stream: &str,
) -> Result<(), ReadError> {
    loop {
        let options = StreamAutoClaimOptions::default().count(BATCH);
        let claimed: Result<StreamAutoClaimReply, RedisError> = redis
            .xautoclaim_options(stream, intake.name(), READER, 0, "0-0", options)
            .await;
        let pending = match claimed {
            Ok(reply) => reply.claimed,
            Err(error) if error.code() == Some("NOGROUP") => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if pending.is_empty() {
            return Ok(());
        }
        let events: Vec<Event> = pending
            .iter()
            .filter_map(|entry| decode(stream, entry))
            .collect();
        intake.accept(conn, &events).await?;
        let ids: Vec<&str> = pending.iter().map(|entry| entry.id.as_str()).collect();
        let () = redis
            .xack::<_, _, _, i64>(stream, intake.name(), &ids)
            .await
            .map(|_| ())?;
    }
}

/// What is no event was put there by somebody else; it blocks nobody.
fn decode(stream: &str, entry: &StreamId) -> Option<Event> {
    let text: String = entry.get("event")?;
    serde_json::from_str(&text)
        .inspect_err(|error| tracing::error!(stream, entry = entry.id, %error, "no event"))
        .ok()
}
