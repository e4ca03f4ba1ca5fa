//! 试点 in the graph: the types and their queries; `mutation` changes them.

mod mutation;

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use kit::{Result, graph::DivisionCode};

pub use mutation::PilotMutation;

use super::{
    asked,
    community::Community,
    foreign::Division,
    loaders::{GateOf, Loaders, ReplicationOf, Scoped, VisitorsOf, VisitsOf},
    shape::{CommunityStateChange, enums, history, output, part, parts, queries},
    study_visit::{PilotReplication, StudyVisit, StudyVisitor},
};
use crate::{app::pilot as app, domain::pilot as domain};

/// 试点状态。Where a pilot stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::PilotState")]
pub enum PilotState {
    /// 起草。A draft.
    Drafted,
    /// 县区已推荐。Recommended by the county.
    CountyRecommended,
    /// 市级审核。Under review by the city.
    CityReview,
    /// 退回。Sent back.
    Returned,
    /// 已批准。Approved.
    Approved,
    /// 建设。Being built.
    Building,
    /// 运行。Operating.
    Operating,
    /// 已评估。Assessed.
    Assessed,
    /// 示范。A demonstration.
    Demonstration,
    /// 暂停。Suspended.
    Suspended,
    /// 退出。A pilot no longer.
    Exited,
}

/// 标准是否达到。Whether a criterion is met.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::EvidenceStatus")]
pub enum PilotEvidenceStatus {
    /// 达到。Met.
    Met,
    /// 在建(仅设施)。Under construction; facilities only.
    UnderConstruction,
    /// 未达到。Not met.
    NotMet,
}

/// 由哪一级证明。The level that attests.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::Attestor")]
pub enum PilotAttestor {
    /// 社区。The community.
    Community,
    /// 县(市、区)。The county or district.
    County,
    /// 市。The city.
    City,
}

/// 五项保障。One of the five guarantees.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::Guarantee")]
pub enum PilotGuaranteeKind {
    /// 制度保障。Institutions.
    Institution,
    /// 资金保障。Funding.
    Funding,
    /// 能力建设保障。Capacity.
    Capacity,
    /// 绩效评估保障。Evaluation.
    Evaluation,
    /// 社会监督保障。Supervision by society.
    Supervision,
}

/// 保障状况。How a guarantee stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::Light")]
pub enum PilotGuaranteeStatus {
    /// 红:缺失。Missing.
    Red,
    /// 黄:不完善。Incomplete.
    Amber,
    /// 绿:落实。In place.
    Green,
}

enums!(
    PilotState = domain::PilotState,
    PilotEvidenceStatus = domain::EvidenceStatus,
    PilotAttestor = domain::Attestor,
    PilotGuaranteeKind = domain::Guarantee,
    PilotGuaranteeStatus = domain::Light,
);

output! {
    /// 试点社区。A pilot community.
    Pilot of domain::Pilot {
        /// 全局编号。Global id.
        id: ID,
        /// 申报理由。Why it applies.
        reason: String,
        /// 起草时间。When it was drafted.
        created_at: DateTime<Utc>,
        /// 状态。Where it stands.
        state: PilotState,
        /// 县区推荐文件。The county's recommendation.
        county_document: Option<String>,
        /// 批次:1 具备条件,2 在建。1 ready, 2 under construction.
        batch: Option<i32>,
        /// 批准文件。The document of its approval.
        approval_document: Option<String>,
        /// 批准时间。When it was approved.
        approved_at: Option<DateTime<Utc>>,
        /// 退回、暂停或退出的理由。Why it was returned, suspended or ended.
        note: Option<String>,
        /// 版本。Goes up with every change.
        version: i32,
    }
    refers {
        /// 所在区划。Where it is.
        division: Division = division_code,
    }
    holds {
        /// 社区。The community.
        community: Community = community_id,
    }
    parts {
        /// 全部佐证,旧的在前。Everything that was shown, oldest first.
        evidence: [PilotEvidence],
        /// 评估。Its assessments, oldest first.
        assessments: [PilotAssessment],
    }
    plus {
        /// 现行遴选标准与最近的佐证。The criteria in force, with what was last shown for each.
        async fn gate(&self, ctx: &Context<'_>) -> Result<Vec<PilotGateItem>> {
            let loaders = ctx.data_unchecked::<Loaders>();
            let found = loaders.load_one(GateOf(self.0.id)).await?;
            Ok(found.into_iter().flatten().map(PilotGateItem).collect())
        }

        /// 五项保障的现状。How each of the five guarantees stands, where it was said.
        async fn guarantees(&self, ctx: &Context<'_>) -> Result<Vec<PilotGuarantee>> {
            let said = parts::<Scoped, _>(ctx, self.0.id).await?;
            Ok(app::newest(&said).into_iter().map(PilotGuarantee).collect())
        }

        /// 外出学习考察,旧的在前;成行后公开。Its visits to learn from others, oldest first; public once made.
        async fn study_visits(&self, ctx: &Context<'_>) -> Result<Vec<StudyVisit>> {
            let loaders = ctx.data_unchecked::<Loaders>();
            let found = loaders.load_one(VisitsOf(self.0.id)).await?;
            Ok(found.into_iter().flatten().map(StudyVisit).collect())
        }

        /// 谁来学习过、多少次,次数多的在前。Who came to learn here, and how often; most often first.
        async fn study_visitors(&self, ctx: &Context<'_>) -> Result<Vec<StudyVisitor>> {
            let loaders = ctx.data_unchecked::<Loaders>();
            let found = loaders.load_one(VisitorsOf(self.0.id)).await?;
            Ok(found.into_iter().flatten().map(StudyVisitor).collect())
        }

        /// 复制推广情况:多少人来学、落实多少措施。How far it is taken up by others.
        async fn replication(&self, ctx: &Context<'_>) -> Result<PilotReplication> {
            let loaders = ctx.data_unchecked::<Loaders>();
            let found = loaders.load_one(ReplicationOf(self.0.id)).await?;
            Ok(PilotReplication(found.unwrap_or_default()))
        }

        /// 经过。What has happened.
        async fn history(&self, ctx: &Context<'_>) -> Result<Vec<CommunityStateChange>> {
            history(ctx, self.0.id).await
        }
    }
}

