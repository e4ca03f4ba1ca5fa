//! 督导关系 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Page, keys::SocialWorkerId};
use kit::{
    auth::Scope,
    error::{Error, Result},
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Reading, one};
use crate::domain::supervision::{Supervision, SupervisionAlarm, SupervisionFilter, SupervisionId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    supervisor_id: Uuid,
    supervisee_id: Uuid,
    division_code: String,
    first: NaiveDate,
    last: Option<NaiveDate>,
    every_days: i32,
    topics: String,
    due_on: NaiveDate,
    version: i32,
    assigned_at: DateTime<Utc>,
}

/// With the newest plan, which every supervision has from its first day.
const SELECT: &str = "SELECT s.id, s.supervisor_id, s.supervisee_id, s.division_code,
    lower(s.period) AS first, upper(s.period) - 1 AS last, s.due_on, s.version, s.assigned_at,
    p.every_days, p.topics
    FROM supervisions s CROSS JOIN LATERAL (
        SELECT n.every_days, n.topics FROM supervision_plans n
        WHERE n.supervision_id = s.id ORDER BY n.id DESC LIMIT 1) AS p";

impl TryFrom<Row> for Supervision {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let read = Reading {
            table: "supervisions",
            id: row.id,
        };
        Ok(Self {
            id: SupervisionId::from_uuid(row.id),
            supervisor_id: SocialWorkerId::from_uuid(row.supervisor_id),
            supervisee_id: SocialWorkerId::from_uuid(row.supervisee_id),
            division_code: read.word("division_code", &row.division_code)?,
            from: row.first,
            to: row.last,
            every_days: row.every_days,
            topics: row.topics,
            due_on: row.due_on,
            version: row.version,
            assigned_at: row.assigned_at,
        })
    }
}

/// Writes a new supervision with its first plan.
pub async fn insert(
    conn: &mut PgConnection,
    supervision: &Supervision,
    plan: Uuid,
    by: &str,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO supervisions (id, supervisor_id, supervisee_id, division_code, period, due_on,
             assigned_by, assigned_at)
         VALUES ($1, $2, $3, $4, daterange($5, $6, '[]'), $7, $8, $9)",
    )
    .bind(supervision.id.as_uuid())
    .bind(supervision.supervisor_id.as_uuid())
    .bind(supervision.supervisee_id.as_uuid())
    .bind(supervision.division_code.as_str())
    .bind(supervision.from)
    .bind(supervision.to)
    .bind(supervision.due_on)
    .bind(by)
    .bind(supervision.assigned_at)
    .execute(&mut *conn)
    .await?;
    insert_plan(conn, supervision, plan, (by, supervision.assigned_at)).await
}

