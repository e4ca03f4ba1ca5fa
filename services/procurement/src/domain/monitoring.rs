//! 督导与评估 (A69): what somebody independent found while a contract is performed.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    Refusal,
    keys::{ContractId, ExpertId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::text;

kernel::typed_id!(
    /// Monitoring of a contract (督导、评估).
    MonitoringId, "contract_monitoring");

kernel::text_enum! {
    /// What an outsider does.
    pub enum MonitoringKind {
        /// 督导
        Supervision = "SUPERVISION",
        /// 评估
        Evaluation = "EVALUATION",
    }
}

/// What somebody independent found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Monitoring {
    pub id: MonitoringId,
    pub contract_id: ContractId,
    pub kind: MonitoringKind,
    pub visited_on: NaiveDate,
    /// Of a hundred; an evaluation has one.
    pub score: Option<i32>,
    pub findings: String,
    pub red_flag: bool,
    pub monitor_id: ExpertId,
    pub recorded_at: DateTime<Utc>,
}

/// Whether a finding is whole: its text, trimmed.
pub fn check(
    kind: MonitoringKind,
    score: Option<i32>,
    findings: &str,
    visited_on: NaiveDate,
    today: NaiveDate,
) -> Result<String, Refusal> {
    let findings = text("input.findings", findings, 4000)?;
    if visited_on > today {
        return Err(refuse!(
            Invalid,
            "VISIT_IN_FUTURE",
            field: "input.visitedOn",
            zh: "走访日期不得晚于今天",
            en: "the day of the visit is not in the future",
        ));
    }
    let fits = match kind {
        MonitoringKind::Supervision => score.is_none(),
        MonitoringKind::Evaluation => score.is_some_and(|score| (0..=100).contains(&score)),
    };
    if fits {
        return Ok(findings);
    }
    Err(refuse!(
        Invalid,
        "EVALUATION_SCORE",
        field: "input.score",
        zh: "评估须给出 0 至 100 的分数,督导不打分",
        en: "an evaluation has a score of 0 to 100, a supervision has none",
    ))
}
