//! 社区工作准入 (A20, SM-2): a department that wants work done by communities asks
//! in time, hears the community, and brings money and staff.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Fen, Refusal, keys::CommunityId, refuse, typed_id};
use serde::{Deserialize, Serialize};

use super::moves::{Moves as _, moves};

typed_id!(
    /// An application for admission (准入申请).
    AdmissionId, "admission");

kernel::text_enum! {
    /// Where an application stands.
    pub enum AdmissionState {
        /// 已提交
        Submitted = "SUBMITTED",
        /// 社区已表达意见
        CommunityOpinion = "COMMUNITY_OPINION",
        /// 审核中
        Review = "REVIEW",
        /// 已批准
        Approved = "APPROVED",
        /// 未批准
        Rejected = "REJECTED",
        /// 已列入目录
        InCatalogue = "IN_CATALOGUE",
        /// 已退出目录
        Expired = "EXPIRED",
        /// 已撤回
        Withdrawn = "WITHDRAWN",
    }
}

moves!(AdmissionState, "admission", "ADMISSION_STATE", [Submitted], [
    Submitted => CommunityOpinion,
    Submitted => Withdrawn,
    CommunityOpinion => Review,
    CommunityOpinion => Withdrawn,
    Review => Approved,
    Review => Rejected,
    Review => Withdrawn,
    Approved => InCatalogue,
    InCatalogue => Expired,
]);

/// An application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    pub id: AdmissionId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub department: String,
    pub title: String,
    pub content: String,
    pub basis_document: String,
    pub starts_on: NaiveDate,
    pub ends_on: Option<NaiveDate>,
    pub funding: Fen,
    pub staffing: i32,
    pub submitted_by: String,
    pub submitted_at: DateTime<Utc>,
    pub state: AdmissionState,
    pub opinion_supports: Option<bool>,
    pub opinion: Option<String>,
    pub opinion_by: Option<String>,
    /// Until when the review decides.
    pub review_by: Option<DateTime<Utc>>,
    pub granted_funding: Option<Fen>,
    pub granted_staffing: Option<i32>,
    pub decision_note: Option<String>,
    pub decided_by: Option<String>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

/// What is decided: money and staff where it is approved.
#[derive(Clone, Debug)]
pub struct Decision {
    pub granted: Option<(Fen, i32)>,
    pub note: String,
    pub by: String,
}

/// Money and staff go with every approval, and with nothing else.
pub fn check_grant(
    approve: bool,
    funding: Option<Fen>,
    staffing: Option<i32>,
) -> Result<Option<(Fen, i32)>, Refusal> {
    if !approve {
        return Ok(None);
    }
    let funding = funding
        .filter(|money| *money > Fen::new(0))
        .ok_or_else(|| {
            refuse!(
                Invalid, "ADMISSION_MONEY_AND_STAFF", field: "input.grantedFunding",
                zh: "批准准入须落实经费(费随事转)", en: "work is admitted with its money",
            )
        })?;
    let staffing = staffing.filter(|people| *people > 0).ok_or_else(|| {
        refuse!(
            Invalid, "ADMISSION_MONEY_AND_STAFF", field: "input.grantedStaffing",
            zh: "批准准入须落实人员", en: "work is admitted with its staff",
        )
    })?;
    Ok(Some((funding, staffing)))
}

impl Admission {
    /// Whether the work begins late enough after the application.
    pub fn check_start(starts: NaiveDate, earliest: NaiveDate) -> Result<(), Refusal> {
        if starts >= earliest {
            return Ok(());
        }
        Err(refuse!(
            Refused, "ADMISSION_TOO_LATE", field: "input.startsOn",
            zh: "申请过迟:按规定最早可于 {earliest} 开始",
            en: "too late: by the rule the work begins on {earliest} at the earliest",
        ))
    }

    /// The community says what it thinks.
    pub fn hear(
        &mut self,
        supports: bool,
        opinion: String,
        by: String,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.step(AdmissionState::CommunityOpinion, now)?;
        self.opinion_supports = Some(supports);
        self.opinion = Some(opinion);
        self.opinion_by = Some(by);
        Ok(())
    }

    /// The review begins, with its clock.
    pub fn review(&mut self, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.step(AdmissionState::Review, now)?;
        self.review_by = Some(until);
        Ok(())
    }

    /// Approved with money and staff, or rejected.
    pub fn decide(&mut self, decision: Decision, now: DateTime<Utc>) -> Result<(), Refusal> {
        let next = if decision.granted.is_some() {
            AdmissionState::Approved
        } else {
            AdmissionState::Rejected
        };
        self.step(next, now)?;
        self.granted_funding = decision.granted.map(|(money, _)| money);
        self.granted_staffing = decision.granted.map(|(_, people)| people);
        self.decision_note = Some(decision.note);
        self.decided_by = Some(decision.by);
        Ok(())
    }

    /// The department takes it back.
    pub fn withdraw(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.step(AdmissionState::Withdrawn, now)
    }

    /// Whether the review has not decided in time.
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.state == AdmissionState::Review && self.review_by.is_some_and(|due| due < now)
    }

    fn step(&mut self, next: AdmissionState, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.updated_at = now;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_and_staff_go_with_every_approval() {
        let money = Some(Fen::new(1));
        assert_eq!(
            check_grant(true, money, Some(1)).unwrap(),
            Some((Fen::new(1), 1))
        );
        assert!(check_grant(true, None, Some(1)).is_err());
        assert!(check_grant(true, Some(Fen::new(0)), Some(1)).is_err());
        assert!(check_grant(true, money, Some(0)).is_err());
        assert_eq!(check_grant(false, None, None).unwrap(), None);
    }

    #[test]
    fn work_begins_no_earlier_than_the_rule_says() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let earliest = day("2026-04-13");
        assert!(Admission::check_start(earliest, earliest).is_ok());
        let late = Admission::check_start(day("2026-04-12"), earliest).unwrap_err();
        assert_eq!(late.field.as_deref(), Some("input.startsOn"));
    }
}
