//! 数据目录 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Page, keys::OrganizationId};
use kit::{
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::page;
use crate::domain::data_resource::{DataResource, DataResourceId, Dataset, ShareClass};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    code: String,
    name: String,
    provider_organization_id: Uuid,
    provider_name: String,
    division_code: String,
    dataset: String,
    class: String,
    basis: Option<String>,
    condition: Option<String>,
    fields: Vec<String>,
    update_cycle: String,
    state: String,
    version: i32,
    published_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, code, name, provider_organization_id, provider_name, division_code, dataset, class,
         basis, condition, fields, update_cycle, state, version, published_at, updated_at"
    };
}

impl TryFrom<Row> for DataResource {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("data_resources", column, row.id);
        Ok(Self {
            id: DataResourceId::from_uuid(row.id),
            code: row.code,
            name: row.name,
            provider_organization_id: OrganizationId::from_uuid(row.provider_organization_id),
            provider_name: row.provider_name,
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            dataset: row.dataset.parse().map_err(|_| bad("dataset"))?,
            class: row.class.parse().map_err(|_| bad("class"))?,
            basis: row.basis,
            condition: row.condition,
            fields: row
                .fields
                .iter()
                .map(|text| text.parse())
                .collect::<Result<_, _>>()
                .map_err(|_| bad("fields"))?,
            update_cycle: row.update_cycle.parse().map_err(|_| bad("update_cycle"))?,
            state: row.state.parse().map_err(|_| bad("state"))?,
            version: row.version,
            published_at: row.published_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new one.
pub async fn insert(conn: &mut PgConnection, resource: &DataResource) -> Result<()> {
    sqlx::query(
        "INSERT INTO data_resources (id, code, name, provider_organization_id, provider_name, division_code, dataset, class,
             basis, condition, fields, update_cycle, state, version, published_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(resource.id.as_uuid())
    .bind(&resource.code)
    .bind(&resource.name)
    .bind(resource.provider_organization_id.as_uuid())
    .bind(&resource.provider_name)
    .bind(resource.division_code.as_str())
    .bind(resource.dataset.as_str())
    .bind(resource.class.as_str())
    .bind(&resource.basis)
    .bind(&resource.condition)
    .bind(resource.fields.iter().map(|it| it.as_str()).collect::<Vec<_>>())
    .bind(resource.update_cycle.as_str())
    .bind(resource.state.as_str())
    .bind(resource.version)
    .bind(resource.published_at)
    .bind(resource.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, resource: &mut DataResource) -> Result<()> {
    let done = sqlx::query(
        "UPDATE data_resources SET state = $3, updated_at = $4, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(resource.id.as_uuid())
    .bind(resource.version)
    .bind(resource.state.as_str())
    .bind(resource.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    resource.version += 1;
    Ok(())
}

/// The one of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: DataResourceId) -> Result<Option<DataResource>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM data_resources WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(DataResource::try_from).transpose()
}

/// Many in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[DataResourceId],
) -> Result<HashMap<DataResourceId, DataResource>> {
    let ids: Vec<Uuid> = ids.iter().map(DataResourceId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM data_resources WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| DataResource::try_from(row).map(|it| (it.id, it)))
        .collect()
}

/// Which entries a list asks for.
#[derive(Clone, Debug, Default)]
pub struct ResourceFilter {
    pub below: Option<DivisionCode>,
    pub dataset: Option<Dataset>,
    pub class: Option<ShareClass>,
    pub with_withdrawn: bool,
}

/// A page of the catalogue, newest first.
pub async fn list(
    conn: &mut PgConnection,
    filter: &ResourceFilter,
    page: &Page,
) -> Result<Vec<DataResource>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM data_resources WHERE true"
    ));
    if let Some(below) = &filter.below {
        page::below(&mut query, "division_code", below);
    }
    if let Some(dataset) = filter.dataset {
        query.push(" AND dataset = ").push_bind(dataset.as_str());
    }
    if let Some(class) = filter.class {
        query.push(" AND class = ").push_bind(class.as_str());
    }
    if !filter.with_withdrawn {
        query.push(" AND state = 'PUBLISHED'");
    }
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(DataResource::try_from).collect()
}
