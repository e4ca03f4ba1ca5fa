//! 学习考察 (A14: 由点到面,远学南方发达城市,近学本市试点社区): a delegation of a pilot
//! or of a division learns from a host, reports what it found and what it adopts.

mod plan;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kernel::{DivisionCode, Refusal, refuse, typed_id};
use serde::{Deserialize, Serialize};

pub use plan::{Host, check_days, check_people, receives};

use super::{
    moves::{Moves as _, moves},
    pilot::PilotId,
};

typed_id!(
    /// A study visit (学习考察).
    StudyVisitId, "study_visit");
typed_id!(
    /// How many of a role take part (考察人员).
    StudyPeopleId, "study_people");
typed_id!(
    /// What the delegation found (考察报告).
    StudyReportId, "study_report");

kernel::text_enum! {
    /// Where the delegation goes.
    pub enum StudyVisitKind {
        /// 近学:平台上的试点社区
        Near = "NEAR",
        /// 远学:市外
        Far = "FAR",
    }
}

kernel::text_enum! {
    /// The task of the plan that a visit is about.
    pub enum StudySubject {
        /// (一)社区管理服务基础平台
        CommunityPlatform = "COMMUNITY_PLATFORM",
        /// (二)社会组织培育孵化平台
        Incubation = "INCUBATION",
        /// (三)社会工作者服务平台
        SocialWork = "SOCIAL_WORK",
        /// (四)社区居家养老服务平台
        ElderCare = "ELDER_CARE",
        /// (五)智慧社区信息化平台
        SmartCommunity = "SMART_COMMUNITY",
        /// (六)政府购买服务模式
        Procurement = "PROCUREMENT",
    }
}

kernel::text_enum! {
    /// As what people take part; never who they are.
    pub enum StudyRole {
        /// 民政等机关干部
        Official = "OFFICIAL",
        /// 社区“两委”成员
        Committee = "COMMITTEE",
        /// 社区工作人员
        CommunityStaff = "COMMUNITY_STAFF",
        /// 社会工作者
        SocialWorker = "SOCIAL_WORKER",
        /// 社会组织
        SocialOrganization = "SOCIAL_ORGANIZATION",
        /// 志愿者
        Volunteer = "VOLUNTEER",
        /// 居民代表
        Resident = "RESIDENT",
    }
}

kernel::text_enum! {
    /// Where a visit stands.
    pub enum StudyVisitState {
        /// 已计划
        Planned = "PLANNED",
        /// 接待方已确认
        Confirmed = "CONFIRMED",
        /// 接待方谢绝
        Declined = "DECLINED",
        /// 已成行
        Made = "MADE",
        /// 已报告
        Reported = "REPORTED",
        /// 已办结
        Closed = "CLOSED",
        /// 已取消
        Cancelled = "CANCELLED",
    }
}

moves!(StudyVisitState, "study_visit", "STUDY_VISIT_STATE", [Planned], [
    Planned => Confirmed,
    Planned => Declined,
    Planned => Cancelled,
    // Far away nobody confirms on the platform.
    Planned => Made,
    // Put off: the host is asked again.
    Confirmed => Planned,
    Confirmed => Declined,
    Confirmed => Cancelled,
    Confirmed => Made,
    Made => Reported,
    Reported => Closed,
]);

/// A visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudyVisit {
    pub id: StudyVisitId,
    /// Of the visitor.
    pub division_code: DivisionCode,
    /// The pilot that sends the delegation, where it is one.
    pub pilot_id: Option<PilotId>,
    pub kind: StudyVisitKind,
    pub host_pilot_id: Option<PilotId>,
    pub host_division_code: DivisionCode,
    /// Far away: the place by its name, and who receives.
    pub host_place: Option<String>,
    pub host_body: Option<String>,
    pub subject: StudySubject,
    pub purpose: String,
    pub planned_by: String,
    pub created_at: DateTime<Utc>,
    pub starts_on: NaiveDate,
    /// The last day.
    pub ends_on: NaiveDate,
    pub state: StudyVisitState,
    /// What the host has arranged.
    pub arrangement: Option<String>,
    pub confirmed_by: Option<String>,
    /// Its last day, as it was.
    pub made_on: Option<NaiveDate>,
    /// By when the report is due.
    pub report_by: Option<NaiveDate>,
    /// Why it was declined or cancelled.
    pub note: Option<String>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

/// How many of a role are to take part, or did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudyPeople {
    pub id: StudyPeopleId,
    pub visit_id: StudyVisitId,
    pub role: StudyRole,
    pub people: i32,
    /// As it was, not as it was planned.
    pub came: bool,
}

