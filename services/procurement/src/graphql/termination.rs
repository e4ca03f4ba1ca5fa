//! 合同终止 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Fen, global, typed},
};

use super::{asked, contract::Contract, loaders::Loaders};
use crate::{app, domain::termination as domain};

/// 终止事由。Why a contract ends early.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::TerminationGround")]
pub enum TerminationGround {
    /// 双方协商一致。By agreement of both sides.
    Mutual,
    /// 承接方违约。Breach by the contractor.
    Breach,
    /// 质疑或投诉成立,中标无效。A challenge or complaint was upheld: the award is unlawful.
    Unlawful,
}

/// 合同一方。A side of a contract.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ContractSide")]
pub enum ContractSide {
    /// 购买方。The buyer.
    Buyer,
    /// 承接方。The contractor.
    Contractor,
}

/// 终止状态。Where a termination stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::TerminationState")]
pub enum TerminationState {
    /// 已提出。Proposed.
    Proposed,
    /// 已生效。In effect.
    Effective,
    /// 对方不同意。The other side does not agree.
    Refused,
    /// 已撤回。Taken back.
    Withdrawn,
}

/// 合同终止。How a contract ends early.
pub struct ContractTermination(pub domain::Termination);

#[Object]
impl ContractTermination {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 事由。On what ground.
    async fn ground(&self) -> TerminationGround {
        self.0.ground.into()
    }

    /// 理由。Why.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// 依据文件。The agreement or finding it rests on.
    async fn document(&self) -> Option<&str> {
        self.0.document.as_deref()
    }

    /// 提出方。Which side proposed it.
    async fn proposed_side(&self) -> ContractSide {
        self.0.proposed_side.into()
    }

    /// 提出时间。When it was proposed.
    async fn proposed_at(&self) -> DateTime<Utc> {
        self.0.proposed_at
    }

    /// 对方陈述期限。Until when the other side is heard.
    async fn answer_by(&self) -> DateTime<Utc> {
        self.0.answer_by
    }

    /// 对方是否同意。Whether the other side agreed.
    async fn agreed(&self) -> Option<bool> {
        self.0.answer.as_ref().map(|answer| answer.agreed)
    }

    /// 对方陈述。What the other side said.
    async fn statement(&self) -> Option<&str> {
        self.0.answer.as_ref()?.statement.as_deref()
    }

    /// 答复时间。When the other side answered.
    async fn answered_at(&self) -> Option<DateTime<Utc>> {
        self.0.answer.as_ref().map(|answer| answer.at)
    }

    /// 状态。Where it stands.
    async fn state(&self) -> TerminationState {
        self.0.state.into()
    }

    /// 生效时间。When the contract ended.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }

    /// 退回资金的金额。What went back to the fund.
    async fn released(&self) -> Option<Fen> {
        self.0.released.map(Fen)
    }

    /// 合同。The contract.
    async fn contract(&self, ctx: &Context<'_>) -> Result<Option<Contract>> {
        Ok(ctx
            .data_unchecked::<Loaders>()
            .load_one(self.0.contract_id)
            .await?
            .map(Contract))
    }
}

/// 提出终止合同的输入。Why a contract should end early.
#[derive(InputObject)]
pub struct ProposeTerminationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 合同。The contract.
    contract_id: ID,
    /// 事由;承接方只能提出协商终止。On what ground; a contractor proposes MUTUAL only.
    ground: TerminationGround,
    /// 理由。Why.
    reason: String,
    /// 依据文件。The agreement or finding it rests on.
    document: Option<String>,
}

/// 提出终止合同的结果。The termination.
#[derive(SimpleObject)]
pub struct ProposeTerminationPayload {
    /// 终止。The termination.
    termination: ContractTermination,
}

/// 答复终止的输入。What the other side says.
#[derive(InputObject)]
pub struct AnswerTerminationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 终止。The termination.
    termination_id: ID,
    /// 是否同意。Whether it agrees.
    agrees: bool,
    /// 陈述。What it has to say.
    statement: Option<String>,
}

/// 答复终止的结果。The termination after it.
#[derive(SimpleObject)]
pub struct AnswerTerminationPayload {
    /// 终止。The termination.
    termination: ContractTermination,
}

/// 撤回终止的输入。The proposal to take back.
#[derive(InputObject)]
pub struct WithdrawTerminationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 终止。The termination.
    termination_id: ID,
}

/// 撤回终止的结果。The termination after it.
#[derive(SimpleObject)]
pub struct WithdrawTerminationPayload {
    /// 终止。The termination.
    termination: ContractTermination,
}

/// 执行终止的输入。The termination to put into effect.
#[derive(InputObject)]
pub struct ExecuteTerminationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 终止。The termination.
    termination_id: ID,
}

/// 执行终止的结果。The termination after it.
#[derive(SimpleObject)]
pub struct ExecuteTerminationPayload {
    /// 终止。The termination.
    termination: ContractTermination,
}

/// Termination mutations.
#[derive(Default)]
pub struct TerminationMutation;

#[Object]
impl TerminationMutation {
    /// 提出提前终止合同(任何一方)。Proposes to end a contract early (either side).
    async fn propose_termination(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ProposeTerminationInput,
    ) -> Result<ProposeTerminationPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let propose = app::termination::Propose {
            contract_id: typed(&input.contract_id, "input.contractId")?,
            ground: input.ground.into(),
            reason: input.reason,
            document: input.document,
        };
        let (state, caller) = asked(ctx);
        let one = app::termination::propose(state, caller, key, propose).await?;
        Ok(ProposeTerminationPayload {
            termination: ContractTermination(one),
        })
    }

    /// 对方答复;协商终止经同意即生效。The other side answers; an agreement takes effect with it.
    async fn answer_termination(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AnswerTerminationInput,
    ) -> Result<AnswerTerminationPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let say = app::termination::Say {
            termination_id: typed(&input.termination_id, "input.terminationId")?,
            agrees: input.agrees,
            statement: input.statement,
        };
        let (state, caller) = asked(ctx);
        let one = app::termination::answer(state, caller, key, say).await?;
        Ok(AnswerTerminationPayload {
            termination: ContractTermination(one),
        })
    }

    /// 提出方撤回。The side that proposed it takes it back.
    async fn withdraw_termination(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: WithdrawTerminationInput,
    ) -> Result<WithdrawTerminationPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.termination_id, "input.terminationId")?;
        let (state, caller) = asked(ctx);
        let one = app::termination::withdraw(state, caller, key, id).await?;
        Ok(WithdrawTerminationPayload {
            termination: ContractTermination(one),
        })
    }

    /// 听取承接方意见后终止合同,剩余承付退回资金(采购经办人)。Ends the contract once the contractor was heard; what is left goes back to the fund (procurement officer).
    async fn execute_termination(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ExecuteTerminationInput,
    ) -> Result<ExecuteTerminationPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.termination_id, "input.terminationId")?;
        let (state, caller) = asked(ctx);
        let one = app::termination::execute(state, caller, key, id).await?;
        Ok(ExecuteTerminationPayload {
            termination: ContractTermination(one),
        })
    }
}
