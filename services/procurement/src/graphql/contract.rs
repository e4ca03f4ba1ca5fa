//! 合同 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, china_date, keys::ContractId};
use kit::{
    Result,
    graph::{Date, DivisionCode, Fen, Opaque, global, listed, page, typed},
};

use super::{
    asked,
    commission::Commission,
    foreign::{Community, Organization},
    fund::Fund,
    loaders::{
        Loaders, MilestonesOf, MonitoringsOf, PaymentsOf, TerminationsOf, VariationsOf,
        ViolationsOf,
    },
    milestone::Milestone,
    monitoring::ContractMonitoring,
    payment::Payment,
    tender::Tender,
    termination::ContractTermination,
    variation::ContractVariation,
    violation::Violation,
};
use crate::{
    app,
    domain::{contract as domain, variation},
};

/// 合同状态。Where a contract stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ContractState")]
pub enum ContractState {
    /// 履行中。Being performed.
    Performing,
    /// 已完成。Delivered and paid.
    Completed,
    /// 提前终止。Ended early.
    Terminated,
}

/// 合同。A contract; public.
pub struct Contract(pub domain::Contract);

#[Object]
impl Contract {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 联动链编号。The chain it belongs to.
    async fn trace_id(&self) -> ID {
        global(self.0.trace_id)
    }

    /// 招标项目。The tender it comes from.
    async fn tender(&self, ctx: &Context<'_>) -> Result<Option<Tender>> {
        let Some(id) = self.0.tender_id else {
            return Ok(None);
        };
        let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        Ok(found.map(Tender))
    }

    /// 特定委托。The commission it comes from.
    async fn commission(&self, ctx: &Context<'_>) -> Result<Option<Commission>> {
        let Some(id) = self.0.commission_id else {
            return Ok(None);
        };
        let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        Ok(found.map(Commission))
    }

    /// 承接方。The contractor, where it is an organisation.
    async fn organization(&self) -> Option<Organization> {
        self.0.organization_id.map(Into::into)
    }

    /// 承接的社会工作者编号。The id of the contractor, where it is a social worker.
    async fn social_worker_id(&self) -> Option<ID> {
        self.0.social_worker_id.map(global)
    }

    /// 社区。The community served.
    async fn community(&self) -> Option<Community> {
        Some(self.0.community_id.into())
    }

    /// 区划。The division.
    async fn division_code(&self) -> DivisionCode {
        DivisionCode(self.0.division_code)
    }

    /// 资金。The fund it is paid from.
    async fn fund(&self, ctx: &Context<'_>) -> Result<Option<Fund>> {
        Ok(ctx
            .data_unchecked::<Loaders>()
            .load_one(self.0.fund_id)
            .await?
            .map(Fund))
    }

    /// 合同金额(等于中标报价)。The amount: the price of the winning bid.
    async fn amount(&self) -> Fen {
        Fen(self.0.amount)
    }

    /// 服务单位数量。Units bought.
    async fn quantity(&self) -> i64 {
        self.0.quantity
    }

    /// 单价(四舍五入到分)。What one unit costs, rounded to the 分.
    async fn unit_price(&self) -> Result<Fen> {
        Ok(Fen(self.0.unit_price()?))
    }

    /// 状态。Where it stands.
    async fn state(&self) -> ContractState {
        self.0.state.into()
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// 签订时间。When it was signed.
    async fn signed_at(&self) -> DateTime<Utc> {
        self.0.signed_at
    }

    /// 履行期至。Until when it runs.
    async fn ends_on(&self) -> Date {
        Date(self.0.ends_on)
    }

    /// 档案保存至。Until when its records are kept.
    async fn archived_until(&self) -> Date {
        Date(self.0.archived_until)
    }

    /// 节点。Its milestones.
    async fn milestones(&self, ctx: &Context<'_>) -> Result<Vec<Milestone>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(MilestonesOf(self.0.id))
            .await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(Milestone)
            .collect())
    }

    /// 支付。The payments made.
    async fn payments(&self, ctx: &Context<'_>) -> Result<Vec<Payment>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(PaymentsOf(self.0.id))
            .await?;
        Ok(found.unwrap_or_default().into_iter().map(Payment).collect())
    }

