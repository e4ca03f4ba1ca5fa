//! One effect per key: a client that never saw an answer may ask again.
//!
//! The first call with a key stores its answer in the transaction of its
//! effect; a later call with the same key and the same input is given that
//! answer, refusals included; with another input it is refused as
//! `IDEMPOTENCY_KEY_REUSED`. A call that comes while the first is under way
//! waits for it: the insert is the first statement, and its unique key is the
//! lock. Keys are scoped to the caller and the operation.
//!
//! Use cases reach this through [`crate::db::Tx::replay`] and
//! [`crate::db::Tx::answer`]. Where a refusal is an answer of its own (a
//! ledger that says "not enough" must say so again to the same key), use
//! [`run`]: it keeps refusals too, with everything else rolled back.
//!
//! ```ignore
//! let mut tx = state.core.db.begin(caller).await?;
//! let outcome = idempotency::run(&mut tx, &call, async |conn| {
//!     ledger::transfer(conn, from, to, minutes, now).await
//! })
//! .await?;              // an error: roll back, nothing is kept
//! tx.commit().await?;   // an outcome, Done or Refused: commit it
//! ```

mod outcome;
mod sweeper;

use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, Kind, idempotency::RequestHash};
use serde_json::Value;
use sqlx::PgConnection;

pub use outcome::{Outcome, StoredRefusal, outcome, run};
pub use sweeper::sweep;

use crate::error::{Error, Result};

/// Which answer a call is about.
#[derive(Clone, Debug)]
pub struct IdempotentCall {
    /// Who calls: the token's subject.
    pub subject: String,
    /// Which mutation.
    pub operation: &'static str,
    /// The key the client chose.
    pub key: IdempotencyKey,
    /// What was asked.
    pub request: RequestHash,
    /// When, by the injected clock.
    pub at: DateTime<Utc>,
}

/// What [`begin`] found.
#[derive(Clone, Debug, PartialEq)]
pub enum Begin {
    /// The key is new: go on, and [`finish`] in the same transaction.
    First,
    /// The answer that was given then.
    Replay(Value),
}

/// Takes the key in the caller's transaction, or finds the answer it has.
/// Waits while another call with the key is under way.
pub async fn begin(conn: &mut PgConnection, call: &IdempotentCall) -> Result<Begin> {
    let taken = sqlx::query(
        "INSERT INTO kit.idempotency_answers (subject, operation, key, request_hash, at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (subject, operation, key) DO NOTHING",
    )
    .bind(&call.subject)
    .bind(call.operation)
    .bind(call.key.as_str())
    .bind(call.request.as_bytes().as_slice())
    .bind(call.at)
    .execute(&mut *conn)
    .await?
    .rows_affected();
    if taken == 1 {
        return Ok(Begin::First);
    }
    let (hash, answer): (Vec<u8>, Option<Value>) = sqlx::query_as(
        "SELECT request_hash, answer FROM kit.idempotency_answers
         WHERE subject = $1 AND operation = $2 AND key = $3",
    )
    .bind(&call.subject)
    .bind(call.operation)
    .bind(call.key.as_str())
    .fetch_one(conn)
    .await?;
    if hash != call.request.as_bytes() {
        return Err(reused());
    }
    // Committed without an answer: the effect is there, so it must not happen
    // again, and nothing can be told about it.
    answer.map(Begin::Replay).ok_or_else(|| {
        Error::inconsistent(
            "idempotency_answers",
            "answer",
            format_args!("{}", call.operation),
        )
    })
}

/// Keeps the answer of a first call, in the transaction of its effect.
pub async fn finish(conn: &mut PgConnection, call: &IdempotentCall, answer: &Value) -> Result<()> {
    let kept = sqlx::query(
        "UPDATE kit.idempotency_answers SET answer = $4
         WHERE subject = $1 AND operation = $2 AND key = $3 AND answer IS NULL",
    )
    .bind(&call.subject)
    .bind(call.operation)
    .bind(call.key.as_str())
    .bind(answer)
    .execute(conn)
    .await?
    .rows_affected();
    if kept != 1 {
        return Err(Error::internal(anyhow::anyhow!(
            "the answer of {} was finished without a begin, or twice",
            call.operation
        )));
    }
    Ok(())
}

/// Forgets answers recorded longer ago than `keep_seconds`, a piece at a time.
pub async fn prune(conn: &mut PgConnection, keep_seconds: f64) -> Result<u64> {
    Ok(sqlx::query(
        "DELETE FROM kit.idempotency_answers WHERE (subject, operation, key) IN (
             SELECT subject, operation, key FROM kit.idempotency_answers
             WHERE recorded_at < now() - make_interval(secs => $1) LIMIT 5000)",
    )
    .bind(keep_seconds)
    .execute(conn)
    .await?
    .rows_affected())
}

fn reused() -> Error {
    Error::new(
        Kind::Refused,
        "IDEMPOTENCY_KEY_REUSED",
        "该幂等键已用于内容不同的请求,请更换新的幂等键",
        "This idempotency key was used for a different request; choose a new key",
    )
    .at("input.idempotencyKey")
}
