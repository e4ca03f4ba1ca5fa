//! 一站式办件 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Page, keys::ResidentId};
use kit::{
    auth::{Columns, Scope},
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::page;
use crate::domain::one_stop_case::{CaseId, CaseState, OneStopCase};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    number: String,
    item_code: String,
    division_code: String,
    resident_id: Uuid,
    answers_sealed: Vec<u8>,
    submitted_by: String,
    channel: String,
    assisted_by: Option<String>,
    state: String,
    due_at: Option<DateTime<Utc>>,
    decide_by: Option<DateTime<Utc>>,
    supplement_note: Option<String>,
    supplement_at: Option<DateTime<Utc>>,
    supplements: i32,
    refusal_reason: Option<String>,
    granted: Option<bool>,
    decision: Option<String>,
    decided_at: Option<DateTime<Utc>>,
    delivered_at: Option<DateTime<Utc>>,
    stars: Option<i32>,
    rating_note: Option<String>,
    version: i32,
    submitted_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, number, item_code, division_code, resident_id, answers_sealed, submitted_by,
         channel, assisted_by, state, due_at, decide_by, supplement_note, supplement_at,
         supplements, refusal_reason, granted, decision, decided_at, delivered_at, stars,
         rating_note, version, submitted_at, updated_at"
    };
}

impl TryFrom<Row> for OneStopCase {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("one_stop_cases", column, row.id);
        Ok(Self {
            id: CaseId::from_uuid(row.id),
            number: row.number,
            item_code: row.item_code,
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            resident_id: ResidentId::from_uuid(row.resident_id),
            answers_sealed: row.answers_sealed,
            submitted_by: row.submitted_by,
            channel: row.channel,
            assisted_by: row.assisted_by,
            state: row.state.parse().map_err(|_| bad("state"))?,
            due_at: row.due_at,
            decide_by: row.decide_by,
            supplement_note: row.supplement_note,
            supplement_at: row.supplement_at,
            supplements: row.supplements,
            refusal_reason: row.refusal_reason,
            granted: row.granted,
            decision: row.decision,
            decided_at: row.decided_at,
            delivered_at: row.delivered_at,
            stars: row.stars,
            rating_note: row.rating_note,
            version: row.version,
            submitted_at: row.submitted_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new one.
pub async fn insert(conn: &mut PgConnection, it: &OneStopCase) -> Result<()> {
    sqlx::query(
        "INSERT INTO one_stop_cases (id, number, item_code, division_code, resident_id, answers_sealed, submitted_by,
             channel, assisted_by, state, due_at, decide_by, supplement_note, supplement_at,
             supplements, refusal_reason, granted, decision, decided_at, delivered_at, stars,
             rating_note, version, submitted_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                 $18, $19, $20, $21, $22, $23, $24, $25)",
    )
    .bind(it.id.as_uuid())
    .bind(&it.number)
    .bind(&it.item_code)
    .bind(it.division_code.as_str())
    .bind(it.resident_id.as_uuid())
    .bind(&it.answers_sealed)
    .bind(&it.submitted_by)
    .bind(&it.channel)
    .bind(&it.assisted_by)
    .bind(it.state.as_str())
    .bind(it.due_at)
    .bind(it.decide_by)
    .bind(&it.supplement_note)
    .bind(it.supplement_at)
    .bind(it.supplements)
    .bind(&it.refusal_reason)
    .bind(it.granted)
    .bind(&it.decision)
    .bind(it.decided_at)
    .bind(it.delivered_at)
    .bind(it.stars)
    .bind(&it.rating_note)
    .bind(it.version)
    .bind(it.submitted_at)
    .bind(it.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, it: &mut OneStopCase) -> Result<()> {
    let done = sqlx::query(
        "UPDATE one_stop_cases SET answers_sealed = $3, state = $4, due_at = $5, decide_by = $6, supplement_note
             = $7, supplement_at = $8, supplements = $9, refusal_reason = $10, granted =
             $11, decision = $12, decided_at = $13, delivered_at = $14, stars = $15,
             rating_note = $16, updated_at = $17, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(it.id.as_uuid())
    .bind(it.version)
    .bind(&it.answers_sealed)
    .bind(it.state.as_str())
    .bind(it.due_at)
    .bind(it.decide_by)
    .bind(&it.supplement_note)
    .bind(it.supplement_at)
    .bind(it.supplements)
    .bind(&it.refusal_reason)
    .bind(it.granted)
    .bind(&it.decision)
    .bind(it.decided_at)
    .bind(it.delivered_at)
    .bind(it.stars)
    .bind(&it.rating_note)
    .bind(it.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    it.version += 1;
    Ok(())
}

/// The one of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: CaseId) -> Result<Option<OneStopCase>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM one_stop_cases WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(OneStopCase::try_from).transpose()
}

/// Many in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[CaseId],
) -> Result<HashMap<CaseId, OneStopCase>> {
    let ids: Vec<Uuid> = ids.iter().map(CaseId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM one_stop_cases WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| OneStopCase::try_from(row).map(|it| (it.id, it)))
        .collect()
}

/// Which cases a list asks for.
#[derive(Clone, Debug, Default)]
pub struct CaseFilter {
    pub below: Option<DivisionCode>,
    pub item: Option<String>,
    pub state: Option<CaseState>,
    /// Only those whose clock, which staff have to keep, has run out by then.
    pub overdue_at: Option<DateTime<Utc>>,
}

/// A page of the cases within a reach and of a resident, newest first.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &CaseFilter,
    page: &Page,
) -> Result<Vec<OneStopCase>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM one_stop_cases WHERE true"
    ));
    let columns = Columns {
        division: "division_code",
        resident: Some("resident_id"),
        organization: None,
    };
    scope.push_with(&mut query, &columns);
    if let Some(below) = &filter.below {
        page::below(&mut query, "division_code", below);
    }
    if let Some(item) = &filter.item {
        query.push(" AND item_code = ").push_bind(item);
    }
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    if let Some(now) = filter.overdue_at {
        query
            .push(" AND state IN ('SUBMITTED', 'ACCEPTED', 'PROCESSING') AND due_at <= ")
            .push_bind(now);
    }
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(OneStopCase::try_from).collect()
}

/// What staff are to do, the most urgent first.
pub async fn list_due(
    conn: &mut PgConnection,
    scope: &Scope,
    page: &Page,
) -> Result<Vec<OneStopCase>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM one_stop_cases WHERE state IN ('SUBMITTED', 'ACCEPTED', 'PROCESSING')"
    ));
    scope.push(&mut query, "division_code");
    page::soonest_first(&mut query, "due_at", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(OneStopCase::try_from).collect()
}

/// The next place in the sequence of numbers.
pub async fn next_serial(conn: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar("SELECT nextval('case_numbers')")
        .fetch_one(conn)
        .await?)
}
