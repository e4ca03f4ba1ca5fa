//! 学习考察 in the graph: the types and their queries; `mutation` changes them.

mod mutation;

use async_graphql::{Context, Enum, ID};
use chrono::{DateTime, Utc};
use kernel::china_date;
use kit::{
    Result,
    graph::{Date, DivisionCode},
};

pub use mutation::StudyVisitMutation;

use super::{
    asked,
    community::Community,
    foreign::Division,
    loaders::{Loaders, Scoped},
    pilot::Pilot,
    shape::{CommunityStateChange, enums, history, output, part, parts, queries},
    study_measure::StudyMeasure,
};
use crate::{app::study_visit as app, domain::study_visit as domain};

/// 考察类型。Where a delegation goes.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::StudyVisitKind")]
pub enum StudyVisitKind {
    /// 近学:平台上的试点社区。Near: a pilot of the platform.
    Near,
    /// 远学:市外。Far: outside of the city.
    Far,
}

/// 考察内容:方案的六项任务。Which of the plan's six tasks a visit is about.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::StudySubject")]
pub enum StudySubject {
    /// 社区管理服务基础平台。How communities are run.
    CommunityPlatform,
    /// 社会组织培育孵化平台。How organisations are incubated.
    Incubation,
    /// 社会工作者服务平台。Social work.
    SocialWork,
    /// 社区居家养老服务平台。Care for elders at home.
    ElderCare,
    /// 智慧社区信息化平台。The smart community.
    SmartCommunity,
    /// 政府购买服务模式。How services are bought.
    Procurement,
}

/// 考察人员身份。As what people take part.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::StudyRole")]
pub enum StudyRole {
    /// 机关干部。Officials.
    Official,
    /// 社区“两委”成员。Members of the two committees.
    Committee,
    /// 社区工作人员。Staff of communities.
    CommunityStaff,
    /// 社会工作者。Social workers.
    SocialWorker,
    /// 社会组织。Social organisations.
    SocialOrganization,
    /// 志愿者。Volunteers.
    Volunteer,
    /// 居民代表。Residents.
    Resident,
}

/// 考察状态。Where a visit stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::StudyVisitState")]
pub enum StudyVisitState {
    /// 已计划,待接待方确认。Planned; a host on the platform is asked.
    Planned,
    /// 接待方已确认。Confirmed by the host.
    Confirmed,
    /// 接待方谢绝。Declined by the host.
    Declined,
    /// 已成行,待报告。Made; the report is to come.
    Made,
    /// 已报告,措施落实中。Reported; what is adopted is under way.
    Reported,
    /// 已办结。Closed.
    Closed,
    /// 已取消。Called off.
    Cancelled,
}
enums!(
    StudyVisitKind = domain::StudyVisitKind,
    StudySubject = domain::StudySubject,
    StudyRole = domain::StudyRole,
    StudyVisitState = domain::StudyVisitState,
);

output! {
    /// 学习考察:近学试点社区,远学先进地区。A delegation learns from a host near by or far away.
    StudyVisit of domain::StudyVisit {
        /// 全局编号。Global id.
        id: ID,
        /// 近学或远学。Near or far.
        kind: StudyVisitKind,
        /// 远学地点。Far away: the place.
        host_place: Option<String>,
        /// 远学接待单位。Far away: who receives.
        host_body: Option<String>,
        /// 考察内容。Which task it is about.
        subject: StudySubject,
        /// 目的。What is to be learned.
        purpose: String,
        /// 计划开始日期。The first day, as planned.
        starts_on: Date,
        /// 计划结束日期(含)。The last day, as planned.
        ends_on: Date,
        /// 状态。Where it stands.
        state: StudyVisitState,
        /// 接待安排。What the host has arranged.
        arrangement: Option<String>,
        /// 成行日期(最后一天)。Its last day, as it was.
        made_on: Option<Date>,
        /// 报告期限。By when the report is due.
        report_by: Option<Date>,
        /// 谢绝或取消的理由。Why it was declined or called off.
        note: Option<String>,
        /// 版本。Goes up with every change.
        version: i32,
    }
    refers {
        /// 考察方所在区划。The visitor's division.
        division: Division = division_code,
        /// 接待方所在区划。The host's division.
        host_division: Division = host_division_code,
    }
    links {
        /// 考察方为试点时,该试点。The pilot that sends the delegation.
        pilot: Pilot = pilot_id,
        /// 近学的接待试点。Near by: the pilot that receives.
        host_pilot: Pilot = host_pilot_id,
    }
    parts {
        /// 借鉴措施。What is adopted at home.
        measures: [StudyMeasure],
    }
    plus {
        /// 计划人数,按身份。How many were to come, by role.
        async fn planned(&self, ctx: &Context<'_>) -> Result<Vec<StudyPeople>> {
            self.people(ctx, false).await
        }

        /// 实际人数,按身份。How many came, by role.
        async fn came(&self, ctx: &Context<'_>) -> Result<Vec<StudyPeople>> {
            self.people(ctx, true).await
        }

        /// 考察报告。What was found.
        async fn report(&self, ctx: &Context<'_>) -> Result<Option<StudyReport>> {
            let found = parts::<Scoped, domain::StudyReport>(ctx, self.0.id).await?;
            Ok(found.into_iter().next().map(StudyReport))
        }

        /// 报告或成行是否逾期。Whether its report, or the visit itself, should have been there.
        async fn overdue(&self, ctx: &Context<'_>) -> bool {
            let (state, _) = asked(ctx);
            self.0.is_overdue(china_date(state.core.clock.now()))
        }

        /// 经过。What has happened.
        async fn history(&self, ctx: &Context<'_>) -> Result<Vec<CommunityStateChange>> {
            history(ctx, self.0.id).await
        }
    }
}

