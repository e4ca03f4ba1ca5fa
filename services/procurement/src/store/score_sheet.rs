//! 打分表 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::keys::{ExpertId, TenderId};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::uuids;
use crate::domain::{
    bid::BidId,
    score_sheet::{Given, Score, ScoreSheet},
    tender::CriterionId,
};

#[derive(sqlx::FromRow)]
struct Row {
    tender_id: Uuid,
    expert_id: Uuid,
    submitted_at: DateTime<Utc>,
    locked_at: Option<DateTime<Utc>>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "tender_id, expert_id, submitted_at, locked_at"
    };
}

#[derive(sqlx::FromRow)]
struct ScoreRow {
    tender_id: Uuid,
    expert_id: Uuid,
    bid_id: Uuid,
    criterion_id: Uuid,
    score_h: i32,
}

/// Writes a sheet in place of the one before it; a locked one is refused.
pub async fn replace(conn: &mut PgConnection, sheet: &ScoreSheet) -> Result<()> {
    let (tender, expert) = (sheet.tender_id.as_uuid(), sheet.expert_id.as_uuid());
    sqlx::query(
        "INSERT INTO score_sheets (tender_id, expert_id, submitted_at) VALUES ($1, $2, $3)
         ON CONFLICT (tender_id, expert_id) DO UPDATE SET submitted_at = $3",
    )
    .bind(tender)
    .bind(expert)
    .bind(sheet.submitted_at)
    .execute(&mut *conn)
    .await?;
    sqlx::query("DELETE FROM scores WHERE tender_id = $1 AND expert_id = $2")
        .bind(tender)
        .bind(expert)
        .execute(&mut *conn)
        .await?;
    let bids: Vec<Uuid> = sheet
        .scores
        .iter()
        .map(|one| one.bid_id.as_uuid())
        .collect();
    let criteria: Vec<Uuid> = sheet
        .scores
        .iter()
        .map(|one| one.criterion_id.as_uuid())
        .collect();
    let scores: Vec<i32> = sheet.scores.iter().map(|one| one.score.0).collect();
    sqlx::query(
        "INSERT INTO scores (tender_id, expert_id, bid_id, criterion_id, score_h)
         SELECT $1, $2, bid, criterion, score
         FROM unnest($3::uuid[], $4::uuid[], $5::int[]) AS given (bid, criterion, score)",
    )
    .bind(tender)
    .bind(expert)
    .bind(&bids)
    .bind(&criteria)
    .bind(&scores)
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks a sheet for good.
pub async fn set_locked(conn: &mut PgConnection, sheet: &ScoreSheet) -> Result<()> {
    let done = sqlx::query(
        "UPDATE score_sheets SET locked_at = $3 WHERE tender_id = $1 AND expert_id = $2",
    )
    .bind(sheet.tender_id.as_uuid())
    .bind(sheet.expert_id.as_uuid())
    .bind(sheet.locked_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    Ok(())
}

/// All sheets of many tenders.
pub async fn load_many(
    conn: &mut PgConnection,
    tenders: &[TenderId],
) -> Result<HashMap<TenderId, Vec<ScoreSheet>>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM score_sheets WHERE tender_id = ANY ($1) ORDER BY tender_id, expert_id"
    ))
    .bind(uuids(tenders))
    .fetch_all(&mut *conn)
    .await?;
    let scores: Vec<ScoreRow> = sqlx::query_as(
        "SELECT s.tender_id, s.expert_id, s.bid_id, s.criterion_id, s.score_h
         FROM scores s JOIN tender_criteria c ON c.id = s.criterion_id
         WHERE s.tender_id = ANY ($1) ORDER BY s.bid_id, c.seq",
    )
    .bind(uuids(tenders))
    .fetch_all(conn)
    .await?;
    let mut of_sheet = super::grouped(scores, |row| (row.tender_id, row.expert_id));
    let sheets = rows.into_iter().map(|row| ScoreSheet {
        tender_id: TenderId::from_uuid(row.tender_id),
        expert_id: ExpertId::from_uuid(row.expert_id),
        scores: of_sheet
            .remove(&(row.tender_id, row.expert_id))
            .unwrap_or_default()
            .into_iter()
            .map(|score| Given {
                bid_id: BidId::from_uuid(score.bid_id),
                criterion_id: CriterionId::from_uuid(score.criterion_id),
                score: Score(score.score_h),
            })
            .collect(),
        submitted_at: row.submitted_at,
        locked_at: row.locked_at,
    });
    Ok(super::grouped(sheets, |sheet| sheet.tender_id))
}
