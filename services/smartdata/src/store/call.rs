//! 呼叫 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{Page, keys::ResidentId};
use kit::{
    auth::{Columns, Scope},
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::{
    call::{AlarmId, Call, CallId, CallOutcome},
    convenience_order::ConvenienceOrderId,
    event::EventId,
    one_stop_case::CaseId,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    number: String,
    division_code: String,
    resident_id: Option<Uuid>,
    answered_by: String,
    answered_name: Option<String>,
    rang_at: DateTime<Utc>,
    answered_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    summary: Option<String>,
    outcome: Option<String>,
    event_id: Option<Uuid>,
    case_id: Option<Uuid>,
    order_id: Option<Uuid>,
    alarm_id: Option<Uuid>,
    transferred_to: Option<String>,
    version: i32,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, number, division_code, resident_id, answered_by, answered_name, rang_at,
         answered_at, ended_at, summary, outcome, event_id, case_id, order_id, alarm_id,
         transferred_to, version"
    };
}

impl TryFrom<Row> for Call {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("calls", column, row.id);
        Ok(Self {
            id: CallId::from_uuid(row.id),
            number: row.number,
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            resident_id: row.resident_id.map(ResidentId::from_uuid),
            answered_by: row.answered_by,
            answered_name: row.answered_name,
            rang_at: row.rang_at,
            answered_at: row.answered_at,
            ended_at: row.ended_at,
            summary: row.summary,
            outcome: row
                .outcome
                .map(|text| text.parse())
                .transpose()
                .map_err(|_| bad("outcome"))?,
            event_id: row.event_id.map(EventId::from_uuid),
            case_id: row.case_id.map(CaseId::from_uuid),
            order_id: row.order_id.map(ConvenienceOrderId::from_uuid),
            alarm_id: row.alarm_id.map(AlarmId::from_uuid),
            transferred_to: row.transferred_to,
            version: row.version,
        })
    }
}

/// Writes a new one.
pub async fn insert(conn: &mut PgConnection, call: &Call) -> Result<()> {
    sqlx::query(
        "INSERT INTO calls (id, number, division_code, resident_id, answered_by, answered_name, rang_at,
             answered_at, ended_at, summary, outcome, event_id, case_id, order_id, alarm_id,
             transferred_to, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(call.id.as_uuid())
    .bind(&call.number)
    .bind(call.division_code.as_str())
    .bind(call.resident_id.map(|id| id.as_uuid()))
    .bind(&call.answered_by)
    .bind(&call.answered_name)
    .bind(call.rang_at)
    .bind(call.answered_at)
    .bind(call.ended_at)
    .bind(&call.summary)
    .bind(call.outcome.map(CallOutcome::as_str))
    .bind(call.event_id.map(|id| id.as_uuid()))
    .bind(call.case_id.map(|id| id.as_uuid()))
    .bind(call.order_id.map(|id| id.as_uuid()))
    .bind(call.alarm_id.map(|id| id.as_uuid()))
    .bind(&call.transferred_to)
    .bind(call.version)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, call: &mut Call) -> Result<()> {
    let done = sqlx::query(
        "UPDATE calls SET resident_id = $3, ended_at = $4, summary = $5, outcome = $6, event_id = $7,
             case_id = $8, order_id = $9, alarm_id = $10, transferred_to = $11, version =
             version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(call.id.as_uuid())
    .bind(call.version)
    .bind(call.resident_id.map(|id| id.as_uuid()))
    .bind(call.ended_at)
    .bind(&call.summary)
    .bind(call.outcome.map(CallOutcome::as_str))
    .bind(call.event_id.map(|id| id.as_uuid()))
    .bind(call.case_id.map(|id| id.as_uuid()))
    .bind(call.order_id.map(|id| id.as_uuid()))
    .bind(call.alarm_id.map(|id| id.as_uuid()))
    .bind(&call.transferred_to)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    call.version += 1;
    Ok(())
}

/// The one of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: CallId) -> Result<Option<Call>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM calls WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Call::try_from).transpose()
}

/// Many in one statement; those that do not exist are left out.
pub async fn load_many(conn: &mut PgConnection, ids: &[CallId]) -> Result<HashMap<CallId, Call>> {
    let ids: Vec<Uuid> = ids.iter().map(CallId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM calls WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Call::try_from(row).map(|it| (it.id, it)))
        .collect()
}

/// Which calls a list asks for.
#[derive(Clone, Debug, Default)]
pub struct CallFilter {
    /// Only those this account answered.
    pub answered_by: Option<String>,
    pub resident: Option<ResidentId>,
    pub outcome: Option<CallOutcome>,
    /// Only those that have not ended.
    pub open: bool,
}

/// A page of calls, newest first: within a reach, or of a resident.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &CallFilter,
    page: &Page,
) -> Result<Vec<Call>> {
    let mut query: QueryBuilder<Postgres> =
        QueryBuilder::new(concat!("SELECT ", columns!(), " FROM calls WHERE true"));
    if let Some(operator) = &filter.answered_by {
        query.push(" AND answered_by = ").push_bind(operator);
    } else {
        let columns = Columns {
            division: "division_code",
            resident: Some("resident_id"),
            organization: None,
        };
        scope.push_with(&mut query, &columns);
    }
    if let Some(resident) = filter.resident {
        query
            .push(" AND resident_id = ")
            .push_bind(resident.as_uuid());
    }
    if let Some(outcome) = filter.outcome {
        query.push(" AND outcome = ").push_bind(outcome.as_str());
    }
    if filter.open {
        query.push(" AND ended_at IS NULL");
    }
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Call::try_from).collect()
}

/// The next place in the sequence of numbers.
pub async fn next_serial(conn: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar("SELECT nextval('call_numbers')")
        .fetch_one(conn)
        .await?)
}
