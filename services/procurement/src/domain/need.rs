//! 采购需求: what is to be bought, where it comes from, who was asked.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Fen, Refusal,
    keys::{CommunityId, FundId, ProcurementNeedId, ProposalId, TraceId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::{line::NeedLine, text};

kernel::text_enum! {
    /// Where a procurement need stands.
    pub enum ProcurementNeedState {
        /// 已提出
        Raised = "RAISED",
        /// 预算已预留
        Reserved = "RESERVED",
        /// 采购中
        Tendering = "TENDERING",
        /// 已签合同
        Contracted = "CONTRACTED",
        /// 已完成
        Fulfilled = "FULFILLED",
        /// 已撤回
        Withdrawn = "WITHDRAWN",
        /// 合同提前终止
        Terminated = "TERMINATED",
    }
}

impl ProcurementNeedState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Raised, Self::Reserved),
        (Self::Reserved, Self::Tendering),
        // An abandoned tender gives the need back, its budget still held.
        (Self::Tendering, Self::Reserved),
        (Self::Tendering, Self::Contracted),
        (Self::Contracted, Self::Fulfilled),
        // While a tender is under way it is abandoned first.
        (Self::Raised, Self::Withdrawn),
        (Self::Reserved, Self::Withdrawn),
        (Self::Contracted, Self::Terminated),
    ];

    fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(refuse!(
            Refused,
            "PROCUREMENT_NEED_STATE",
            zh: "采购需求当前状态为 {self},不能变为 {next}",
            en: "the procurement need is {self} and cannot become {next}",
        ))
    }
}

kernel::text_enum! {
    /// How residents were asked (实施条例 第十五条).
    pub enum ConsultationMethod {
        /// 居民表决
        Ballot = "BALLOT",
        /// 居民会议
        Meeting = "MEETING",
        /// 问卷
        Survey = "SURVEY",
        /// 公开征求意见
        PublicComment = "PUBLIC_COMMENT",
    }
}

/// The residents' opinion on a need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consultation {
    pub method: ConsultationMethod,
    pub proposal_id: Option<ProposalId>,
    pub participants: Option<i32>,
    pub summary: Option<String>,
}

impl Consultation {
    /// The ballot by which a proposal was adopted.
    pub fn ballot(proposal: ProposalId) -> Self {
        Self {
            method: ConsultationMethod::Ballot,
            proposal_id: Some(proposal),
            participants: None,
            summary: None,
        }
    }

    /// A consultation without a proposal.
    pub fn check(self) -> Result<Self, Refusal> {
        if self.method == ConsultationMethod::Ballot {
            return Err(refuse!(
                Invalid,
                "CONSULTATION_BALLOT_WITHOUT_PROPOSAL",
                field: "input.consultation.method",
                zh: "以表决为征求意见方式时须指明自治议题",
                en: "name the proposal where the consultation was a ballot",
            ));
        }
        let summary = self.summary.as_deref().unwrap_or_default();
        let summary = text("input.consultation.summary", summary, 2000)?;
        if self.participants.unwrap_or(0) < 1 {
            return Err(refuse!(
                Invalid,
                "CONSULTATION_PARTICIPANTS",
                field: "input.consultation.participants",
                zh: "参与征求意见的人数须大于零",
                en: "somebody must have taken part in the consultation",
            ));
        }
        Ok(Self {
            summary: Some(summary),
            ..self
        })
    }
}

/// A need to be bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcurementNeed {
    pub id: ProcurementNeedId,
    pub trace_id: TraceId,
    pub proposal_id: Option<ProposalId>,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub title: String,
    /// Suppliers must be capable of home-based elder care.
    pub elder_care: bool,
    pub lines: Vec<NeedLine>,
    pub consultation: Consultation,
    pub reservation: Option<Reservation>,
    pub state: ProcurementNeedState,
    pub version: i32,
    pub raised_by: String,
    pub raised_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Why and when it came to nothing.
    #[serde(default)]
    pub ended: Option<Ended>,
}

/// Why a need came to nothing, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub reason: String,
    pub at: DateTime<Utc>,
}

/// Which needs a list asks for.
#[derive(Clone, Debug, Default)]
pub struct NeedFilter {
    pub state: Option<ProcurementNeedState>,
    pub below: Option<DivisionCode>,
}

/// The budget held for a need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    pub fund_id: FundId,
    pub amount: Fen,
}

impl ProcurementNeed {
    /// Its budget is held.
    pub fn reserve(&mut self, held: Reservation, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.reservation.is_some() {
            return Err(refuse!(
                Refused,
                "BUDGET_ALREADY_RESERVED",
                zh: "该需求已预留预算",
                en: "a budget is already reserved for this need",
            ));
        }
        self.moves(ProcurementNeedState::Reserved, now)?;
        self.reservation = Some(held);
        Ok(())
    }

    /// A tender takes it up; its budget must be held before (先有预算,后购买服务).
    pub fn tender(&mut self, now: DateTime<Utc>) -> Result<Reservation, Refusal> {
        let held = self.reservation.ok_or_else(|| {
            refuse!(
                Refused,
                "BUDGET_NOT_RESERVED",
                zh: "尚未预留预算,不能采购:先有预算,后购买服务",
                en: "no budget is reserved: budget first, then buy",
            )
        })?;
        self.moves(ProcurementNeedState::Tendering, now)?;
        Ok(held)
    }

    /// Its tender was abandoned.
    pub fn give_back(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(ProcurementNeedState::Reserved, now)
    }

    /// A contract was signed for it.
    pub fn contract(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(ProcurementNeedState::Contracted, now)
    }

    /// Everything was delivered and paid.
    pub fn fulfil(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(ProcurementNeedState::Fulfilled, now)
    }

    /// No longer wanted: what is to be released of its budget.
    pub fn withdraw(
        &mut self,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Reservation>, Refusal> {
        let reason = text("input.reason", reason, 500)?;
        self.moves(ProcurementNeedState::Withdrawn, now)?;
        self.ended = Some(Ended { reason, at: now });
        Ok(self.reservation)
    }

    /// Its contract ended early.
    pub fn terminate(&mut self, reason: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(ProcurementNeedState::Terminated, now)?;
        let reason = reason.chars().take(500).collect();
        self.ended = Some(Ended { reason, at: now });
        Ok(())
    }

    fn moves(&mut self, next: ProcurementNeedState, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.updated_at = now;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_listed_moves_are_legal() {
        for &from in ProcurementNeedState::ALL {
            for &next in ProcurementNeedState::ALL {
                let legal = ProcurementNeedState::MOVES.contains(&(from, next));
                assert_eq!(from.to(next).is_ok(), legal, "{from} → {next}");
            }
        }
    }

    #[test]
    fn a_consultation_says_who_took_part_and_what_they_said() {
        let asked = Consultation {
            method: ConsultationMethod::Meeting,
            proposal_id: None,
            participants: Some(40),
            summary: Some("同意".into()),
        };
        asked.clone().check().unwrap();
        let nobody = Consultation {
            participants: Some(0),
            ..asked.clone()
        };
        assert_eq!(
            nobody.check().unwrap_err().reason,
            "CONSULTATION_PARTICIPANTS"
        );
        let silent = Consultation {
            summary: None,
            ..asked.clone()
        };
        assert_eq!(silent.check().unwrap_err().reason, "TEXT_LENGTH");
        let ballot = Consultation {
            method: ConsultationMethod::Ballot,
            ..asked
        };
        assert_eq!(
            ballot.check().unwrap_err().reason,
            "CONSULTATION_BALLOT_WITHOUT_PROPOSAL"
        );
    }
}
