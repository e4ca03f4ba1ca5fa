//! 办理过程 in SQL: append and read, nothing else. The moves of each noun are in a
//! table of their own, by the key of the noun.

use std::{collections::HashMap, fmt::Display, str::FromStr};

use chrono::{DateTime, Utc};
use kernel::TypedId;
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::{
    event::{EventId, EventState},
    one_stop_case::{CaseId, CaseState},
    step::Step,
};

/// Where the moves of a noun are kept.
pub trait Kept {
    const TABLE: &'static str;
    /// The column that says whose move it is.
    const KEY: &'static str;
}

impl Kept for Step<EventId, EventState> {
    const TABLE: &'static str = "event_steps";
    const KEY: &'static str = "event_id";
}

impl Kept for Step<CaseId, CaseState> {
    const TABLE: &'static str = "case_steps";
    const KEY: &'static str = "case_id";
}

#[derive(sqlx::FromRow)]
struct Row {
    of: Uuid,
    version: i32,
    from_state: Option<String>,
    to_state: String,
    at: DateTime<Utc>,
    actor: String,
    actor_name: Option<String>,
    note: Option<String>,
    channel: String,
    due_at: Option<DateTime<Utc>>,
}

/// The columns of [`Row`] besides the key, by name.
const COLUMNS: &str = "version, from_state, to_state, at, actor, actor_name, note, channel, due_at";

fn read<Id: TypedId, State: FromStr>(row: Row, table: &'static str) -> Result<Step<Id, State>> {
    let bad = |column| Error::inconsistent(table, column, row.of);
    let from_state = row.from_state.map(|text| text.parse()).transpose();
    Ok(Step {
        of: Id::from_uuid(row.of),
        version: row.version,
        from_state: from_state.map_err(|_| bad("from_state"))?,
        to_state: row.to_state.parse().map_err(|_| bad("to_state"))?,
        at: row.at,
        actor: row.actor,
        actor_name: row.actor_name,
        note: row.note,
        channel: row.channel,
        due_at: row.due_at,
    })
}

/// Writes a move.
pub async fn insert<Id: TypedId, State: Display>(
    conn: &mut PgConnection,
    step: &Step<Id, State>,
) -> Result<()>
where
    Step<Id, State>: Kept,
{
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new("INSERT INTO ");
    query
        .push(<Step<Id, State>>::TABLE)
        .push(" (")
        .push(<Step<Id, State>>::KEY)
        .push(", ")
        .push(COLUMNS)
        .push(") VALUES (");
    query
        .separated(", ")
        .push_bind(step.of.as_uuid())
        .push_bind(step.version)
        .push_bind(step.from_state.as_ref().map(ToString::to_string))
        .push_bind(step.to_state.to_string())
        .push_bind(step.at)
        .push_bind(&step.actor)
        .push_bind(&step.actor_name)
        .push_bind(&step.note)
        .push_bind(&step.channel)
        .push_bind(step.due_at);
    query.push(")").build().execute(conn).await?;
    Ok(())
}

/// The moves of many, each in their order.
pub async fn load_many<Id: TypedId, State: FromStr>(
    conn: &mut PgConnection,
    ids: &[Id],
) -> Result<HashMap<Id, Vec<Step<Id, State>>>>
where
    Step<Id, State>: Kept,
{
    let (table, key) = (<Step<Id, State>>::TABLE, <Step<Id, State>>::KEY);
    let ids: Vec<Uuid> = ids.iter().map(Id::as_uuid).collect();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new("SELECT ");
    query.push(key).push(" AS of, ").push(COLUMNS);
    query.push(" FROM ").push(table);
    query.push(" WHERE ").push(key).push(" = ANY (");
    query.push_bind(ids).push(") ORDER BY ").push(key);
    query.push(", version");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    let mut steps: HashMap<Id, Vec<Step<Id, State>>> = HashMap::new();
    for row in rows {
        let step = read(row, table)?;
        steps.entry(step.of).or_default().push(step);
    }
    Ok(steps)
}

/// Whoever gave an event to its handler last.
pub async fn last_dispatcher(conn: &mut PgConnection, id: EventId) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(
        "SELECT actor FROM event_steps
         WHERE event_id = $1 AND to_state = 'DISPATCHED' AND from_state <> 'DISPATCHED'
         ORDER BY version DESC LIMIT 1",
    )
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?)
}
