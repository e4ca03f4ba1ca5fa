//! 便民服务订单 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
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

use crate::domain::convenience_order::{
    ConvenienceOrder, ConvenienceOrderId, ConvenienceOrderState,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    number: String,
    item_code: String,
    division_code: String,
    resident_id: Uuid,
    provider_organization_id: Option<Uuid>,
    wish: String,
    wanted_at: DateTime<Utc>,
    placed_by: String,
    channel: String,
    assisted_by: Option<String>,
    state: String,
    outcome: Option<String>,
    accepted_by: Option<String>,
    done_at: Option<DateTime<Utc>>,
    stars: Option<i32>,
    rating_note: Option<String>,
    version: i32,
    placed_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, number, item_code, division_code, resident_id, provider_organization_id, wish,
         wanted_at, placed_by, channel, assisted_by, state, outcome, accepted_by, done_at,
         stars, rating_note, version, placed_at, updated_at"
    };
}

impl TryFrom<Row> for ConvenienceOrder {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("convenience_orders", column, row.id);
        Ok(Self {
            id: ConvenienceOrderId::from_uuid(row.id),
            number: row.number,
            item_code: row.item_code,
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            resident_id: ResidentId::from_uuid(row.resident_id),
            provider_organization_id: row.provider_organization_id.map(OrganizationId::from_uuid),
            wish: row.wish,
            wanted_at: row.wanted_at,
            placed_by: row.placed_by,
            channel: row.channel,
            assisted_by: row.assisted_by,
            state: row.state.parse().map_err(|_| bad("state"))?,
            outcome: row.outcome,
            accepted_by: row.accepted_by,
            done_at: row.done_at,
            stars: row.stars,
            rating_note: row.rating_note,
            version: row.version,
            placed_at: row.placed_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new one.
pub async fn insert(conn: &mut PgConnection, order: &ConvenienceOrder) -> Result<()> {
    sqlx::query(
        "INSERT INTO convenience_orders (id, number, item_code, division_code, resident_id, provider_organization_id, wish,
             wanted_at, placed_by, channel, assisted_by, state, outcome, accepted_by, done_at,
             stars, rating_note, version, placed_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                 $18, $19, $20)",
    )
    .bind(order.id.as_uuid())
    .bind(&order.number)
    .bind(&order.item_code)
    .bind(order.division_code.as_str())
    .bind(order.resident_id.as_uuid())
    .bind(order.provider_organization_id.map(|id| id.as_uuid()))
    .bind(&order.wish)
    .bind(order.wanted_at)
    .bind(&order.placed_by)
    .bind(&order.channel)
    .bind(&order.assisted_by)
    .bind(order.state.as_str())
    .bind(&order.outcome)
    .bind(&order.accepted_by)
    .bind(order.done_at)
    .bind(order.stars)
    .bind(&order.rating_note)
    .bind(order.version)
    .bind(order.placed_at)
    .bind(order.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, order: &mut ConvenienceOrder) -> Result<()> {
    let done = sqlx::query(
        "UPDATE convenience_orders SET state = $3, outcome = $4, accepted_by = $5, done_at = $6, stars = $7,
             rating_note = $8, updated_at = $9, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(order.id.as_uuid())
    .bind(order.version)
    .bind(order.state.as_str())
    .bind(&order.outcome)
    .bind(&order.accepted_by)
    .bind(order.done_at)
    .bind(order.stars)
    .bind(&order.rating_note)
    .bind(order.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    order.version += 1;
    Ok(())
}

/// The one of an id, locked until the end of the transaction.
pub async fn lock(
    conn: &mut PgConnection,
    id: ConvenienceOrderId,
) -> Result<Option<ConvenienceOrder>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM convenience_orders WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(ConvenienceOrder::try_from).transpose()
}

/// Many in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[ConvenienceOrderId],
) -> Result<HashMap<ConvenienceOrderId, ConvenienceOrder>> {
    let ids: Vec<Uuid> = ids.iter().map(ConvenienceOrderId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM convenience_orders WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| ConvenienceOrder::try_from(row).map(|it| (it.id, it)))
        .collect()
}

/// Which orders a list asks for.
#[derive(Clone, Debug, Default)]
pub struct OrderFilter {
    pub item: Option<String>,
    pub state: Option<ConvenienceOrderState>,
}

/// A page of orders, newest first: within a reach, of a resident, of a provider.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &OrderFilter,
    page: &Page,
) -> Result<Vec<ConvenienceOrder>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM convenience_orders WHERE true"
    ));
    let columns = Columns {
        division: "division_code",
        resident: Some("resident_id"),
        organization: Some("provider_organization_id"),
    };
    scope.push_with(&mut query, &columns);
    if let Some(item) = &filter.item {
        query.push(" AND item_code = ").push_bind(item);
    }
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(ConvenienceOrder::try_from).collect()
}

/// The next place in the sequence of numbers.
pub async fn next_serial(conn: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar("SELECT nextval('order_numbers')")
        .fetch_one(conn)
        .await?)
}
