//! 打分表 in SQL.

use std::collections::HashMap;

use kernel::keys::TenderId;
use kit::error::Result;
use sqlx::PgConnection;

use super::{
    grouped,
    sheet::{Kept, Score as Row, Tables},
};
use crate::domain::{
    bid::BidId,
    score_sheet::{Given, Score, ScoreSheet},
    tender::CriterionId,
};

const TABLES: Tables = Tables {
    sheets: "score_sheets",
    scores: "scores",
    session: "tender_id",
    of: "bid_id",
    order: "s.bid_id, c.seq",
    joined: " JOIN tender_criteria c ON c.id = s.criterion_id",
};

/// Writes a sheet in place of the one before it; a locked one is refused.
pub async fn replace(conn: &mut PgConnection, sheet: &ScoreSheet) -> Result<()> {
    let score = |one: &Given| Row {
        of: one.bid_id.as_uuid(),
        criterion: one.criterion_id.as_uuid(),
        hundredths: one.score.0,
    };
    let kept = Kept {
        session: sheet.tender_id.as_uuid(),
        expert: sheet.expert_id,
        scores: sheet.scores.iter().map(score).collect(),
        submitted_at: sheet.submitted_at,
        locked_at: sheet.locked_at,
    };
    TABLES.replace(conn, &kept).await
}

/// Locks a sheet for good.
pub async fn set_locked(conn: &mut PgConnection, sheet: &ScoreSheet) -> Result<()> {
    let own = (sheet.tender_id.as_uuid(), sheet.expert_id);
    TABLES.lock(conn, own, sheet.locked_at).await
}

/// All sheets of many tenders.
pub async fn load_many(
    conn: &mut PgConnection,
    tenders: &[TenderId],
) -> Result<HashMap<TenderId, Vec<ScoreSheet>>> {
    let score = |one: Row| Given {
        bid_id: BidId::from_uuid(one.of),
        criterion_id: CriterionId::from_uuid(one.criterion),
        score: Score(one.hundredths),
    };
    let kept = TABLES.load_many(conn, tenders).await?;
    let sheets = kept.into_iter().map(|sheet| ScoreSheet {
        tender_id: TenderId::from_uuid(sheet.session),
        expert_id: sheet.expert,
        scores: sheet.scores.into_iter().map(score).collect(),
        submitted_at: sheet.submitted_at,
        locked_at: sheet.locked_at,
    });
    Ok(grouped(sheets, |sheet| sheet.tender_id))
}
