//! 个案 (SM-6, MZ/T 094-2017): one client, one worker, one supervisor, six phases.

pub mod consent;
pub mod glass;
pub mod note;
pub mod plan;
pub mod referral;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    DivisionCode, Refusal,
    keys::{CommunityId, ResidentId, SocialWorkerId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::words::no_move;

kernel::typed_id!(
    /// Case of a client (个案).
    CaseId, "case");

kernel::text_enum! {
    /// Where a case stands.
    pub enum CasePhase {
        /// 接案
        Intake = "INTAKE",
        /// 预估
        Assessment = "ASSESSMENT",
        /// 计划
        Plan = "PLAN",
        /// 介入
        Intervention = "INTERVENTION",
        /// 评估
        Evaluation = "EVALUATION",
        /// 结案
        Closed = "CLOSED",
        /// 转介
        Referred = "REFERRED",
        /// 终止
        Terminated = "TERMINATED",
    }
}

kernel::text_enum! {
    /// How much a client is at risk.
    pub enum CaseRisk {
        /// 低
        Low = "LOW",
        /// 中
        Mid = "MID",
        /// 高
        High = "HIGH",
        /// 危机
        Crisis = "CRISIS",
    }
}

kernel::text_enum! {
    /// Why a case ended.
    pub enum CaseClosure {
        /// 目标达成
        GoalsMet = "GOALS_MET",
        /// 目标部分达成
        GoalsPartlyMet = "GOALS_PARTLY_MET",
        /// 转介其他机构
        ReferredOn = "REFERRED_ON",
        /// 服务对象退出
        ClientWithdrew = "CLIENT_WITHDREW",
        /// 迁出
        MovedAway = "MOVED_AWAY",
        /// 去世
        Deceased = "DECEASED",
        /// 失去联系
        LostContact = "LOST_CONTACT",
        /// 其他
        Other = "OTHER",
    }
}

impl CasePhase {
    /// Whether the case has ended; it may be reopened.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Referred | Self::Terminated)
    }

    /// Whether a case may go from here to there; the database has the same table.
    pub fn leads_to(self, next: Self) -> bool {
        use CasePhase::{Assessment, Evaluation, Intake, Intervention, Plan, Referred, Terminated};
        match next {
            Self::Intake => false,
            Self::Assessment => self == Intake || self.is_over(),
            Self::Plan => matches!(self, Assessment | Intervention),
            Self::Intervention => self == Plan,
            Self::Evaluation => self == Intervention,
            Self::Closed => self == Evaluation,
            Referred | Terminated => !self.is_over(),
        }
    }
}

/// A case. What it says about the client is kept sealed, beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub id: CaseId,
    pub client_id: ResidentId,
    pub community_id: Option<CommunityId>,
    pub division_code: DivisionCode,
    pub worker_id: SocialWorkerId,
    pub supervisor_id: SocialWorkerId,
    pub risk: CaseRisk,
    pub phase: CasePhase,
    /// 1, and one more each time the case is reopened.
    pub round: i32,
    /// The day by which the client is to be contacted again.
    pub contact_by: NaiveDate,
    pub closure: Option<CaseClosure>,
    pub demo: bool,
    pub version: i32,
    pub opened_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
}

impl Case {
    fn step(&mut self, next: CasePhase, now: DateTime<Utc>) -> Result<(), Refusal> {
        if !self.phase.leads_to(next) {
            return Err(no_move("CASE_PHASE", self.phase.as_str(), next.as_str()));
        }
        self.phase = next;
        self.updated_at = now;
        Ok(())
    }

    /// Refuses to add to a case that has ended.
    pub fn check_open(&self) -> Result<(), Refusal> {
        if self.phase.is_over() {
            return Err(refuse!(
                Refused,
                "CASE_OVER",
                zh: "个案已结束,须先重新开案",
                en: "the case has ended; reopen it first",
            ));
        }
        Ok(())
    }

    /// An assessment was written: the first of a round moves the case on.
    pub fn assess(&mut self, risk: CaseRisk, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.phase != CasePhase::Assessment {
            if self.phase.is_over() {
                self.check_open()?;
            }
            self.step(CasePhase::Assessment, now)?;
        }
        self.risk = risk;
        self.updated_at = now;
        Ok(())
    }

    /// A plan was drafted, or a running one is revised.
    pub fn plan(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.phase != CasePhase::Plan {
            self.step(CasePhase::Plan, now)?;
        }
        self.updated_at = now;
        Ok(())
    }

    /// The plan is carried out; whether it may be is asked of the plan.
    pub fn intervene(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.step(CasePhase::Intervention, now)
    }

    /// What came of the plan is written down.
    pub fn evaluate(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.step(CasePhase::Evaluation, now)
    }

    /// The case ends.
    pub fn end(
        &mut self,
        how: CasePhase,
        why: CaseClosure,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.step(how, now)?;
        self.closure = Some(why);
        self.ended_at = Some(now);
        Ok(())
    }

    /// A case that ended begins again with an assessment.
    pub fn reopen(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if !self.phase.is_over() {
            return Err(no_move("CASE_PHASE", self.phase.as_str(), "ASSESSMENT"));
        }
        self.step(CasePhase::Assessment, now)?;
        self.round += 1;
        self.closure = None;
        self.ended_at = None;
        Ok(())
    }

