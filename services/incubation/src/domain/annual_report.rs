//! 年度工作报告 (A44, B9): due per year by the days of the law; what was handed
//! in, and what came of it.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use kernel::{DivisionCode, Fen, Refusal, keys::OrganizationId, refuse, typed_id};
use serde::{Deserialize, Serialize};

use super::{
    moves::{Moves as _, moves},
    organization::{Organization, OrganizationKind, OrganizationStatus},
};

typed_id!(
    /// Report on a year (年度工作报告).
    AnnualReportId, "annual_report");

kernel::text_enum! {
    /// Where a report stands.
    pub enum AnnualReportState {
        /// 已报送
        Submitted = "SUBMITTED",
        /// 已受理
        Accepted = "ACCEPTED",
        /// 已退回
        Returned = "RETURNED",
    }
}

moves!(AnnualReportState, "annual_report", [
    Submitted => Accepted, Submitted => Returned,
]);

/// A report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnualReport {
    pub id: AnnualReportId,
    pub organization_id: OrganizationId,
    pub division_code: DivisionCode,
    pub year: i32,
    pub due_on: NaiveDate,
    pub submitted_on: NaiveDate,
    pub sponsor_reviewed_on: Option<NaiveDate>,
    pub activities: String,
    pub income_fen: Fen,
    pub expense_fen: Fen,
    pub staff: i32,
    pub volunteers: i32,
    pub document: String,
    pub submitted_by: String,
    pub created_at: DateTime<Utc>,
    pub state: AnnualReportState,
    pub decided_by: Option<String>,
    pub decided_on: Option<NaiveDate>,
    pub reason: Option<String>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

impl AnnualReport {
    /// Whether it came after its last day.
    pub fn late(&self) -> bool {
        self.submitted_on > self.due_on
    }

    /// The registrar decides; not who handed it in.
    pub fn decide(
        &mut self,
        next: AnnualReportState,
        reason: Option<String>,
        by: &str,
        on: NaiveDate,
    ) -> Result<AnnualReportState, Refusal> {
        let from = self.state;
        self.state = from.to(next)?;
        if self.submitted_by == by {
            return Err(refuse!(
                Refused,
                "REPORT_TWO_PEOPLE",
                zh: "报送人与受理人不能为同一人",
                en: "who handed it in does not decide on it",
            ));
        }
        if next == AnnualReportState::Returned && reason.is_none() {
            return Err(refuse!(
                Invalid,
                "REPORT_RETURNED",
                field: "input.reason",
                zh: "退回须说明理由",
                en: "say why it is given back",
            ));
        }
        self.reason = reason;
        self.decided_by = Some(by.to_owned());
        self.decided_on = Some(on);
        Ok(from)
    }
}

/// Whether an organisation reports at all, and may on this year by now.
pub fn check_due(body: &Organization, year: i32, today: NaiveDate) -> Result<(), Refusal> {
    use OrganizationKind::{Filed, Foundation, PrivateNonEnterprise, SocialGroup};
    let reports = matches!(
        body.kind,
        SocialGroup | PrivateNonEnterprise | Foundation | Filed
    ) && matches!(
        body.status,
        OrganizationStatus::Registered | OrganizationStatus::Filed | OrganizationStatus::Abnormal
    );
    if !reports {
        return Err(refuse!(
            Refused,
            "REPORT_NOT_DUE",
            field: "input.organizationId",
            zh: "该组织不报送年度工作报告",
            en: "this organisation hands in no annual report",
        ));
    }
    if year >= today.year() || body.registered_on.is_none_or(|on| on.year() > year) {
        return Err(refuse!(
            Invalid,
            "REPORT_YEAR",
            field: "input.year",
            zh: "只能报送登记之后、今年之前的年度",
            en: "a report is on a year since the registration and before this one",
        ));
    }
    Ok(())
}

/// A last day that the law writes as month and day, `531` for 31 May, in the
/// year after the one reported on.
pub fn due_day(year: i32, mmdd: i32) -> Option<NaiveDate> {
    let (month, day) = (
        u32::try_from(mmdd / 100).ok()?,
        u32::try_from(mmdd % 100).ok()?,
    );
    NaiveDate::from_ymd_opt(year.checked_add(1)?, month, day)
}

/// What an organisation owes for a year, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnualReportDuty {
    pub organization_id: OrganizationId,
    pub year: i32,
    pub due_on: NaiveDate,
    pub sponsor_due_on: NaiveDate,
    pub report_id: Option<AnnualReportId>,
    pub submitted_on: Option<NaiveDate>,
}

impl AnnualReportDuty {
    /// Nothing came, and the last day has passed.
    pub fn overdue(&self, today: NaiveDate) -> bool {
        self.submitted_on.is_none() && self.due_on < today
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::organization::register::tests::registered;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_last_day_is_in_the_year_after() {
        assert_eq!(due_day(2025, 531), Some(day("2026-05-31")));
        assert_eq!(due_day(2025, 331), Some(day("2026-03-31")));
        assert_eq!(due_day(2025, 231), None);
    }

    #[test]
    fn a_report_is_on_a_year_that_has_passed() {
        let body = registered();
        let today = day("2026-03-02");
        assert!(check_due(&body, 2025, today).is_ok());
        assert_eq!(
            check_due(&body, 2026, today).unwrap_err().reason,
            "REPORT_YEAR"
        );
        assert_eq!(
            check_due(&body, 1990, today).unwrap_err().reason,
            "REPORT_YEAR"
        );
    }

    #[test]
    fn it_is_overdue_after_the_last_day() {
        let mut duty = AnnualReportDuty {
            organization_id: registered().id,
            year: 2025,
            due_on: day("2026-05-31"),
            sponsor_due_on: day("2026-03-31"),
            report_id: None,
            submitted_on: None,
        };
        assert!(!duty.overdue(day("2026-05-31")) && duty.overdue(day("2026-06-01")));
        duty.submitted_on = Some(day("2026-06-02"));
        assert!(!duty.overdue(day("2026-06-03")));
    }
}
