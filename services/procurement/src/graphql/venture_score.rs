//! 创投打分与公布结果 in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{global, typed},
};

use super::{asked, loaders::Loaders, venture_round::VentureRound};
use crate::{
    app,
    domain::{score_sheet::Score, venture_score as domain},
};

/// 项目得分。A published total.
#[derive(SimpleObject)]
pub struct VentureResult {
    /// 申报编号。The application.
    application_id: ID,
    /// 排名。Its rank, from 1.
    rank: i64,
    /// 总分(百分制)。Its total, of a hundred.
    total: f64,
}

impl From<domain::VentureResult> for VentureResult {
    fn from(one: domain::VentureResult) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "points, for people")]
        let total = one.total_micro as f64 / 1_000_000.0;
        Self {
            application_id: global(one.application_id),
            rank: one.rank,
            total,
        }
    }
}

/// 一项分值。One score.
#[derive(SimpleObject)]
pub struct VentureScore {
    /// 申报编号。The application.
    application_id: ID,
    /// 因素编号。The criterion.
    criterion_id: ID,
    /// 分值。The score.
    score: f64,
}

/// 创投打分表。A reviewer's sheet.
#[derive(SimpleObject)]
pub struct VentureSheet {
    /// 评委编号。The reviewer.
    expert_id: ID,
    /// 分值。The scores.
    scores: Vec<VentureScore>,
    /// 提交时间。When it was handed in.
    submitted_at: DateTime<Utc>,
    /// 锁定时间。When it was locked for good.
    locked_at: Option<DateTime<Utc>>,
}

impl From<domain::VentureSheet> for VentureSheet {
    fn from(sheet: domain::VentureSheet) -> Self {
        let score = |one: domain::VentureScore| VentureScore {
            application_id: global(one.application_id),
            criterion_id: global(one.criterion_id),
            score: one.score.points(),
        };
        Self {
            expert_id: global(sheet.expert_id),
            scores: sheet.scores.into_iter().map(score).collect(),
            submitted_at: sheet.submitted_at,
            locked_at: sheet.locked_at,
        }
    }
}

/// 一项分值的输入。One score.
#[derive(InputObject)]
pub struct VentureScoreInput {
    /// 申报。The application.
    application_id: ID,
    /// 因素。The criterion.
    criterion_id: ID,
    /// 分值,最多两位小数。The score, with at most two decimals.
    score: f64,
}

/// 创投打分的输入。A reviewer's scores: all of them.
#[derive(InputObject)]
pub struct SubmitVentureScoresInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 创投。The round.
    round_id: ID,
    /// 每个项目每项因素的分值。A score for every project and criterion.
    scores: Vec<VentureScoreInput>,
}

/// 创投打分的结果。The sheet.
#[derive(SimpleObject)]
pub struct SubmitVentureScoresPayload {
    /// 打分表。The sheet.
    sheet: VentureSheet,
}

/// 锁定创投打分表的输入。The round whose sheet is locked.
#[derive(InputObject)]
pub struct LockVentureSheetInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 创投。The round.
    round_id: ID,
}

/// 锁定创投打分表的结果。The sheet, and the round after it.
#[derive(SimpleObject)]
pub struct LockVentureSheetPayload {
    /// 打分表。The sheet.
    sheet: VentureSheet,
    /// 创投。The round.
    round: Option<VentureRound>,
}

/// Venture score mutations.
#[derive(Default)]
pub struct VentureScoreMutation;

#[Object]
impl VentureScoreMutation {
    /// 评委提交或更新整份打分表。A reviewer hands in a whole sheet, in place of an earlier one.
    async fn submit_venture_scores(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SubmitVentureScoresInput,
    ) -> Result<SubmitVentureScoresPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let read = |(at, one): (usize, VentureScoreInput)| -> Result<domain::VentureScore> {
            let field = |name: &str| format!("input.scores.{at}.{name}");
            Ok(domain::VentureScore {
                application_id: typed(&one.application_id, &field("applicationId"))?,
                criterion_id: typed(&one.criterion_id, &field("criterionId"))?,
                score: Score::from_points(one.score, &field("score"))?,
            })
        };
        let scores: Result<Vec<_>> = input.scores.into_iter().enumerate().map(read).collect();
        let submit = app::venture_score::Submit {
            round_id: typed(&input.round_id, "input.roundId")?,
            scores: scores?,
        };
        let (state, caller) = asked(ctx);
        let sheet = app::venture_score::submit(state, caller, key, submit).await?;
        Ok(SubmitVentureScoresPayload {
            sheet: sheet.into(),
        })
    }

    /// 锁定打分表;最后一份锁定时即时公布全部得分。Locks the caller's sheet for good; the last lock publishes every total.
    async fn lock_venture_sheet(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: LockVentureSheetInput,
    ) -> Result<LockVentureSheetPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.round_id, "input.roundId")?;
        let (state, caller) = asked(ctx);
        let sheet = app::venture_score::lock(state, caller, key, id).await?;
        let round = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        Ok(LockVentureSheetPayload {
            sheet: sheet.into(),
            round: round.map(VentureRound),
        })
    }
}
