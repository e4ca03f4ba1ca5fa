//! 上门服务 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    Direction, Minutes, Page,
    keys::{ContractId, OrganizationId, ResidentId, TraceId, VisitId},
};
use kit::{
    auth::{Columns, Scope},
    error::{Error, Result},
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::{
    order::OrderId,
    visit::{CheckMethod, ConfirmMethod, Location, Visit, VisitFilter, Worker},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    order_id: Uuid,
    trace_id: Uuid,
    contract_id: Uuid,
    organization_id: Uuid,
    elder_id: Uuid,
    division_code: String,
    worker_kind: String,
    worker_id: Uuid,
    worker_resident_id: Option<Uuid>,
    planned_start: DateTime<Utc>,
    planned_end: DateTime<Utc>,
    in_at: Option<DateTime<Utc>>,
    in_method: Option<String>,
    in_latitude: Option<f64>,
    in_longitude: Option<f64>,
    out_at: Option<DateTime<Utc>>,
    minutes: Option<i64>,
    tasks: Vec<String>,
    confirm_method: Option<String>,
    confirmed_at: Option<DateTime<Utc>>,
    confirmed_by: Option<String>,
    end_reason: Option<String>,
    state: String,
    version: i32,
    assigned_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, order_id, trace_id, contract_id, organization_id, elder_id, division_code,
         worker_kind, worker_id, worker_resident_id, planned_start, planned_end, in_at,
         in_method, in_latitude, in_longitude, out_at, minutes, tasks, confirm_method,
         confirmed_at, confirmed_by, end_reason, state, version, assigned_at, updated_at"
    };
}

impl TryFrom<Row> for Visit {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("visits", column, row.id);
        Ok(Self {
            id: VisitId::from_uuid(row.id),
            order_id: OrderId::from_uuid(row.order_id),
            trace_id: TraceId::from_uuid(row.trace_id),
            contract_id: ContractId::from_uuid(row.contract_id),
            organization_id: OrganizationId::from_uuid(row.organization_id),
            elder_id: ResidentId::from_uuid(row.elder_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            worker: Worker::of(&row.worker_kind, row.worker_id)
                .ok_or_else(|| bad("worker_kind"))?,
            worker_resident_id: row.worker_resident_id.map(ResidentId::from_uuid),
            planned_start: row.planned_start,
            planned_end: row.planned_end,
            in_at: row.in_at,
            in_method: row
                .in_method
                .map(|method| method.parse().map_err(|_| bad("in_method")))
                .transpose()?,
            in_location: row
                .in_latitude
                .zip(row.in_longitude)
                .map(|(latitude, longitude)| Location {
                    latitude,
                    longitude,
                }),
            out_at: row.out_at,
            minutes: row.minutes.map(Minutes::new),
            tasks: row.tasks,
            confirm_method: row
                .confirm_method
                .map(|method| method.parse().map_err(|_| bad("confirm_method")))
                .transpose()?,
            confirmed_at: row.confirmed_at,
            confirmed_by: row.confirmed_by,
            end_reason: row.end_reason,
            state: row.state.parse().map_err(|_| bad("state"))?,
            version: row.version,
            assigned_at: row.assigned_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new visit; overlapping plans of one worker are refused by the
/// database.
pub async fn insert(conn: &mut PgConnection, visit: &Visit) -> Result<()> {
    sqlx::query(
        "INSERT INTO visits (id, order_id, trace_id, contract_id, organization_id, elder_id,
             division_code, worker_kind, worker_id, worker_resident_id, planned_start,
             planned_end, state, version, assigned_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(visit.id.as_uuid())
    .bind(visit.order_id.as_uuid())
    .bind(visit.trace_id.as_uuid())
    .bind(visit.contract_id.as_uuid())
    .bind(visit.organization_id.as_uuid())
    .bind(visit.elder_id.as_uuid())
    .bind(visit.division_code.as_str())
    .bind(visit.worker.kind())
    .bind(visit.worker.id())
    .bind(visit.worker_resident_id.map(|id| id.as_uuid()))
    .bind(visit.planned_start)
    .bind(visit.planned_end)
    .bind(visit.state.as_str())
    .bind(visit.version)
    .bind(visit.assigned_at)
    .bind(visit.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what a step records; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, visit: &mut Visit) -> Result<()> {
    let done = sqlx::query(
        "UPDATE visits SET in_at = $3, in_method = $4, in_latitude = $5, in_longitude = $6,
             out_at = $7, minutes = $8, tasks = $9, confirm_method = $10, confirmed_at = $11,
             confirmed_by = $12, end_reason = $13, state = $14, version = version + 1,
             updated_at = $15
         WHERE id = $1 AND version = $2",
    )
    .bind(visit.id.as_uuid())
    .bind(visit.version)
    .bind(visit.in_at)
    .bind(visit.in_method.map(CheckMethod::as_str))
    .bind(visit.in_location.map(|location| location.latitude))
    .bind(visit.in_location.map(|location| location.longitude))
    .bind(visit.out_at)
    .bind(visit.minutes.map(Minutes::get))
    .bind(&visit.tasks)
    .bind(visit.confirm_method.map(ConfirmMethod::as_str))
    .bind(visit.confirmed_at)
    .bind(&visit.confirmed_by)
    .bind(&visit.end_reason)
    .bind(visit.state.as_str())
    .bind(visit.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    visit.version += 1;
    Ok(())
}

/// The visit, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: VisitId) -> Result<Option<Visit>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM visits WHERE id = $1 FOR NO KEY UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Visit::try_from).transpose()
}

/// Many visits in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[VisitId],
) -> Result<HashMap<VisitId, Visit>> {
    let ids: Vec<Uuid> = ids.iter().map(VisitId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM visits WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Visit::try_from(row).map(|visit| (visit.id, visit)))
        .collect()
}

/// All visits of many orders, in the order of assignment.
pub async fn load_many_of_orders(
    conn: &mut PgConnection,
    orders: &[OrderId],
) -> Result<Vec<Visit>> {
    let ids: Vec<Uuid> = orders.iter().map(OrderId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM visits WHERE order_id = ANY ($1) ORDER BY id"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Visit::try_from).collect()
}

/// The visits of a chain, at most 200.
pub async fn list_by_trace(conn: &mut PgConnection, trace: TraceId) -> Result<Vec<Visit>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM visits WHERE trace_id = $1 ORDER BY id LIMIT 200"
    ))
    .bind(trace.as_uuid())
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Visit::try_from).collect()
}

/// Settled visits and minutes of a contract, by elder.
pub async fn summarize(
    conn: &mut PgConnection,
    contract: ContractId,
) -> Result<Vec<(ResidentId, i64, i64)>> {
    let rows: Vec<(Uuid, i64, i64)> = sqlx::query_as(
        "SELECT elder_id, count(*), sum(minutes)::bigint FROM visits
         WHERE contract_id = $1 AND state = 'SETTLED' GROUP BY elder_id ORDER BY elder_id",
    )
    .bind(contract.as_uuid())
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(elder, visits, minutes)| (ResidentId::from_uuid(elder), visits, minutes))
        .collect())
}

