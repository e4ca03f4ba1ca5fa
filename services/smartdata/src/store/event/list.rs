//! Lists of events: of a reach, of a handler, of a dispatcher, alike, public.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, GridCode, Page};
use kit::{
    auth::{Columns, Scope},
    error::Result,
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};

use super::{super::page, Row};
use crate::domain::event::{Event, EventSource, EventState};

/// Which events a list asks for.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    pub below: Option<DivisionCode>,
    pub grid: Option<GridCode>,
    pub class: Option<String>,
    pub source: Option<EventSource>,
    pub state: Option<EventState>,
    /// Only open ones whose limit, or whose step's limit, has passed by then.
    pub overdue_at: Option<DateTime<Utc>>,
}

const OPEN: &str = "state NOT IN ('CLOSED', 'EVALUATED', 'MERGED', 'INVALID')";

/// A page of the events within a reach, those of a resident, and those an
/// account handles; newest first.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &EventFilter,
    page: &Page,
) -> Result<Vec<Event>> {
    let mut query: QueryBuilder<Postgres> =
        QueryBuilder::new(concat!("SELECT ", columns!(), " FROM events WHERE true"));
    let columns = Columns {
        division: "division_code",
        resident: Some("resident_id"),
        organization: None,
    };
    scope.push_with(&mut query, &columns);
    if let Some(below) = &filter.below {
        page::below(&mut query, "division_code", below);
    }
    if let Some(grid) = &filter.grid {
        query.push(" AND grid_code = ").push_bind(grid.as_str());
    }
    if let Some(class) = &filter.class {
        query.push(" AND class_code = ").push_bind(class);
    }
    if let Some(source) = filter.source {
        query.push(" AND source = ").push_bind(source.as_str());
    }
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    if let Some(now) = filter.overdue_at {
        query
            .push(" AND ")
            .push(OPEN)
            .push(" AND least(due_at, step_due_at) <= ");
        query.push_bind(now);
    }
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Event::try_from).collect()
}

/// What an account is to handle, the most urgent first.
pub async fn list_handled(
    conn: &mut PgConnection,
    subject: &str,
    page: &Page,
) -> Result<Vec<Event>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM events WHERE state IN ('DISPATCHED', 'HANDLING', 'REWORK') AND handler_subject = "
    ));
    query.push_bind(subject);
    page::soonest_first(&mut query, "due_at", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Event::try_from).collect()
}

/// What waits for a dispatcher: to be registered, dispatched, verified, or
/// deferred; the most urgent first.
pub async fn list_dispatching(
    conn: &mut PgConnection,
    scope: &Scope,
    page: &Page,
) -> Result<Vec<Event>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM events WHERE (state IN ('REPORTED', 'REGISTERED', 'RETURNED', 'FED_BACK')
             OR EXISTS (SELECT 1 FROM event_deferrals d
                        WHERE d.event_id = events.id AND d.decided_at IS NULL))"
    ));
    scope.push(&mut query, "division_code");
    page::soonest_first(&mut query, "due_at", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Event::try_from).collect()
}

/// Open events of the same class in the same community since a day, and of the
/// same grid where both have one: perhaps the same thing.
pub async fn list_similar(
    conn: &mut PgConnection,
    event: &Event,
    since: DateTime<Utc>,
) -> Result<Vec<Event>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM events WHERE class_code = $1 AND division_code = $2 AND reported_at >= $3
             AND id <> $4 AND state NOT IN ('MERGED', 'INVALID', 'EVALUATED')
             AND (grid_code IS NULL OR $5::text IS NULL OR grid_code = $5)
         ORDER BY reported_at DESC LIMIT 20"
    ))
    .bind(&event.class_code)
    .bind(event.division_code.as_str())
    .bind(since)
    .bind(event.id.as_uuid())
    .bind(event.grid_code.as_ref().map(GridCode::as_str))
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Event::try_from).collect()
}

/// The events of a community for everybody: those that were taken up.
pub async fn list_public(
    conn: &mut PgConnection,
    below: &DivisionCode,
    page: &Page,
) -> Result<Vec<Event>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM events WHERE state NOT IN ('REPORTED', 'INVALID', 'MERGED')"
    ));
    page::below(&mut query, "division_code", below);
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Event::try_from).collect()
}
