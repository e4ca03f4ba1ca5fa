//! 投诉 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::keys::TenderId;
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{grouped, uuids};
use crate::domain::{
    challenge::ChallengeId,
    complaint::{Complaint, ComplaintId, Decision, Suspension},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    challenge_id: Uuid,
    tender_id: Uuid,
    ground: String,
    filed_by: String,
    filed_at: DateTime<Utc>,
    decide_by: DateTime<Utc>,
    state: String,
    version: i32,
    suspended_at: Option<DateTime<Utc>>,
    suspended_until: Option<DateTime<Utc>>,
    suspension_reason: Option<String>,
    suspended_by: Option<String>,
    affects_result: Option<bool>,
    decision: Option<String>,
    decided_by: Option<String>,
    in_time: Option<bool>,
    ended_at: Option<DateTime<Utc>>,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, challenge_id, tender_id, ground, filed_by, filed_at, decide_by, state, version,
         suspended_at, suspended_until, suspension_reason, suspended_by, affects_result, decision,
         decided_by, in_time, ended_at, updated_at"
    };
}

impl TryFrom<Row> for Complaint {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |_| Error::inconsistent("complaints", "state", row.id);
        let suspension = match (
            row.suspended_at,
            row.suspended_until,
            row.suspension_reason,
            row.suspended_by,
        ) {
            (Some(from), Some(until), Some(reason), Some(by)) => Some(Suspension {
                from,
                until,
                reason,
                by,
            }),
            _ => None,
        };
        let decision = match (
            row.decision,
            row.affects_result,
            row.decided_by,
            row.in_time,
        ) {
            (Some(text), Some(affects_result), Some(by), Some(in_time)) => Some(Decision {
                text,
                affects_result,
                by,
                in_time,
            }),
            _ => None,
        };
        Ok(Self {
            id: ComplaintId::from_uuid(row.id),
            challenge_id: ChallengeId::from_uuid(row.challenge_id),
            tender_id: TenderId::from_uuid(row.tender_id),
            ground: row.ground,
            filed_by: row.filed_by,
            filed_at: row.filed_at,
            decide_by: row.decide_by,
            state: row.state.parse().map_err(bad)?,
            version: row.version,
            suspension,
            decision,
            ended_at: row.ended_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new complaint.
pub async fn insert(conn: &mut PgConnection, one: &Complaint) -> Result<()> {
    sqlx::query(
        "INSERT INTO complaints (id, challenge_id, tender_id, ground, filed_by, filed_at,
             decide_by, state, version, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(one.id.as_uuid())
    .bind(one.challenge_id.as_uuid())
    .bind(one.tender_id.as_uuid())
    .bind(&one.ground)
    .bind(&one.filed_by)
    .bind(one.filed_at)
    .bind(one.decide_by)
    .bind(one.state.as_str())
    .bind(one.version)
    .bind(one.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes suspension, decision and state; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, one: &mut Complaint) -> Result<()> {
    let (suspension, decision) = (one.suspension.as_ref(), one.decision.as_ref());
    let done = sqlx::query(
        "UPDATE complaints SET state = $3, suspended_at = $4, suspended_until = $5,
             suspension_reason = $6, suspended_by = $7, affects_result = $8, decision = $9,
             decided_by = $10, in_time = $11, ended_at = $12, updated_at = $13,
             version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(one.id.as_uuid())
    .bind(one.version)
    .bind(one.state.as_str())
    .bind(suspension.map(|one| one.from))
    .bind(suspension.map(|one| one.until))
    .bind(suspension.map(|one| one.reason.as_str()))
    .bind(suspension.map(|one| one.by.as_str()))
    .bind(decision.map(|one| one.affects_result))
    .bind(decision.map(|one| one.text.as_str()))
    .bind(decision.map(|one| one.by.as_str()))
    .bind(decision.map(|one| one.in_time))
    .bind(one.ended_at)
    .bind(one.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    one.version += 1;
    Ok(())
}

/// The complaint of an id.
pub async fn find(conn: &mut PgConnection, id: ComplaintId) -> Result<Option<Complaint>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM complaints WHERE id = $1"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Complaint::try_from).transpose()
}

/// The complaints that follow many challenges, oldest first.
pub async fn load_many_by_challenge(
    conn: &mut PgConnection,
    challenges: &[ChallengeId],
) -> Result<HashMap<ChallengeId, Vec<Complaint>>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM complaints WHERE challenge_id = ANY ($1) ORDER BY id"
    ))
    .bind(uuids(challenges))
    .fetch_all(conn)
    .await?;
    let found: Result<Vec<Complaint>> = rows.into_iter().map(Complaint::try_from).collect();
    Ok(grouped(found?, |one| one.challenge_id))
}
