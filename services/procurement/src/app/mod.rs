//! Use cases: authorisation, and the only begin and commit.
pub mod award;
pub mod bid;
pub mod contract;
pub mod expert;
pub mod fund;
pub mod gauge;
pub mod linkage;
pub mod milestone;
pub mod need;
pub mod opening;
pub mod panel;
pub mod score_sheet;
pub mod tender;

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, IdempotencyKey, china_date};
use kit::{
    audit,
    auth::{Caller, Resource},
    parameters,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sqlx::PgConnection;

use crate::{error::Result, state::State};

/// The answer that the same key was given before, where peers would be asked
/// again otherwise: what they say now does not change what was answered then.
async fn replayed<T: DeserializeOwned>(
    state: &State,
    caller: &Caller,
    operation: &'static str,
    key: &IdempotencyKey,
    input: &impl Serialize,
) -> Result<Option<T>> {
    let mut probe = state.core.db.begin(caller).await?;
    probe
        .replay(operation, key, input, state.core.clock.now())
        .await
}

/// Appends what was done to the audit log; the last statement before the commit.
async fn record(
    conn: &mut PgConnection,
    caller: &Caller,
    action: &str,
    resource: &Resource,
    now: DateTime<Utc>,
    detail: Value,
) -> Result<()> {
    let entry = audit::Entry::write(caller, action, resource, now).detail(detail);
    audit::append(conn, &entry).await?;
    Ok(())
}

/// A legal number in force at an instant.
async fn number(
    conn: &mut PgConnection,
    key: &str,
    division: &DivisionCode,
    at: DateTime<Utc>,
) -> Result<i64> {
    parameters::number(conn, key, Some(division), china_date(at)).await
}

/// A legal number that counts something.
async fn count(
    conn: &mut PgConnection,
    key: &str,
    division: &DivisionCode,
    at: DateTime<Utc>,
) -> Result<u32> {
    let value = number(conn, key, division, at).await?;
    u32::try_from(value).map_err(|_| {
        kit::Error::internal(anyhow::anyhow!(
            "the parameter {key} is {value}, which counts nothing"
        ))
    })
}
