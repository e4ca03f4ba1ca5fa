//! Commission mutations.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Fen, typed},
};

use super::{Commission, CommissionGround, CommissionObjection};
use crate::{
    app,
    graphql::{asked, contract::Contract, criterion::PlannedMilestoneInput},
};

/// 公示特定委托的输入。Who is commissioned with what, and why nobody else.
#[derive(InputObject)]
pub struct PublishCommissionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 已预留预算的采购需求。The need, its budget held.
    need_id: ID,
    /// 承接组织(与社工二选一)。The organisation commissioned, or else a social worker.
    organization_id: Option<ID>,
    /// 承接的社会工作者(与组织二选一)。The social worker commissioned, or else an organisation.
    social_worker_id: Option<ID>,
    /// 名称。Its title.
    title: String,
    /// 法定理由。The reason of the law.
    ground: CommissionGround,
    /// 具体理由。Why, in words.
    reasons: String,
    /// 添购的原合同。The contract that is added to.
    continues_id: Option<ID>,
    /// 金额(分)。The amount.
    amount: Fen,
    /// 付款节点,比例合计 100。The instalments; their percentages sum to 100.
    milestones: Vec<PlannedMilestoneInput>,
}

/// 公示特定委托的结果。The commission.
#[derive(SimpleObject)]
pub struct PublishCommissionPayload {
    /// 特定委托。The commission.
    commission: Commission,
}

/// 对特定委托提出异议的输入。What somebody objects to.
#[derive(InputObject)]
pub struct ObjectToCommissionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 特定委托。The commission.
    commission_id: ID,
    /// 内容。Its text; public.
    text: String,
}

/// 对特定委托提出异议的结果。The objection.
#[derive(SimpleObject)]
pub struct ObjectToCommissionPayload {
    /// 异议。The objection.
    objection: CommissionObjection,
}

/// 答复委托异议的输入。The answer.
#[derive(InputObject)]
pub struct AnswerCommissionObjectionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 异议。The objection.
    objection_id: ID,
    /// 是否成立。Whether it is upheld.
    upheld: bool,
    /// 答复。The answer; public.
    answer: String,
}

/// 答复委托异议的结果。The objection after it.
#[derive(SimpleObject)]
pub struct AnswerCommissionObjectionPayload {
    /// 异议。The objection.
    objection: CommissionObjection,
}

/// 取消特定委托的输入。Which commission, and why.
#[derive(InputObject)]
pub struct CancelCommissionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 特定委托。The commission.
    commission_id: ID,
    /// 理由。Why.
    reason: String,
}

/// 取消特定委托的结果。The commission after it.
#[derive(SimpleObject)]
pub struct CancelCommissionPayload {
    /// 特定委托。The commission.
    commission: Commission,
}

/// 签订委托合同的输入。The commission to sign.
#[derive(InputObject)]
pub struct SignCommissionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 特定委托。The commission.
    commission_id: ID,
}

/// 签订委托合同的结果。The contract.
#[derive(SimpleObject)]
pub struct SignCommissionPayload {
    /// 合同。The contract.
    contract: Contract,
}

/// Commission mutations.
#[derive(Default)]
pub struct CommissionMutation;

#[Object]
impl CommissionMutation {
    /// 公示特定委托(采购经办人);公示期满无异议才能签约。Shows a commission to everybody (procurement officer); it is signed only after that.
    async fn publish_commission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: PublishCommissionInput,
    ) -> Result<PublishCommissionPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let organization_id = input
            .organization_id
            .map(|id| typed(&id, "input.organizationId"))
            .transpose()?;
        let social_worker_id = input
            .social_worker_id
            .map(|id| typed(&id, "input.socialWorkerId"))
            .transpose()?;
        let continues_id = input
            .continues_id
            .map(|id| typed(&id, "input.continuesId"))
            .transpose()?;
        let publish = app::commission::Publish {
            need_id: typed(&input.need_id, "input.needId")?,
            organization_id,
            social_worker_id,
            title: input.title,
            ground: input.ground.into(),
            reasons: input.reasons,
            continues_id,
            amount: input.amount.0,
            milestones: input.milestones.into_iter().map(Into::into).collect(),
        };
        let (state, caller) = asked(ctx);
        let one = app::commission::publish(state, caller, key, publish).await?;
        Ok(PublishCommissionPayload {
            commission: Commission(one),
        })
    }

    /// 公示期内提出异议(任何登录用户)。Objects while a commission is on show (anybody signed in).
    async fn object_to_commission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ObjectToCommissionInput,
    ) -> Result<ObjectToCommissionPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let object = app::commission::Object {
            commission_id: typed(&input.commission_id, "input.commissionId")?,
            text: input.text,
        };
        let (state, caller) = asked(ctx);
        let one = app::commission::object(state, caller, key, object).await?;
        Ok(ObjectToCommissionPayload {
            objection: one.into(),
        })
    }

    /// 答复异议;成立的取消委托。Answers an objection; one that is upheld takes the commission back.
    async fn answer_commission_objection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AnswerCommissionObjectionInput,
    ) -> Result<AnswerCommissionObjectionPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let reply = app::commission::Reply {
            objection_id: typed(&input.objection_id, "input.objectionId")?,
            upheld: input.upheld,
            answer: input.answer,
        };
        let (state, caller) = asked(ctx);
        let one = app::commission::answer(state, caller, key, reply).await?;
        Ok(AnswerCommissionObjectionPayload {
            objection: one.into(),
        })
    }

    /// 取消特定委托;需求可另行采购。Gives a commission up; its need can be bought in another way.
    async fn cancel_commission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CancelCommissionInput,
    ) -> Result<CancelCommissionPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let cancel = app::commission::Cancel {
            commission_id: typed(&input.commission_id, "input.commissionId")?,
            reason: input.reason,
        };
        let (state, caller) = asked(ctx);
        let one = app::commission::cancel(state, caller, key, cancel).await?;
        Ok(CancelCommissionPayload {
            commission: Commission(one),
        })
    }

    /// 公示期满、异议均已答复后签订合同。Signs the contract after the time for objections, all of them answered.
    async fn sign_commission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SignCommissionInput,
    ) -> Result<SignCommissionPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.commission_id, "input.commissionId")?;
        let (state, caller) = asked(ctx);
        let contract = app::commission::sign(state, caller, key, id).await?;
        Ok(SignCommissionPayload {
            contract: Contract(contract),
        })
    }
}