    /// Another worker goes on; never the supervisor.
    pub fn hand_over(&mut self, worker: SocialWorkerId, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.check_open()?;
        check_two(worker, self.supervisor_id, "input.workerId")?;
        self.worker_id = worker;
        self.updated_at = now;
        Ok(())
    }

    /// Whether the client was to be contacted before a day.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        !self.phase.is_over() && self.contact_by < today
    }
}

/// Who works on a case does not supervise it.
pub fn check_two(
    worker: SocialWorkerId,
    supervisor: SocialWorkerId,
    field: &'static str,
) -> Result<(), Refusal> {
    if worker != supervisor {
        return Ok(());
    }
    Err(refuse!(
        Refused,
        "CASE_WORKER_SUPERVISES",
        field: field,
        zh: "个案社工不能同时是本个案的督导",
        en: "the worker of a case cannot supervise it as well",
    ))
}

/// Whom the caller of a list is to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CasePart {
    Worker,
    Supervisor,
    Client,
}

/// Which cases a list shows.
#[derive(Clone, Debug, Default)]
pub struct CaseFilter {
    pub part: Option<CasePart>,
    pub phase: Option<CasePhase>,
    pub risk: Option<CaseRisk>,
    pub open: Option<bool>,
    /// Open, and the client was to be contacted before this day.
    pub overdue_on: Option<NaiveDate>,
}

/// A phase that a case went through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseMove {
    pub case_id: CaseId,
    pub from: Option<CasePhase>,
    pub to: CasePhase,
    pub round: i32,
    pub moved_at: DateTime<Utc>,
}

/// How much one worker has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caseload {
    pub worker_id: SocialWorkerId,
    pub open: i64,
    pub overdue: i64,
    pub at_risk: i64,
    pub plans_waiting: i64,
}

/// A number without persons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseCount {
    pub key: String,
    pub count: i64,
}

/// Numbers without persons: of a division, for officials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseStatistics {
    /// A number below this one is not told: it could name somebody.
    pub least: i64,
    pub phases: Vec<CaseCount>,
    pub risks: Vec<CaseCount>,
    pub closures: Vec<CaseCount>,
    pub opened: i64,
    pub ended: i64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn case(phase: CasePhase) -> Case {
        let now = DateTime::from_timestamp(1_772_413_200, 0).unwrap();
        Case {
            id: CaseId::from_uuid(uuid::Uuid::nil()),
            client_id: ResidentId::from_uuid(uuid::Uuid::from_u128(1)),
            community_id: None,
            division_code: "230103001001".parse().unwrap(),
            worker_id: SocialWorkerId::from_uuid(uuid::Uuid::from_u128(2)),
            supervisor_id: SocialWorkerId::from_uuid(uuid::Uuid::from_u128(3)),
            risk: CaseRisk::Low,
            phase,
            round: 1,
            contact_by: "2026-03-09".parse().unwrap(),
            closure: None,
            demo: true,
            version: 1,
            opened_at: now,
            ended_at: None,
            updated_at: now,
        }
    }

    #[test]
    fn goes_through_six_phases_and_begins_again_with_an_assessment() {
        let mut one = case(CasePhase::Intake);
        let now = one.opened_at;
        one.assess(CaseRisk::High, now).unwrap();
        one.plan(now).unwrap();
        one.intervene(now).unwrap();
        one.plan(now).unwrap();
        one.intervene(now).unwrap();
        one.evaluate(now).unwrap();
        one.end(CasePhase::Closed, CaseClosure::GoalsMet, now)
            .unwrap();
        assert_eq!(one.check_open().unwrap_err().reason, "CASE_OVER");
        one.reopen(now).unwrap();
        assert_eq!((one.round, one.phase), (2, CasePhase::Assessment));
        assert_eq!((one.closure, one.ended_at), (None, None));
        assert_eq!(one.reopen(now).unwrap_err().reason, "CASE_PHASE");
    }

    #[test]
    fn is_overdue_from_the_day_after_and_only_while_open() {
        let mut one = case(CasePhase::Plan);
        assert!(!one.is_overdue("2026-03-09".parse().unwrap()));
        assert!(one.is_overdue("2026-03-10".parse().unwrap()));
        one.phase = CasePhase::Terminated;
        assert!(!one.is_overdue("2026-03-10".parse().unwrap()));
    }

    #[test]
    fn is_not_handed_to_its_supervisor() {
        let mut one = case(CasePhase::Plan);
        let supervisor = one.supervisor_id;
        let refused = one.hand_over(supervisor, one.opened_at).unwrap_err();
        assert_eq!(refused.reason, "CASE_WORKER_SUPERVISES");
    }

    proptest! {
        #[test]
        fn no_move_leads_back_to_intake_or_from_one_end_to_another(
            from in prop::sample::select(CasePhase::ALL), to in prop::sample::select(CasePhase::ALL),
        ) {
            if from.leads_to(to) {
                prop_assert_ne!(to, CasePhase::Intake);
                prop_assert_ne!(from, to);
                prop_assert!(!(from.is_over() && to.is_over()));
            }
        }
    }
}
