//! 创业扶持 in the graph.

use async_graphql::{Context, Enum, ID};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{Date, DivisionCode, Fen},
};

use super::{
    community::Community,
    foreign::{Division, Resident},
    loaders::{HoursOf, Loaders},
    shape::{CommunityStateChange, enums, history, input, mutations, output, part, queries},
};
use crate::{
    app::{ask::Only, entrepreneur as app},
    domain::entrepreneur as domain,
};

/// 创业扶持状态。Where somebody stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::EntrepreneurState")]
pub enum EntrepreneurState {
    /// 已申请。Applied.
    Applied,
    /// 已入选。Admitted.
    Admitted,
    /// 未入选。Not admitted.
    Refused,
    /// 已辅导。Coached.
    Coached,
    /// 已创业。Something was started.
    Started,
    /// 跟踪结束。Followed up.
    Tracked,
    /// 已退出。Given up.
    Withdrawn,
}

/// 创业培训科目。The four subjects of coaching.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CourseTopic")]
pub enum StartupCourseTopic {
    /// 企业项目运作。Running a project.
    Project,
    /// 经营管理。Management.
    Management,
    /// 财务管理。Finance.
    Finance,
    /// 品牌塑造。Brand.
    Brand,
}

/// 扶持种类。The four kinds of support.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::SupportKind")]
pub enum StartupSupportKind {
    /// 场地设施。A venue.
    Venue,
    /// 团队建设。A team.
    Team,
    /// 人才推介。Talent.
    Talent,
    /// 文体服务。Culture and sport.
    CultureSport,
}
enums!(
    EntrepreneurState = domain::EntrepreneurState,
    StartupCourseTopic = domain::CourseTopic,
    StartupSupportKind = domain::SupportKind,
);

output! {
    /// 创业人员。A resident who starts something.
    Entrepreneur of domain::Entrepreneur {
        /// 全局编号。Global id.
        id: ID,
        /// 创业设想。What they want to start.
        idea: String,
        /// 是否在家创业。Whether from home.
        home_based: bool,
        /// 申请时间。When they applied.
        applied_at: DateTime<Utc>,
        /// 状态。Where they stand.
        state: EntrepreneurState,
        /// 说明。Why they were not admitted, or how it goes.
        note: Option<String>,
        /// 所创事业。What was started.
        business: Option<String>,
        /// 创业日期。When it was started.
        started_on: Option<Date>,
    }
    refers {
        /// 所在区划。Where it is.
        division: Division = division_code,
        /// 居民。Who.
        resident: Resident = resident_id,
    }
    holds {
        /// 社区。The community.
        community: Community = community_id,
    }
    parts {
        /// 扶持。Support given.
        grants: [StartupSupport],
    }
    plus {
        /// 已辅导学时。Hours of coaching.
        async fn hours(&self, ctx: &Context<'_>) -> Result<i32> {
            let loaders = ctx.data_unchecked::<Loaders>();
            let found = loaders.load_one(HoursOf(self.0.id)).await?.unwrap_or(0);
            Ok(i32::try_from(found).unwrap_or(i32::MAX))
        }

        /// 经过。What has happened.
        async fn history(&self, ctx: &Context<'_>) -> Result<Vec<CommunityStateChange>> {
            history(ctx, self.0.id).await
        }
    }
}

output! {
    /// 创业培训。A course.
    StartupCourse of domain::StartupCourse {
        /// 全局编号。Global id.
        id: ID,
        /// 科目。Its subject.
        topic: StartupCourseTopic,
        /// 名称。Its title.
        title: String,
        /// 日期。When it was held.
        held_on: Date,
        /// 学时。Its hours.
        hours: i32,
    }
    holds {
        /// 社区。The community.
        community: Community = community_id,
    }
    plus {}
}

output! {
    /// 创业扶持。Support given.
    StartupSupport of domain::SupportGrant {
        /// 全局编号。Global id.
        id: ID,
        /// 种类。What kind.
        kind: StartupSupportKind,
        /// 内容。In words.
        description: String,
        /// 价值(分)。What it is worth.
        value: Option<Fen>,
        /// 时间。When.
        granted_at: DateTime<Utc>,
    }
    plus {}
}

input! {
    /// 申请创业扶持的输入。What somebody wants to start.
    ApplyEntrepreneurInput => app::Apply {
        /// 社区。The community.
        community_id: ID,
        /// 创业设想(1 至 1000 字)。What they want to start, 1 to 1000 characters.
        idea: String,
        /// 是否在家创业。Whether from home.
        #[graphql(default = false)]
        home_based: bool,
    }
}

input! {
    /// 审核创业申请的输入。Whether they are admitted.
    AdmitEntrepreneurInput => app::Admit {
        /// 创业人员。Who.
        entrepreneur_id: ID,
        /// 是否入选。Whether they are admitted.
        admit: bool,
        /// 说明;未入选时必填。Why; required where they are not.
        note: Option<String>,
    }
}

type EntrepreneurOnly = Only<domain::EntrepreneurId>;

input! {
    /// 辅导合格的输入。Who.
    CoachEntrepreneurInput => EntrepreneurOnly {
        /// 创业人员。Who.
        id: ID,
    }
}

