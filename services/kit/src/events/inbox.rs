//! The inbox: SQL of the reading side.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, Result, types::Json};
use uuid::Uuid;

use super::Event;

/// A row that is this worker's for a while.
#[derive(Debug, FromRow)]
pub(super) struct Claimed {
    pub position: i64,
    pub attempts: i32,
    pub event: Json<Event>,
}

/// Stores events in the given order; those already known are dropped. Answers
/// how many were new.
pub(super) async fn accept(
    conn: &mut PgConnection,
    consumer: &str,
    events: &[&Event],
) -> Result<u64> {
    let mut ids = Vec::with_capacity(events.len());
    let mut subjects = Vec::with_capacity(events.len());
    let mut aggregates = Vec::with_capacity(events.len());
    let mut aggregate_ids = Vec::with_capacity(events.len());
    let mut bodies = Vec::with_capacity(events.len());
    for event in events {
        ids.push(event.id);
        subjects.push(event.subject.as_str());
        aggregates.push(event.aggregate.as_str());
        aggregate_ids.push(event.aggregate_id);
        bodies.push(Json(*event));
    }
    Ok(sqlx::query(
        "INSERT INTO kit.inbox (consumer, event_id, subject, aggregate, aggregate_id, event)
         SELECT $1, id, subject, aggregate, aggregate_id, event
         FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::jsonb[])
              WITH ORDINALITY AS given (id, subject, aggregate, aggregate_id, event, nth)
         ORDER BY nth
         ON CONFLICT (consumer, event_id) DO NOTHING",
    )
    .bind(consumer)
    .bind(ids)
    .bind(subjects)
    .bind(aggregates)
    .bind(aggregate_ids)
    .bind(bodies)
    .execute(conn)
    .await?
    .rows_affected())
}

/// Takes up to `limit` events that are due, the first of their aggregate, and
/// counts the attempt before it is made: one that kills the process counts.
///
/// The lease only covers the moment until the handler's transaction locks the
/// row; from then on the lock keeps others off for as long as it lives.
pub(super) async fn claim(
    conn: &mut PgConnection,
    consumer: &str,
    now: DateTime<Utc>,
    lease_seconds: f64,
    limit: i64,
) -> Result<Vec<Claimed>> {
    sqlx::query_as(
        "WITH heads AS (
             SELECT position FROM kit.inbox i
             WHERE consumer = $1 AND state = 'pending'
               AND (next_at IS NULL OR next_at <= $2)
               AND (leased_until IS NULL OR leased_until <= now())
               AND NOT EXISTS (
                   SELECT 1 FROM kit.inbox earlier
                   WHERE earlier.consumer = i.consumer AND earlier.state = 'pending'
                     AND earlier.aggregate = i.aggregate
                     AND earlier.aggregate_id = i.aggregate_id
                     AND earlier.position < i.position)
             ORDER BY position LIMIT $4
             FOR UPDATE OF i SKIP LOCKED)
         UPDATE kit.inbox i
         SET attempts = attempts + 1, leased_until = now() + make_interval(secs => $3)
         FROM heads WHERE i.position = heads.position
         RETURNING i.position, i.attempts, i.event",
    )
    .bind(consumer)
    .bind(now)
    .bind(lease_seconds)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Marks a claimed row as handled, in the transaction of the effect and before
/// it: the row stays locked to its end. False where the claim was lost.
pub(super) async fn complete(conn: &mut PgConnection, row: &Claimed) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE kit.inbox
         SET state = 'done', done_at = now(), event = NULL, leased_until = NULL,
             last_error = NULL
         WHERE position = $1 AND attempts = $2 AND state = 'pending'",
    )
    .bind(row.position)
    .bind(row.attempts)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a failed row back until `next_at`.
pub(super) async fn retry_at(
    conn: &mut PgConnection,
    row: &Claimed,
    next_at: DateTime<Utc>,
    error: &str,
) -> Result<bool> {
    let back = sqlx::query(
        "UPDATE kit.inbox SET next_at = $3, leased_until = NULL, last_error = $4
         WHERE position = $1 AND attempts = $2 AND state = 'pending'",
    )
    .bind(row.position)
    .bind(row.attempts)
    .bind(next_at)
    .bind(error)
    .execute(conn)
    .await?;
    Ok(back.rows_affected() == 1)
}

/// Puts a row aside for people to look at.
pub(super) async fn park(
    conn: &mut PgConnection,
    row: &Claimed,
    now: DateTime<Utc>,
    reason: &str,
) -> Result<bool> {
    let parked = sqlx::query(
        "WITH row AS (
             UPDATE kit.inbox SET state = 'parked', leased_until = NULL, last_error = $3
             WHERE position = $1 AND attempts = $2 AND state = 'pending'
             RETURNING consumer, event_id, event, attempts)
         INSERT INTO kit.dead_letters (consumer, event_id, event, reason, attempts, parked_at)
         SELECT consumer, event_id, event, $3, attempts, $4 FROM row
         ON CONFLICT (consumer, event_id) DO UPDATE
         SET reason = excluded.reason, attempts = excluded.attempts,
             parked_at = excluded.parked_at, replayed_at = NULL, dropped_at = NULL",
    )
    .bind(row.position)
    .bind(row.attempts)
    .bind(reason)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(parked.rows_affected() == 1)
}

/// How many wait and how many are parked.
pub(super) async fn backlog(conn: &mut PgConnection, consumer: &str) -> Result<(i64, i64)> {
    sqlx::query_as(
        "SELECT (SELECT count(*) FROM kit.inbox WHERE consumer = $1 AND state = 'pending'),
                (SELECT count(*) FROM kit.dead_letters
                 WHERE consumer = $1 AND replayed_at IS NULL AND dropped_at IS NULL)",
    )
    .bind(consumer)
    .fetch_one(conn)
    .await
}

/// Whether a consumer has had the effect of an event.
pub async fn is_done(conn: &mut PgConnection, consumer: &str, event: Uuid) -> Result<bool> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM kit.inbox
                        WHERE consumer = $1 AND event_id = $2 AND state = 'done')",
    )
    .bind(consumer)
    .bind(event)
    .fetch_one(conn)
    .await
}

/// Forgets events handled long ago, a piece at a time. Must remember longer
/// than outboxes keep what they may send again.
pub(super) async fn prune(conn: &mut PgConnection, keep_seconds: f64) -> Result<u64> {
    Ok(sqlx::query(
        "DELETE FROM kit.inbox WHERE position IN (
             SELECT position FROM kit.inbox
             WHERE state = 'done' AND done_at < now() - make_interval(secs => $1) LIMIT 5000)",
    )
    .bind(keep_seconds)
    .execute(conn)
    .await?
    .rows_affected())
}
