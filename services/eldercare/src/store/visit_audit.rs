//! 回访抽查 in SQL.

use chrono::{DateTime, Utc};
use kernel::{
    Page,
    keys::{ResidentId, VisitId},
};
use kit::{
    auth::Scope,
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::visit_audit::{AuditMethod, VisitAudit, VisitAuditFilter, VisitAuditId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    visit_id: Uuid,
    elder_id: Uuid,
    division_code: String,
    doubt: Option<String>,
    flagged_by: String,
    flagged_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    state: String,
    method: Option<String>,
    took_place: Option<bool>,
    findings: Option<String>,
    audited_by: Option<String>,
    audited_at: Option<DateTime<Utc>>,
    reasons: Option<String>,
    decided_by: Option<String>,
    decided_at: Option<DateTime<Utc>>,
    version: i32,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, visit_id, elder_id, division_code, doubt, flagged_by, flagged_at, due_at, state,
         method, took_place, findings, audited_by, audited_at, reasons, decided_by, decided_at,
         version, updated_at"
    };
}

impl TryFrom<Row> for VisitAudit {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("visit_audits", column, row.id);
        Ok(Self {
            id: VisitAuditId::from_uuid(row.id),
            visit_id: VisitId::from_uuid(row.visit_id),
            elder_id: ResidentId::from_uuid(row.elder_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            doubt: row.doubt,
            flagged_by: row.flagged_by,
            flagged_at: row.flagged_at,
            due_at: row.due_at,
            state: row.state.parse().map_err(|_| bad("state"))?,
            method: row
                .method
                .map(|one| one.parse().map_err(|_| bad("method")))
                .transpose()?,
            took_place: row.took_place,
            findings: row.findings,
            audited_by: row.audited_by,
            audited_at: row.audited_at,
            reasons: row.reasons,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
            version: row.version,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new audit; a second one of a visit is refused by the database.
pub async fn insert(conn: &mut PgConnection, audit: &VisitAudit) -> Result<()> {
    sqlx::query(
        "INSERT INTO visit_audits (id, visit_id, elder_id, division_code, doubt, flagged_by,
             flagged_at, due_at, state, version, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(audit.id.as_uuid())
    .bind(audit.visit_id.as_uuid())
    .bind(audit.elder_id.as_uuid())
    .bind(audit.division_code.as_str())
    .bind(&audit.doubt)
    .bind(&audit.flagged_by)
    .bind(audit.flagged_at)
    .bind(audit.due_at)
    .bind(audit.state.as_str())
    .bind(audit.version)
    .bind(audit.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, audit: &mut VisitAudit) -> Result<()> {
    let done = sqlx::query(
        "UPDATE visit_audits SET state = $3, method = $4, took_place = $5, findings = $6,
             audited_by = $7, audited_at = $8, reasons = $9, decided_by = $10, decided_at = $11,
             updated_at = $12, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(audit.id.as_uuid())
    .bind(audit.version)
    .bind(audit.state.as_str())
    .bind(audit.method.map(AuditMethod::as_str))
    .bind(audit.took_place)
    .bind(&audit.findings)
    .bind(&audit.audited_by)
    .bind(audit.audited_at)
    .bind(&audit.reasons)
    .bind(&audit.decided_by)
    .bind(audit.decided_at)
    .bind(audit.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    audit.version += 1;
    Ok(())
}

/// One audit.
pub async fn find(conn: &mut PgConnection, id: VisitAuditId) -> Result<Option<VisitAudit>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM visit_audits WHERE id = $1"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(VisitAudit::try_from).transpose()
}

/// An audit, locked until the end of the transaction; its visit is locked first.
pub async fn lock(conn: &mut PgConnection, id: VisitAuditId) -> Result<Option<VisitAudit>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM visit_audits WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(VisitAudit::try_from).transpose()
}

/// A page of audits, newest first, within what the caller may see.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &VisitAuditFilter,
    page: &Page,
) -> Result<Vec<VisitAudit>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM visit_audits WHERE true"
    ));
    scope.push(&mut query, "division_code");
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    if let Some(at) = filter.overdue_at {
        query
            .push(" AND state IN ('FLAGGED', 'AUDITED') AND due_at < ")
            .push_bind(at);
    }
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(VisitAudit::try_from).collect()
}
