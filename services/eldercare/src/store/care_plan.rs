//! 照护计划 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Page, keys::ResidentId};
use kit::{
    auth::Scope,
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::family;
use crate::domain::{
    assessment::AssessmentId,
    care_plan::{AgreedAs, CarePlan, CarePlanFilter, CarePlanId, CarePlanItem},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    elder_id: Uuid,
    division_code: String,
    number: i32,
    assessment_id: Uuid,
    goals: Vec<String>,
    review_on: NaiveDate,
    state: String,
    drafted_by: String,
    drafted_at: DateTime<Utc>,
    agreed_as: Option<String>,
    agreed_by: Option<String>,
    agreed_at: Option<DateTime<Utc>>,
    evidence: Option<String>,
    ended_by: Option<String>,
    ended_at: Option<DateTime<Utc>>,
    end_reason: Option<String>,
    version: i32,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, elder_id, division_code, number, assessment_id, goals, review_on, state, drafted_by,
         drafted_at, agreed_as, agreed_by, agreed_at, evidence, ended_by, ended_at, end_reason,
         version, updated_at"
    };
}

impl TryFrom<Row> for CarePlan {
    type Error = Error;

    /// Without its items, which stand in a table of their own.
    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("care_plans", column, row.id);
        Ok(Self {
            id: CarePlanId::from_uuid(row.id),
            elder_id: ResidentId::from_uuid(row.elder_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            number: row.number,
            assessment_id: AssessmentId::from_uuid(row.assessment_id),
            goals: row.goals,
            items: Vec::new(),
            review_on: row.review_on,
            state: row.state.parse().map_err(|_| bad("state"))?,
            drafted_by: row.drafted_by,
            drafted_at: row.drafted_at,
            agreed_as: row
                .agreed_as
                .map(|one| one.parse().map_err(|_| bad("agreed_as")))
                .transpose()?,
            agreed_by: row.agreed_by,
            agreed_at: row.agreed_at,
            evidence: row.evidence,
            ended_by: row.ended_by,
            ended_at: row.ended_at,
            end_reason: row.end_reason,
            version: row.version,
            updated_at: row.updated_at,
        })
    }
}

/// The number that the next version of an elder's plan has.
pub async fn next_number(conn: &mut PgConnection, elder: ResidentId) -> Result<i32> {
    Ok(sqlx::query_scalar(
        "SELECT coalesce(max(number), 0) + 1 FROM care_plans WHERE elder_id = $1",
    )
    .bind(elder.as_uuid())
    .fetch_one(conn)
    .await?)
}

