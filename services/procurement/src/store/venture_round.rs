//! 公益创投 in SQL: rounds, their criteria and reviewers.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    DivisionCode, Fen, Page,
    keys::{ExpertId, FundId, OrganizationId},
};
use kit::{
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{below, grouped, uuids};
use crate::domain::{
    tender::CriterionId,
    venture_round::{VentureCriterion, VentureRound, VentureRoundFilter, VentureRoundId},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    division_code: String,
    fund_id: Uuid,
    title: String,
    theme: String,
    budget_fen: i64,
    grant_cap_fen: i64,
    operator_id: Uuid,
    operator_outside: bool,
    drop_extremes: bool,
    pass_points: i32,
    tranche_percents: Vec<i32>,
    state: String,
    version: i32,
    planned_by: String,
    planned_at: DateTime<Utc>,
    called_at: Option<DateTime<Utc>>,
    closes_at: Option<DateTime<Utc>>,
    published_at: Option<DateTime<Utc>>,
    objections_until: Option<DateTime<Utc>>,
    confirmed_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    cancelled_reason: Option<String>,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, division_code, fund_id, title, theme, budget_fen, grant_cap_fen, operator_id,
         operator_outside, drop_extremes, pass_points, tranche_percents, state, version,
         planned_by, planned_at, called_at, closes_at, published_at, objections_until,
         confirmed_at, ended_at, cancelled_reason, updated_at"
    };
}

#[derive(sqlx::FromRow)]
struct CriterionRow {
    id: Uuid,
    round_id: Uuid,
    name: String,
    weight: i32,
    max_score: i32,
}

fn whole(row: Row, criteria: Vec<CriterionRow>) -> Result<VentureRound> {
    let bad = |column| Error::inconsistent("venture_rounds", column, row.id);
    let criterion = |one: CriterionRow| VentureCriterion {
        id: CriterionId::from_uuid(one.id),
        name: one.name,
        weight: one.weight,
        max_score: one.max_score,
    };
    Ok(VentureRound {
        id: VentureRoundId::from_uuid(row.id),
        division_code: row
            .division_code
            .parse()
            .map_err(|_| bad("division_code"))?,
        fund_id: FundId::from_uuid(row.fund_id),
        title: row.title,
        theme: row.theme,
        budget: Fen::new(row.budget_fen),
        grant_cap: Fen::new(row.grant_cap_fen),
        operator_id: OrganizationId::from_uuid(row.operator_id),
        operator_outside: row.operator_outside,
        drop_extremes: row.drop_extremes,
        pass_points: row.pass_points,
        tranche_percents: row.tranche_percents,
        criteria: criteria.into_iter().map(criterion).collect(),
        state: row.state.parse().map_err(|_| bad("state"))?,
        version: row.version,
        planned_by: row.planned_by,
        planned_at: row.planned_at,
        called_at: row.called_at,
        closes_at: row.closes_at,
        published_at: row.published_at,
        objections_until: row.objections_until,
        confirmed_at: row.confirmed_at,
        ended_at: row.ended_at,
        cancelled_reason: row.cancelled_reason,
        updated_at: row.updated_at,
    })
}

