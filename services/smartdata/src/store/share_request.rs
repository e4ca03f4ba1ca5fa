//! 共享申请 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Page, keys::OrganizationId};
use kit::{
    auth::Scope,
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::page;
use crate::domain::{
    data_resource::DataResourceId,
    share_request::{ShareRequest, ShareRequestId, ShareRequestState},
};

#[derive(sqlx::FromRow)]
#[expect(
    clippy::struct_field_names,
    reason = "a field is named like its column"
)]
struct Row {
    id: Uuid,
    resource_id: Uuid,
    division_code: String,
    provider_organization_id: Uuid,
    consumer_organization_id: Uuid,
    consumer_name: String,
    purpose: String,
    statutory_basis: Option<String>,
    fields: Vec<String>,
    row_division: String,
    until: NaiveDate,
    state: String,
    requested_by: String,
    submitted_at: DateTime<Utc>,
    due_at: Option<DateTime<Utc>>,
    checked_by: Option<String>,
    checked_at: Option<DateTime<Utc>>,
    check_note: Option<String>,
    replied_by: Option<String>,
    replied_at: Option<DateTime<Utc>>,
    refusal_basis: Option<String>,
    dispute: Option<String>,
    mediated_by: Option<String>,
    mediated_at: Option<DateTime<Utc>>,
    mediation_note: Option<String>,
    version: i32,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, resource_id, division_code, provider_organization_id, consumer_organization_id,
         consumer_name, purpose, statutory_basis, fields, row_division, until, state,
         requested_by, submitted_at, due_at, checked_by, checked_at, check_note, replied_by,
         replied_at, refusal_basis, dispute, mediated_by, mediated_at, mediation_note, version,
         updated_at"
    };
}

impl TryFrom<Row> for ShareRequest {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("share_requests", column, row.id);
        Ok(Self {
            id: ShareRequestId::from_uuid(row.id),
            resource_id: DataResourceId::from_uuid(row.resource_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            provider_organization_id: OrganizationId::from_uuid(row.provider_organization_id),
            consumer_organization_id: OrganizationId::from_uuid(row.consumer_organization_id),
            consumer_name: row.consumer_name,
            purpose: row.purpose,
            statutory_basis: row.statutory_basis,
            fields: row
                .fields
                .iter()
                .map(|text| text.parse())
                .collect::<Result<_, _>>()
                .map_err(|_| bad("fields"))?,
            row_division: row.row_division.parse().map_err(|_| bad("row_division"))?,
            until: row.until,
            state: row.state.parse().map_err(|_| bad("state"))?,
            requested_by: row.requested_by,
            submitted_at: row.submitted_at,
            due_at: row.due_at,
            checked_by: row.checked_by,
            checked_at: row.checked_at,
            check_note: row.check_note,
            replied_by: row.replied_by,
            replied_at: row.replied_at,
            refusal_basis: row.refusal_basis,
            dispute: row.dispute,
            mediated_by: row.mediated_by,
            mediated_at: row.mediated_at,
            mediation_note: row.mediation_note,
            version: row.version,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new one.
pub async fn insert(conn: &mut PgConnection, request: &ShareRequest) -> Result<()> {
    sqlx::query(
        "INSERT INTO share_requests (id, resource_id, division_code, provider_organization_id, consumer_organization_id,
             consumer_name, purpose, statutory_basis, fields, row_division, until, state,
             requested_by, submitted_at, due_at, checked_by, checked_at, check_note, replied_by,
             replied_at, refusal_basis, dispute, mediated_by, mediated_at, mediation_note, version,
             updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                 $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)",
    )
    .bind(request.id.as_uuid())
    .bind(request.resource_id.as_uuid())
    .bind(request.division_code.as_str())
    .bind(request.provider_organization_id.as_uuid())
    .bind(request.consumer_organization_id.as_uuid())
    .bind(&request.consumer_name)
    .bind(&request.purpose)
    .bind(&request.statutory_basis)
    .bind(request.fields.iter().map(|it| it.as_str()).collect::<Vec<_>>())
    .bind(request.row_division.as_str())
    .bind(request.until)
    .bind(request.state.as_str())
    .bind(&request.requested_by)
    .bind(request.submitted_at)
    .bind(request.due_at)
    .bind(&request.checked_by)
    .bind(request.checked_at)
    .bind(&request.check_note)
    .bind(&request.replied_by)
    .bind(request.replied_at)
    .bind(&request.refusal_basis)
    .bind(&request.dispute)
    .bind(&request.mediated_by)
    .bind(request.mediated_at)
    .bind(&request.mediation_note)
    .bind(request.version)
    .bind(request.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, request: &mut ShareRequest) -> Result<()> {
    let done = sqlx::query(
        "UPDATE share_requests SET state = $3, due_at = $4, checked_by = $5, checked_at = $6, check_note = $7,
             replied_by = $8, replied_at = $9, refusal_basis = $10, dispute = $11,
             mediated_by = $12, mediated_at = $13, mediation_note = $14, updated_at = $15,
             version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(request.id.as_uuid())
    .bind(request.version)
    .bind(request.state.as_str())
    .bind(request.due_at)
    .bind(&request.checked_by)
    .bind(request.checked_at)
    .bind(&request.check_note)
    .bind(&request.replied_by)
    .bind(request.replied_at)
    .bind(&request.refusal_basis)
    .bind(&request.dispute)
    .bind(&request.mediated_by)
    .bind(request.mediated_at)
    .bind(&request.mediation_note)
    .bind(request.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    request.version += 1;
    Ok(())
}

/// The one of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: ShareRequestId) -> Result<Option<ShareRequest>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM share_requests WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(ShareRequest::try_from).transpose()
}

/// Many in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[ShareRequestId],
) -> Result<HashMap<ShareRequestId, ShareRequest>> {
    let ids: Vec<Uuid> = ids.iter().map(ShareRequestId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM share_requests WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| ShareRequest::try_from(row).map(|it| (it.id, it)))
        .collect()
}

/// Which requests a list asks for.
#[derive(Clone, Debug, Default)]
pub struct ShareRequestFilter {
    pub state: Option<ShareRequestState>,
    /// Only those whose present step is late by then.
    pub overdue_at: Option<DateTime<Utc>>,
}

/// A page, newest first: within a reach, or of an organisation on either side.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &ShareRequestFilter,
    page: &Page,
) -> Result<Vec<ShareRequest>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM share_requests WHERE true"
    ));
    page::of_departments(&mut query, scope, None);
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    if let Some(now) = filter.overdue_at {
        query
            .push(" AND state IN ('SUBMITTED', 'REPLYING', 'MEDIATION') AND due_at <= ")
            .push_bind(now);
    }
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(ShareRequest::try_from).collect()
}
