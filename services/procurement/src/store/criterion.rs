//! 评审因素与付款节点 in SQL.

use std::collections::HashMap;

use kernel::keys::TenderId;
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::uuids;
use crate::domain::{
    criterion::{Criterion, PlannedMilestone},
    tender::CriterionId,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    tender_id: Uuid,
    name: String,
    kind: String,
    weight: i32,
    max_score: i32,
    objective: bool,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, tender_id, name, kind, weight, max_score, objective"
    };
}

#[derive(sqlx::FromRow)]
struct PlanRow {
    tender_id: Uuid,
    title: String,
    units: i64,
    percent: i32,
}

/// The columns of [`PlanRow`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! plan_columns {
    () => {
        "tender_id, title, units, percent"
    };
}

/// Writes the criteria of a new tender.
pub async fn insert(
    conn: &mut PgConnection,
    tender: TenderId,
    criteria: &[Criterion],
) -> Result<()> {
    for (seq, one) in (0_i32..).zip(criteria) {
        sqlx::query(
            "INSERT INTO tender_criteria
                 (id, tender_id, seq, name, kind, weight, max_score, objective)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(one.id.as_uuid())
        .bind(tender.as_uuid())
        .bind(seq)
        .bind(&one.name)
        .bind(one.kind.as_str())
        .bind(one.weight)
        .bind(one.max_score)
        .bind(one.objective)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Writes the planned milestones of a new tender.
pub async fn insert_plan(
    conn: &mut PgConnection,
    tender: TenderId,
    plan: &[PlannedMilestone],
) -> Result<()> {
    for (seq, one) in (0_i32..).zip(plan) {
        sqlx::query(
            "INSERT INTO tender_milestones (tender_id, seq, title, units, percent)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(tender.as_uuid())
        .bind(seq)
        .bind(&one.title)
        .bind(one.units)
        .bind(one.percent)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// The criteria of many tenders, in their order.
pub async fn load_many(
    conn: &mut PgConnection,
    tenders: &[TenderId],
) -> Result<HashMap<TenderId, Vec<Criterion>>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM tender_criteria WHERE tender_id = ANY ($1) ORDER BY seq"
    ))
    .bind(uuids(tenders))
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<TenderId, Vec<Criterion>> = HashMap::new();
    for row in rows {
        let bad = |_| Error::inconsistent("tender_criteria", "kind", row.id);
        found
            .entry(TenderId::from_uuid(row.tender_id))
            .or_default()
            .push(Criterion {
                id: CriterionId::from_uuid(row.id),
                kind: row.kind.parse().map_err(bad)?,
                name: row.name,
                weight: row.weight,
                max_score: row.max_score,
                objective: row.objective,
            });
    }
    Ok(found)
}

/// The planned milestones of many tenders, in their order.
pub async fn load_plans(
    conn: &mut PgConnection,
    tenders: &[TenderId],
) -> Result<HashMap<TenderId, Vec<PlannedMilestone>>> {
    let rows: Vec<PlanRow> = sqlx::query_as(concat!(
        "SELECT ",
        plan_columns!(),
        " FROM tender_milestones WHERE tender_id = ANY ($1) ORDER BY seq"
    ))
    .bind(uuids(tenders))
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<TenderId, Vec<PlannedMilestone>> = HashMap::new();
    for row in rows {
        found
            .entry(TenderId::from_uuid(row.tender_id))
            .or_default()
            .push(PlannedMilestone {
                title: row.title,
                units: row.units,
                percent: row.percent,
            });
    }
    Ok(found)
}
