//! Use cases: authorisation, and the only begin and commit.
pub mod award;
pub mod bid;
pub mod challenge;
pub mod commission;
pub mod complaint;
pub mod contract;
pub mod expert;
pub mod expert_pool;
pub mod fund;
pub mod gauge;
pub mod guide;
pub mod linkage;
pub mod milestone;
pub mod monitoring;
pub mod need;
pub mod ocds;
pub mod opening;
pub mod panel;
pub mod replacement;
pub mod score_sheet;
pub mod tender;
pub mod termination;
pub mod variation;
pub mod venture_agreement;
pub mod venture_application;
pub mod venture_kpi;
pub mod venture_objection;
pub mod venture_round;
pub mod venture_score;
pub mod violation;

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, china_date};
use kit::{
    audit,
    auth::{Caller, Resource},
    parameters,
};
use serde_json::Value;
use sqlx::PgConnection;

use crate::error::Result;

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