/// Writes the plan that counts from now on.
pub async fn insert_plan(
    conn: &mut PgConnection,
    supervision: &Supervision,
    plan: Uuid,
    (by, at): (&str, DateTime<Utc>),
) -> Result<()> {
    sqlx::query(
        "INSERT INTO supervision_plans (id, supervision_id, every_days, topics, drafted_by, drafted_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(plan)
    .bind(supervision.id.as_uuid())
    .bind(supervision.every_days)
    .bind(&supervision.topics)
    .bind(by)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes until when it lasts and what is due; a version that moved is a conflict.
pub async fn update(conn: &mut PgConnection, supervision: &mut Supervision) -> Result<()> {
    let done = sqlx::query(
        "UPDATE supervisions SET period = daterange(lower(period), $3, '[]'), due_on = $4,
             version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(supervision.id.as_uuid())
    .bind(supervision.version)
    .bind(supervision.to)
    .bind(supervision.due_on)
    .execute(conn)
    .await?;
    one(&done)?;
    supervision.version += 1;
    Ok(())
}

/// A supervision, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: SupervisionId) -> Result<Option<Supervision>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE s.id = ")
        .push_bind(id.as_uuid())
        .push(" FOR UPDATE OF s");
    let row: Option<Row> = query.build_query_as().fetch_optional(conn).await?;
    row.map(Supervision::try_from).transpose()
}

/// Many supervisions.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[SupervisionId],
) -> Result<HashMap<SupervisionId, Supervision>> {
    let ids: Vec<Uuid> = ids.iter().map(SupervisionId::as_uuid).collect();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE s.id = ANY (").push_bind(ids).push(")");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter()
        .map(|row| Supervision::try_from(row).map(|one| (one.id, one)))
        .collect()
}

/// A page of supervisions within a reach, or of the worker who looks; newest first.
pub async fn list(
    conn: &mut PgConnection,
    (scope, me): (&Scope, Option<SocialWorkerId>),
    filter: &SupervisionFilter,
    page: &Page,
) -> Result<Vec<Supervision>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    let mine = me.map(|id| id.as_uuid());
    query.push(" WHERE (");
    match scope.pattern() {
        None => query.push("TRUE"),
        Some(pattern) => query.push("s.division_code LIKE ").push_bind(pattern),
    };
    query
        .push(" OR s.supervisor_id = ")
        .push_bind(mine)
        .push(" OR s.supervisee_id = ")
        .push_bind(mine)
        .push(")");
    if let Some(worker) = filter.worker {
        query
            .push(" AND (s.supervisor_id = ")
            .push_bind(worker.as_uuid())
            .push(" OR s.supervisee_id = ")
            .push_bind(worker.as_uuid())
            .push(")");
    }
    if let Some(day) = filter.on {
        query.push(" AND s.period @> ").push_bind(day);
    }
    if let Some(day) = filter.overdue_on {
        query
            .push(" AND s.period @> ")
            .push_bind(day)
            .push(" AND s.due_on < ")
            .push_bind(day);
    }
    super::push_page(&mut query, "s.id", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Supervision::try_from).collect()
}

/// Raises the alarm of a term, once; whether it is new.
pub async fn raise_alarm(
    conn: &mut PgConnection,
    id: Uuid,
    supervision: &Supervision,
    at: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO supervision_alarms (id, supervision_id, division_code, due_on, raised_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (supervision_id, due_on) DO NOTHING",
    )
    .bind(id)
    .bind(supervision.id.as_uuid())
    .bind(supervision.division_code.as_str())
    .bind(supervision.due_on)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Clears the alarms of a supervision: a session was held, or it ended.
pub async fn clear_alarms(
    conn: &mut PgConnection,
    supervision: SupervisionId,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "UPDATE supervision_alarms SET cleared_at = $2
         WHERE supervision_id = $1 AND cleared_at IS NULL",
    )
    .bind(supervision.as_uuid())
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The alarms of many supervisions, newest first.
pub async fn load_alarms(
    conn: &mut PgConnection,
    ids: &[SupervisionId],
) -> Result<HashMap<SupervisionId, Vec<SupervisionAlarm>>> {
    type Row = (Uuid, NaiveDate, DateTime<Utc>, Option<DateTime<Utc>>);
    let ids: Vec<Uuid> = ids.iter().map(SupervisionId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT supervision_id, due_on, raised_at, cleared_at FROM supervision_alarms
         WHERE supervision_id = ANY ($1) ORDER BY due_on DESC",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<SupervisionId, Vec<SupervisionAlarm>> = HashMap::new();
    for (id, due_on, raised_at, cleared_at) in rows {
        let supervision_id = SupervisionId::from_uuid(id);
        found
            .entry(supervision_id)
            .or_default()
            .push(SupervisionAlarm {
                supervision_id,
                due_on,
                raised_at,
                cleared_at,
            });
    }
    Ok(found)
}

/// What counts for somebody between two days: as supervisee, as supervisor.
pub async fn counted(
    conn: &mut PgConnection,
    worker: SocialWorkerId,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<(i64, i64)> {
    Ok(sqlx::query_as(
        "SELECT coalesce(sum(minutes) FILTER (WHERE supervisee_id = $1), 0),
                coalesce(sum(minutes) FILTER (WHERE supervisor_id = $1), 0)
         FROM supervision_hours
         WHERE (supervisee_id = $1 OR supervisor_id = $1) AND held_on BETWEEN $2 AND $3",
    )
    .bind(worker.as_uuid())
    .bind(from)
    .bind(to)
    .fetch_one(conn)
    .await?)
}
