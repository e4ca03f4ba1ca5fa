//! 巡查任务 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::Page;
use kit::{
    auth::Scope,
    error::{Error, Result},
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::page;
use crate::domain::patrol_task::{PatrolState, PatrolTask, PatrolTaskId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    grid_code: String,
    division_code: String,
    worker_subject: String,
    worker_name: String,
    title: String,
    state: String,
    finding: Option<String>,
    planned_by: String,
    planned_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    version: i32,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, grid_code, division_code, worker_subject, worker_name, title, state, finding,
         planned_by, planned_at, due_at, ended_at, version"
    };
}

impl TryFrom<Row> for PatrolTask {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("patrol_tasks", column, row.id);
        Ok(Self {
            id: PatrolTaskId::from_uuid(row.id),
            grid_code: row.grid_code.parse().map_err(|_| bad("grid_code"))?,
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            worker_subject: row.worker_subject,
            worker_name: row.worker_name,
            title: row.title,
            state: row.state.parse().map_err(|_| bad("state"))?,
            finding: row.finding,
            planned_by: row.planned_by,
            planned_at: row.planned_at,
            due_at: row.due_at,
            ended_at: row.ended_at,
            version: row.version,
        })
    }
}

/// Writes a new one.
pub async fn insert(conn: &mut PgConnection, task: &PatrolTask) -> Result<()> {
    sqlx::query(
        "INSERT INTO patrol_tasks (id, grid_code, worker_subject, worker_name, title, state, finding,
             planned_by, planned_at, due_at, ended_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(task.id.as_uuid())
    .bind(task.grid_code.as_str())
    .bind(&task.worker_subject)
    .bind(&task.worker_name)
    .bind(&task.title)
    .bind(task.state.as_str())
    .bind(&task.finding)
    .bind(&task.planned_by)
    .bind(task.planned_at)
    .bind(task.due_at)
    .bind(task.ended_at)
    .bind(task.version)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, task: &mut PatrolTask) -> Result<()> {
    let done = sqlx::query(
        "UPDATE patrol_tasks SET state = $3, finding = $4, ended_at = $5, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(task.id.as_uuid())
    .bind(task.version)
    .bind(task.state.as_str())
    .bind(&task.finding)
    .bind(task.ended_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    task.version += 1;
    Ok(())
}

/// The one of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: PatrolTaskId) -> Result<Option<PatrolTask>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM patrol_tasks WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(PatrolTask::try_from).transpose()
}

/// Many in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[PatrolTaskId],
) -> Result<HashMap<PatrolTaskId, PatrolTask>> {
    let ids: Vec<Uuid> = ids.iter().map(PatrolTaskId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM patrol_tasks WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| PatrolTask::try_from(row).map(|it| (it.id, it)))
        .collect()
}

/// Which patrols a list asks for.
#[derive(Clone, Debug, Default)]
pub struct PatrolFilter {
    /// Only those of this account.
    pub worker: Option<String>,
    pub state: Option<PatrolState>,
    /// Only those that were not done by then.
    pub overdue_at: Option<DateTime<Utc>>,
}

/// A page of patrols, the soonest first: within a reach, or of one account.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &PatrolFilter,
    page: &Page,
) -> Result<Vec<PatrolTask>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM patrol_tasks WHERE true"
    ));
    match &filter.worker {
        Some(worker) => {
            query.push(" AND worker_subject = ").push_bind(worker);
        }
        None => scope.push(&mut query, "division_code"),
    }
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    if let Some(now) = filter.overdue_at {
        query
            .push(" AND state = 'PLANNED' AND due_at <= ")
            .push_bind(now);
    }
    page::soonest_first(&mut query, "due_at", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(PatrolTask::try_from).collect()
}
