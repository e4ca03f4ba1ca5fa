//! 护理人员 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    Page,
    keys::{OrganizationId, ResidentId},
};
use kit::{
    auth::{Columns, Scope},
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::care_worker::{CareWorker, CareWorkerId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    organization_id: Uuid,
    division_code: String,
    resident_id: Uuid,
    job: String,
    started_on: NaiveDate,
    ended_on: Option<NaiveDate>,
    end_reason: Option<String>,
    registered_by: String,
    registered_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, organization_id, division_code, resident_id, job, started_on, ended_on, end_reason,
         registered_by, registered_at"
    };
}

impl TryFrom<Row> for CareWorker {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("care_workers", column, row.id);
        Ok(Self {
            id: CareWorkerId::from_uuid(row.id),
            organization_id: OrganizationId::from_uuid(row.organization_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            resident_id: ResidentId::from_uuid(row.resident_id),
            job: row.job.parse().map_err(|_| bad("job"))?,
            started_on: row.started_on,
            ended_on: row.ended_on,
            end_reason: row.end_reason,
            registered_by: row.registered_by,
            registered_at: row.registered_at,
        })
    }
}

/// Writes a new care worker; one who works elsewhere is refused by the database.
pub async fn insert(conn: &mut PgConnection, worker: &CareWorker) -> Result<()> {
    sqlx::query(
        "INSERT INTO care_workers (id, organization_id, division_code, resident_id, job,
             started_on, registered_by, registered_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(worker.id.as_uuid())
    .bind(worker.organization_id.as_uuid())
    .bind(worker.division_code.as_str())
    .bind(worker.resident_id.as_uuid())
    .bind(worker.job.as_str())
    .bind(worker.started_on)
    .bind(&worker.registered_by)
    .bind(worker.registered_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the last day of one who leaves.
pub async fn end(conn: &mut PgConnection, worker: &CareWorker) -> Result<()> {
    let done = sqlx::query(
        "UPDATE care_workers SET ended_on = $2, end_reason = $3
         WHERE id = $1 AND ended_on IS NULL",
    )
    .bind(worker.id.as_uuid())
    .bind(worker.ended_on)
    .bind(&worker.end_reason)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    Ok(())
}

/// A care worker, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: CareWorkerId) -> Result<Option<CareWorker>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM care_workers WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(CareWorker::try_from).transpose()
}

/// Many care workers in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[CareWorkerId],
) -> Result<HashMap<CareWorkerId, CareWorker>> {
    let ids: Vec<Uuid> = ids.iter().map(CareWorkerId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM care_workers WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| CareWorker::try_from(row).map(|one| (one.id, one)))
        .collect()
}

/// A page of care workers, newest first, within what the caller may see.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    organization: Option<OrganizationId>,
    page: &Page,
) -> Result<Vec<CareWorker>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM care_workers WHERE true"
    ));
    let columns = Columns {
        division: "division_code",
        resident: Some("resident_id"),
        organization: Some("organization_id"),
    };
    scope.push_with(&mut query, &columns);
    if let Some(organization) = organization {
        query
            .push(" AND organization_id = ")
            .push_bind(organization.as_uuid());
    }
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(CareWorker::try_from).collect()
}
