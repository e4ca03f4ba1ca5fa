//! 创投打分与公布结果 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::keys::ExpertId;
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{grouped, uuids};
use crate::domain::{
    score_sheet::Score,
    tender::CriterionId,
    venture_application::VentureApplicationId,
    venture_round::VentureRoundId,
    venture_score::{VentureResult, VentureScore, VentureSheet},
};

#[derive(sqlx::FromRow)]
struct Row {
    round_id: Uuid,
    expert_id: Uuid,
    submitted_at: DateTime<Utc>,
    locked_at: Option<DateTime<Utc>>,
}

#[derive(sqlx::FromRow)]
struct ScoreRow {
    round_id: Uuid,
    expert_id: Uuid,
    application_id: Uuid,
    criterion_id: Uuid,
    score_h: i32,
}

/// Writes a sheet in place of the one before it; a locked one is refused.
pub async fn replace(conn: &mut PgConnection, sheet: &VentureSheet) -> Result<()> {
    let (round, expert) = (sheet.round_id.as_uuid(), sheet.expert_id.as_uuid());
    sqlx::query(
        "INSERT INTO venture_sheets (round_id, expert_id, submitted_at) VALUES ($1, $2, $3)
         ON CONFLICT (round_id, expert_id) DO UPDATE SET submitted_at = $3",
    )
    .bind(round)
    .bind(expert)
    .bind(sheet.submitted_at)
    .execute(&mut *conn)
    .await?;
    sqlx::query("DELETE FROM venture_scores WHERE round_id = $1 AND expert_id = $2")
        .bind(round)
        .bind(expert)
        .execute(&mut *conn)
        .await?;
    let of = |id: fn(&VentureScore) -> Uuid| -> Vec<Uuid> { sheet.scores.iter().map(id).collect() };
    let scores: Vec<i32> = sheet.scores.iter().map(|one| one.score.0).collect();
    sqlx::query(
        "INSERT INTO venture_scores (round_id, expert_id, application_id, criterion_id, score_h)
         SELECT $1, $2, project, criterion, score
         FROM unnest($3::uuid[], $4::uuid[], $5::int[]) AS given (project, criterion, score)",
    )
    .bind(round)
    .bind(expert)
    .bind(of(|one| one.application_id.as_uuid()))
    .bind(of(|one| one.criterion_id.as_uuid()))
    .bind(&scores)
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks a sheet for good.
pub async fn set_locked(conn: &mut PgConnection, sheet: &VentureSheet) -> Result<()> {
    let done = sqlx::query(
        "UPDATE venture_sheets SET locked_at = $3 WHERE round_id = $1 AND expert_id = $2",
    )
    .bind(sheet.round_id.as_uuid())
    .bind(sheet.expert_id.as_uuid())
    .bind(sheet.locked_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    Ok(())
}

/// All sheets of many rounds.
pub async fn load_many(
    conn: &mut PgConnection,
    rounds: &[VentureRoundId],
) -> Result<HashMap<VentureRoundId, Vec<VentureSheet>>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT round_id, expert_id, submitted_at, locked_at FROM venture_sheets
         WHERE round_id = ANY ($1) ORDER BY round_id, expert_id",
    )
    .bind(uuids(rounds))
    .fetch_all(&mut *conn)
    .await?;
    let scores: Vec<ScoreRow> = sqlx::query_as(
        "SELECT round_id, expert_id, application_id, criterion_id, score_h FROM venture_scores
         WHERE round_id = ANY ($1) ORDER BY application_id, criterion_id",
    )
    .bind(uuids(rounds))
    .fetch_all(conn)
    .await?;
    let mut given = grouped(scores, |one| (one.round_id, one.expert_id));
    let sheets = rows.into_iter().map(|row| {
        let own = given.remove(&(row.round_id, row.expert_id));
        VentureSheet {
            round_id: VentureRoundId::from_uuid(row.round_id),
            expert_id: ExpertId::from_uuid(row.expert_id),
            scores: own
                .unwrap_or_default()
                .into_iter()
                .map(|one| VentureScore {
                    application_id: VentureApplicationId::from_uuid(one.application_id),
                    criterion_id: CriterionId::from_uuid(one.criterion_id),
                    score: Score(one.score_h),
                })
                .collect(),
            submitted_at: row.submitted_at,
            locked_at: row.locked_at,
        }
    });
    Ok(grouped(sheets, |sheet| sheet.round_id))
}

#[derive(sqlx::FromRow)]
struct ResultRow {
    round_id: Uuid,
    application_id: Uuid,
    rank: i64,
    total_micro: i64,
}

fn result(row: ResultRow) -> (VentureRoundId, VentureResult) {
    let one = VentureResult {
        application_id: VentureApplicationId::from_uuid(row.application_id),
        rank: row.rank,
        total_micro: row.total_micro,
    };
    (VentureRoundId::from_uuid(row.round_id), one)
}

/// What the locked sheets of a round come to, as the database computes it.
pub async fn ranking(conn: &mut PgConnection, id: VentureRoundId) -> Result<Vec<VentureResult>> {
    let rows: Vec<ResultRow> = sqlx::query_as(
        "SELECT round_id, application_id, rank, total_micro FROM venture_ranking
         WHERE round_id = $1 ORDER BY rank",
    )
    .bind(id.as_uuid())
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| result(row).1).collect())
}

/// Publishes the totals of a round, for good.
pub async fn publish(
    conn: &mut PgConnection,
    id: VentureRoundId,
    results: &[VentureResult],
    at: DateTime<Utc>,
) -> Result<()> {
    for one in results {
        sqlx::query(
            "INSERT INTO venture_results (round_id, application_id, rank, total_micro, published_at)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(id.as_uuid())
        .bind(one.application_id.as_uuid())
        .bind(one.rank)
        .bind(one.total_micro)
        .bind(at)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// The published totals of many rounds, by rank.
pub async fn results(
    conn: &mut PgConnection,
    rounds: &[VentureRoundId],
) -> Result<HashMap<VentureRoundId, Vec<VentureResult>>> {
    let rows: Vec<ResultRow> = sqlx::query_as(
        "SELECT round_id, application_id, rank, total_micro FROM venture_results
         WHERE round_id = ANY ($1) ORDER BY round_id, rank",
    )
    .bind(uuids(rounds))
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<VentureRoundId, Vec<VentureResult>> = HashMap::new();
    for (round, one) in rows.into_iter().map(result) {
        found.entry(round).or_default().push(one);
    }
    Ok(found)
}
