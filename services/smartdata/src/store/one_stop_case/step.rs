//! 办理过程 in SQL: append and read, nothing else.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::one_stop_case::{CaseId, CaseState, CaseStep};

#[derive(sqlx::FromRow)]
struct Row {
    case_id: Uuid,
    version: i32,
    from_state: Option<String>,
    to_state: String,
    at: DateTime<Utc>,
    actor: String,
    actor_name: Option<String>,
    note: Option<String>,
    channel: String,
    due_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for CaseStep {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("case_steps", column, row.case_id);
        Ok(Self {
            case_id: CaseId::from_uuid(row.case_id),
            version: row.version,
            from_state: row
                .from_state
                .map(|text| text.parse())
                .transpose()
                .map_err(|_| bad("from_state"))?,
            to_state: row.to_state.parse().map_err(|_| bad("to_state"))?,
            at: row.at,
            actor: row.actor,
            actor_name: row.actor_name,
            note: row.note,
            channel: row.channel,
            due_at: row.due_at,
        })
    }
}

/// Writes a move.
pub async fn insert(conn: &mut PgConnection, step: &CaseStep) -> Result<()> {
    sqlx::query(
        "INSERT INTO case_steps (case_id, version, from_state, to_state, at, actor, actor_name,
             note, channel, due_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(step.case_id.as_uuid())
    .bind(step.version)
    .bind(step.from_state.map(CaseState::as_str))
    .bind(step.to_state.as_str())
    .bind(step.at)
    .bind(&step.actor)
    .bind(&step.actor_name)
    .bind(&step.note)
    .bind(&step.channel)
    .bind(step.due_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The moves of cases, in their order.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[CaseId],
) -> Result<HashMap<CaseId, Vec<CaseStep>>> {
    let ids: Vec<Uuid> = ids.iter().map(CaseId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT case_id, version, from_state, to_state, at, actor, actor_name, note, channel,
             due_at
         FROM case_steps WHERE case_id = ANY ($1) ORDER BY case_id, version",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut steps: HashMap<CaseId, Vec<CaseStep>> = HashMap::new();
    for row in rows {
        let step = CaseStep::try_from(row)?;
        steps.entry(step.case_id).or_default().push(step);
    }
    Ok(steps)
}