output! {
    /// 遴选标准的一项。One criterion, and what was last shown for it.
    PilotGateItem of domain::GateItem {
        /// 编号。Its code.
        code: String,
        /// 标准。What it asks for.
        title: String,
        /// 标准(英文)。The same in English.
        title_en: String,
        /// 是否设施。Whether it is a facility.
        facility: bool,
        /// 由哪一级证明。The level that attests.
        attestor: PilotAttestor,
        /// 依据。Where it comes from.
        source: String,
    }
    plus {
        /// 最近的佐证。What was last shown.
        async fn shown(&self) -> Option<PilotEvidence> {
            self.0.shown.clone().map(PilotEvidence)
        }
    }
}

output! {
    /// 对一项标准的佐证。What was shown for a criterion.
    PilotEvidence of domain::PilotEvidence {
        /// 全局编号。Global id.
        id: ID,
        /// 标准编号。The criterion.
        criterion: String,
        /// 是否达到。Whether it is met.
        status: PilotEvidenceStatus,
        /// 佐证。What shows it.
        evidence: String,
        /// 文件。The document.
        document: Option<String>,
        /// 由哪一级证明。The level that attested.
        attestor: PilotAttestor,
        /// 时间。When.
        attested_at: DateTime<Utc>,
    }
    plus {}
}

output! {
    /// 示范评估:四项标准。An assessment by the four tests.
    PilotAssessment of domain::PilotAssessment {
        /// 全局编号。Global id.
        id: ID,
        /// 机制健全。Its mechanisms are sound.
        mechanism: bool,
        /// 运行有序。It runs in order.
        orderly: bool,
        /// 群众满意。Residents are satisfied.
        satisfied: bool,
        /// 可复制推广。Others can do the same.
        replicable: bool,
        /// 依据。What shows it.
        evidence: String,
        /// 时间。When.
        assessed_at: DateTime<Utc>,
    }
    plus {}
}

output! {
    /// 一项保障的状况。How one of the five guarantees stands.
    PilotGuarantee of domain::PilotGuarantee {
        /// 哪一项。Which of the five.
        guarantee: PilotGuaranteeKind,
        /// 状况。Red, amber or green.
        status: PilotGuaranteeStatus,
        /// 依据。Why.
        grounds: String,
        /// 文件。The document.
        document: Option<String>,
        /// 时间。When.
        stated_at: DateTime<Utc>,
    }
    plus {}
}

output! {
    /// 试点数量要求。How many pilots a district or county has, and should have.
    PilotQuota of domain::Quota {
        /// 是否城区。Whether it is an urban district.
        urban: bool,
    }
    refers {
        /// 区、县(市)。The district or county.
        division: Division = division_code,
    }
    plus {
        /// 当年批准数。How many were approved in the year.
        async fn approved(&self) -> i32 {
            i32::try_from(self.0.approved).unwrap_or(i32::MAX)
        }

        /// 最低数。How many there should be.
        async fn least(&self) -> i32 {
            i32::try_from(self.0.least).unwrap_or(i32::MAX)
        }

        /// 是否达到。Whether there are enough.
        async fn met(&self) -> bool {
            self.0.is_met()
        }
    }
}

part! {
    /// 只看哪些试点。Which pilots only.
    PilotFilter => app::Filter {
        /// 此区划及其下级。Of this division and all below it.
        division_code: Option<DivisionCode>,
        /// 社区。Of this community.
        community_id: Option<ID>,
        /// 状态。In this state.
        state: Option<PilotState>,
        /// 批次。Of this batch.
        batch: Option<i32>,
    }
}

queries! {
    /// Pilot queries.
    PilotQuery of Pilot, domain::PilotId {
        entity find_pilot_by_id;
        /// 按编号查试点。A pilot by id.
        one pilot;
        /// 试点,新的在前。Pilots, newest first.
        many pilots(PilotFilter => app::Filter) by app::list;
    }
}

/// The report of quotas.
#[derive(Default)]
pub struct PilotQuotaQuery;

#[Object]
impl PilotQuotaQuery {
    /// 各区县当年试点数量与要求。How many pilots each district or county has approved in a year, and should have.
    async fn pilot_quotas(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "上级区划,如某市。The division above, such as a city.")]
        division_code: DivisionCode,
        #[graphql(desc = "年份。The year.")] year: i32,
    ) -> Result<Option<Vec<PilotQuota>>> {
        let (state, _) = asked(ctx);
        let found = app::quotas(state, &division_code.0, year).await?;
        Ok(Some(found.into_iter().map(PilotQuota).collect()))
    }
}
