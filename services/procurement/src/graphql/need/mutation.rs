//! Procurement need mutations.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{DivisionCode, Fen, typed},
};

use super::{NeedConsultationMethod, NeedLineKind, ProcurementNeed};
use crate::{
    app,
    domain::{line, need as domain},
    graphql::asked,
};

/// 采购内容的输入。One line.
#[derive(InputObject)]
pub struct NeedLineInput {
    /// 内容。What is delivered.
    description: String,
    /// 类别;只接受 SERVICE_UNIT。Its kind; only SERVICE_UNIT is accepted.
    kind: NeedLineKind,
    /// 单位,如“次”。The unit.
    unit: String,
    /// 数量。How many units.
    quantity: i64,
    /// 单价上限(分)。The ceiling for one unit.
    unit_ceiling: Fen,
}

/// 征求意见的输入。How residents were asked.
#[derive(InputObject)]
pub struct NeedConsultationInput {
    /// 方式(表决的须指明议题)。How they were asked; a ballot names its proposal instead.
    method: NeedConsultationMethod,
    /// 参与人数。How many took part.
    participants: i32,
    /// 意见摘要。What they said.
    summary: String,
}

/// 提出采购需求的输入。A need to be bought.
#[derive(InputObject)]
pub struct RaiseNeedInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 已通过并公示期满的议题。The adopted proposal it carries out.
    proposal_id: Option<ID>,
    /// 没有议题时的征求意见情况。How residents were asked, where there is no proposal.
    consultation: Option<NeedConsultationInput>,
    /// 社区。The community it is for.
    community_id: ID,
    /// 社区的区划。The division of the community.
    division_code: DivisionCode,
    /// 名称。Its title.
    title: String,
    /// 是否要求居家养老服务能力。Whether suppliers must be capable of home-based elder care.
    #[graphql(default = false)]
    elder_care: bool,
    /// 采购内容。The lines.
    lines: Vec<NeedLineInput>,
}

/// 提出采购需求的结果。The need.
#[derive(SimpleObject)]
pub struct RaiseNeedPayload {
    /// 采购需求。The need.
    need: ProcurementNeed,
}

/// 预留预算的输入。A budget to hold.
#[derive(InputObject)]
pub struct ReserveBudgetInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 采购需求。The need.
    need_id: ID,
    /// 资金。The fund.
    fund_id: ID,
    /// 金额(分)。The amount.
    amount: Fen,
}

/// 预留预算的结果。The need after it.
#[derive(SimpleObject)]
pub struct ReserveBudgetPayload {
    /// 采购需求。The need.
    need: ProcurementNeed,
}

/// 撤回采购需求的输入。A need that is no longer wanted.
#[derive(InputObject)]
pub struct WithdrawNeedInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 采购需求。The need.
    need_id: ID,
    /// 理由。Why.
    reason: String,
}

/// 撤回采购需求的结果。The need after it.
#[derive(SimpleObject)]
pub struct WithdrawNeedPayload {
    /// 采购需求。The need.
    need: ProcurementNeed,
}

/// Procurement need mutations.
#[derive(Default)]
pub struct ProcurementNeedMutation;

#[Object]
impl ProcurementNeedMutation {
    /// 提出采购需求(买事不买人)。Raises a need; lines that buy people are refused.
    async fn raise_need(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RaiseNeedInput,
    ) -> Result<RaiseNeedPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let proposal = input
            .proposal_id
            .map(|id| typed(&id, "input.proposalId"))
            .transpose()?;
        let raise = app::need::Raise {
            proposal_id: proposal,
            trace_id: None,
            consultation: input.consultation.map(|asked| domain::Consultation {
                method: asked.method.into(),
                proposal_id: None,
                participants: Some(asked.participants),
                summary: Some(asked.summary),
            }),
            community_id: typed(&input.community_id, "input.communityId")?,
            division_code: input.division_code.0,
            title: input.title,
            elder_care: input.elder_care,
            lines: input
                .lines
                .into_iter()
                .map(|line| line::NeedLine {
                    description: line.description,
                    kind: line.kind.into(),
                    unit: line.unit,
                    quantity: line.quantity,
                    unit_ceiling: line.unit_ceiling.0,
                })
                .collect(),
        };
        let (state, caller) = asked(ctx);
        let need = app::need::raise(state, caller, key, raise).await?;
        Ok(RaiseNeedPayload {
            need: ProcurementNeed(need),
        })
    }

    /// 预留预算(先有预算,后购买服务)。Holds a budget: budget first, then buy.
    async fn reserve_budget(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ReserveBudgetInput,
    ) -> Result<ReserveBudgetPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let reserve = app::need::ReserveBudget {
            need_id: typed(&input.need_id, "input.needId")?,
            fund_id: typed(&input.fund_id, "input.fundId")?,
            amount: input.amount.0,
        };
        let (state, caller) = asked(ctx);
        let need = app::need::reserve_budget(state, caller, key, reserve).await?;
        Ok(ReserveBudgetPayload {
            need: ProcurementNeed(need),
        })
    }

    /// 撤回不再需要的采购需求,预留的预算同时释放。Withdraws a need; its budget goes back at once.
    async fn withdraw_need(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: WithdrawNeedInput,
    ) -> Result<WithdrawNeedPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let withdraw = app::need::Withdraw {
            need_id: typed(&input.need_id, "input.needId")?,
            reason: input.reason,
        };
        let (state, caller) = asked(ctx);
        let need = app::need::withdraw(state, caller, key, withdraw).await?;
        Ok(WithdrawNeedPayload {
            need: ProcurementNeed(need),
        })
    }
}
