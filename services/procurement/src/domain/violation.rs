//! 违规 (A70): reported by anybody, the contractor heard, found or not by somebody else
//! than who reported it.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Refusal,
    keys::{ContractId, OrganizationId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::text;

kernel::typed_id!(
    /// Violation under a contract (违规).
    ViolationId, "violation");

kernel::text_enum! {
    /// What was done against the plan.
    pub enum ViolationKind {
        /// 未按批准的计划实施
        PlanDeparture = "PLAN_DEPARTURE",
        /// 弄虚作假
        FalseRecord = "FALSE_RECORD",
        /// 挪用资金
        Diversion = "DIVERSION",
        /// 转包
        Subcontracting = "SUBCONTRACTING",
        /// 串通
        Collusion = "COLLUSION",
        /// 其他
        Other = "OTHER",
    }
}

kernel::text_enum! {
    /// Where a violation stands.
    pub enum ViolationState {
        /// 已举报
        Reported = "REPORTED",
        /// 认定
        Confirmed = "CONFIRMED",
        /// 不成立
        Dismissed = "DISMISSED",
    }
}

/// A violation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    pub id: ViolationId,
    pub contract_id: ContractId,
    pub division_code: DivisionCode,
    pub organization_id: Option<OrganizationId>,
    pub kind: ViolationKind,
    pub facts: String,
    pub reported_by: String,
    pub reported_at: DateTime<Utc>,
    /// Until when the contractor is heard.
    pub answer_by: DateTime<Utc>,
    pub statement: Option<(String, DateTime<Utc>)>,
    pub state: ViolationState,
    pub version: i32,
    pub finding: Option<Finding>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub text: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

impl Violation {
    /// The contractor is heard, once.
    pub fn state_case(&mut self, statement: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.open()?;
        let statement = text("input.statement", statement, 2000)?;
        if self.statement.is_some() {
            return Err(refuse!(
                AlreadyExists,
                "VIOLATION_ANSWERED",
                zh: "承接方已陈述,陈述不可更改",
                en: "the contractor was heard already; what was said stands",
            ));
        }
        self.statement = Some((statement, now));
        Ok(())
    }

    /// Found or not; never by who reported it, and not before the contractor was heard.
    pub fn decide(
        &mut self,
        confirmed: bool,
        finding: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.open()?;
        let finding = text("input.finding", finding, 2000)?;
        if self.reported_by == by {
            return Err(refuse!(
                Refused,
                "VIOLATION_OF_REPORTER",
                zh: "举报人不得自行认定",
                en: "whoever reported it does not decide it",
            ));
        }
        if confirmed && self.statement.is_none() && now <= self.answer_by {
            let until = self.answer_by;
            return Err(refuse!(
                Refused,
                "OTHER_SIDE_NOT_HEARD",
                zh: "承接方可在 {until} 前陈述意见,期满或陈述后才能认定",
                en: "the contractor is heard until {until}; it is found after that, or after its statement",
            ));
        }
        self.state = if confirmed {
            ViolationState::Confirmed
        } else {
            ViolationState::Dismissed
        };
        self.finding = Some(Finding {
            text: finding,
            by: by.to_owned(),
            at: now,
        });
        Ok(())
    }

    fn open(&self) -> Result<(), Refusal> {
        if self.state == ViolationState::Reported {
            return Ok(());
        }
        let state = self.state;
        Err(refuse!(
            Refused,
            "VIOLATION_STATE",
            zh: "该举报当前状态为 {state},不能再处理",
            en: "the report is {state}; nothing more is done with it",
        ))
    }
}

/// Which violations a list asks for.
#[derive(Clone, Debug, Default)]
pub struct ViolationFilter {
    pub state: Option<ViolationState>,
    pub below: Option<DivisionCode>,
    pub organization_id: Option<OrganizationId>,
}
