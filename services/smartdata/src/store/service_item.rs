//! 服务事项 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Page, keys::OrganizationId};
use kit::{
    auth::Scope,
    error::{Error, Result},
};
use sqlx::{PgConnection, Postgres, QueryBuilder, types::Json};
use uuid::Uuid;

use super::page;
use crate::domain::service_item::{FormField, LifeElement, ServiceClass, ServiceItem};

#[derive(sqlx::FromRow)]
struct Row {
    code: String,
    name: String,
    class: String,
    division_code: String,
    provider_organization_id: Option<Uuid>,
    elements: Vec<String>,
    guide: String,
    basis: String,
    form: Json<Vec<FormField>>,
    accept_days: i32,
    handle_days: i32,
    state: String,
    drafted_by: String,
    reviewed_by: Option<String>,
    reviewed_at: Option<DateTime<Utc>>,
    review_passed: Option<bool>,
    review_note: Option<String>,
    suspended_for: Option<String>,
    released_at: Option<DateTime<Utc>>,
    version: i32,
    drafted_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "code, name, class, division_code, provider_organization_id, elements, guide, basis,
         form, accept_days, handle_days, state, drafted_by, reviewed_by, reviewed_at,
         review_passed, review_note, suspended_for, released_at, version, drafted_at, updated_at"
    };
}

impl TryFrom<Row> for ServiceItem {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let code = row.code.clone();
        let bad = |column| Error::inconsistent("service_items", column, &code);
        Ok(Self {
            code: row.code,
            name: row.name,
            class: row.class.parse().map_err(|_| bad("class"))?,
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            provider_organization_id: row.provider_organization_id.map(OrganizationId::from_uuid),
            elements: row
                .elements
                .iter()
                .map(|text| text.parse())
                .collect::<Result<_, _>>()
                .map_err(|_| bad("elements"))?,
            guide: row.guide,
            basis: row.basis,
            form: row.form.0,
            accept_days: row.accept_days,
            handle_days: row.handle_days,
            state: row.state.parse().map_err(|_| bad("state"))?,
            drafted_by: row.drafted_by,
            reviewed_by: row.reviewed_by,
            reviewed_at: row.reviewed_at,
            review_passed: row.review_passed,
            review_note: row.review_note,
            suspended_for: row.suspended_for,
            released_at: row.released_at,
            version: row.version,
            drafted_at: row.drafted_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new one.
pub async fn insert(conn: &mut PgConnection, item: &ServiceItem) -> Result<()> {
    sqlx::query(
        "INSERT INTO service_items (code, name, class, division_code, provider_organization_id, elements, guide, basis,
             form, accept_days, handle_days, state, drafted_by, reviewed_by, reviewed_at,
             review_passed, review_note, suspended_for, released_at, version, drafted_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                 $18, $19, $20, $21, $22)",
    )
    .bind(&item.code)
    .bind(&item.name)
    .bind(item.class.as_str())
    .bind(item.division_code.as_str())
    .bind(item.provider_organization_id.map(|id| id.as_uuid()))
    .bind(item.elements.iter().map(|it| it.as_str()).collect::<Vec<_>>())
    .bind(&item.guide)
    .bind(&item.basis)
    .bind(Json(&item.form))
    .bind(item.accept_days)
    .bind(item.handle_days)
    .bind(item.state.as_str())
    .bind(&item.drafted_by)
    .bind(&item.reviewed_by)
    .bind(item.reviewed_at)
    .bind(item.review_passed)
    .bind(&item.review_note)
    .bind(&item.suspended_for)
    .bind(item.released_at)
    .bind(item.version)
    .bind(item.drafted_at)
    .bind(item.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, item: &mut ServiceItem) -> Result<()> {
    let done = sqlx::query(
        "UPDATE service_items SET state = $3, reviewed_by = $4, reviewed_at = $5, review_passed = $6,
             review_note = $7, suspended_for = $8, released_at = $9, updated_at = $10,
             version = version + 1
         WHERE code = $1 AND version = $2",
    )
    .bind(&item.code)
    .bind(item.version)
    .bind(item.state.as_str())
    .bind(&item.reviewed_by)
    .bind(item.reviewed_at)
    .bind(item.review_passed)
    .bind(&item.review_note)
    .bind(&item.suspended_for)
    .bind(item.released_at)
    .bind(item.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    item.version += 1;
    Ok(())
}

/// The one of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, code: &str) -> Result<Option<ServiceItem>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM service_items WHERE code = $1 FOR UPDATE"
    ))
    .bind(code)
    .fetch_optional(conn)
    .await?;
    row.map(ServiceItem::try_from).transpose()
}

/// Many in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[String],
) -> Result<HashMap<String, ServiceItem>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM service_items WHERE code = ANY ($1)"
    ))
    .bind(ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| ServiceItem::try_from(row).map(|it| (it.code.clone(), it)))
        .collect()
}

/// Which services a list asks for.
#[derive(Clone, Debug, Default)]
pub struct ItemFilter {
    /// Those of this division and of all above it: what somebody there can use.
    pub serving: Option<DivisionCode>,
    pub class: Option<ServiceClass>,
    pub element: Option<LifeElement>,
}

/// A page of services in the order of their codes: open ones for everybody,
/// with the rest for staff of a reach.
pub async fn list(
    conn: &mut PgConnection,
    staff: Option<&Scope>,
    filter: &ItemFilter,
    page: &Page,
) -> Result<Vec<ServiceItem>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM service_items WHERE true"
    ));
    match staff {
        None => {
            query.push(" AND state = 'RELEASED'");
        }
        Some(scope) => scope.push(&mut query, "division_code"),
    }
    if let Some(serving) = &filter.serving {
        let above: Vec<String> = serving.ancestors().map(String::from).collect();
        query
            .push(" AND division_code = ANY (")
            .push_bind(above)
            .push(")");
    }
    if let Some(class) = filter.class {
        query.push(" AND class = ").push_bind(class.as_str());
    }
    if let Some(element) = filter.element {
        query
            .push(" AND elements @> ARRAY[")
            .push_bind(element.as_str())
            .push("]");
    }
    page::by_text(&mut query, "code", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(ServiceItem::try_from).collect()
}
