//! 社工服务机构 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::china_date;
use kit::{
    Result,
    graph::{Date, DivisionCode, Opaque, global, listed, page, typed},
};

use super::{
    at,
    dispatch::Dispatch,
    foreign::Organization,
    keyed,
    loaders::{ChecksOf, DispatchesOf, Loaders},
};
use crate::{app::agency as app, domain::agency as domain};

/// 老年服务类别。A line of service for the elderly.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::AgencyLine")]
pub enum AgencyLine {
    /// 健康维护。Keeping in health.
    Health,
    /// 精神慰藉。Comfort.
    Comfort,
    /// 社会支援。Support by others.
    Support,
    /// 咨询信息。Advice and information.
    Information,
}

/// 机构状态。Where an agency stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::AgencyState")]
pub enum AgencyState {
    /// 已申请。It has applied.
    Applied,
    /// 合格。A check has found it qualified.
    Qualified,
    /// 暂停。It is suspended.
    Suspended,
    /// 终止。Its standing has ended.
    Ended,
}

/// 资质核查。What a check found.
#[derive(SimpleObject)]
pub struct AgencyCheck {
    /// 全局编号。Global id.
    id: ID,
    /// 登记是否正常。Whether the organisation is registered in good standing.
    registered: bool,
    /// 在岗社会工作者人数。How many social workers it employs.
    workers: i32,
    /// 规定人数。How many it needs.
    workers_needed: i32,
    /// 是否合格。Whether it passed.
    passed: bool,
    /// 说明。What the papers showed.
    note: String,
    /// 有效期至。Its last day, where it passed.
    valid_to: Option<Date>,
    /// 核查时间。When.
    checked_at: DateTime<Utc>,
}

impl From<domain::AgencyCheck> for AgencyCheck {
    fn from(check: domain::AgencyCheck) -> Self {
        Self {
            id: global(check.id),
            registered: check.registered,
            workers: check.workers,
            workers_needed: check.workers_needed,
            passed: check.passed,
            note: check.note,
            valid_to: check.valid.map(|(_, to)| Date(to)),
            checked_at: check.checked_at,
        }
    }
}

/// Agency of the domain, as the graph shows it.
pub struct Agency(pub domain::Agency);

/// 社工服务机构。An agency of social work for the elderly.
#[Object]
impl Agency {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 组织。The organisation.
    async fn organization(&self) -> Option<Organization> {
        Some(self.0.organization_id.into())
    }

    /// 区划。The division of its standing.
    async fn division_code(&self) -> DivisionCode {
        DivisionCode(self.0.division_code)
    }

    /// 服务类别。Its lines of service.
    async fn lines(&self) -> Vec<AgencyLine> {
        self.0.lines.iter().map(|line| (*line).into()).collect()
    }

    /// 简介。What it does.
    async fn introduction(&self) -> &str {
        &self.0.introduction
    }

    /// 状态。Where it stands.
    async fn state(&self) -> AgencyState {
        self.0.state.into()
    }

    /// 暂停或终止的原因。Why it was suspended or ended.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// 资质有效期至。Until when it is qualified.
    async fn valid_to(&self) -> Option<Date> {
        self.0.valid_to.map(Date)
    }

    /// 今日是否合格。Whether it is qualified today.
    async fn qualified(&self, ctx: &Context<'_>) -> bool {
        let today = china_date(at(ctx).0.core.clock.now());
        self.0.is_qualified(today)
    }

    /// 历次核查,新的在前。Checks, newest first.
    async fn checks(&self, ctx: &Context<'_>) -> Result<Vec<AgencyCheck>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(ChecksOf(self.0.id)).await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(Into::into)
            .collect())
    }

    /// 派驻,新的在前。Whom it sent, newest first.
    async fn dispatches(&self, ctx: &Context<'_>) -> Result<Vec<Dispatch>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(DispatchesOf(self.0.id)).await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(Dispatch)
            .collect())
    }

    /// 申请时间。When it applied.
    async fn applied_at(&self) -> DateTime<Utc> {
        self.0.applied_at
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Agency queries.
#[derive(Default)]
pub struct AgencyQuery;

#[Object]
impl AgencyQuery {
    /// 按编号查社工机构(公开)。An agency by id; open to all.
    async fn agency(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Agency>> {
        let id: domain::AgencyId = typed(&id, "id")?;
        let loaders = ctx.data_unchecked::<Loaders>();
        Ok(loaders.load_one(id).await?.map(Agency))
    }

    /// 社工机构,新的在前(公开)。Agencies, newest first; open to all.
    #[expect(clippy::too_many_arguments, reason = "filters and a page")]
    async fn agencies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此区划。Only within this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "只看此服务类别。Only with this line of service.")] line: Option<
            AgencyLine,
        >,
        #[graphql(desc = "只看此状态。Only where it stands so.")] state: Option<AgencyState>,
        #[graphql(desc = "只看今日合格的。Only those qualified today.", default = false)]
        qualified: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
    ) -> Result<Option<Connection<Opaque, Agency>>> {
        let page = page(first, after, None, None)?;
        let (service, _) = at(ctx);
        let today = china_date(service.core.clock.now());
        let filter = domain::AgencyFilter {
            division: division_code.map(|code| code.0),
            line: line.map(Into::into),
            state: state.map(Into::into),
            qualified_on: qualified.then_some(today),
        };
        let found = app::list(service, &filter, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), Agency)
    }
}