    /// 计划版本(经批准的变更产生新版)。The version of the plan: each approved variation makes a new one.
    async fn plan_version(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(variation::present_plan(&self.changes(ctx).await?))
    }

    /// 履行期至(含经批准的变更)。Until when it runs, approved variations considered.
    async fn runs_until(&self, ctx: &Context<'_>) -> Result<Date> {
        let changes = self.changes(ctx).await?;
        Ok(Date(variation::runs_until(self.0.ends_on, &changes)))
    }

    /// 变更(批准的公开)。Variations; those approved are public.
    async fn variations(&self, ctx: &Context<'_>) -> Result<Vec<ContractVariation>> {
        let found = self.changes(ctx).await?;
        Ok(found.into_iter().map(Into::into).collect())
    }

    /// 督导和评估(公开)。What independent people found; public.
    async fn monitorings(&self, ctx: &Context<'_>) -> Result<Vec<ContractMonitoring>> {
        let key = MonitoringsOf(self.0.id);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(Into::into)
            .collect())
    }

    /// 违规(认定的公开)。Violations; those found are public.
    async fn violations(&self, ctx: &Context<'_>) -> Result<Vec<Violation>> {
        let key = ViolationsOf(self.0.id);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(Into::into)
            .collect())
    }

    /// 终止(生效的公开,未生效的限双方和监督人员)。Terminations: those in effect are public, others for the two sides and oversight.
    async fn terminations(&self, ctx: &Context<'_>) -> Result<Vec<ContractTermination>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(TerminationsOf(self.0.id))
            .await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(ContractTermination)
            .collect())
    }
}

impl Contract {
    async fn changes(&self, ctx: &Context<'_>) -> Result<Vec<variation::Variation>> {
        let key = VariationsOf(self.0.id);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        Ok(found.unwrap_or_default())
    }
}

/// Contract queries.
#[derive(Default)]
pub struct ContractQuery;

#[Object]
impl ContractQuery {
    #[graphql(entity)]
    async fn find_contract_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Contract>> {
        find(ctx, &id).await
    }

    /// 按编号查合同。A contract by id.
    async fn contract(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Contract>> {
        find(ctx, &id).await
    }

    /// 合同,新的在前(公开)。Contracts, newest first; public.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn contracts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<ContractState>,
        #[graphql(desc = "只看此区划之内。Only below this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "只看此承接方。Only of this contractor.")] organization_id: Option<ID>,
        #[graphql(
            default = false,
            desc = "只看履行期已过仍未完成的。Only those whose term is over while still being performed."
        )]
        overdue: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Contract>>> {
        let page = page(first, after, last, before)?;
        let organization_id = organization_id
            .map(|id| typed(&id, "organizationId"))
            .transpose()?;
        let filter = domain::ContractFilter {
            state: state.map(Into::into),
            below: division_code.map(|code| code.0),
            organization_id,
            overdue_on: overdue.then(|| china_date(asked(ctx).0.core.clock.now())),
        };
        let (state, _) = asked(ctx);
        let found = app::contract::list(state, &filter, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), Contract)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Contract>> {
    let id: ContractId = typed(id, "id")?;
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(Contract))
}

/// 签订合同的输入。Which tender, paid from which fund.
#[derive(InputObject)]
pub struct SignContractInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 招标项目。The tender.
    tender_id: ID,
    /// 预留预算的资金。The fund that holds the budget.
    fund_id: ID,
}

/// 签订合同的结果。The contract.
#[derive(SimpleObject)]
pub struct SignContractPayload {
    /// 合同。The contract.
    contract: Contract,
}

/// Contract mutations.
#[derive(Default)]
pub struct ContractMutation;

#[Object]
impl ContractMutation {
    /// 公示期满后签订合同(采购经办人)。Signs the contract after the publicity (procurement officer).
    async fn sign_contract(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SignContractInput,
    ) -> Result<SignContractPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let sign = app::contract::Sign {
            tender_id: typed(&input.tender_id, "input.tenderId")?,
            fund_id: typed(&input.fund_id, "input.fundId")?,
        };
        let (state, caller) = asked(ctx);
        let contract = app::contract::sign(state, caller, key, sign).await?;
        Ok(SignContractPayload {
            contract: Contract(contract),
        })
    }
}