impl StudyVisit {
    async fn people(&self, ctx: &Context<'_>, came: bool) -> Result<Vec<StudyPeople>> {
        let mut found = parts::<Scoped, domain::StudyPeople>(ctx, self.0.id).await?;
        found.retain(|one| one.came == came);
        Ok(found.into_iter().map(StudyPeople).collect())
    }
}

output! {
    /// 某一身份的人数。How many of a role.
    StudyPeople of domain::StudyPeople {
        /// 身份。The role.
        role: StudyRole,
        /// 人数。How many.
        people: i32,
    }
    plus {}
}

output! {
    /// 考察报告。What a delegation found.
    StudyReport of domain::StudyReport {
        /// 全局编号。Global id.
        id: ID,
        /// 收获与启示。What was found.
        findings: String,
        /// 文件。The document.
        document: Option<String>,
        /// 提交时间。When it was given.
        reported_at: DateTime<Utc>,
    }
    plus {}
}

fn small(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

output! {
    /// 前来考察的一方。Somebody who came to learn.
    StudyVisitor of domain::StudyVisitor {
        /// 最近一次成行日期。When they came last.
        last_on: Date,
    }
    refers {
        /// 考察方所在区划。Where they are from.
        division: Division = division_code,
    }
    plus {
        /// 次数。How often.
        async fn visits(&self) -> i32 {
            small(self.0.visits)
        }

        /// 考察方为社区时,该社区。The community, where they are one.
        async fn community(&self, ctx: &Context<'_>) -> Result<Option<Community>> {
            let loaders = ctx.data_unchecked::<Loaders>();
            Ok(loaders.load_one(self.0.division_code).await?.map(Community))
        }
    }
}

output! {
    /// 复制推广情况。How far a pilot is taken up by others.
    PilotReplication of domain::Replication {
    }
    plus {
        /// 接待考察次数。How many visits it received.
        async fn visits(&self) -> i32 {
            small(self.0.visits)
        }

        /// 前来考察的单位数。From how many.
        async fn visitors(&self) -> i32 {
            small(self.0.visitors)
        }

        /// 考察后已落实的借鉴措施数。How many measures were adopted after them.
        async fn adopted(&self) -> i32 {
            small(self.0.adopted)
        }
    }
}

part! {
    /// 只看哪些考察。Which visits only.
    StudyVisitFilter => app::Filter {
        /// 考察方在此区划及其下级。Of visitors in this division and all below it.
        division_code: Option<DivisionCode>,
        /// 接待方在此区划及其下级。To hosts in this division and all below it.
        host_division_code: Option<DivisionCode>,
        /// 考察方试点。Of this pilot.
        pilot_id: Option<ID>,
        /// 接待试点。To this pilot.
        host_pilot_id: Option<ID>,
        /// 近学或远学。Of this kind.
        kind: Option<StudyVisitKind>,
        /// 考察内容。About this task.
        subject: Option<StudySubject>,
        /// 状态。In this state.
        state: Option<StudyVisitState>,
        /// 只看逾期的:未按期成行或未按期报告。Only those whose report, or which themselves, should have been there.
        overdue: Option<bool>,
    }
}

queries! {
    /// Visit queries.
    StudyVisitQuery of StudyVisit, domain::StudyVisitId {
        entity find_study_visit_by_id;
        /// 按编号查学习考察:成行后公开。A visit by id; public once it was made.
        one study_visit;
        /// 学习考察,新的在前:成行后公开,此前仅双方及其上级可见。Visits, newest first; public once made.
        many study_visits(StudyVisitFilter => app::Filter) by app::list;
    }
}