/// Writes a new round with its criteria.
pub async fn insert(conn: &mut PgConnection, round: &VentureRound) -> Result<()> {
    sqlx::query(
        "INSERT INTO venture_rounds (id, division_code, fund_id, title, theme, budget_fen,
             grant_cap_fen, operator_id, operator_outside, drop_extremes, pass_points,
             tranche_percents, state, version, planned_by, planned_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(round.id.as_uuid())
    .bind(round.division_code.as_str())
    .bind(round.fund_id.as_uuid())
    .bind(&round.title)
    .bind(&round.theme)
    .bind(round.budget.get())
    .bind(round.grant_cap.get())
    .bind(round.operator_id.as_uuid())
    .bind(round.operator_outside)
    .bind(round.drop_extremes)
    .bind(round.pass_points)
    .bind(&round.tranche_percents)
    .bind(round.state.as_str())
    .bind(round.version)
    .bind(&round.planned_by)
    .bind(round.planned_at)
    .bind(round.updated_at)
    .execute(&mut *conn)
    .await?;
    for (seq, one) in (0_i32..).zip(&round.criteria) {
        sqlx::query(
            "INSERT INTO venture_criteria (id, round_id, seq, name, weight, max_score)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(one.id.as_uuid())
        .bind(round.id.as_uuid())
        .bind(seq)
        .bind(&one.name)
        .bind(one.weight)
        .bind(one.max_score)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, round: &mut VentureRound) -> Result<()> {
    let done = sqlx::query(
        "UPDATE venture_rounds SET state = $3, called_at = $4, closes_at = $5, published_at = $6,
             objections_until = $7, confirmed_at = $8, ended_at = $9, cancelled_reason = $10,
             updated_at = $11, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(round.id.as_uuid())
    .bind(round.version)
    .bind(round.state.as_str())
    .bind(round.called_at)
    .bind(round.closes_at)
    .bind(round.published_at)
    .bind(round.objections_until)
    .bind(round.confirmed_at)
    .bind(round.ended_at)
    .bind(&round.cancelled_reason)
    .bind(round.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    round.version += 1;
    Ok(())
}

/// The round of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: VentureRoundId) -> Result<Option<VentureRound>> {
    sqlx::query("SELECT id FROM venture_rounds WHERE id = $1 FOR UPDATE")
        .bind(id.as_uuid())
        .execute(&mut *conn)
        .await?;
    Ok(load_many(conn, &[id]).await?.remove(&id))
}

async fn complete(conn: &mut PgConnection, rows: Vec<Row>) -> Result<Vec<VentureRound>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let criteria: Vec<CriterionRow> = sqlx::query_as(
        "SELECT id, round_id, name, weight, max_score FROM venture_criteria
         WHERE round_id = ANY ($1) ORDER BY round_id, seq",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut of_round = grouped(criteria, |one| one.round_id);
    rows.into_iter()
        .map(|row| {
            let criteria = of_round.remove(&row.id).unwrap_or_default();
            whole(row, criteria)
        })
        .collect()
}

/// Many rounds; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[VentureRoundId],
) -> Result<HashMap<VentureRoundId, VentureRound>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM venture_rounds WHERE id = ANY ($1)"
    ))
    .bind(uuids(ids))
    .fetch_all(&mut *conn)
    .await?;
    let found = complete(conn, rows).await?;
    Ok(found.into_iter().map(|one| (one.id, one)).collect())
}

/// A page of rounds, newest first.
pub async fn list(
    conn: &mut PgConnection,
    filter: &VentureRoundFilter,
    page: &Page,
) -> Result<Vec<VentureRound>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM venture_rounds WHERE TRUE"
    ));
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    below(&mut query, filter.below.as_ref());
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(&mut *conn).await?;
    complete(conn, rows).await
}

/// Whether a round was called in the county of a division before.
pub async fn had_one(conn: &mut PgConnection, division: &DivisionCode) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM venture_rounds
         WHERE state NOT IN ('PLANNED', 'CANCELLED') AND left(division_code, 6) = left($1, 6))",
    )
    .bind(division.as_str())
    .fetch_one(conn)
    .await?)
}

/// Seats the reviewers.
pub async fn insert_reviewers(
    conn: &mut PgConnection,
    id: VentureRoundId,
    reviewers: &[ExpertId],
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO venture_reviewers (round_id, expert_id, seated_at)
         SELECT $1, unnest($2::uuid[]), $3",
    )
    .bind(id.as_uuid())
    .bind(uuids(reviewers))
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The reviewers of many rounds.
pub async fn reviewers(
    conn: &mut PgConnection,
    ids: &[VentureRoundId],
) -> Result<HashMap<VentureRoundId, Vec<ExpertId>>> {
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "SELECT round_id, expert_id FROM venture_reviewers WHERE round_id = ANY ($1)
         ORDER BY round_id, expert_id",
    )
    .bind(uuids(ids))
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<VentureRoundId, Vec<ExpertId>> = HashMap::new();
    for (round, expert) in rows {
        found
            .entry(VentureRoundId::from_uuid(round))
            .or_default()
            .push(ExpertId::from_uuid(expert));
    }
    Ok(found)
}

/// Who of these is tied to an applicant of the round, or to its operator.
pub async fn conflicted(
    conn: &mut PgConnection,
    id: VentureRoundId,
    experts: &[ExpertId],
    on: NaiveDate,
) -> Result<Vec<ExpertId>> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "SELECT id FROM unnest($2::uuid[]) AS id WHERE prc_venture_conflicted($1, id, $3)",
    )
    .bind(id.as_uuid())
    .bind(uuids(experts))
    .bind(on)
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(ExpertId::from_uuid).collect())
}
