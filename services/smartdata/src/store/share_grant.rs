//! 共享授权 in SQL.

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
    share_grant::{ShareGrant, ShareGrantId, ShareGrantState},
    share_request::ShareRequestId,
};

#[derive(sqlx::FromRow)]
#[expect(
    clippy::struct_field_names,
    reason = "a field is named like its column"
)]
struct Row {
    id: Uuid,
    request_id: Uuid,
    resource_id: Uuid,
    division_code: String,
    provider_organization_id: Uuid,
    consumer_organization_id: Uuid,
    consumer_name: String,
    purpose: String,
    basis: String,
    fields: Vec<String>,
    row_division: String,
    until: NaiveDate,
    state: String,
    state_note: Option<String>,
    granted_at: DateTime<Utc>,
    version: i32,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, request_id, resource_id, division_code, provider_organization_id,
         consumer_organization_id, consumer_name, purpose, basis, fields, row_division, until,
         state, state_note, granted_at, version, updated_at"
    };
}

impl TryFrom<Row> for ShareGrant {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("share_grants", column, row.id);
        Ok(Self {
            id: ShareGrantId::from_uuid(row.id),
            request_id: ShareRequestId::from_uuid(row.request_id),
            resource_id: DataResourceId::from_uuid(row.resource_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            provider_organization_id: OrganizationId::from_uuid(row.provider_organization_id),
            consumer_organization_id: OrganizationId::from_uuid(row.consumer_organization_id),
            consumer_name: row.consumer_name,
            purpose: row.purpose,
            basis: row.basis.parse().map_err(|_| bad("basis"))?,
            fields: row
                .fields
                .iter()
                .map(|text| text.parse())
                .collect::<Result<_, _>>()
                .map_err(|_| bad("fields"))?,
            row_division: row.row_division.parse().map_err(|_| bad("row_division"))?,
            until: row.until,
            state: row.state.parse().map_err(|_| bad("state"))?,
            state_note: row.state_note,
            granted_at: row.granted_at,
            version: row.version,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new one.
pub async fn insert(conn: &mut PgConnection, grant: &ShareGrant) -> Result<()> {
    sqlx::query(
        "INSERT INTO share_grants (id, request_id, resource_id, division_code, provider_organization_id,
             consumer_organization_id, consumer_name, purpose, basis, fields, row_division, until,
             state, state_note, granted_at, version, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(grant.id.as_uuid())
    .bind(grant.request_id.as_uuid())
    .bind(grant.resource_id.as_uuid())
    .bind(grant.division_code.as_str())
    .bind(grant.provider_organization_id.as_uuid())
    .bind(grant.consumer_organization_id.as_uuid())
    .bind(&grant.consumer_name)
    .bind(&grant.purpose)
    .bind(grant.basis.as_str())
    .bind(grant.fields.iter().map(|it| it.as_str()).collect::<Vec<_>>())
    .bind(grant.row_division.as_str())
    .bind(grant.until)
    .bind(grant.state.as_str())
    .bind(&grant.state_note)
    .bind(grant.granted_at)
    .bind(grant.version)
    .bind(grant.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, grant: &mut ShareGrant) -> Result<()> {
    let done = sqlx::query(
        "UPDATE share_grants SET state = $3, state_note = $4, updated_at = $5, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(grant.id.as_uuid())
    .bind(grant.version)
    .bind(grant.state.as_str())
    .bind(&grant.state_note)
    .bind(grant.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    grant.version += 1;
    Ok(())
}

/// The one of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: ShareGrantId) -> Result<Option<ShareGrant>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM share_grants WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(ShareGrant::try_from).transpose()
}

/// Many in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[ShareGrantId],
) -> Result<HashMap<ShareGrantId, ShareGrant>> {
    let ids: Vec<Uuid> = ids.iter().map(ShareGrantId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM share_grants WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| ShareGrant::try_from(row).map(|it| (it.id, it)))
        .collect()
}

/// Which grants a list asks for.
#[derive(Clone, Debug, Default)]
pub struct ShareGrantFilter {
    pub state: Option<ShareGrantState>,
}

/// A page, newest first: within a reach, or of an organisation on either side.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &ShareGrantFilter,
    page: &Page,
) -> Result<Vec<ShareGrant>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM share_grants WHERE true"
    ));
    page::of_departments(&mut query, scope, None);
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(ShareGrant::try_from).collect()
}
