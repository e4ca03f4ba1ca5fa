//! 服务订单 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    Direction, Fen, Minutes, Page,
    keys::{ContractId, OrganizationId, ResidentId, TraceId},
};
use kit::{
    auth::{Columns, Scope},
    error::{Error, Result},
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::{
    care_plan::CarePlanId,
    order::{Order, OrderFilter, OrderId, Price},
    tier::TierDecisionId,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    trace_id: Uuid,
    elder_id: Uuid,
    division_code: String,
    contract_id: Uuid,
    organization_id: Uuid,
    item_code: String,
    line: String,
    minutes: i64,
    tier: String,
    decision_id: Uuid,
    unit_price: i64,
    subsidy: i64,
    copay: i64,
    credit_value: i64,
    credit_minutes: i64,
    state: String,
    cancel_reason: Option<String>,
    care_plan_id: Option<Uuid>,
    channel: String,
    assisted_by: Option<String>,
    version: i32,
    placed_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, trace_id, elder_id, division_code, contract_id, organization_id, item_code, line,
         minutes, tier, decision_id, unit_price, subsidy, copay, credit_value, credit_minutes,
         state, cancel_reason, care_plan_id, channel, assisted_by, version, placed_at, updated_at"
    };
}

impl TryFrom<Row> for Order {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("orders", column, row.id);
        Ok(Self {
            id: OrderId::from_uuid(row.id),
            trace_id: TraceId::from_uuid(row.trace_id),
            elder_id: ResidentId::from_uuid(row.elder_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            contract_id: ContractId::from_uuid(row.contract_id),
            organization_id: OrganizationId::from_uuid(row.organization_id),
            line: row.line.parse().map_err(|_| bad("line"))?,
            tier: row.tier.parse().map_err(|_| bad("tier"))?,
            state: row.state.parse().map_err(|_| bad("state"))?,
            item_code: row.item_code,
            minutes: Minutes::new(row.minutes),
            decision_id: TierDecisionId::from_uuid(row.decision_id),
            price: Price {
                unit_price: Fen::new(row.unit_price),
                subsidy: Fen::new(row.subsidy),
                copay: Fen::new(row.copay),
                credit_value: Fen::new(row.credit_value),
                credit_minutes: Minutes::new(row.credit_minutes),
            },
            cancel_reason: row.cancel_reason,
            care_plan_id: row.care_plan_id.map(CarePlanId::from_uuid),
            channel: row.channel,
            assisted_by: row.assisted_by,
            version: row.version,
            placed_at: row.placed_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new order; the database counts it against its contract.
pub async fn insert(conn: &mut PgConnection, order: &Order) -> Result<()> {
    sqlx::query(
        "INSERT INTO orders (id, trace_id, elder_id, division_code, contract_id, organization_id,
             item_code, line, minutes, tier, decision_id, unit_price, subsidy, copay,
             credit_value, credit_minutes, state, cancel_reason, channel, assisted_by, version,
             placed_at, updated_at, care_plan_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             $19, $20, $21, $22, $23, $24)",
    )
    .bind(order.id.as_uuid())
    .bind(order.trace_id.as_uuid())
    .bind(order.elder_id.as_uuid())
    .bind(order.division_code.as_str())
    .bind(order.contract_id.as_uuid())
    .bind(order.organization_id.as_uuid())
    .bind(&order.item_code)
    .bind(order.line.as_str())
    .bind(order.minutes.get())
    .bind(order.tier.as_str())
    .bind(order.decision_id.as_uuid())
    .bind(order.price.unit_price.get())
    .bind(order.price.subsidy.get())
    .bind(order.price.copay.get())
    .bind(order.price.credit_value.get())
    .bind(order.price.credit_minutes.get())
    .bind(order.state.as_str())
    .bind(&order.cancel_reason)
    .bind(&order.channel)
    .bind(&order.assisted_by)
    .bind(order.version)
    .bind(order.placed_at)
    .bind(order.updated_at)
    .bind(order.care_plan_id.map(|id| id.as_uuid()))
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the state; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, order: &mut Order) -> Result<()> {
    let done = sqlx::query(
        "UPDATE orders SET state = $3, cancel_reason = $4, version = version + 1, updated_at = $5
         WHERE id = $1 AND version = $2",
    )
    .bind(order.id.as_uuid())
    .bind(order.version)
    .bind(order.state.as_str())
    .bind(&order.cancel_reason)
    .bind(order.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    order.version += 1;
    Ok(())
}

/// The order, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: OrderId) -> Result<Option<Order>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM orders WHERE id = $1 FOR NO KEY UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Order::try_from).transpose()
}

/// The orders of an elder that are still to be served.
pub async fn list_open_of_elder(
    conn: &mut PgConnection,
    elder: ResidentId,
) -> Result<Vec<OrderId>> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "SELECT id FROM orders WHERE elder_id = $1 AND state IN ('PLACED', 'ASSIGNED') ORDER BY id",
    )
    .bind(elder.as_uuid())
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(OrderId::from_uuid).collect())
}

/// Many orders in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[OrderId],
) -> Result<HashMap<OrderId, Order>> {
    let ids: Vec<Uuid> = ids.iter().map(OrderId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM orders WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Order::try_from(row).map(|order| (order.id, order)))
        .collect()
}

/// The newest orders of each elder, at most 50.
pub async fn load_many_of_elders(
    conn: &mut PgConnection,
    elders: &[ResidentId],
) -> Result<Vec<Order>> {
    let ids: Vec<Uuid> = elders.iter().map(ResidentId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM unnest($1::uuid[]) AS elder
         CROSS JOIN LATERAL (SELECT * FROM orders WHERE elder_id = elder
                             ORDER BY id DESC LIMIT 50) AS o
         ORDER BY o.id DESC"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Order::try_from).collect()
}

/// The orders of a chain, in the order in which they were placed, at most 200.
pub async fn list_by_trace(conn: &mut PgConnection, trace: TraceId) -> Result<Vec<Order>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM orders WHERE trace_id = $1 ORDER BY id LIMIT 200"
    ))
    .bind(trace.as_uuid())
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Order::try_from).collect()
}

/// A page of orders, newest first, within what the caller may see.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &OrderFilter,
    page: &Page,
) -> Result<Vec<Order>> {
    let mut query: QueryBuilder<Postgres> =
        QueryBuilder::new(concat!("SELECT ", columns!(), " FROM orders WHERE true"));
    let columns = Columns {
        division: "division_code",
        resident: Some("elder_id"),
        organization: Some("organization_id"),
    };
    scope.push_with(&mut query, &columns);
    if let Some(elder) = filter.elder {
        query.push(" AND elder_id = ").push_bind(elder.as_uuid());
    }
    if let Some(contract) = filter.contract {
        query
            .push(" AND contract_id = ")
            .push_bind(contract.as_uuid());
    }
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    let (compare, order) = match page.direction {
        Direction::Forward => (" < ", " ORDER BY id DESC"),
        Direction::Backward => (" > ", " ORDER BY id"),
    };
    if let Some((after,)) = page.keys::<(Uuid,)>()? {
        query.push(" AND id").push(compare).push_bind(after);
    }
    query
        .push(order)
        .push(" LIMIT ")
        .push_bind(page.fetch_limit());
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Order::try_from).collect()
}
