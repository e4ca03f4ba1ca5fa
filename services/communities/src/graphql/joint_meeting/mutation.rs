//! Mutations of joint meetings, with what they take and answer.

use async_graphql::ID;
use chrono::{DateTime, Utc};
use kit::graph::Date;

use super::{JointAction, JointMeeting, ResidentUnit, ResidentUnitKind};
use crate::{
    app::{ask::Only, joint_meeting as app},
    domain::joint_meeting as domain,
    graphql::shape::{input, mutations},
};

type UnitOnly = Only<domain::ResidentUnitId>;
type MeetingOnly = Only<domain::JointMeetingId>;

input! {
    /// 登记驻社区单位的输入。A unit of the community.
    RegisterResidentUnitInput => app::Register {
        /// 社区。The community.
        community_id: ID,
        /// 名称(1 至 100 字)。Its name, 1 to 100 characters.
        name: String,
        /// 类型。What it is.
        kind: ResidentUnitKind,
        /// 可共享的资源。What it can share.
        resources: Option<String>,
    }
}

input! {
    /// 单位迁出的输入。Which unit.
    RetireResidentUnitInput => UnitOnly {
        /// 单位。The unit.
        id: ID,
    }
}

input! {
    /// 召集会议的输入。When and where units meet.
    CallJointMeetingInput => app::Call {
        /// 社区。The community.
        community_id: ID,
        /// 周期,如 2026-Q1。The period, such as 2026-Q1.
        period: String,
        /// 议题(1 至 1000 字)。What is talked about, 1 to 1000 characters.
        agenda: String,
        /// 地点(1 至 100 字)。Where, 1 to 100 characters.
        place: String,
        /// 时间。When.
        meets_at: DateTime<Utc>,
    }
}

input! {
    /// 取消会议的输入。Which meeting.
    CancelJointMeetingInput => MeetingOnly {
        /// 会议。The meeting.
        id: ID,
    }
}

input! {
    /// 召开会议的输入。Who came, and what was agreed on.
    HoldJointMeetingInput => app::Hold {
        /// 会议。The meeting.
        meeting_id: ID,
        /// 到会单位。The units that came.
        unit_ids: Vec<ID>,
        /// 议定事项(每项 1 至 1000 字)。What was agreed on, 1 to 1000 characters each.
        resolutions: Vec<String>,
    }
}

input! {
    /// 会议纪要的输入。The minutes.
    MinuteJointMeetingInput => app::Minute {
        /// 会议。The meeting.
        meeting_id: ID,
        /// 纪要(1 至 5000 字)。The minutes, 1 to 5000 characters.
        minutes: String,
    }
}

input! {
    /// 列办理事项的输入。Something to be done, by whom, by when.
    AddJointActionInput => app::AddAction {
        /// 会议。The meeting.
        meeting_id: ID,
        /// 责任单位。The unit that does it.
        unit_id: Option<ID>,
        /// 内容(1 至 200 字)。What is to be done, 1 to 200 characters.
        title: String,
        /// 期限。By when.
        due_on: Date,
    }
}

input! {
    /// 办结事项的输入。What came of it.
    CompleteJointActionInput => app::Complete {
        /// 办理事项。The action.
        action_id: ID,
        /// 结果(1 至 1000 字)。What came of it, 1 to 1000 characters.
        result: String,
    }
}

input! {
    /// 会议办结的输入。Which meeting.
    CloseJointMeetingInput => MeetingOnly {
        /// 会议。The meeting.
        id: ID,
    }
}

mutations! {
    /// Joint meeting mutations.
    JointMeetingMutation {
        /// 登记驻社区单位(社区)。Registers a unit.
        register_resident_unit(RegisterResidentUnitInput) -> RegisterResidentUnitPayload { unit: ResidentUnit }
            by app::register;
        /// 单位迁出(社区)。A unit has left.
        retire_resident_unit(RetireResidentUnitInput) -> RetireResidentUnitPayload { unit: ResidentUnit }
            by app::leave;
        /// 召集联席会议(社区),每周期一次。Calls the meeting of a period.
        call_joint_meeting(CallJointMeetingInput) -> CallJointMeetingPayload { meeting: JointMeeting }
            by app::call;
        /// 取消会议(社区)。Calls it off.
        cancel_joint_meeting(CancelJointMeetingInput) -> CancelJointMeetingPayload { meeting: JointMeeting }
            by app::cancel;
        /// 召开会议(社区):记录到会单位和议定事项。Records who came, and what was agreed on.
        hold_joint_meeting(HoldJointMeetingInput) -> HoldJointMeetingPayload { meeting: JointMeeting }
            by app::hold;
        /// 形成纪要(社区)。Writes the minutes.
        minute_joint_meeting(MinuteJointMeetingInput) -> MinuteJointMeetingPayload { meeting: JointMeeting }
            by app::minute;
        /// 列办理事项(社区)。Notes what is to be done, by when.
        add_joint_action(AddJointActionInput) -> AddJointActionPayload { action: JointAction }
            by app::add_action;
        /// 办结事项(社区)。It is done.
        complete_joint_action(CompleteJointActionInput) -> CompleteJointActionPayload { action: JointAction }
            by app::complete;
        /// 会议办结(社区):办理事项全部办结。Closes it once all is done.
        close_joint_meeting(CloseJointMeetingInput) -> CloseJointMeetingPayload { meeting: JointMeeting }
            by app::close;
    }
}
