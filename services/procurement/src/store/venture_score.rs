//! 创投打分与公布结果 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kit::error::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    grouped,
    sheet::{Kept, Score as Row, Tables},
    uuids,
};
use crate::domain::{
    score_sheet::Score,
    tender::CriterionId,
    venture_application::VentureApplicationId,
    venture_round::VentureRoundId,
    venture_score::{VentureResult, VentureScore, VentureSheet},
};

const TABLES: Tables = Tables {
    sheets: "venture_sheets",
    scores: "venture_scores",
    session: "round_id",
    of: "application_id",
    order: "s.application_id, s.criterion_id",
    joined: "",
};

/// Writes a sheet in place of the one before it; a locked one is refused.
pub async fn replace(conn: &mut PgConnection, sheet: &VentureSheet) -> Result<()> {
    let score = |one: &VentureScore| Row {
        of: one.application_id.as_uuid(),
        criterion: one.criterion_id.as_uuid(),
        hundredths: one.score.0,
    };
    let kept = Kept {
        session: sheet.round_id.as_uuid(),
        expert: sheet.expert_id,
        scores: sheet.scores.iter().map(score).collect(),
        submitted_at: sheet.submitted_at,
        locked_at: sheet.locked_at,
    };
    TABLES.replace(conn, &kept).await
}

/// Locks a sheet for good.
pub async fn set_locked(conn: &mut PgConnection, sheet: &VentureSheet) -> Result<()> {
    let own = (sheet.round_id.as_uuid(), sheet.expert_id);
    TABLES.lock(conn, own, sheet.locked_at).await
}

/// All sheets of many rounds.
pub async fn load_many(
    conn: &mut PgConnection,
    rounds: &[VentureRoundId],
) -> Result<HashMap<VentureRoundId, Vec<VentureSheet>>> {
    let score = |one: Row| VentureScore {
        application_id: VentureApplicationId::from_uuid(one.of),
        criterion_id: CriterionId::from_uuid(one.criterion),
        score: Score(one.hundredths),
    };
    let kept = TABLES.load_many(conn, rounds).await?;
    let sheets = kept.into_iter().map(|sheet| VentureSheet {
        round_id: VentureRoundId::from_uuid(sheet.session),
        expert_id: sheet.expert,
        scores: sheet.scores.into_iter().map(score).collect(),
        submitted_at: sheet.submitted_at,
        locked_at: sheet.locked_at,
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