input! {
    /// 登记创业的输入。What was started, and when.
    StartEntrepreneurInput => app::Start {
        /// 创业人员。Who.
        entrepreneur_id: ID,
        /// 所创事业(1 至 200 字)。What was started, 1 to 200 characters.
        business: String,
        /// 创业日期。When.
        started_on: Date,
    }
}

input! {
    /// 跟踪的输入。How it goes.
    TrackEntrepreneurInput => app::Track {
        /// 创业人员。Who.
        entrepreneur_id: ID,
        /// 情况(1 至 1000 字)。How it goes, 1 to 1000 characters.
        note: String,
    }
}

input! {
    /// 退出的输入。Who.
    WithdrawEntrepreneurInput => EntrepreneurOnly {
        /// 创业人员。Who.
        id: ID,
    }
}

input! {
    /// 登记培训的输入。A course, and who was there.
    HoldStartupCourseInput => app::Hold {
        /// 社区。The community.
        community_id: ID,
        /// 科目。Its subject.
        topic: StartupCourseTopic,
        /// 名称(1 至 100 字)。Its title, 1 to 100 characters.
        title: String,
        /// 日期。When it was held.
        held_on: Date,
        /// 学时(1 至 24)。Its hours, 1 to 24.
        hours: i32,
        /// 参训人员。Who was there.
        entrepreneur_ids: Vec<ID>,
    }
}

input! {
    /// 扶持的输入。What support is given.
    GrantStartupSupportInput => app::Grant {
        /// 创业人员。Who.
        entrepreneur_id: ID,
        /// 种类。What kind.
        kind: StartupSupportKind,
        /// 内容(1 至 500 字)。In words, 1 to 500 characters.
        description: String,
        /// 价值(分)。What it is worth.
        value: Option<Fen>,
    }
}

part! {
    /// 只看哪些创业人员。Which applications only.
    EntrepreneurFilter => app::Filter {
        /// 此区划及其下级。Of this division and all below it.
        division_code: Option<DivisionCode>,
        /// 状态。In this state.
        state: Option<EntrepreneurState>,
    }
}

part! {
    /// 只看哪些培训。Which courses only.
    StartupCourseFilter => app::CourseFilter {
        /// 此区划及其下级。Of this division and all below it.
        division_code: Option<DivisionCode>,
        /// 社区。Of this community.
        community_id: Option<ID>,
        /// 科目。Of this subject.
        topic: Option<StartupCourseTopic>,
    }
}

queries! {
    /// Entrepreneur queries.
    EntrepreneurQuery of Entrepreneur, domain::EntrepreneurId {
        entity find_entrepreneur_by_id;
        /// 按编号查创业人员。Somebody by id.
        one entrepreneur;
        /// 我能看到的创业人员,新的在前。Those the caller may see, newest first.
        many entrepreneurs(EntrepreneurFilter => app::Filter) by app::list;
    }
}

queries! {
    /// Course queries.
    StartupCourseQuery of StartupCourse, domain::StartupCourseId {
        entity find_startup_course_by_id;
        /// 按编号查创业培训。A course by id.
        one startup_course;
        /// 创业培训,新的在前。Courses, newest first.
        many startup_courses(StartupCourseFilter => app::CourseFilter) by app::courses;
    }
}

mutations! {
    /// Entrepreneur mutations.
    EntrepreneurMutation {
        /// 申请创业扶持(本社区成年居民)。Applies: an adult resident of the community.
        apply_entrepreneur(ApplyEntrepreneurInput) -> ApplyEntrepreneurPayload { entrepreneur: Entrepreneur } by app::apply;
        /// 审核创业申请(社区)。Admits them, or not with a reason.
        admit_entrepreneur(AdmitEntrepreneurInput) -> AdmitEntrepreneurPayload { entrepreneur: Entrepreneur } by app::admit;
        /// 辅导合格(社区):学时达到规定。Coached, once the hours of the rule are reached.
        coach_entrepreneur(CoachEntrepreneurInput) -> CoachEntrepreneurPayload { entrepreneur: Entrepreneur } by app::coach;
        /// 登记创业(社区)。Something was started.
        start_entrepreneur(StartEntrepreneurInput) -> StartEntrepreneurPayload { entrepreneur: Entrepreneur } by app::start;
        /// 跟踪(社区)。Followed up.
        track_entrepreneur(TrackEntrepreneurInput) -> TrackEntrepreneurPayload { entrepreneur: Entrepreneur } by app::track;
        /// 退出(居民本人)。The resident gives it up.
        withdraw_entrepreneur(WithdrawEntrepreneurInput) -> WithdrawEntrepreneurPayload { entrepreneur: Entrepreneur }
            by app::withdraw;
        /// 登记创业培训及参训人员(社区)。Records a course with those who were there.
        hold_startup_course(HoldStartupCourseInput) -> HoldStartupCoursePayload { course: StartupCourse } by app::hold;
        /// 给予扶持(社区)。Gives support to somebody admitted.
        grant_startup_support(GrantStartupSupportInput) -> GrantStartupSupportPayload { grant: StartupSupport } by app::grant;
    }
}
