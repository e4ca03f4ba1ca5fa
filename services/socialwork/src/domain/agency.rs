//! 社工服务机构 (A49): four lines of service for the elderly, a check that
//! qualifies, and the people it sends.

use chrono::{DateTime, Months, NaiveDate, Utc};
use kernel::{
    DivisionCode, Refusal,
    keys::{CommunityId, OrganizationId, SocialWorkerId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::words::no_move;

kernel::typed_id!(
    /// Agency of social work (社工服务机构).
    AgencyId, "agency");
kernel::typed_id!(
    /// Check of an agency (资质核查).
    AgencyCheckId, "agency_check");
kernel::typed_id!(
    /// Dispatch of a social worker (派驻).
    DispatchId, "dispatch");

kernel::text_enum! {
    /// A line of service for the elderly.
    pub enum AgencyLine {
        /// 健康维护
        Health = "HEALTH",
        /// 精神慰藉
        Comfort = "COMFORT",
        /// 社会支援
        Support = "SUPPORT",
        /// 咨询信息
        Information = "INFORMATION",
    }
}

kernel::text_enum! {
    /// Where an agency stands.
    pub enum AgencyState {
        /// 已申请
        Applied = "APPLIED",
        /// 合格
        Qualified = "QUALIFIED",
        /// 暂停
        Suspended = "SUSPENDED",
        /// 终止
        Ended = "ENDED",
    }
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgencyCheck {
    pub id: AgencyCheckId,
    pub registered: bool,
    pub workers: i32,
    pub workers_needed: i32,
    pub passed: bool,
    pub note: String,
    pub valid: Option<(NaiveDate, NaiveDate)>,
    pub checked_at: DateTime<Utc>,
}

impl AgencyCheck {
    /// Judges what was found: registered, with enough social workers.
    pub fn judged(mut self, today: NaiveDate, months: i64) -> Result<Self, Refusal> {
        self.passed = self.registered && self.workers >= self.workers_needed;
        if self.passed {
            let last = u32::try_from(months)
                .ok()
                .and_then(|months| today.checked_add_months(Months::new(months)))
                .and_then(|day| day.pred_opt())
                .filter(|last| *last >= today)
                .ok_or_else(|| {
                    refuse!(
                        Refused,
                        "PARAMETER_UNUSABLE",
                        zh: "资质有效期的参数有误",
                        en: "the parameter for how long a check holds makes no sense",
                    )
                })?;
            self.valid = Some((today, last));
        }
        Ok(self)
    }
}

/// An agency, with its newest check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agency {
    pub id: AgencyId,
    pub organization_id: OrganizationId,
    pub division_code: DivisionCode,
    pub lines: Vec<AgencyLine>,
    pub introduction: String,
    pub state: AgencyState,
    pub reason: Option<String>,
    pub valid_to: Option<NaiveDate>,
    pub version: i32,
    pub applied_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Agency {
    /// Whether it is qualified on a day.
    pub fn is_qualified(&self, day: NaiveDate) -> bool {
        self.state == AgencyState::Qualified && self.valid_to.is_some_and(|to| day <= to)
    }

    /// A check was made; whether it passed or not, it counts from now on.
    pub fn checked(&mut self, check: &AgencyCheck, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state == AgencyState::Ended {
            return Err(no_move("AGENCY_STATE", "ENDED", "QUALIFIED"));
        }
        self.valid_to = check.valid.map(|(_, to)| to);
        self.updated_at = now;
        match (check.passed, self.state) {
            (true, _) => {
                self.state = AgencyState::Qualified;
                self.reason = None;
            }
            (false, AgencyState::Qualified) => {
                self.state = AgencyState::Suspended;
                self.reason = Some(check.note.clone());
            }
            (false, _) => {}
        }
        Ok(())
    }

    /// It is suspended, or ends, for a reason.
    pub fn stop(
        &mut self,
        next: AgencyState,
        reason: String,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let legal = match next {
            AgencyState::Suspended => self.state == AgencyState::Qualified,
            AgencyState::Ended => self.state != AgencyState::Ended,
            AgencyState::Applied | AgencyState::Qualified => false,
        };
        if !legal {
            return Err(no_move("AGENCY_STATE", self.state.as_str(), next.as_str()));
        }
        self.state = next;
        self.reason = Some(reason);
        self.updated_at = now;
        Ok(())
    }

    /// Refuses to send somebody for what the agency is not qualified for.
    pub fn check_sending(&self, lines: &[AgencyLine], from: NaiveDate) -> Result<(), Refusal> {
        if !self.is_qualified(from) {
            return Err(refuse!(
                Refused,
                "AGENCY_NOT_QUALIFIED",
                field: "input.from",
                zh: "机构资质在该日未生效,不能派驻",
                en: "the agency is not qualified on that day",
            ));
        }
        if lines.iter().all(|line| self.lines.contains(line)) {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "DISPATCH_OTHER_LINE",
            field: "input.lines",
            zh: "超出机构核准的服务类别",
            en: "the agency does not offer this line of service",
        ))
    }
}

/// Lines without doubles, at least one.
pub fn check_lines(mut lines: Vec<AgencyLine>) -> Result<Vec<AgencyLine>, Refusal> {
    lines.sort_unstable();
    lines.dedup();
    if lines.is_empty() {
        return Err(refuse!(
            Invalid,
            "AGENCY_LINES",
            field: "input.lines",
            zh: "须指明至少一类服务",
            en: "name at least one line of service",
        ));
    }
    Ok(lines)
}

/// An agency sends one of its own to a community.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispatch {
    pub id: DispatchId,
    pub agency_id: AgencyId,
    pub social_worker_id: SocialWorkerId,
    pub community_id: CommunityId,
    pub lines: Vec<AgencyLine>,
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
}

impl Dispatch {
    /// Ends it with a day, no later than it would have ended.
    pub fn end(&mut self, on: NaiveDate) -> Result<(), Refusal> {
        if on < self.from || self.to.is_some_and(|to| on > to) {
            return Err(refuse!(
                Invalid,
                "DISPATCH_END",
                field: "input.on",
                zh: "结束日须在派驻开始之后,且不晚于原定结束日",
                en: "a dispatch ends after it began, and no later than it would have",
            ));
        }
        self.to = Some(on);
        Ok(())
    }
}

/// Which agencies a list shows.
#[derive(Clone, Debug, Default)]
pub struct AgencyFilter {
    pub division: Option<DivisionCode>,
    pub line: Option<AgencyLine>,
    pub state: Option<AgencyState>,
    /// Qualified on this day.
    pub qualified_on: Option<NaiveDate>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agency() -> Agency {
        Agency {
            id: AgencyId::from_uuid(uuid::Uuid::nil()),
            organization_id: OrganizationId::from_uuid(uuid::Uuid::nil()),
            division_code: "230103000000".parse().unwrap(),
            lines: vec![AgencyLine::Comfort],
            introduction: "老年社会工作".into(),
            state: AgencyState::Applied,
            reason: None,
            valid_to: None,
            version: 1,
            applied_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    fn check(registered: bool, workers: i32) -> AgencyCheck {
        let check = AgencyCheck {
            id: AgencyCheckId::from_uuid(uuid::Uuid::nil()),
            registered,
            workers,
            workers_needed: 2,
            passed: false,
            note: "查验登记证书".into(),
            valid: None,
            checked_at: DateTime::UNIX_EPOCH,
        };
        check.judged("2026-03-02".parse().unwrap(), 12).unwrap()
    }

    #[test]
    fn a_check_passes_by_the_rule_alone_and_a_later_one_counts() {
        let now = DateTime::UNIX_EPOCH;
        assert!(!check(false, 5).passed && !check(true, 1).passed);
        let good = check(true, 2);
        assert_eq!(good.valid.unwrap().1, "2027-03-01".parse().unwrap());
        let mut one = agency();
        one.checked(&check(true, 1), now).unwrap();
        assert_eq!(one.state, AgencyState::Applied);
        one.checked(&good, now).unwrap();
        assert!(one.is_qualified("2027-03-01".parse().unwrap()));
        assert!(!one.is_qualified("2027-03-02".parse().unwrap()));
        one.checked(&check(true, 1), now).unwrap();
        assert_eq!(one.state, AgencyState::Suspended);
        one.stop(AgencyState::Ended, "退出".into(), now).unwrap();
        assert_eq!(one.checked(&good, now).unwrap_err().reason, "AGENCY_STATE");
        assert!(one.stop(AgencyState::Ended, "再次".into(), now).is_err());
    }

    #[test]
    fn sends_people_within_its_lines_while_qualified() {
        let mut one = agency();
        let day = "2026-03-02".parse().unwrap();
        let reason = |answer: Result<(), Refusal>| answer.unwrap_err().reason;
        assert_eq!(
            reason(one.check_sending(&[AgencyLine::Comfort], day)),
            "AGENCY_NOT_QUALIFIED"
        );
        one.checked(&check(true, 2), DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(one.check_sending(&[AgencyLine::Comfort], day), Ok(()));
        assert_eq!(
            reason(one.check_sending(&[AgencyLine::Health], day)),
            "DISPATCH_OTHER_LINE"
        );
        assert!(check_lines(vec![]).is_err());
    }
}
