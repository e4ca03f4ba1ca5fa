//! 数据质量异议 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    Page,
    keys::{OrganizationId, ResidentId},
};
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
    quality_challenge::{QualityChallenge, QualityChallengeId, QualityChallengeState},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    resource_id: Uuid,
    division_code: String,
    provider_organization_id: Uuid,
    consumer_organization_id: Option<Uuid>,
    resident_id: Option<Uuid>,
    field: String,
    statement: String,
    state: String,
    finding: Option<String>,
    raised_by: String,
    raised_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    checked_by: Option<String>,
    concluded_at: Option<DateTime<Utc>>,
    version: i32,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, resource_id, division_code, provider_organization_id, consumer_organization_id,
         resident_id, field, statement, state, finding, raised_by, raised_at, due_at,
         checked_by, concluded_at, version, updated_at"
    };
}

impl TryFrom<Row> for QualityChallenge {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("quality_challenges", column, row.id);
        Ok(Self {
            id: QualityChallengeId::from_uuid(row.id),
            resource_id: DataResourceId::from_uuid(row.resource_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            provider_organization_id: OrganizationId::from_uuid(row.provider_organization_id),
            consumer_organization_id: row.consumer_organization_id.map(OrganizationId::from_uuid),
            resident_id: row.resident_id.map(ResidentId::from_uuid),
            field: row.field.parse().map_err(|_| bad("field"))?,
            statement: row.statement,
            state: row.state.parse().map_err(|_| bad("state"))?,
            finding: row.finding,
            raised_by: row.raised_by,
            raised_at: row.raised_at,
            due_at: row.due_at,
            checked_by: row.checked_by,
            concluded_at: row.concluded_at,
            version: row.version,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new one.
pub async fn insert(conn: &mut PgConnection, challenge: &QualityChallenge) -> Result<()> {
    sqlx::query(
        "INSERT INTO quality_challenges (id, resource_id, division_code, provider_organization_id, consumer_organization_id,
             resident_id, field, statement, state, finding, raised_by, raised_at, due_at,
             checked_by, concluded_at, version, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(challenge.id.as_uuid())
    .bind(challenge.resource_id.as_uuid())
    .bind(challenge.division_code.as_str())
    .bind(challenge.provider_organization_id.as_uuid())
    .bind(challenge.consumer_organization_id.map(|id| id.as_uuid()))
    .bind(challenge.resident_id.map(|id| id.as_uuid()))
    .bind(challenge.field.as_str())
    .bind(&challenge.statement)
    .bind(challenge.state.as_str())
    .bind(&challenge.finding)
    .bind(&challenge.raised_by)
    .bind(challenge.raised_at)
    .bind(challenge.due_at)
    .bind(&challenge.checked_by)
    .bind(challenge.concluded_at)
    .bind(challenge.version)
    .bind(challenge.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, challenge: &mut QualityChallenge) -> Result<()> {
    let done = sqlx::query(
        "UPDATE quality_challenges SET state = $3, finding = $4, checked_by = $5, concluded_at = $6, updated_at =
             $7, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(challenge.id.as_uuid())
    .bind(challenge.version)
    .bind(challenge.state.as_str())
    .bind(&challenge.finding)
    .bind(&challenge.checked_by)
    .bind(challenge.concluded_at)
    .bind(challenge.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    challenge.version += 1;
    Ok(())
}

/// The one of an id, locked until the end of the transaction.
pub async fn lock(
    conn: &mut PgConnection,
    id: QualityChallengeId,
) -> Result<Option<QualityChallenge>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM quality_challenges WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(QualityChallenge::try_from).transpose()
}

/// Many in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[QualityChallengeId],
) -> Result<HashMap<QualityChallengeId, QualityChallenge>> {
    let ids: Vec<Uuid> = ids.iter().map(QualityChallengeId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM quality_challenges WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| QualityChallenge::try_from(row).map(|it| (it.id, it)))
        .collect()
}

/// Which challenges a list asks for.
#[derive(Clone, Debug, Default)]
pub struct ChallengeFilter {
    pub state: Option<QualityChallengeState>,
    /// Only those that were not concluded by then.
    pub overdue_at: Option<DateTime<Utc>>,
}

/// A page, newest first: within a reach, of an organisation on either side, or
/// raised by a resident.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &ChallengeFilter,
    page: &Page,
) -> Result<Vec<QualityChallenge>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM quality_challenges WHERE true"
    ));
    page::of_departments(&mut query, scope, Some("resident_id"));
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    if let Some(now) = filter.overdue_at {
        query
            .push(" AND concluded_at IS NULL AND due_at <= ")
            .push_bind(now);
    }
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(QualityChallenge::try_from).collect()
}
