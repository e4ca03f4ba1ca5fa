//! 违规 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    Page,
    keys::{ContractId, OrganizationId},
};
use kit::{
    auth::Scope,
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{below, grouped, uuids};
use crate::domain::violation::{Finding, Violation, ViolationFilter, ViolationId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    contract_id: Uuid,
    division_code: String,
    organization_id: Option<Uuid>,
    kind: String,
    facts: String,
    reported_by: String,
    reported_at: DateTime<Utc>,
    answer_by: DateTime<Utc>,
    statement: Option<String>,
    stated_at: Option<DateTime<Utc>>,
    state: String,
    version: i32,
    finding: Option<String>,
    decided_by: Option<String>,
    decided_at: Option<DateTime<Utc>>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, contract_id, division_code, organization_id, kind, facts, reported_by, reported_at,
         answer_by, statement, stated_at, state, version, finding, decided_by, decided_at"
    };
}

impl TryFrom<Row> for Violation {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("violations", column, row.id);
        let finding = match (row.finding, row.decided_by, row.decided_at) {
            (Some(text), Some(by), Some(at)) => Some(Finding { text, by, at }),
            _ => None,
        };
        Ok(Self {
            id: ViolationId::from_uuid(row.id),
            contract_id: ContractId::from_uuid(row.contract_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            organization_id: row.organization_id.map(OrganizationId::from_uuid),
            kind: row.kind.parse().map_err(|_| bad("kind"))?,
            facts: row.facts,
            reported_by: row.reported_by,
            reported_at: row.reported_at,
            answer_by: row.answer_by,
            statement: row.statement.zip(row.stated_at),
            state: row.state.parse().map_err(|_| bad("state"))?,
            version: row.version,
            finding,
        })
    }
}

/// Writes a report.
pub async fn insert(conn: &mut PgConnection, one: &Violation) -> Result<()> {
    sqlx::query(
        "INSERT INTO violations (id, contract_id, division_code, organization_id, kind, facts,
             reported_by, reported_at, answer_by, state, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(one.id.as_uuid())
    .bind(one.contract_id.as_uuid())
    .bind(one.division_code.as_str())
    .bind(one.organization_id.map(|id| id.as_uuid()))
    .bind(one.kind.as_str())
    .bind(&one.facts)
    .bind(&one.reported_by)
    .bind(one.reported_at)
    .bind(one.answer_by)
    .bind(one.state.as_str())
    .bind(one.version)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes statement and finding; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, one: &mut Violation) -> Result<()> {
    let (statement, finding) = (one.statement.as_ref(), one.finding.as_ref());
    let done = sqlx::query(
        "UPDATE violations SET statement = $3, stated_at = $4, state = $5, finding = $6,
             decided_by = $7, decided_at = $8, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(one.id.as_uuid())
    .bind(one.version)
    .bind(statement.map(|(said, _)| said.as_str()))
    .bind(statement.map(|(_, at)| *at))
    .bind(one.state.as_str())
    .bind(finding.map(|found| found.text.as_str()))
    .bind(finding.map(|found| found.by.as_str()))
    .bind(finding.map(|found| found.at))
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    one.version += 1;
    Ok(())
}

/// The violation of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: ViolationId) -> Result<Option<Violation>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM violations WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Violation::try_from).transpose()
}

/// The violations under many contracts, oldest first.
pub async fn load_many_by_contract(
    conn: &mut PgConnection,
    contracts: &[ContractId],
) -> Result<HashMap<ContractId, Vec<Violation>>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM violations WHERE contract_id = ANY ($1) ORDER BY id"
    ))
    .bind(uuids(contracts))
    .fetch_all(conn)
    .await?;
    let found: Result<Vec<Violation>> = rows.into_iter().map(Violation::try_from).collect();
    Ok(grouped(found?, |one| one.contract_id))
}

/// A page of violations, newest first: those that were found, and others within reach.
pub async fn list(
    conn: &mut PgConnection,
    reach: &Scope,
    filter: &ViolationFilter,
    page: &Page,
) -> Result<Vec<Violation>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM violations WHERE (state = 'CONFIRMED' OR (TRUE"
    ));
    reach.push(&mut query, "division_code");
    query.push("))");
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    if let Some(organization) = filter.organization_id {
        query
            .push(" AND organization_id = ")
            .push_bind(organization.as_uuid());
    }
    below(&mut query, filter.below.as_ref());
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Violation::try_from).collect()
}
