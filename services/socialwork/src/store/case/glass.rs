//! 紧急查阅 in SQL.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use kit::error::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::case::{CaseId, glass::Glass};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    case_id: Uuid,
    actor: String,
    actor_name: Option<String>,
    roles: Vec<String>,
    reason: String,
    opened_at: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl From<Row> for Glass {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            case_id: CaseId::from_uuid(row.case_id),
            actor: row.actor,
            actor_name: row.actor_name,
            roles: row.roles,
            reason: row.reason,
            opened_at: row.opened_at,
            until: row.until,
        }
    }
}

/// Writes who broke the glass of a case.
pub async fn insert(conn: &mut PgConnection, glass: &Glass) -> Result<()> {
    sqlx::query(
        "INSERT INTO case_glass (id, case_id, actor, actor_name, roles, reason, opened_at, until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(glass.id)
    .bind(glass.case_id.as_uuid())
    .bind(&glass.actor)
    .bind(&glass.actor_name)
    .bind(&glass.roles)
    .bind(&glass.reason)
    .bind(glass.opened_at)
    .bind(glass.until)
    .execute(conn)
    .await?;
    Ok(())
}

/// Those of many cases whose glass somebody has broken and that are still open to them.
pub async fn open_for(
    conn: &mut PgConnection,
    cases: &[CaseId],
    actor: &str,
    now: DateTime<Utc>,
) -> Result<HashSet<CaseId>> {
    let ids: Vec<Uuid> = cases.iter().map(CaseId::as_uuid).collect();
    let rows: Vec<Uuid> = sqlx::query_scalar(
        "SELECT DISTINCT case_id FROM case_glass
         WHERE case_id = ANY ($1) AND actor = $2 AND until > $3",
    )
    .bind(&ids)
    .bind(actor)
    .bind(now)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(CaseId::from_uuid).collect())
}

/// Who broke the glass of many cases, newest first.
pub async fn load_many_of(
    conn: &mut PgConnection,
    cases: &[CaseId],
) -> Result<HashMap<CaseId, Vec<Glass>>> {
    let ids: Vec<Uuid> = cases.iter().map(CaseId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, case_id, actor, actor_name, roles, reason, opened_at, until FROM case_glass
         WHERE case_id = ANY ($1) ORDER BY id DESC",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<CaseId, Vec<Glass>> = HashMap::new();
    for glass in rows.into_iter().map(Glass::from) {
        found.entry(glass.case_id).or_default().push(glass);
    }
    Ok(found)
}
