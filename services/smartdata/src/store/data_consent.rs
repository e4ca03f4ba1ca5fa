//! 个人同意 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    Page,
    keys::{OrganizationId, ResidentId},
};
use kit::{
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::{
    data_consent::{DataConsent, DataConsentId},
    data_resource::DataResourceId,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    resident_id: Uuid,
    resource_id: Uuid,
    consumer_organization_id: Uuid,
    consumer_name: String,
    purpose: String,
    channel: String,
    assisted_by: Option<String>,
    given_at: DateTime<Utc>,
    withdrawn_at: Option<DateTime<Utc>>,
    version: i32,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, resident_id, resource_id, consumer_organization_id, consumer_name, purpose,
         channel, assisted_by, given_at, withdrawn_at, version"
    };
}

impl From<Row> for DataConsent {
    fn from(row: Row) -> Self {
        Self {
            id: DataConsentId::from_uuid(row.id),
            resident_id: ResidentId::from_uuid(row.resident_id),
            resource_id: DataResourceId::from_uuid(row.resource_id),
            consumer_organization_id: OrganizationId::from_uuid(row.consumer_organization_id),
            consumer_name: row.consumer_name,
            purpose: row.purpose,
            channel: row.channel,
            assisted_by: row.assisted_by,
            given_at: row.given_at,
            withdrawn_at: row.withdrawn_at,
            version: row.version,
        }
    }
}

/// Writes a new one.
pub async fn insert(conn: &mut PgConnection, consent: &DataConsent) -> Result<()> {
    sqlx::query(
        "INSERT INTO data_consents (id, resident_id, resource_id, consumer_organization_id, consumer_name, purpose,
             channel, assisted_by, given_at, withdrawn_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(consent.id.as_uuid())
    .bind(consent.resident_id.as_uuid())
    .bind(consent.resource_id.as_uuid())
    .bind(consent.consumer_organization_id.as_uuid())
    .bind(&consent.consumer_name)
    .bind(&consent.purpose)
    .bind(&consent.channel)
    .bind(&consent.assisted_by)
    .bind(consent.given_at)
    .bind(consent.withdrawn_at)
    .bind(consent.version)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, consent: &mut DataConsent) -> Result<()> {
    let done = sqlx::query(
        "UPDATE data_consents SET withdrawn_at = $3, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(consent.id.as_uuid())
    .bind(consent.version)
    .bind(consent.withdrawn_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    consent.version += 1;
    Ok(())
}

/// The one of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: DataConsentId) -> Result<Option<DataConsent>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM data_consents WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    Ok(row.map(DataConsent::from))
}

/// Many in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[DataConsentId],
) -> Result<HashMap<DataConsentId, DataConsent>> {
    let ids: Vec<Uuid> = ids.iter().map(DataConsentId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM data_consents WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let it = DataConsent::from(row);
            (it.id, it)
        })
        .collect())
}

/// Whether a resident consents to this receiver of this resource; the row stays
/// locked, so that a withdrawal waits for what is under way, or is seen.
pub async fn is_given(
    conn: &mut PgConnection,
    resident: ResidentId,
    resource: DataResourceId,
    consumer: OrganizationId,
) -> Result<bool> {
    let found: Option<Uuid> = sqlx::query_scalar(
        "SELECT id FROM data_consents
         WHERE resident_id = $1 AND resource_id = $2 AND consumer_organization_id = $3
             AND withdrawn_at IS NULL
         FOR SHARE",
    )
    .bind(resident.as_uuid())
    .bind(resource.as_uuid())
    .bind(consumer.as_uuid())
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}

/// A page of the consents of one resident, newest first.
pub async fn list(
    conn: &mut PgConnection,
    resident: ResidentId,
    page: &Page,
) -> Result<Vec<DataConsent>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM data_consents WHERE resident_id = "
    ));
    query.push_bind(resident.as_uuid());
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    Ok(rows.into_iter().map(DataConsent::from).collect())
}
