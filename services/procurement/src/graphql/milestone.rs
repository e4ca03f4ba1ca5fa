//! 合同节点与验收 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, keys::MilestoneId};
use kit::{
    Result,
    graph::{Fen, global, typed},
};

use super::{
    asked,
    contract::Contract,
    foreign::Resident,
    loaders::{Loaders, SignaturesOf},
};
use crate::{app, domain::milestone as domain};

/// 节点状态。Where a milestone stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::MilestoneState")]
pub enum MilestoneState {
    /// 计划。Planned.
    Planned,
    /// 已提交。Submitted by the contractor.
    Submitted,
    /// 已验收。Accepted.
    Accepted,
    /// 已支付。Paid.
    Paid,
    /// 因合同终止取消。Fell away with its contract.
    Cancelled,
}

/// 服务对象签字。A recipient's signature.
#[derive(SimpleObject)]
pub struct AcceptanceSignature {
    /// 签字人(限工作人员和本人)。Who signed; for staff and the signer.
    resident: Option<Resident>,
    /// 是否满意。Whether satisfied.
    satisfied: bool,
    /// 意见。What they said.
    comment: Option<String>,
    /// 是否由纸质录入。Whether entered from paper.
    on_paper: bool,
    /// 签字时间。When.
    signed_at: DateTime<Utc>,
}

/// 合同节点。A milestone of a contract.
pub struct Milestone(pub domain::Milestone);

#[Object]
impl Milestone {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 合同。The contract.
    async fn contract(&self, ctx: &Context<'_>) -> Result<Option<Contract>> {
        Ok(ctx
            .data_unchecked::<Loaders>()
            .load_one(self.0.contract_id)
            .await?
            .map(Contract))
    }

    /// 名称。Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// 本节点新增的服务单位。The units that this milestone adds.
    async fn units(&self) -> i64 {
        self.0.units
    }

    /// 占合同金额的百分比。Percent of the contract.
    async fn percent(&self) -> i32 {
        self.0.percent
    }

    /// 金额。What is paid for it.
    async fn amount(&self) -> Fen {
        Fen(self.0.amount)
    }

    /// 状态。Where it stands.
    async fn state(&self) -> MilestoneState {
        self.0.state.into()
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// 承接方说明。The contractor's note.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// 提交时已确认交付的服务单位。Units delivered and confirmed when it was submitted.
    async fn delivered_units(&self) -> Option<i64> {
        self.0.delivered_units
    }

    /// 提交时间。When it was submitted.
    async fn submitted_at(&self) -> Option<DateTime<Utc>> {
        self.0.submitted_at
    }

    /// 验收时间。When it was accepted.
    async fn accepted_at(&self) -> Option<DateTime<Utc>> {
        self.0.accepted_at
    }

    /// 签字人数。How many recipients have signed.
    async fn signature_count(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(self.all(ctx).await?.len())
    }

    /// 表示满意的签字人数。How many of them are satisfied.
    async fn satisfied_count(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(self
            .all(ctx)
            .await?
            .iter()
            .filter(|one| one.satisfied)
            .count())
    }

    /// 服务对象签字(只列出可见的)。The signatures that the caller may see.
    async fn signatures(&self, ctx: &Context<'_>) -> Result<Vec<AcceptanceSignature>> {
        let all = self.all(ctx).await?;
        let of = ctx
            .data_unchecked::<Loaders>()
            .load_one(self.0.contract_id)
            .await?;
        let Some(of) = of else { return Ok(Vec::new()) };
        let (state, caller) = asked(ctx);
        let visible = all
            .into_iter()
            .filter(|one| app::milestone::may_read_signature(state, caller, &self.0, &of, one));
        let told = visible.map(|one| AcceptanceSignature {
            resident: Some(one.resident_id.into()),
            satisfied: one.satisfied,
            comment: one.comment,
            on_paper: one.on_paper,
            signed_at: one.signed_at,
        });
        Ok(told.collect())
    }
}

impl Milestone {
    async fn all(&self, ctx: &Context<'_>) -> Result<Vec<domain::Signature>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(SignaturesOf(self.0.id))
            .await?;
        Ok(found.unwrap_or_default())
    }
}

/// Milestone queries.
#[derive(Default)]
pub struct MilestoneQuery;

#[Object]
impl MilestoneQuery {
    #[graphql(entity)]
    async fn find_milestone_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Milestone>> {
        let id: MilestoneId = typed(&id, "id")?;
        Ok(ctx
            .data_unchecked::<Loaders>()
            .load_one(id)
            .await?
            .map(Milestone))
    }
}

/// 提交节点的输入。The contractor's word.
#[derive(InputObject)]
pub struct SubmitMilestoneInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 节点。The milestone.
    milestone_id: ID,
    /// 说明。A note.
    note: Option<String>,
}

