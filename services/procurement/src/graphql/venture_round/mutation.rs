//! Venture round mutations.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{DivisionCode, Fen, typed},
};

use super::VentureRound;
use crate::{app, domain::venture_round as domain, graphql::asked};

/// 创投评审因素的输入。What a round judges by.
#[derive(InputObject)]
pub struct VentureCriterionInput {
    /// 名称。Its name.
    name: String,
    /// 权重(%)。What it weighs, in percent.
    weight: i32,
    /// 最高分。The highest score.
    max_score: i32,
}

/// 计划创投的输入。What is planned.
#[derive(InputObject)]
pub struct PlanVentureRoundInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 区划。The division.
    division_code: DivisionCode,
    /// 资金。The fund.
    fund_id: ID,
    /// 承办机构;首次须来自外埠。Who operates it; the first round from outside.
    operator_id: ID,
    /// 名称。Its title.
    title: String,
    /// 主题和指南。Its theme and guide.
    theme: String,
    /// 预算(分)。The budget.
    budget: Fen,
    /// 单个项目上限(分)。What one project may be given at most.
    grant_cap: Fen,
    /// 是否去掉最高分和最低分。Whether the highest and lowest total are dropped.
    #[graphql(default = false)]
    drop_extremes: bool,
    /// 入围分数线(0 至 100)。The points to pass.
    pass_points: i32,
    /// 三期资助款比例,合计 100。The three instalments in percent; they sum to 100.
    tranche_percents: Vec<i32>,
    /// 评审因素,权重合计 100。The criteria; their weights sum to 100.
    criteria: Vec<VentureCriterionInput>,
}

/// 计划创投的结果。The round.
#[derive(SimpleObject)]
pub struct PlanVentureRoundPayload {
    /// 创投。The round.
    round: VentureRound,
}

/// 发布征集的输入。The end of the call.
#[derive(InputObject)]
pub struct CallVentureRoundInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 创投。The round.
    round_id: ID,
    /// 征集截止时间。When the call closes.
    closes_at: DateTime<Utc>,
}

/// 发布征集的结果。The round after it.
#[derive(SimpleObject)]
pub struct CallVentureRoundPayload {
    /// 创投。The round.
    round: VentureRound,
}

/// 开始答辩的输入。Who judges.
#[derive(InputObject)]
pub struct BeginVentureDefenceInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 创投。The round.
    round_id: ID,
    /// 评委(专家编号),单数。The reviewers, by their expert ids; odd in number.
    reviewer_ids: Vec<ID>,
}

/// 开始答辩的结果。The round after it.
#[derive(SimpleObject)]
pub struct BeginVentureDefencePayload {
    /// 创投。The round.
    round: VentureRound,
}

/// 确定资助的输入。The round to settle.
#[derive(InputObject)]
pub struct ConfirmVentureRoundInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 创投。The round.
    round_id: ID,
}

/// 确定资助的结果。The round after it.
#[derive(SimpleObject)]
pub struct ConfirmVentureRoundPayload {
    /// 创投。The round.
    round: VentureRound,
}

/// 取消创投的输入。Which round, and why.
#[derive(InputObject)]
pub struct CancelVentureRoundInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 创投。The round.
    round_id: ID,
    /// 理由。Why.
    reason: String,
}

/// 取消创投的结果。The round after it.
#[derive(SimpleObject)]
pub struct CancelVentureRoundPayload {
    /// 创投。The round.
    round: VentureRound,
}

/// Venture round mutations.
#[derive(Default)]
pub struct VentureRoundMutation;

#[Object]
impl VentureRoundMutation {
    /// 计划一轮公益创投(民政、采购经办人)。Plans a venture round (civil affairs, procurement officer).
    async fn plan_venture_round(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: PlanVentureRoundInput,
    ) -> Result<PlanVentureRoundPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let criterion = |one: VentureCriterionInput| (one.name, one.weight, one.max_score);
        let plan = app::venture_round::Plan {
            division_code: input.division_code.0,
            fund_id: typed(&input.fund_id, "input.fundId")?,
            operator_id: typed(&input.operator_id, "input.operatorId")?,
            round: domain::NewVentureRound {
                title: input.title,
                theme: input.theme,
                budget: input.budget.0,
                grant_cap: input.grant_cap.0,
                drop_extremes: input.drop_extremes,
                pass_points: input.pass_points,
                tranche_percents: input.tranche_percents,
                criteria: input.criteria.into_iter().map(criterion).collect(),
            },
        };
        let (state, caller) = asked(ctx);
        let round = app::venture_round::plan(state, caller, key, plan).await?;
        Ok(PlanVentureRoundPayload {
            round: VentureRound(round),
        })
    }

    /// 发布征集公告并预留预算(资金管理人、采购经办人)。Calls for applications and holds the budget (fund manager, procurement officer).
    async fn call_venture_round(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CallVentureRoundInput,
    ) -> Result<CallVentureRoundPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let call = app::venture_round::Call {
            round_id: typed(&input.round_id, "input.roundId")?,
            closes_at: input.closes_at,
        };
        let (state, caller) = asked(ctx);
        let round = app::venture_round::call(state, caller, key, call).await?;
        Ok(CallVentureRoundPayload {
            round: VentureRound(round),
        })
    }

    /// 开始现场答辩,评委自此固定。Begins the defence on site; the reviewers are fixed from then on.
    async fn begin_venture_defence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: BeginVentureDefenceInput,
    ) -> Result<BeginVentureDefencePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let reviewer_ids = input
            .reviewer_ids
            .iter()
            .map(|id| typed(id, "input.reviewerIds"))
            .collect::<Result<_>>()?;
        let begin = app::venture_round::BeginDefence {
            round_id: typed(&input.round_id, "input.roundId")?,
            reviewer_ids,
        };
        let (state, caller) = asked(ctx);
        let round = app::venture_round::begin_defence(state, caller, key, begin).await?;
        Ok(BeginVentureDefencePayload {
            round: VentureRound(round),
        })
    }

    /// 公示期满后按排名确定资助,剩余预算退回。Settles by rank who is funded, after the time for objections; the rest of the budget goes back.
    async fn confirm_venture_round(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ConfirmVentureRoundInput,
    ) -> Result<ConfirmVentureRoundPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.round_id, "input.roundId")?;
        let (state, caller) = asked(ctx);
        let round = app::venture_round::confirm(state, caller, key, id).await?;
        Ok(ConfirmVentureRoundPayload {
            round: VentureRound(round),
        })
    }

    /// 公布结果前取消,预算退回。Calls a round off before anything is published; its budget goes back.
    async fn cancel_venture_round(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CancelVentureRoundInput,
    ) -> Result<CancelVentureRoundPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let cancel = app::venture_round::Cancel {
            round_id: typed(&input.round_id, "input.roundId")?,
            reason: input.reason,
        };
        let (state, caller) = asked(ctx);
        let round = app::venture_round::cancel(state, caller, key, cancel).await?;
        Ok(CancelVentureRoundPayload {
            round: VentureRound(round),
        })
    }
}
