//! 联席会议 in the graph: the types and their queries; `mutation` changes them.

mod mutation;

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use kernel::china_date;
use kit::{
    Result,
    graph::{Date, DivisionCode},
};

pub use mutation::JointMeetingMutation;

use super::{
    asked,
    community::Community,
    foreign::Division,
    loaders::{Loaders, Scoped},
    shape::{CommunityStateChange, enums, history, output, part, parts, queries},
};
use crate::{app::joint_meeting as app, domain::joint_meeting as domain};

/// 驻社区单位类型。What a unit is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ResidentUnitKind")]
pub enum ResidentUnitKind {
    /// 党政机关。An organ of Party or government.
    Government,
    /// 事业单位。A public institution.
    Institution,
    /// 企业。An enterprise.
    Enterprise,
    /// 学校。A school.
    School,
    /// 社会组织。A social organisation.
    SocialOrganization,
    /// 其他。Another.
    Other,
}

/// 联席会议状态。Where a meeting stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::JointMeetingState")]
pub enum JointMeetingState {
    /// 已召集。Called.
    Called,
    /// 已召开。Held.
    Held,
    /// 已形成纪要。Minuted.
    Minuted,
    /// 已办结。All is done.
    Closed,
    /// 已取消。Called off.
    Cancelled,
}
enums!(
    ResidentUnitKind = domain::ResidentUnitKind,
    JointMeetingState = domain::JointMeetingState,
);

output! {
    /// 驻社区单位。A unit that stands in the community.
    ResidentUnit of domain::ResidentUnit {
        /// 全局编号。Global id.
        id: ID,
        /// 名称。Its name.
        name: String,
        /// 类型。What it is.
        kind: ResidentUnitKind,
        /// 可共享的资源。What it can share.
        resources: Option<String>,
        /// 登记时间。When it was registered.
        registered_at: DateTime<Utc>,
        /// 迁出时间。When it left.
        left_at: Option<DateTime<Utc>>,
    }
    refers {
        /// 所在区划。Where it is.
        division: Division = division_code,
    }
    holds {
        /// 社区。The community.
        community: Community = community_id,
    }
    plus {}
}

output! {
    /// 驻社区单位联席会议。A joint meeting of the units of a community.
    JointMeeting of domain::JointMeeting {
        /// 全局编号。Global id.
        id: ID,
        /// 周期,如 2026-Q1。The period, such as 2026-Q1.
        period: String,
        /// 议题。What is talked about.
        agenda: String,
        /// 地点。Where.
        place: String,
        /// 时间。When.
        meets_at: DateTime<Utc>,
        /// 状态。Where it stands.
        state: JointMeetingState,
        /// 纪要。The minutes.
        minutes: Option<String>,
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
        /// 办理事项。What is to be done.
        actions: [JointAction],
    }
    plus {
        /// 到会单位。The units that came.
        async fn attending(&self, ctx: &Context<'_>) -> Result<Vec<ResidentUnit>> {
            let came = parts::<Scoped, domain::JointAttendance>(ctx, self.0.id).await?;
            let ids: Vec<_> = came.iter().map(|one| one.unit_id).collect();
            let loaders = ctx.data_unchecked::<Loaders>();
            let mut units = loaders.load_many(ids.iter().copied()).await?;
            Ok(ids.iter().filter_map(|id| units.remove(id)).map(ResidentUnit).collect())
        }

        /// 议定事项。What was agreed on.
        async fn resolutions(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
            let found = parts::<Scoped, domain::JointResolution>(ctx, self.0.id).await?;
            Ok(found.into_iter().map(|one| one.text).collect())
        }

        /// 经过。What has happened.
        async fn history(&self, ctx: &Context<'_>) -> Result<Vec<CommunityStateChange>> {
            history(ctx, self.0.id).await
        }
    }
}

