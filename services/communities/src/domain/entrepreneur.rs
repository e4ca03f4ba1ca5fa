//! 创业扶持 (A31): residents who start something are admitted, coached, supported
//! and followed.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    DivisionCode, Fen, Refusal,
    keys::{CommunityId, ResidentId},
    refuse, typed_id,
};
use serde::{Deserialize, Serialize};

use super::moves::{Moves as _, moves};

typed_id!(
    /// Somebody who starts something (创业人员).
    EntrepreneurId, "entrepreneur");
typed_id!(
    /// A course (创业培训).
    StartupCourseId, "startup_course");
typed_id!(
    /// Somebody in a course (参训).
    StartupAttendanceId, "startup_attendance");
typed_id!(
    /// Support given (扶持).
    SupportGrantId, "support_grant");

kernel::text_enum! {
    /// Where somebody stands.
    pub enum EntrepreneurState {
        /// 已申请
        Applied = "APPLIED",
        /// 已入选
        Admitted = "ADMITTED",
        /// 未入选
        Refused = "REFUSED",
        /// 已辅导
        Coached = "COACHED",
        /// 已创业
        Started = "STARTED",
        /// 跟踪结束
        Tracked = "TRACKED",
        /// 已退出
        Withdrawn = "WITHDRAWN",
    }
}

moves!(EntrepreneurState, "entrepreneur", "ENTREPRENEUR_STATE", [Applied], [
    Applied => Admitted,
    Applied => Refused,
    Applied => Withdrawn,
    Admitted => Coached,
    Admitted => Withdrawn,
    Coached => Started,
    Coached => Withdrawn,
    Started => Tracked,
]);

kernel::text_enum! {
    /// The four subjects of coaching.
    pub enum CourseTopic {
        /// 企业项目运作
        Project = "PROJECT",
        /// 经营管理
        Management = "MANAGEMENT",
        /// 财务管理
        Finance = "FINANCE",
        /// 品牌塑造
        Brand = "BRAND",
    }
}

kernel::text_enum! {
    /// The four kinds of support.
    pub enum SupportKind {
        /// 场地设施
        Venue = "VENUE",
        /// 团队建设
        Team = "TEAM",
        /// 人才推介
        Talent = "TALENT",
        /// 文体服务
        CultureSport = "CULTURE_SPORT",
    }
}

/// Somebody who starts something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entrepreneur {
    pub id: EntrepreneurId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub resident_id: ResidentId,
    pub idea: String,
    /// 在家创业
    pub home_based: bool,
    pub applied_at: DateTime<Utc>,
    pub state: EntrepreneurState,
    pub note: Option<String>,
    pub business: Option<String>,
    pub started_on: Option<NaiveDate>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

/// A course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartupCourse {
    pub id: StartupCourseId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub topic: CourseTopic,
    pub title: String,
    pub held_on: NaiveDate,
    pub hours: i32,
    pub created_at: DateTime<Utc>,
}

/// Somebody in a course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartupAttendance {
    pub id: StartupAttendanceId,
    pub course_id: StartupCourseId,
    pub entrepreneur_id: EntrepreneurId,
    pub recorded_at: DateTime<Utc>,
}

/// Support given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportGrant {
    pub id: SupportGrantId,
    pub entrepreneur_id: EntrepreneurId,
    pub kind: SupportKind,
    pub description: String,
    pub value: Option<Fen>,
    pub granted_by: String,
    pub granted_at: DateTime<Utc>,
}

/// A course has one to twenty-four hours.
pub fn check_hours(hours: i32) -> Result<i32, Refusal> {
    if (1..=24).contains(&hours) {
        return Ok(hours);
    }
    Err(refuse!(
        Invalid, "COURSE_HOURS", field: "input.hours",
        zh: "学时须为 1 至 24", en: "a course has 1 to 24 hours",
    ))
}

impl Entrepreneur {
    /// Moves.
    pub fn step(
        &mut self,
        next: EntrepreneurState,
        note: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.note = note;
        self.updated_at = now;
        Ok(())
    }
}
