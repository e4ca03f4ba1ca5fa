//! 合同变更 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Date, global, typed},
};

use super::{asked, termination::ContractSide};
use crate::{app, domain::variation as domain};

/// 变更状态。Where a variation stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::VariationState")]
pub enum VariationState {
    /// 已提出。Proposed.
    Proposed,
    /// 已批准。Approved: the plan has a new version.
    Approved,
    /// 不批准。Refused.
    Refused,
}

/// 合同变更。A change of the plan; public once approved.
#[derive(SimpleObject)]
pub struct ContractVariation {
    /// 全局编号。Global id.
    id: ID,
    /// 变更内容。What changes.
    content: String,
    /// 理由。Why.
    reason: String,
    /// 变更后的履行期限。The new end.
    new_ends_on: Option<Date>,
    /// 提出方。Which side proposed it.
    proposed_side: ContractSide,
    /// 提出时间。When it was proposed.
    proposed_at: DateTime<Utc>,
    /// 状态。Where it stands.
    state: VariationState,
    /// 计划版本(合同为第一版)。The version of the plan it makes; the contract is the first.
    plan_version: Option<i32>,
    /// 说明。The note of the decision.
    note: Option<String>,
    /// 决定时间。When it was decided.
    decided_at: Option<DateTime<Utc>>,
}

impl From<domain::Variation> for ContractVariation {
    fn from(one: domain::Variation) -> Self {
        Self {
            id: global(one.id),
            content: one.content,
            reason: one.reason,
            new_ends_on: one.new_ends_on.map(Date),
            proposed_side: one.proposed_side.into(),
            proposed_at: one.proposed_at,
            state: one.state.into(),
            plan_version: one.plan_version,
            note: one.note,
            decided_at: one.decided_at,
        }
    }
}

/// 提出变更的输入。What should change.
#[derive(InputObject)]
pub struct ProposeVariationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 合同。The contract.
    contract_id: ID,
    /// 变更内容。What changes.
    content: String,
    /// 理由。Why.
    reason: String,
    /// 变更后的履行期限。The new end, where the term moves as well.
    new_ends_on: Option<Date>,
}

/// 提出变更的结果。The variation.
#[derive(SimpleObject)]
pub struct ProposeVariationPayload {
    /// 变更。The variation.
    variation: ContractVariation,
}

/// 决定变更的输入。The decision.
#[derive(InputObject)]
pub struct DecideVariationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 变更。The variation.
    variation_id: ID,
    /// 是否批准。Whether it is approved.
    approved: bool,
    /// 说明;不批准时必填。A note; why, where it is refused.
    note: Option<String>,
}

/// 决定变更的结果。The variation after it.
#[derive(SimpleObject)]
pub struct DecideVariationPayload {
    /// 变更。The variation.
    variation: ContractVariation,
}

/// Variation mutations.
#[derive(Default)]
pub struct VariationMutation;

#[Object]
impl VariationMutation {
    /// 提出合同变更(任何一方)。Proposes a change of the plan (either side).
    async fn propose_variation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ProposeVariationInput,
    ) -> Result<ProposeVariationPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let propose = app::variation::Propose {
            contract_id: typed(&input.contract_id, "input.contractId")?,
            content: input.content,
            reason: input.reason,
            new_ends_on: input.new_ends_on.map(|day| day.0),
        };
        let (state, caller) = asked(ctx);
        let one = app::variation::propose(state, caller, key, propose).await?;
        Ok(ProposeVariationPayload {
            variation: one.into(),
        })
    }

    /// 批准或不批准变更;提出人不得批准(采购经办人)。Approves or refuses a variation, never by who proposed it (procurement officer).
    async fn decide_variation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: DecideVariationInput,
    ) -> Result<DecideVariationPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let decide = app::variation::Decide {
            variation_id: typed(&input.variation_id, "input.variationId")?,
            approved: input.approved,
            note: input.note,
        };
        let (state, caller) = asked(ctx);
        let one = app::variation::decide(state, caller, key, decide).await?;
        Ok(DecideVariationPayload {
            variation: one.into(),
        })
    }
}