output! {
    /// 联席会议办理事项。Something that a meeting wants done.
    JointAction of domain::JointAction {
        /// 全局编号。Global id.
        id: ID,
        /// 内容。What is to be done.
        title: String,
        /// 期限。By when.
        due_on: Date,
        /// 办理结果。What came of it.
        result: Option<String>,
        /// 办结时间。When it was done.
        done_at: Option<DateTime<Utc>>,
    }
    holds {
        /// 会议。The meeting.
        meeting: JointMeeting = meeting_id,
        /// 社区。The community.
        community: Community = community_id,
    }
    links {
        /// 责任单位。The unit that does it.
        unit: ResidentUnit = unit_id,
    }
    plus {
        /// 是否逾期。Whether it should have been done.
        async fn overdue(&self, ctx: &Context<'_>) -> bool {
            let (state, _) = asked(ctx);
            self.0.is_overdue(china_date(state.core.clock.now()))
        }
    }
}

output! {
    /// 未按期召开联席会议的社区。A community whose units have not met in time.
    UnmetCommunity of domain::Unmet {
        /// 名称。Its name.
        name: String,
        /// 上次召开时间。When they last met.
        last_met_at: Option<DateTime<Utc>>,
    }
    refers {
        /// 所在区划。Where it is.
        division: Division = division_code,
    }
    holds {
        /// 社区。The community.
        community: Community = community_id,
    }
    plus {}
}

part! {
    /// 只看哪些单位。Which units only.
    ResidentUnitFilter => app::UnitFilter {
        /// 此区划及其下级。Of this division and all below it.
        division_code: Option<DivisionCode>,
        /// 社区。Of this community.
        community_id: Option<ID>,
        /// 类型。Of this kind.
        kind: Option<ResidentUnitKind>,
    }
}

part! {
    /// 只看哪些会议。Which meetings only.
    JointMeetingFilter => app::Filter {
        /// 此区划及其下级。Of this division and all below it.
        division_code: Option<DivisionCode>,
        /// 社区。Of this community.
        community_id: Option<ID>,
        /// 状态。In this state.
        state: Option<JointMeetingState>,
    }
}

part! {
    /// 只看哪些办理事项。Which actions only.
    JointActionFilter => app::ActionFilter {
        /// 此区划及其下级。Of this division and all below it.
        division_code: Option<DivisionCode>,
        /// 社区。Of this community.
        community_id: Option<ID>,
        /// 只看逾期的。Only those that should have been done.
        overdue: Option<bool>,
    }
}

queries! {
    /// Unit queries.
    ResidentUnitQuery of ResidentUnit, domain::ResidentUnitId {
        entity find_resident_unit_by_id;
        /// 按编号查驻社区单位。A unit by id.
        one resident_unit;
        /// 驻社区单位,新的在前。Units, newest first.
        many resident_units(ResidentUnitFilter => app::UnitFilter) by app::units;
    }
}

queries! {
    /// Meeting queries.
    JointMeetingQuery of JointMeeting, domain::JointMeetingId {
        entity find_joint_meeting_by_id;
        /// 按编号查联席会议。A meeting by id.
        one joint_meeting;
        /// 联席会议,新的在前。Meetings, newest first.
        many joint_meetings(JointMeetingFilter => app::Filter) by app::list;
    }
}

queries! {
    /// Action queries.
    JointActionQuery of JointAction, domain::JointActionId {
        entity find_joint_action_by_id;
        /// 按编号查办理事项。An action by id.
        one joint_action;
        /// 办理事项,新的在前。Actions, newest first.
        many joint_actions(JointActionFilter => app::ActionFilter) by app::actions;
    }
}

/// Who has not met.
#[derive(Default)]
pub struct UnmetQuery;

#[Object]
impl UnmetQuery {
    /// 未按规定周期召开联席会议的社区。Communities whose units have not met within the period of the rule.
    async fn overdue_joint_meetings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "上级区划。The division above.")] division_code: DivisionCode,
    ) -> Result<Option<Vec<UnmetCommunity>>> {
        let (state, _) = asked(ctx);
        let found = app::unmet(state, &division_code.0).await?;
        Ok(Some(found.into_iter().map(UnmetCommunity).collect()))
    }
}
