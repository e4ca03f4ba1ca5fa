//! 社会组织 in the graph.

mod input;
mod kinds;
mod mutation;
mod query;

pub use kinds::{
    FunctionalType, OrganizationKind, OrganizationStatus, Origin, ServiceField, UsccCheck,
};
pub use mutation::OrganizationMutation;
pub use query::OrganizationQuery;

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::{china_date, refuse};
use kit::{
    Result,
    graph::{Date, UnifiedSocialCreditCode, global},
};

use super::{
    assessment::Assessment,
    capability::Certification,
    engagement::Engagement,
    foreign::{Community, Division, Resident},
    loaders::{AssessmentsOf, CertificationsOf, EngagementsOf, Loaders, RelatedTo},
};
use crate::{
    domain::{capability::elder_care_capable, organization as domain},
    state::State,
};

/// 社会组织。An organisation that takes part: registered, or filed with a community.
pub struct Organization(pub domain::Organization);

/// 社会组织。An organisation that takes part: registered, or filed with a community.
#[Object]
impl Organization {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 名称。Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// 统一社会信用代码;备案组织没有。Its unified social credit code; filed ones have none.
    async fn uscc(&self) -> Option<UnifiedSocialCreditCode> {
        self.0.uscc.clone().map(UnifiedSocialCreditCode)
    }

    /// 代码校验情况。How the code stands with its checks.
    async fn uscc_check(&self) -> Option<UsccCheck> {
        self.0.uscc_standing().map(Into::into)
    }

    /// 早期代码凭何收录。Why a code whose check fails was accepted, and when.
    async fn uscc_override(&self) -> Option<UsccOverride> {
        self.0.uscc_override.as_ref().map(|kept| UsccOverride {
            reason: kept.reason.clone(),
            by: kept.by.clone(),
            at: kept.at,
        })
    }

    /// 组织类别。What it is in law.
    async fn kind(&self) -> OrganizationKind {
        self.0.kind.into()
    }

    /// 功能类型。What it is for.
    async fn functional_type(&self) -> FunctionalType {
        self.0.functional_type.into()
    }

    /// 来源:本地或引进。Grown here, or brought in.
    async fn origin(&self) -> Origin {
        self.0.origin.into()
    }

    /// 业务主管单位。The body that sponsors it.
    async fn sponsor_body(&self) -> Option<&str> {
        self.0.sponsor_body.as_deref()
    }

    /// 登记管理机关(备案机关)所在区划。The division of its registrar.
    async fn registrar_division(&self) -> Option<Division> {
        Some(self.0.registrar_division.into())
    }

    /// 备案所在社区。The community it is filed with.
    async fn community(&self) -> Option<Community> {
        self.0.community_id.map(Into::into)
    }

    /// 是否法人。Whether it is a legal person.
    async fn legal_person(&self) -> bool {
        self.0.legal_person()
    }

    /// 活动领域。The fields it works in.
    async fn fields(&self) -> Vec<ServiceField> {
        self.0.fields.iter().copied().map(Into::into).collect()
    }

    /// 状态。Where it stands with its registrar.
    async fn status(&self) -> OrganizationStatus {
        self.0.status.into()
    }

    /// 最近一次状态变动的理由。Why the status changed last.
    async fn status_reason(&self) -> Option<&str> {
        self.0.status_reason.as_deref()
    }

    /// 登记或备案日期。The day it was registered or filed.
    async fn registered_on(&self) -> Option<Date> {
        self.0.registered_on.map(Date)
    }

    /// 能否参加采购;备案组织须由托管机构签约。Whether it may bid; a filed one signs through a host.
    async fn may_bid(&self) -> bool {
        self.0.may_bid()
    }

    /// 某日能否独立承接居家养老。Whether it may take home-based elder care on a day.
    async fn elder_care_capable(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "哪一天,默认今天。The day; today unless said.")] on: Option<Date>,
    ) -> Result<bool> {
        let today = china_date(ctx.data_unchecked::<State>().core.clock.now());
        let day = on.map_or(today, |on| on.0);
        let held = ctx
            .data_unchecked::<Loaders>()
            .load_one(CertificationsOf(self.0.id))
            .await?;
        Ok(elder_care_capable(&self.0, &held.unwrap_or_default(), day))
    }

    /// 关联人员(负责人、出资人、理事),仅供利害关系核查;每次查看均留痕。
    /// People who lead, own or direct it, for conflicts of interest alone; every look is recorded.
    async fn related_residents(&self, ctx: &Context<'_>) -> Result<Option<Vec<Option<Resident>>>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(RelatedTo(self.0.id))
            .await?;
        let people = found.ok_or_else(|| {
            refuse!(
                Forbidden,
                "FORBIDDEN",
                zh: "您没有查看关联人员的权限",
                en: "you may not see the related people",
            )
        })?;
        Ok(Some(people.into_iter().map(Resident::of).collect()))
    }

    /// 评估,新的在前。Its assessments, newest first.
    async fn assessments(&self, ctx: &Context<'_>) -> Result<Vec<Assessment>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(AssessmentsOf(self.0.id))
            .await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(Assessment)
            .collect())
    }

    /// 今天有效的评估。The assessment that holds today.
    async fn current_assessment(&self, ctx: &Context<'_>) -> Result<Option<Assessment>> {
        let today = china_date(ctx.data_unchecked::<State>().core.clock.now());
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(AssessmentsOf(self.0.id))
            .await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .find(|one| one.in_force(today))
            .map(Assessment))
    }

    /// 能力认定,新的在前。Its certifications, newest first.
    async fn capabilities(&self, ctx: &Context<'_>) -> Result<Vec<Certification>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(CertificationsOf(self.0.id))
            .await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(Certification)
            .collect())
    }

    /// 承接的合同,新的在前。The contracts it took on, newest first.
    async fn engagements(&self, ctx: &Context<'_>) -> Result<Vec<Engagement>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(EngagementsOf(self.0.id))
            .await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(Engagement)
            .collect())
    }

    /// 示范数据。Demonstration data.
    async fn demo(&self) -> bool {
        self.0.demo
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// 录入时间。When it came into the register.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

/// 代码收录说明。Why, by whom and when a code whose check fails was accepted.
#[derive(SimpleObject)]
pub struct UsccOverride {
    /// 理由。The reason.
    reason: String,
    /// 经办账号。The account that accepted it.
    by: String,
    /// 时间。When.
    at: DateTime<Utc>,
}
