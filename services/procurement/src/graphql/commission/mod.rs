//! 特定委托 in the graph; mutations have a file of their own.

mod mutation;

use async_graphql::{Context, Enum, ID, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{DivisionCode, Fen, Opaque, global, listed, page, typed},
};

pub use mutation::CommissionMutation;

use super::{
    asked,
    contract::Contract,
    foreign::Organization,
    loaders::{CommissionObjectionsOf, Loaders},
    need::ProcurementNeed,
};
use crate::{app, domain::commission as domain};

/// 特定委托的法定理由。Why one supplier is commissioned.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CommissionGround")]
pub enum CommissionGround {
    /// 只能从唯一供应商处采购。There is only one supplier.
    UniqueSupplier,
    /// 不可预见的紧急情况。An emergency that nobody could foresee.
    Emergency,
    /// 与原项目一致或配套的添购。Added to a contract that it must match.
    Continuity,
}

/// 特定委托状态。Where a commission stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CommissionState")]
pub enum CommissionState {
    /// 公示中。On show.
    Published,
    /// 已签合同。Its contract is signed.
    Signed,
    /// 已取消。Given up, or taken back after an objection.
    Cancelled,
}

/// 对特定委托的异议。An objection; public but for who raised it.
#[derive(SimpleObject)]
pub struct CommissionObjection {
    /// 全局编号。Global id.
    id: ID,
    /// 内容。Its text.
    text: String,
    /// 提出时间。When it was raised.
    raised_at: DateTime<Utc>,
    /// 是否成立。Whether it was upheld.
    upheld: Option<bool>,
    /// 答复。The answer.
    answer: Option<String>,
    /// 答复时间。When it was answered.
    answered_at: Option<DateTime<Utc>>,
}

impl From<domain::CommissionObjection> for CommissionObjection {
    fn from(one: domain::CommissionObjection) -> Self {
        Self {
            id: global(one.id),
            text: one.text,
            raised_at: one.raised_at,
            upheld: one.upheld,
            answer: one.answer,
            answered_at: one.answered_at,
        }
    }
}

/// 特定委托。A commission of one supplier; public.
pub struct Commission(pub domain::Commission);

#[Object]
impl Commission {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 联动链编号。The chain it belongs to.
    async fn trace_id(&self) -> ID {
        global(self.0.trace_id)
    }

    /// 采购需求。The need it buys for.
    async fn need(&self, ctx: &Context<'_>) -> Result<Option<ProcurementNeed>> {
        let id = self.0.need_id;
        let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        Ok(found.map(ProcurementNeed))
    }

    /// 区划。The division.
    async fn division_code(&self) -> DivisionCode {
        DivisionCode(self.0.division_code)
    }

    /// 承接组织。The organisation commissioned.
    async fn organization(&self) -> Option<Organization> {
        self.0.supplier.organization().map(Into::into)
    }

    /// 承接的社会工作者编号。The id of the social worker commissioned.
    async fn social_worker_id(&self) -> Option<ID> {
        self.0.supplier.social_worker().map(global)
    }

    /// 名称。Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// 法定理由。The reason of the law.
    async fn ground(&self) -> CommissionGround {
        self.0.ground.into()
    }

    /// 具体理由。Why, in words.
    async fn reasons(&self) -> &str {
        &self.0.reasons
    }

    /// 添购的原合同。The contract that is added to.
    async fn continues(&self, ctx: &Context<'_>) -> Result<Option<Contract>> {
        let Some(id) = self.0.continues_id else {
            return Ok(None);
        };
        let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        Ok(found.map(Contract))
    }

    /// 金额。The amount.
    async fn amount(&self) -> Fen {
        Fen(self.0.amount)
    }

    /// 状态。Where it stands.
    async fn state(&self) -> CommissionState {
        self.0.state.into()
    }

    /// 公示时间。When it was put on show.
    async fn published_at(&self) -> DateTime<Utc> {
        self.0.published_at
    }

    /// 公示期至。Until when objections are taken.
    async fn objections_until(&self) -> DateTime<Utc> {
        self.0.objections_until
    }

    /// 签约或取消时间。When it was signed or cancelled.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }

    /// 取消理由。Why it was cancelled.
    async fn ended_reason(&self) -> Option<&str> {
        self.0.ended_reason.as_deref()
    }

    /// 异议。The objections raised.
    async fn objections(&self, ctx: &Context<'_>) -> Result<Vec<CommissionObjection>> {
        let key = CommissionObjectionsOf(self.0.id);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        let found = found.unwrap_or_default().into_iter();
        Ok(found.map(Into::into).collect())
    }
}

/// Commission queries.
#[derive(Default)]
pub struct CommissionQuery;

#[Object]
impl CommissionQuery {
    /// 按编号查特定委托(公开)。A commission by id; public.
    async fn commission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Commission>> {
        let id: domain::CommissionId = typed(&id, "id")?;
        let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        Ok(found.map(Commission))
    }

    /// 特定委托,新的在前(公开)。Commissions, newest first; public.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn commissions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<CommissionState>,
        #[graphql(desc = "只看此区划之内。Only below this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Commission>>> {
        let page = page(first, after, last, before)?;
        let filter = domain::CommissionFilter {
            state: state.map(Into::into),
            below: division_code.map(|code| code.0),
        };
        let (state, _) = asked(ctx);
        let found = app::commission::list(state, &filter, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), Commission)
    }
}
