//! The outbox: SQL of the writing side.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, Result, types::Json};
use uuid::Uuid;

use super::{Event, NewEvent};

/// Writes an event in the caller's transaction; answers its number within the
/// aggregate. Other writers of the same aggregate wait until the commit.
pub async fn append(conn: &mut PgConnection, event: &NewEvent) -> Result<i64> {
    append_version(conn, event, 1).await
}

/// As [`append`], where `data` has a later form than the first.
pub async fn append_version(
    conn: &mut PgConnection,
    event: &NewEvent,
    version: i32,
) -> Result<i64> {
    sqlx::query_scalar(
        "WITH next AS (
             INSERT INTO kit.outbox_aggregates AS a (aggregate, aggregate_id, sequence)
             VALUES ($2, $3, 1)
             ON CONFLICT (aggregate, aggregate_id) DO UPDATE SET sequence = a.sequence + 1
             RETURNING a.sequence)
         INSERT INTO kit.outbox
             (subject, aggregate, aggregate_id, sequence, version, trace_id, at, data)
         SELECT $1, $2, $3, next.sequence, $4, $5, $6, $7 FROM next
         RETURNING sequence",
    )
    .bind(event.subject)
    .bind(event.aggregate)
    .bind(event.aggregate_id)
    .bind(version)
    .bind(event.trace_id)
    .bind(event.at)
    .bind(&event.data)
    .fetch_one(conn)
    .await
}

/// Writes several events. Aggregates are locked in the order of their ids, so
/// two callers with the same aggregates cannot block each other; within an
/// aggregate the given order stays.
pub async fn append_all(conn: &mut PgConnection, events: &[NewEvent]) -> Result<()> {
    let mut ordered: Vec<&NewEvent> = events.iter().collect();
    ordered.sort_by_key(|event| (event.aggregate, event.aggregate_id));
    for event in ordered {
        append(conn, event).await?;
    }
    Ok(())
}

/// A claimed row.
#[derive(Debug)]
pub(super) struct Claimed {
    pub position: i64,
    pub event: Event,
}

#[derive(FromRow)]
struct Row {
    position: i64,
    id: Uuid,
    subject: String,
    aggregate: String,
    aggregate_id: Uuid,
    sequence: i64,
    version: i32,
    trace_id: Option<Uuid>,
    at: DateTime<Utc>,
    data: Json<serde_json::Value>,
}

impl From<Row> for Claimed {
    fn from(row: Row) -> Self {
        let event = Event {
            id: row.id,
            subject: row.subject,
            aggregate: row.aggregate,
            aggregate_id: row.aggregate_id,
            sequence: row.sequence,
            version: row.version,
            trace_id: row.trace_id,
            at: row.at,
            data: row.data.0,
        };
        Self {
            position: row.position,
            event,
        }
    }
}

/// Takes up to `limit` events in the order they may be sent. The first unsent
/// row of each aggregate is locked until the caller's transaction ends, which
/// keeps other relays off the whole aggregate: what follows an unsent row is
/// nobody's first.
pub(super) async fn claim(conn: &mut PgConnection, limit: i64) -> Result<Vec<Claimed>> {
    let heads: Vec<(String, Uuid)> = sqlx::query_as(
        "SELECT aggregate, aggregate_id FROM kit.outbox o
         WHERE sent_at IS NULL AND NOT EXISTS (
             SELECT 1 FROM kit.outbox earlier
             WHERE earlier.aggregate = o.aggregate AND earlier.aggregate_id = o.aggregate_id
               AND earlier.sent_at IS NULL AND earlier.sequence < o.sequence)
         ORDER BY position LIMIT $1
         FOR UPDATE OF o SKIP LOCKED",
    )
    .bind(limit)
    .fetch_all(&mut *conn)
    .await?;
    if heads.is_empty() {
        return Ok(Vec::new());
    }
    let (aggregates, ids): (Vec<String>, Vec<Uuid>) = heads.into_iter().unzip();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT position, id, subject, o.aggregate, o.aggregate_id, sequence, version, trace_id,
                at, data
         FROM kit.outbox o
         JOIN unnest($1::text[], $2::uuid[]) AS head (aggregate, aggregate_id)
           ON head.aggregate = o.aggregate AND head.aggregate_id = o.aggregate_id
         WHERE sent_at IS NULL
         ORDER BY position LIMIT $3",
    )
    .bind(aggregates)
    .bind(ids)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Claimed::from).collect())
}

/// Marks claimed rows as handed to the bus.
pub(super) async fn mark_sent(conn: &mut PgConnection, positions: &[i64]) -> Result<()> {
    let marked = sqlx::query("UPDATE kit.outbox SET sent_at = now() WHERE position = ANY ($1)")
        .bind(positions)
        .execute(conn)
        .await?
        .rows_affected();
    debug_assert_eq!(
        usize::try_from(marked).ok(),
        Some(positions.len()),
        "rows were locked"
    );
    Ok(())
}

/// The life of the bus that sent rows were handed to.
pub(super) async fn epoch(conn: &mut PgConnection) -> Result<Uuid> {
    sqlx::query_scalar("SELECT epoch FROM kit.outbox_epoch")
        .fetch_one(conn)
        .await
}

/// The same, held still until the
/// transaction ends, so that a new life cannot begin in the middle of a batch.
pub(super) async fn hold_epoch(conn: &mut PgConnection) -> Result<Uuid> {
    sqlx::query_scalar("SELECT epoch FROM kit.outbox_epoch FOR SHARE")
        .fetch_one(conn)
        .await
}

/// As [`hold_epoch`], but alone: waits for the batches under way.
pub(super) async fn lock_epoch(conn: &mut PgConnection) -> Result<Uuid> {
    sqlx::query_scalar("SELECT epoch FROM kit.outbox_epoch FOR UPDATE")
        .fetch_one(conn)
        .await
}

/// Begins a new life of the bus: every kept row is to be sent again.
pub(super) async fn renew_epoch(conn: &mut PgConnection) -> Result<(Uuid, u64)> {
    let again = sqlx::query("UPDATE kit.outbox SET sent_at = NULL WHERE sent_at IS NOT NULL")
        .execute(&mut *conn)
        .await?
        .rows_affected();
    let epoch =
        sqlx::query_scalar("UPDATE kit.outbox_epoch SET epoch = gen_random_uuid() RETURNING epoch")
            .fetch_one(conn)
            .await?;
    Ok((epoch, again))
}

/// How much is waiting, and for how long by the database's clock.
pub(super) async fn backlog(conn: &mut PgConnection) -> Result<(i64, f64)> {
    sqlx::query_as(
        "SELECT count(*),
                coalesce(extract(epoch FROM now() - min(recorded_at)), 0)::double precision
         FROM kit.outbox WHERE sent_at IS NULL",
    )
    .fetch_one(conn)
    .await
}

/// Drops rows that were sent long ago, a piece at a time.
pub(super) async fn prune(conn: &mut PgConnection, keep_seconds: f64) -> Result<u64> {
    Ok(sqlx::query(
        "DELETE FROM kit.outbox WHERE position IN (
             SELECT position FROM kit.outbox
             WHERE sent_at < now() - make_interval(secs => $1) LIMIT 5000)",
    )
    .bind(keep_seconds)
    .execute(conn)
    .await?
    .rows_affected())
}
