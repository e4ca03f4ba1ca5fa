//! Events that could not be handled: look, mend the cause, replay, or put aside
//! for good. Who does so on the command line goes through [`crate::repair`].

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, Result, types::Json};
use uuid::Uuid;

use super::Event;

/// A parked event.
#[derive(Clone, Debug, FromRow)]
pub struct DeadLetter {
    /// Whose handler failed.
    pub consumer: String,
    /// The event.
    pub event_id: Uuid,
    /// As it came.
    pub event: Json<Event>,
    /// What the last attempt said.
    pub reason: String,
    /// How many attempts were made.
    pub attempts: i32,
    /// When it was parked, by the injected clock.
    pub parked_at: DateTime<Utc>,
}

/// Those that wait for somebody, oldest first.
pub async fn list(conn: &mut PgConnection, limit: i64) -> Result<Vec<DeadLetter>> {
    sqlx::query_as(
        "SELECT consumer, event_id, event, reason, attempts, parked_at FROM kit.dead_letters
         WHERE replayed_at IS NULL AND dropped_at IS NULL ORDER BY parked_at, event_id LIMIT $1",
    )
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Gives a parked event all its attempts again; false where none is parked.
/// Later events of its aggregate that are still pending wait for it. One that
/// was dropped comes back.
pub async fn replay(
    conn: &mut PgConnection,
    consumer: &str,
    event_id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool> {
    let back = sqlx::query(
        "WITH letter AS (
             UPDATE kit.dead_letters SET replayed_at = $3, dropped_at = NULL
             WHERE consumer = $1 AND event_id = $2 AND replayed_at IS NULL
             RETURNING consumer, event_id)
         UPDATE kit.inbox i
         SET state = 'pending', attempts = 0, next_at = NULL, last_error = NULL
         FROM letter
         WHERE i.consumer = letter.consumer AND i.event_id = letter.event_id
           AND i.state = 'parked'",
    )
    .bind(consumer)
    .bind(event_id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(back.rows_affected() == 1)
}

/// Puts a parked event aside for good; false where none is parked. It stays in
/// the inbox, so that a second delivery has no effect either.
pub async fn drop(
    conn: &mut PgConnection,
    consumer: &str,
    event_id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool> {
    let gone = sqlx::query(
        "UPDATE kit.dead_letters SET dropped_at = $3
         WHERE consumer = $1 AND event_id = $2 AND replayed_at IS NULL AND dropped_at IS NULL",
    )
    .bind(consumer)
    .bind(event_id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(gone.rows_affected() == 1)
}