/// 提交节点的结果。The milestone after it.
#[derive(SimpleObject)]
pub struct SubmitMilestonePayload {
    /// 节点。The milestone.
    milestone: Milestone,
}

/// 服务对象签字的输入。A recipient's signature.
#[derive(InputObject)]
pub struct SignAcceptanceInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 节点。The milestone.
    milestone_id: ID,
    /// 是否满意。Whether satisfied.
    satisfied: bool,
    /// 意见。What they say.
    comment: Option<String>,
    /// 代谁录入纸质签字(工作人员)。For whom staff enter a paper signature.
    resident_id: Option<ID>,
}

/// 服务对象签字的结果。The milestone after it.
#[derive(SimpleObject)]
pub struct SignAcceptancePayload {
    /// 节点。The milestone.
    milestone: Milestone,
}

/// 验收的输入。The milestone to accept.
#[derive(InputObject)]
pub struct AcceptMilestoneInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 节点。The milestone.
    milestone_id: ID,
}

/// 验收的结果。The milestone after it.
#[derive(SimpleObject)]
pub struct AcceptMilestonePayload {
    /// 节点。The milestone.
    milestone: Milestone,
}

/// Milestone mutations.
#[derive(Default)]
pub struct MilestoneMutation;

#[Object]
impl MilestoneMutation {
    /// 提交节点(承接方);须有已确认的交付。Submits a milestone (the contractor); delivery must be confirmed.
    async fn submit_milestone(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SubmitMilestoneInput,
    ) -> Result<SubmitMilestonePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let submit = app::milestone::Submit {
            milestone_id: typed(&input.milestone_id, "input.milestoneId")?,
            note: input.note,
        };
        let (state, caller) = asked(ctx);
        let milestone = app::milestone::submit(state, caller, key, submit).await?;
        Ok(SubmitMilestonePayload {
            milestone: Milestone(milestone),
        })
    }

    /// 服务对象签字(本人,或工作人员录入纸质签字)。A recipient signs, or staff enter what they signed on paper.
    async fn sign_acceptance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SignAcceptanceInput,
    ) -> Result<SignAcceptancePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let sign = app::milestone::Sign {
            milestone_id: typed(&input.milestone_id, "input.milestoneId")?,
            satisfied: input.satisfied,
            comment: input.comment,
            resident_id: input
                .resident_id
                .map(|id| typed(&id, "input.residentId"))
                .transpose()?,
        };
        let (state, caller) = asked(ctx);
        let milestone = app::milestone::sign_acceptance(state, caller, key, sign).await?;
        Ok(SignAcceptancePayload {
            milestone: Milestone(milestone),
        })
    }

    /// 验收节点;须有足够的服务对象签字。Accepts a milestone that enough recipients have signed for.
    async fn accept_milestone(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AcceptMilestoneInput,
    ) -> Result<AcceptMilestonePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.milestone_id, "input.milestoneId")?;
        let (state, caller) = asked(ctx);
        let milestone = app::milestone::accept(state, caller, key, id).await?;
        Ok(AcceptMilestonePayload {
            milestone: Milestone(milestone),
        })
    }
}
