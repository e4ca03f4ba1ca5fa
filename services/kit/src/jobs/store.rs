//! SQL of the jobs.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Result};

use super::{Enqueued, Job, NewJob};

/// Enqueues in the caller's transaction. A live job with the same key is moved
/// to the new time and payload, also one that is claimed and has not begun; one
/// that has begun is waited for.
pub async fn enqueue(conn: &mut PgConnection, job: &NewJob) -> Result<Enqueued> {
    let row: Option<(i64, bool)> = sqlx::query_as(
        "INSERT INTO kit.jobs AS j (queue, kind, key, payload, run_at, max_attempts)
         VALUES ($1, $2, $3, $4, coalesce($5, '-infinity'), $6)
         ON CONFLICT (key) WHERE key IS NOT NULL AND state IN ('queued', 'running')
         DO UPDATE SET queue = excluded.queue, kind = excluded.kind,
             payload = excluded.payload, run_at = excluded.run_at,
             max_attempts = excluded.max_attempts, state = 'queued', attempts = 0,
             leased_until = NULL, last_error = NULL
             WHERE NOT $7
         RETURNING j.id, j.xmax = 0",
    )
    .bind(job.queue)
    .bind(job.kind)
    .bind(&job.key)
    .bind(&job.payload)
    .bind(job.run_at)
    .bind(job.max_attempts)
    .bind(job.keep_first)
    .fetch_optional(conn)
    .await?;
    Ok(match row {
        Some((id, true)) => Enqueued::New(id),
        Some((id, false)) => Enqueued::Moved(id),
        None => Enqueued::Kept,
    })
}

/// Withdraws the live job with this key; false where there is none, or where
/// it has just been done.
pub async fn cancel(conn: &mut PgConnection, key: &str) -> Result<bool> {
    let gone = sqlx::query(
        "UPDATE kit.jobs SET state = 'cancelled', leased_until = NULL, finished_at = now()
         WHERE key = $1 AND state IN ('queued', 'running')",
    )
    .bind(key)
    .execute(conn)
    .await?;
    Ok(gone.rows_affected() == 1)
}

/// Dead jobs, oldest first.
pub async fn list_dead(conn: &mut PgConnection, queue: &str, limit: i64) -> Result<Vec<Job>> {
    sqlx::query_as(
        "SELECT id, queue, kind, key,
                CASE WHEN isfinite(run_at) THEN run_at ELSE created_at END AS run_at,
                attempts, max_attempts, claim, payload, last_error
         FROM kit.jobs WHERE queue = $1 AND state = 'dead' ORDER BY id LIMIT $2",
    )
    .bind(queue)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Gives a dead job all its attempts again, from `run_at` on.
pub async fn revive(conn: &mut PgConnection, id: i64, run_at: DateTime<Utc>) -> Result<bool> {
    let back = sqlx::query(
        "UPDATE kit.jobs SET state = 'queued', attempts = 0, run_at = $2, finished_at = NULL
         WHERE id = $1 AND state = 'dead'",
    )
    .bind(id)
    .bind(run_at)
    .execute(conn)
    .await?;
    Ok(back.rows_affected() == 1)
}

/// Takes due jobs of the kinds this worker knows; others wait for a release
/// that knows them. Counts the attempt before it is made.
pub(super) async fn claim(
    conn: &mut PgConnection,
    queue: &str,
    kinds: &[&str],
    now: DateTime<Utc>,
    lease_seconds: f64,
    limit: i64,
) -> Result<Vec<Job>> {
    sqlx::query_as(
        "WITH due AS (
             SELECT id FROM kit.jobs
             WHERE queue = $1 AND state = 'queued' AND run_at <= $3 AND kind = ANY ($2)
             ORDER BY run_at, id LIMIT $5 FOR UPDATE SKIP LOCKED)
         UPDATE kit.jobs j
         SET state = 'running', attempts = attempts + 1, claim = claim + 1,
             leased_until = now() + make_interval(secs => $4)
         FROM due WHERE j.id = due.id
         RETURNING j.id, queue, kind, key,
             CASE WHEN isfinite(run_at) THEN run_at ELSE $3 END AS run_at,
             attempts, max_attempts, claim, payload, last_error",
    )
    .bind(queue)
    .bind(kinds)
    .bind(now)
    .bind(lease_seconds)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Marks a claimed job as done, in the transaction of its effect and before
/// it: the row stays locked to its end, and the handler may enqueue the same
/// key again. False where the claim was lost or the job withdrawn.
pub(super) async fn complete(conn: &mut PgConnection, job: &Job) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE kit.jobs
         SET state = 'done', leased_until = NULL, last_error = NULL, finished_at = now()
         WHERE id = $1 AND claim = $2 AND state = 'running'",
    )
    .bind(job.id)
    .bind(job.claim)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a failed job back until `run_at`, or aside for good where there is none.
pub(super) async fn fail(
    conn: &mut PgConnection,
    job: &Job,
    run_at: Option<DateTime<Utc>>,
    error: &str,
) -> Result<bool> {
    let back = sqlx::query(
        "UPDATE kit.jobs
         SET state = CASE WHEN $3::timestamptz IS NULL THEN 'dead' ELSE 'queued' END,
             run_at = coalesce($3, run_at), leased_until = NULL, last_error = $4,
             finished_at = CASE WHEN $3::timestamptz IS NULL THEN now() END
         WHERE id = $1 AND claim = $2 AND state = 'running'",
    )
    .bind(job.id)
    .bind(job.claim)
    .bind(run_at)
    .bind(error)
    .execute(conn)
    .await?;
    Ok(back.rows_affected() == 1)
}

/// Frees jobs whose worker vanished between claiming and finishing. One whose
/// handler's transaction lives is locked, and skipped.
pub(super) async fn sweep(conn: &mut PgConnection, queue: &str) -> Result<u64> {
    Ok(sqlx::query(
        "WITH lost AS (
             SELECT id FROM kit.jobs
             WHERE queue = $1 AND state = 'running' AND leased_until <= now()
             FOR UPDATE SKIP LOCKED)
         UPDATE kit.jobs j
         SET state = CASE WHEN attempts >= max_attempts THEN 'dead' ELSE 'queued' END,
             leased_until = NULL, last_error = 'the worker vanished',
             finished_at = CASE WHEN attempts >= max_attempts THEN now() END
         FROM lost WHERE j.id = lost.id",
    )
    .bind(queue)
    .execute(conn)
    .await?
    .rows_affected())
}

/// How many are dead, and since when the oldest due one waits.
pub(super) async fn backlog(
    conn: &mut PgConnection,
    queue: &str,
    now: DateTime<Utc>,
) -> Result<(i64, i64)> {
    sqlx::query_as(
        "SELECT (SELECT count(*) FROM kit.jobs WHERE queue = $1 AND state = 'dead'),
                (SELECT count(*) FROM kit.jobs
                 WHERE queue = $1 AND state = 'queued' AND run_at <= $2)",
    )
    .bind(queue)
    .bind(now)
    .fetch_one(conn)
    .await
}

/// Forgets finished jobs, a piece at a time. Dead ones stay.
pub(super) async fn prune(conn: &mut PgConnection, keep_seconds: f64) -> Result<u64> {
    Ok(sqlx::query(
        "DELETE FROM kit.jobs WHERE id IN (
             SELECT id FROM kit.jobs
             WHERE state IN ('done', 'cancelled')
               AND finished_at < now() - make_interval(secs => $1) LIMIT 5000)",
    )
    .bind(keep_seconds)
    .execute(conn)
    .await?
    .rows_affected())
}
