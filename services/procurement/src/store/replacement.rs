//! 评审成员替换 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::keys::{ExpertId, TenderId};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{grouped, uuids};
use crate::domain::{panel::PanelRole, replacement::Replacement};

#[derive(sqlx::FromRow)]
struct Row {
    tender_id: Uuid,
    out_expert_id: Uuid,
    in_expert_id: Uuid,
    reason: String,
    statement: String,
    replaced_by: String,
    replaced_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "tender_id, out_expert_id, in_expert_id, reason, statement, replaced_by, replaced_at"
    };
}

impl TryFrom<Row> for Replacement {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |_| Error::inconsistent("panel_replacements", "reason", row.out_expert_id);
        Ok(Self {
            tender_id: TenderId::from_uuid(row.tender_id),
            gone: ExpertId::from_uuid(row.out_expert_id),
            come: ExpertId::from_uuid(row.in_expert_id),
            reason: row.reason.parse().map_err(bad)?,
            statement: row.statement,
            by: row.replaced_by,
            at: row.replaced_at,
        })
    }
}

/// Seats the substitute, after all who sat before, in place of who falls out.
pub async fn insert(conn: &mut PgConnection, one: &Replacement, role: PanelRole) -> Result<()> {
    sqlx::query(
        "INSERT INTO panel_members (tender_id, expert_id, role, draw_order)
         SELECT $1, $2, $3, max(draw_order) + 1 FROM panel_members WHERE tender_id = $1",
    )
    .bind(one.tender_id.as_uuid())
    .bind(one.come.as_uuid())
    .bind(role.as_str())
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO panel_replacements
             (tender_id, out_expert_id, in_expert_id, reason, statement, replaced_by, replaced_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(one.tender_id.as_uuid())
    .bind(one.gone.as_uuid())
    .bind(one.come.as_uuid())
    .bind(one.reason.as_str())
    .bind(&one.statement)
    .bind(&one.by)
    .bind(one.at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The replacements on the panels of many tenders, oldest first.
pub async fn load_many(
    conn: &mut PgConnection,
    tenders: &[TenderId],
) -> Result<HashMap<TenderId, Vec<Replacement>>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM panel_replacements WHERE tender_id = ANY ($1) ORDER BY replaced_at, out_expert_id"
    ))
    .bind(uuids(tenders))
    .fetch_all(conn)
    .await?;
    let found: Result<Vec<Replacement>> = rows.into_iter().map(Replacement::try_from).collect();
    Ok(grouped(found?, |one| one.tender_id))
}
