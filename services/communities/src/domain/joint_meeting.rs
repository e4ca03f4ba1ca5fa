//! 驻社区单位联席会议 (A18): units of the community meet every period, and what
//! they agree on is done by a day.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Refusal, keys::CommunityId, refuse, typed_id};
use serde::{Deserialize, Serialize};

use super::moves::{Moves as _, moves};

typed_id!(
    /// A unit of the community (驻社区单位).
    ResidentUnitId, "resident_unit");
typed_id!(
    /// A joint meeting (联席会议).
    JointMeetingId, "joint_meeting");
typed_id!(
    /// A unit that came (到会).
    JointAttendanceId, "joint_attendance");
typed_id!(
    /// What was agreed on (议定事项).
    JointResolutionId, "joint_resolution");
typed_id!(
    /// Something to be done (办理事项).
    JointActionId, "joint_action");

kernel::text_enum! {
    /// What a unit is.
    pub enum ResidentUnitKind {
        /// 党政机关
        Government = "GOVERNMENT",
        /// 事业单位
        Institution = "INSTITUTION",
        /// 企业
        Enterprise = "ENTERPRISE",
        /// 学校
        School = "SCHOOL",
        /// 社会组织
        SocialOrganization = "SOCIAL_ORGANIZATION",
        /// 其他
        Other = "OTHER",
    }
}

kernel::text_enum! {
    /// Where a meeting stands.
    pub enum JointMeetingState {
        /// 已召集
        Called = "CALLED",
        /// 已召开
        Held = "HELD",
        /// 已形成纪要
        Minuted = "MINUTED",
        /// 已办结
        Closed = "CLOSED",
        /// 已取消
        Cancelled = "CANCELLED",
    }
}

moves!(JointMeetingState, "joint_meeting", "JOINT_MEETING_STATE", [Called], [
    Called => Held,
    Called => Cancelled,
    Held => Minuted,
    Minuted => Closed,
]);

/// A unit that stands in the community.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResidentUnit {
    pub id: ResidentUnitId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub name: String,
    pub kind: ResidentUnitKind,
    pub registered_at: DateTime<Utc>,
    /// What it can share.
    pub resources: Option<String>,
    pub left_at: Option<DateTime<Utc>>,
    pub version: i32,
}

/// A meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JointMeeting {
    pub id: JointMeetingId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    /// Such as 2026-Q1.
    pub period: String,
    pub agenda: String,
    pub place: String,
    pub meets_at: DateTime<Utc>,
    pub called_by: String,
    pub created_at: DateTime<Utc>,
    pub state: JointMeetingState,
    pub minutes: Option<String>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

/// A unit that came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JointAttendance {
    pub id: JointAttendanceId,
    pub meeting_id: JointMeetingId,
    pub unit_id: ResidentUnitId,
}

/// What was agreed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JointResolution {
    pub id: JointResolutionId,
    pub meeting_id: JointMeetingId,
    pub text: String,
}

/// Something to be done by a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JointAction {
    pub id: JointActionId,
    pub meeting_id: JointMeetingId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub unit_id: Option<ResidentUnitId>,
    pub title: String,
    pub due_on: NaiveDate,
    pub created_at: DateTime<Utc>,
    pub result: Option<String>,
    pub done_at: Option<DateTime<Utc>>,
    pub version: i32,
}

/// A community whose units have not met in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub name: String,
    pub last_met_at: Option<DateTime<Utc>>,
}

/// A quarter, written as 2026-Q1.
pub fn check_quarter(period: &str) -> Result<String, Refusal> {
    let (year, quarter) = period.split_once("-Q").unwrap_or_default();
    let good = year.len() == 4
        && year.chars().all(|c| c.is_ascii_digit())
        && ["1", "2", "3", "4"].contains(&quarter);
    if good {
        return Ok(period.to_owned());
    }
    Err(refuse!(
        Invalid, "PERIOD_MALFORMED", field: "input.period",
        zh: "周期应写作 2026-Q1", en: "write a period as 2026-Q1",
    ))
}

impl JointMeeting {
    /// Moves.
    pub fn step(&mut self, next: JointMeetingState, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.updated_at = now;
        Ok(())
    }
}

impl JointAction {
    /// Whether it should have been done.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.done_at.is_none() && self.due_on < today
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_a_quarter() {
        assert!(check_quarter("2026-Q4").is_ok());
        for bad in ["2026-Q5", "26-Q1", "2026Q1", "", "2026-Q11"] {
            assert!(check_quarter(bad).is_err(), "{bad}");
        }
    }
}