/// What the delegation found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudyReport {
    pub id: StudyReportId,
    pub visit_id: StudyVisitId,
    pub findings: String,
    pub document: Option<String>,
    /// The division of whoever reports: the visitor's own.
    pub reported_from: DivisionCode,
    pub reported_by: String,
    pub reported_at: DateTime<Utc>,
}

/// Somebody who came to learn, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StudyVisitor {
    pub division_code: DivisionCode,
    pub visits: i64,
    pub last_on: NaiveDate,
}

/// How far a pilot is taken up by others (可复制推广).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replication {
    pub visits: i64,
    pub visitors: i64,
    pub adopted: i64,
}

/// Whether somebody is of the very division that sends a delegation, or that
/// receives it; a division above looks on.
pub fn check_own(
    home: Option<&DivisionCode>,
    own: &DivisionCode,
    reason: &'static str,
) -> Result<(), Refusal> {
    if home == Some(own) {
        return Ok(());
    }
    Err(Refusal::forbidden(
        reason,
        "此步骤由本方工作人员办理,上级只能查看",
        "this is for the staff of that very division; those above look on",
    ))
}

impl StudyVisit {
    /// Whether it has taken place: from then on it is public.
    pub fn was_made(&self) -> bool {
        self.made_on.is_some()
    }

    /// Whether a report, or the visit itself, should have been there by now.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        match self.state {
            StudyVisitState::Planned | StudyVisitState::Confirmed => self.ends_on < today,
            StudyVisitState::Made => self.report_by.is_some_and(|day| day < today),
            _ => false,
        }
    }

    /// Moves.
    pub fn step(
        &mut self,
        next: StudyVisitState,
        note: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.note = note;
        self.updated_at = now;
        Ok(())
    }

    /// Only a host that is on the platform answers.
    fn check_near(&self) -> Result<(), Refusal> {
        if self.kind == StudyVisitKind::Near {
            return Ok(());
        }
        Err(refuse!(
            Refused, "STUDY_VISIT_FAR",
            zh: "远学的接待方不在平台上,无须确认", en: "the host of a visit far away is not on the platform, and is not asked here",
        ))
    }

    /// The host is ready, and says what it has arranged.
    pub fn confirm(
        &mut self,
        arrangement: Option<String>,
        by: String,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.check_near()?;
        if self.planned_by == by {
            return Err(refuse!(
                Refused, "STUDY_VISIT_CONFIRMED_BY_ANOTHER",
                zh: "计划人不能代接待方确认", en: "whoever planned it does not confirm it for the host",
            ));
        }
        self.step(StudyVisitState::Confirmed, None, now)?;
        self.arrangement = arrangement;
        self.confirmed_by = Some(by);
        Ok(())
    }

    /// The host cannot receive.
    pub fn decline(&mut self, note: String, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.check_near()?;
        self.step(StudyVisitState::Declined, Some(note), now)
    }

    /// Other days; a host that had confirmed is asked again.
    pub fn postpone(
        &mut self,
        (starts, ends): (NaiveDate, NaiveDate),
        today: NaiveDate,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if self.state != StudyVisitState::Planned {
            self.step(StudyVisitState::Planned, None, now)?;
        }
        check_days(starts, ends, today)?;
        (self.starts_on, self.ends_on) = (starts, ends);
        (self.arrangement, self.confirmed_by) = (None, None);
        self.updated_at = now;
        Ok(())
    }

    /// It took place; the report is due so many days after.
    pub fn make(
        &mut self,
        made_on: NaiveDate,
        report_days: i32,
        (today, now): (NaiveDate, DateTime<Utc>),
    ) -> Result<(), Refusal> {
        if self.kind == StudyVisitKind::Near && self.state == StudyVisitState::Planned {
            return Err(refuse!(
                Refused, "STUDY_VISIT_NOT_CONFIRMED",
                zh: "接待方尚未确认", en: "the host has not confirmed it",
            ));
        }
        self.state.to(StudyVisitState::Made)?;
        if made_on > today || made_on < self.starts_on {
            return Err(refuse!(
                Invalid, "STUDY_VISIT_MADE_ON", field: "input.madeOn",
                zh: "成行日期不早于计划开始日期,不晚于今天", en: "it was made when it was to begin or later, and not after today",
            ));
        }
        self.step(StudyVisitState::Made, None, now)?;
        self.made_on = Some(made_on);
        self.report_by = Some(made_on + TimeDelta::days(report_days.into()));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