/// 机构申请的输入。Who applies, where, and for what.
#[derive(InputObject)]
pub struct ApplyAgencyInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 组织(在册)。The organisation, in good standing.
    organization_id: ID,
    /// 区划。The division it wants to serve.
    division_code: DivisionCode,
    /// 服务类别。Its lines of service.
    lines: Vec<AgencyLine>,
    /// 简介(1 至 1000 字)。What it does.
    introduction: String,
}

/// 机构申请的结果。The agency.
#[derive(SimpleObject)]
pub struct ApplyAgencyPayload {
    /// 机构。The agency.
    agency: Agency,
}

/// 资质核查的输入。Which agency is checked.
#[derive(InputObject)]
pub struct CheckAgencyInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 机构。The agency.
    agency_id: ID,
    /// 核查说明(1 至 500 字)。What the papers showed.
    note: String,
}

/// 资质核查的结果。The agency as the check left it.
#[derive(SimpleObject)]
pub struct CheckAgencyPayload {
    /// 机构。The agency.
    agency: Agency,
}

/// 暂停机构的输入。Why an agency is suspended.
#[derive(InputObject)]
pub struct SuspendAgencyInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 机构。The agency.
    agency_id: ID,
    /// 原因(1 至 500 字)。Why.
    reason: String,
}

/// 暂停机构的结果。The agency, suspended.
#[derive(SimpleObject)]
pub struct SuspendAgencyPayload {
    /// 机构。The agency.
    agency: Agency,
}

/// 终止机构的输入。Why an agency's standing ends.
#[derive(InputObject)]
pub struct EndAgencyInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 机构。The agency.
    agency_id: ID,
    /// 原因(1 至 500 字)。Why.
    reason: String,
}

/// 终止机构的结果。The agency, ended.
#[derive(SimpleObject)]
pub struct EndAgencyPayload {
    /// 机构。The agency.
    agency: Agency,
}

/// Agency mutations.
#[derive(Default)]
pub struct AgencyMutation;

#[Object]
impl AgencyMutation {
    /// 社工机构申请(机构负责人、民政部门)。An organisation applies: its manager, or civil affairs for it.
    async fn apply_agency(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ApplyAgencyInput,
    ) -> Result<ApplyAgencyPayload> {
        let key = keyed(&input.idempotency_key)?;
        let apply = app::Apply {
            organization_id: typed(&input.organization_id, "input.organizationId")?,
            division_code: input.division_code.0,
            lines: input.lines.into_iter().map(Into::into).collect(),
            introduction: input.introduction,
        };
        let (state, caller) = at(ctx);
        let agency = Agency(app::apply(state, caller, key, apply).await?);
        Ok(ApplyAgencyPayload { agency })
    }

    /// 资质核查(民政部门);是否合格由登记情况与人数决定。Checks an agency; whether it passes, the registers say.
    async fn check_agency(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CheckAgencyInput,
    ) -> Result<CheckAgencyPayload> {
        let key = keyed(&input.idempotency_key)?;
        let check = app::Check {
            agency_id: typed(&input.agency_id, "input.agencyId")?,
            note: input.note,
        };
        let (state, caller) = at(ctx);
        let agency = Agency(app::check(state, caller, key, check).await?);
        Ok(CheckAgencyPayload { agency })
    }

    /// 暂停机构(民政部门)。Suspends an agency until a check finds it qualified: civil affairs.
    async fn suspend_agency(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SuspendAgencyInput,
    ) -> Result<SuspendAgencyPayload> {
        let key = keyed(&input.idempotency_key)?;
        let stop = app::Stop {
            agency_id: typed(&input.agency_id, "input.agencyId")?,
            reason: input.reason,
        };
        let (state, caller) = at(ctx);
        let agency = Agency(app::suspend(state, caller, key, stop).await?);
        Ok(SuspendAgencyPayload { agency })
    }

    /// 终止机构(民政部门、机构负责人)。Ends an agency's standing: civil affairs, or its manager.
    async fn end_agency(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: EndAgencyInput,
    ) -> Result<EndAgencyPayload> {
        let key = keyed(&input.idempotency_key)?;
        let stop = app::Stop {
            agency_id: typed(&input.agency_id, "input.agencyId")?,
            reason: input.reason,
        };
        let (state, caller) = at(ctx);
        let agency = Agency(app::end(state, caller, key, stop).await?);
        Ok(EndAgencyPayload { agency })
    }
}