/// Writes a draft with its items.
pub async fn insert(conn: &mut PgConnection, plan: &CarePlan) -> Result<()> {
    sqlx::query(
        "INSERT INTO care_plans (id, elder_id, division_code, number, assessment_id, goals,
             review_on, state, drafted_by, drafted_at, version, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(plan.id.as_uuid())
    .bind(plan.elder_id.as_uuid())
    .bind(plan.division_code.as_str())
    .bind(plan.number)
    .bind(plan.assessment_id.as_uuid())
    .bind(&plan.goals)
    .bind(plan.review_on)
    .bind(plan.state.as_str())
    .bind(&plan.drafted_by)
    .bind(plan.drafted_at)
    .bind(plan.version)
    .bind(plan.updated_at)
    .execute(&mut *conn)
    .await?;
    for (position, item) in (1i32..).zip(&plan.items) {
        sqlx::query(
            "INSERT INTO care_plan_items (plan_id, position, item_code, goal, times, per, note)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(plan.id.as_uuid())
        .bind(position)
        .bind(&item.item_code)
        .bind(item.goal)
        .bind(item.times)
        .bind(item.per.as_str())
        .bind(&item.note)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, plan: &mut CarePlan) -> Result<()> {
    let done = sqlx::query(
        "UPDATE care_plans SET state = $3, agreed_as = $4, agreed_by = $5, agreed_at = $6,
             evidence = $7, ended_by = $8, ended_at = $9, end_reason = $10, updated_at = $11,
             version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(plan.id.as_uuid())
    .bind(plan.version)
    .bind(plan.state.as_str())
    .bind(plan.agreed_as.map(AgreedAs::as_str))
    .bind(&plan.agreed_by)
    .bind(plan.agreed_at)
    .bind(&plan.evidence)
    .bind(&plan.ended_by)
    .bind(plan.ended_at)
    .bind(&plan.end_reason)
    .bind(plan.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    plan.version += 1;
    Ok(())
}

/// A plan, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: CarePlanId) -> Result<Option<CarePlan>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM care_plans WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(&mut *conn)
    .await?;
    Ok(with_items(conn, row.into_iter().collect()).await?.pop())
}

/// The plan of an elder in this state, of which there is at most one; locked.
pub async fn lock_only(
    conn: &mut PgConnection,
    elder: ResidentId,
    state: crate::domain::care_plan::CarePlanState,
) -> Result<Option<CarePlan>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM care_plans WHERE elder_id = $1 AND state = $2 ORDER BY number DESC LIMIT 1
         FOR UPDATE"
    ))
    .bind(elder.as_uuid())
    .bind(state.as_str())
    .fetch_optional(&mut *conn)
    .await?;
    Ok(with_items(conn, row.into_iter().collect()).await?.pop())
}

/// Many plans in one statement; those that do not exist are left out.
pub async fn load_many(conn: &mut PgConnection, ids: &[CarePlanId]) -> Result<Vec<CarePlan>> {
    let ids: Vec<Uuid> = ids.iter().map(CarePlanId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM care_plans WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(&mut *conn)
    .await?;
    with_items(conn, rows).await
}

/// The plans in force of many elders.
pub async fn load_many_of(conn: &mut PgConnection, elders: &[ResidentId]) -> Result<Vec<CarePlan>> {
    let ids: Vec<Uuid> = elders.iter().map(ResidentId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM care_plans WHERE elder_id = ANY ($1) AND state = 'AGREED'"
    ))
    .bind(&ids)
    .fetch_all(&mut *conn)
    .await?;
    with_items(conn, rows).await
}

async fn with_items(conn: &mut PgConnection, rows: Vec<Row>) -> Result<Vec<CarePlan>> {
    type Item = (Uuid, String, i32, i32, String, Option<String>);
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let items: Vec<Item> = sqlx::query_as(
        "SELECT plan_id, item_code, goal, times, per, note FROM care_plan_items
         WHERE plan_id = ANY ($1) ORDER BY plan_id, position",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut of: HashMap<Uuid, Vec<CarePlanItem>> = HashMap::new();
    for (plan, item_code, goal, times, per, note) in items {
        let per = per
            .parse()
            .map_err(|_| Error::inconsistent("care_plan_items", "per", plan))?;
        of.entry(plan).or_default().push(CarePlanItem {
            item_code,
            goal,
            times,
            per,
            note,
        });
    }
    rows.into_iter()
        .map(|row| {
            let items = of.remove(&row.id).unwrap_or_default();
            Ok(CarePlan {
                items,
                ..CarePlan::try_from(row)?
            })
        })
        .collect()
}

/// A page of plans, newest first, within what the caller may see.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &CarePlanFilter,
    page: &Page,
) -> Result<Vec<CarePlan>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM care_plans WHERE true"
    ));
    family::push(&mut query, scope, "division_code", "elder_id");
    if let Some(elder) = filter.elder {
        query.push(" AND elder_id = ").push_bind(elder.as_uuid());
    }
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    if let Some(day) = filter.review_by {
        query
            .push(" AND state = 'AGREED' AND review_on <= ")
            .push_bind(day);
    }
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(&mut *conn).await?;
    with_items(conn, rows).await
}