/// The visit of an order that has not come to nothing, locked.
pub async fn lock_open_of_order(conn: &mut PgConnection, order: OrderId) -> Result<Option<Visit>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM visits WHERE order_id = $1 AND state NOT IN ('REFUSED', 'NO_SHOW')
         FOR UPDATE"
    ))
    .bind(order.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Visit::try_from).transpose()
}

/// The records by which the caller makes visits.
#[derive(Clone, Debug, Default)]
pub struct MadeBy {
    /// As social workers or volunteers.
    pub workers: Vec<Uuid>,
    /// As a person whom a provider sends.
    pub care_worker: Option<Uuid>,
}

/// A page of visits, newest first: within the scope, or made by the caller.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    made_by: &MadeBy,
    filter: &VisitFilter,
    page: &Page,
) -> Result<Vec<Visit>> {
    let mut query: QueryBuilder<Postgres> =
        QueryBuilder::new(concat!("SELECT ", columns!(), " FROM visits WHERE ((true"));
    let columns = Columns {
        division: "division_code",
        resident: Some("elder_id"),
        organization: Some("organization_id"),
    };
    scope.push_with(&mut query, &columns);
    query
        .push(") OR worker_id = ANY (")
        .push_bind(made_by.workers.clone())
        .push(")");
    if let Some(person) = made_by.care_worker {
        query
            .push(" OR (worker_kind = 'CARE_WORKER' AND worker_resident_id = ")
            .push_bind(person)
            .push(")");
    }
    query.push(")");
    if let Some(order) = filter.order {
        query.push(" AND order_id = ").push_bind(order.as_uuid());
    }
    if let Some(contract) = filter.contract {
        query
            .push(" AND contract_id = ")
            .push_bind(contract.as_uuid());
    }
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    if filter.open {
        query.push(
            " AND state IN ('ASSIGNED', 'ACCEPTED', 'EN_ROUTE', 'CHECKED_IN', 'CHECKED_OUT')",
        );
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
    rows.into_iter().map(Visit::try_from).collect()
}
