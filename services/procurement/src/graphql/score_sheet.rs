//! 打分表 in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, keys::ExpertId};
use kit::{
    Result,
    graph::{global, typed},
};

use super::{asked, expert::Expert, loaders::Loaders};
use crate::{app, domain::score_sheet as domain};

/// 单项打分。One score.
#[derive(SimpleObject)]
pub struct CriterionScore {
    /// 投标。The bid.
    bid_id: ID,
    /// 评审因素。The criterion.
    criterion_id: ID,
    /// 分值。The score.
    score: f64,
}

/// 打分表。A member's sheet; unchangeable once locked.
pub struct ScoreSheet(pub domain::ScoreSheet);

#[Object]
impl ScoreSheet {
    /// 评委(姓名随结果公布)。The member; the name is told with the result.
    async fn expert(&self, ctx: &Context<'_>) -> Result<Option<Expert>> {
        let id: ExpertId = self.0.expert_id;
        Ok(ctx
            .data_unchecked::<Loaders>()
            .load_one(id)
            .await?
            .map(Expert))
    }

    /// 各项打分。The scores.
    async fn scores(&self) -> Vec<CriterionScore> {
        let score = |one: &domain::Given| CriterionScore {
            bid_id: global(one.bid_id),
            criterion_id: global(one.criterion_id),
            score: one.score.points(),
        };
        self.0.scores.iter().map(score).collect()
    }

    /// 提交时间。When it was submitted.
    async fn submitted_at(&self) -> DateTime<Utc> {
        self.0.submitted_at
    }

    /// 锁定时间。When it was locked.
    async fn locked_at(&self) -> Option<DateTime<Utc>> {
        self.0.locked_at
    }
}

/// 单项打分的输入。One score.
#[derive(InputObject)]
pub struct ScoreInput {
    /// 投标。The bid.
    bid_id: ID,
    /// 评审因素。The criterion.
    criterion_id: ID,
    /// 分值(最多两位小数)。The score, at most two decimals.
    score: f64,
}

/// 提交打分的输入。A whole sheet: every qualified bid on every criterion but the price.
#[derive(InputObject)]
pub struct SubmitScoresInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 招标项目。The tender.
    tender_id: ID,
    /// 全部打分。All scores.
    scores: Vec<ScoreInput>,
}

/// 提交打分的结果。The sheet.
#[derive(SimpleObject)]
pub struct SubmitScoresPayload {
    /// 打分表。The sheet.
    sheet: ScoreSheet,
}

/// 锁定打分表的输入。The tender whose sheet is locked.
#[derive(InputObject)]
pub struct LockScoreSheetInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 招标项目。The tender.
    tender_id: ID,
}

/// 锁定打分表的结果。The sheet.
#[derive(SimpleObject)]
pub struct LockScoreSheetPayload {
    /// 打分表。The sheet.
    sheet: ScoreSheet,
}

/// Score sheet mutations.
#[derive(Default)]
pub struct ScoreSheetMutation;

#[Object]
impl ScoreSheetMutation {
    /// 提交打分(评委本人)。Submits a sheet (the member).
    async fn submit_scores(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SubmitScoresInput,
    ) -> Result<SubmitScoresPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = |(at, one): (usize, &ScoreInput)| -> Result<domain::Given> {
            let field = |name: &str| format!("input.scores.{at}.{name}");
            Ok(domain::Given {
                bid_id: typed(&one.bid_id, &field("bidId"))?,
                criterion_id: typed(&one.criterion_id, &field("criterionId"))?,
                score: domain::Score::from_points(one.score, &field("score"))?,
            })
        };
        let submit = app::score_sheet::Submit {
            tender_id: typed(&input.tender_id, "input.tenderId")?,
            scores: input
                .scores
                .iter()
                .enumerate()
                .map(given)
                .collect::<Result<_>>()?,
        };
        let (state, caller) = asked(ctx);
        let sheet = app::score_sheet::submit(state, caller, key, submit).await?;
        Ok(SubmitScoresPayload {
            sheet: ScoreSheet(sheet),
        })
    }

    /// 锁定打分表(评委本人);锁定后不可更改。Locks the caller's sheet for good.
    async fn lock_score_sheet(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: LockScoreSheetInput,
    ) -> Result<LockScoreSheetPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.tender_id, "input.tenderId")?;
        let (state, caller) = asked(ctx);
        let sheet = app::score_sheet::lock(state, caller, key, id).await?;
        Ok(LockScoreSheetPayload {
            sheet: ScoreSheet(sheet),
        })
    }
}
