//! 共享申请 in the graph: the type and its lists; changes are in [`mutation`].

mod mutation;

use async_graphql::{Context, Enum, ID, Object, connection::Connection};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{Date, Opaque, global, listed, page, typed},
};

use super::{
    asked,
    data_resource::{self, DataField, DataResource},
    division::{self, Division},
    foreign::Organization,
    loaders::Loaders,
};
use crate::{app, domain::share_request as domain};

pub use mutation::ShareRequestMutation;

/// 共享申请状态。Where a request stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ShareRequestState")]
pub enum ShareRequestState {
    /// 已提交,待合规审查。Submitted, to be checked.
    Submitted,
    /// 审查不合规。Does not comply.
    Rejected,
    /// 待提供部门答复。Waits for the provider.
    Replying,
    /// 已同意。Granted.
    Granted,
    /// 提供部门不同意(附法定依据)。Refused by the provider, on a law it names.
    Refused,
    /// 争议协调中。Before the authority.
    Mediation,
    /// 协调后不予共享。Refused by the authority.
    RefusedFinally,
    /// 已撤回。Taken back.
    Withdrawn,
}

/// 共享申请。A request of a department for data of another one.
pub struct ShareRequest(pub domain::ShareRequest);

#[Object]
impl ShareRequest {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 数据目录条目。The entry of the catalogue.
    async fn resource(&self, ctx: &Context<'_>) -> Result<Option<DataResource>> {
        data_resource::load(ctx, self.0.resource_id).await
    }

    /// 所在区划。The division.
    async fn division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        division::load(ctx, self.0.division_code).await
    }

    /// 提供部门。The department that provides it.
    async fn provider(&self) -> Option<Organization> {
        Some(self.0.provider_organization_id.into())
    }

    /// 使用部门。The department that uses it.
    async fn consumer(&self) -> Option<Organization> {
        Some(self.0.consumer_organization_id.into())
    }

    /// 使用部门名称。The name of the department that asks.
    async fn consumer_name(&self) -> &str {
        &self.0.consumer_name
    }

    /// 用途。For what.
    async fn purpose(&self) -> &str {
        &self.0.purpose
    }

    /// 法定依据;无则须经个人同意。The law that needs the data; without one, every person has to consent.
    async fn statutory_basis(&self) -> Option<&str> {
        self.0.statutory_basis.as_deref()
    }

    /// 数据项。Which fields.
    async fn fields(&self) -> Vec<DataField> {
        self.0.fields.iter().map(|field| (*field).into()).collect()
    }

    /// 数据范围。Whose rows.
    async fn row_division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        division::load(ctx, self.0.row_division).await
    }

    /// 使用至。The last day.
    async fn until(&self) -> Date {
        Date(self.0.until)
    }

    /// 状态。Where it stands.
    async fn state(&self) -> ShareRequestState {
        self.0.state.into()
    }

    /// 提交时间。When it was submitted.
    async fn submitted_at(&self) -> DateTime<Utc> {
        self.0.submitted_at
    }

    /// 当前环节时限。Until when the present step is to be done.
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        self.0.due_at
    }

    /// 当前环节是否超时。Whether the present step is late.
    async fn overdue(&self, ctx: &Context<'_>) -> bool {
        self.0.is_overdue(asked(ctx).0.core.clock.now())
    }

    /// 审查时间。When it was checked.
    async fn checked_at(&self) -> Option<DateTime<Utc>> {
        self.0.checked_at
    }

    /// 审查意见。The words of the check.
    async fn check_note(&self) -> Option<&str> {
        self.0.check_note.as_deref()
    }

    /// 答复时间。When it was answered.
    async fn replied_at(&self) -> Option<DateTime<Utc>> {
        self.0.replied_at
    }

    /// 不同意的法定依据。The law a refusal rests on.
    async fn refusal_basis(&self) -> Option<&str> {
        self.0.refusal_basis.as_deref()
    }

    /// 争议理由。Why the refusal is not accepted.
    async fn dispute(&self) -> Option<&str> {
        self.0.dispute.as_deref()
    }

    /// 协调时间。When it was settled.
    async fn mediated_at(&self) -> Option<DateTime<Utc>> {
        self.0.mediated_at
    }

    /// 协调意见。The words of the settlement.
    async fn mediation_note(&self) -> Option<&str> {
        self.0.mediation_note.as_deref()
    }
}
/// A request, if the caller may read it.
pub async fn load(ctx: &Context<'_>, id: domain::ShareRequestId) -> Result<Option<ShareRequest>> {
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(ShareRequest))
}
/// Request queries.
#[derive(Default)]
pub struct ShareRequestQuery;

#[Object]
impl ShareRequestQuery {
    /// 按编号查共享申请(申请与提供双方、主管、审计)。A request: either side, the authority, auditors.
    async fn share_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<ShareRequest>> {
        load(ctx, typed(&id, "id")?).await
    }

    /// 我可见的共享申请,新的在前。The requests the caller may see, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn share_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<ShareRequestState>,
        #[graphql(desc = "只看超时的。Only late ones.", default = false)] overdue: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, ShareRequest>>> {
        let page = page(first, after, last, before)?;
        let (service, caller) = asked(ctx);
        let filter = app::share_request::ShareRequestFilter {
            state: state.map(Into::into),
            overdue_at: overdue.then(|| service.core.clock.now()),
        };
        let found = app::share_request::list(service, caller, &filter, &page).await?;
        listed(found, |it| (it.id.as_uuid(),), ShareRequest)
    }
}
