//! 合同终止: proposed by one side, the other side heard, and what is left of the
//! commitment released.

use chrono::{DateTime, Utc};
use kernel::{Fen, Refusal, keys::ContractId, refuse};
use serde::{Deserialize, Serialize};

use super::text;

kernel::typed_id!(
    /// Termination of a contract (合同终止).
    TerminationId, "contract_termination");

kernel::text_enum! {
    /// Why a contract ends early.
    pub enum TerminationGround {
        /// 双方协商一致
        Mutual = "MUTUAL",
        /// 承接方违约
        Breach = "BREACH",
        /// 质疑、投诉成立,中标无效
        Unlawful = "UNLAWFUL",
    }
}

kernel::text_enum! {
    /// A side of a contract.
    pub enum ContractSide {
        /// 购买方
        Buyer = "BUYER",
        /// 承接方
        Contractor = "CONTRACTOR",
    }
}

kernel::text_enum! {
    /// Where a termination stands.
    pub enum TerminationState {
        /// 已提出
        Proposed = "PROPOSED",
        /// 已生效
        Effective = "EFFECTIVE",
        /// 对方不同意
        Refused = "REFUSED",
        /// 已撤回
        Withdrawn = "WITHDRAWN",
    }
}

impl TerminationState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Proposed, Self::Effective),
        (Self::Proposed, Self::Refused),
        (Self::Proposed, Self::Withdrawn),
    ];

    fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(refuse!(
            Refused,
            "TERMINATION_STATE",
            zh: "终止当前状态为 {self},不能变为 {next}",
            en: "the termination is {self} and cannot become {next}",
        ))
    }
}

/// How a contract ends early.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Termination {
    pub id: TerminationId,
    pub contract_id: ContractId,
    pub ground: TerminationGround,
    pub reason: String,
    /// The agreement or finding it rests on.
    pub document: Option<String>,
    pub proposed_side: ContractSide,
    pub proposed_by: String,
    pub proposed_at: DateTime<Utc>,
    /// Until when the other side is heard.
    pub answer_by: DateTime<Utc>,
    pub state: TerminationState,
    pub version: i32,
    pub answer: Option<Answer>,
    pub ended_at: Option<DateTime<Utc>>,
    pub released: Option<Fen>,
    pub updated_at: DateTime<Utc>,
}

/// What the other side said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub agreed: bool,
    pub statement: Option<String>,
    pub by: String,
    pub at: DateTime<Utc>,
}

/// What is proposed.
#[derive(Clone, Debug)]
pub struct NewTermination {
    pub ground: TerminationGround,
    pub side: ContractSide,
    pub reason: String,
    pub document: Option<String>,
}

impl NewTermination {
    /// The contractor proposes to part by agreement only.
    pub fn check(self) -> Result<Self, Refusal> {
        if self.side == ContractSide::Contractor && self.ground != TerminationGround::Mutual {
            return Err(refuse!(
                Invalid,
                "TERMINATION_OF_BUYER",
                field: "input.ground",
                zh: "承接方只能提出协商终止;以违约或中标无效为由终止由购买方提出",
                en: "a contractor proposes to part by agreement; breach and an unlawful award are for the buyer to say",
            ));
        }
        Ok(Self {
            reason: text("input.reason", &self.reason, 1000)?,
            document: self
                .document
                .map(|document| text("input.document", &document, 200))
                .transpose()?,
            ..self
        })
    }
}

impl Termination {
    /// The other side says what it thinks, once; by agreement that decides.
    pub fn answer(
        &mut self,
        side: ContractSide,
        answer: Answer,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.open()?;
        if side == self.proposed_side {
            return Err(refuse!(
                Refused,
                "TERMINATION_OWN_SIDE",
                zh: "须由对方答复",
                en: "it is for the other side to answer",
            ));
        }
        if self.answer.is_some() {
            return Err(refuse!(
                AlreadyExists,
                "TERMINATION_ANSWERED",
                zh: "对方已答复,答复不可更改",
                en: "the other side has answered; an answer stands",
            ));
        }
        if self.ground == TerminationGround::Mutual && !answer.agreed {
            self.state = self.state.to(TerminationState::Refused)?;
        }
        self.answer = Some(answer);
        self.updated_at = now;
        Ok(())
    }

    /// Taken back by the side that proposed it.
    pub fn withdraw(&mut self, side: ContractSide, now: DateTime<Utc>) -> Result<(), Refusal> {
        if side != self.proposed_side {
            return Err(refuse!(
                Refused,
                "TERMINATION_OTHER_SIDE",
                zh: "须由提出方撤回",
                en: "the side that proposed it takes it back",
            ));
        }
        self.state = self.state.to(TerminationState::Withdrawn)?;
        self.updated_at = now;
        Ok(())
    }

    /// Whether it takes effect by the answer alone.
    pub fn is_agreed(&self) -> bool {
        self.ground == TerminationGround::Mutual && self.answer.as_ref().is_some_and(|a| a.agreed)
    }

    /// Takes effect: agreed, or the other side heard or silent beyond its days.
    pub fn take_effect(&mut self, released: Fen, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.open()?;
        if self.ground == TerminationGround::Mutual && !self.is_agreed() {
            return Err(refuse!(
                Refused,
                "TERMINATION_NOT_AGREED",
                zh: "对方尚未同意终止合同",
                en: "the other side has not agreed to end the contract",
            ));
        }
        if self.answer.is_none() && now <= self.answer_by {
            let until = self.answer_by;
            return Err(refuse!(
                Refused,
                "OTHER_SIDE_NOT_HEARD",
                zh: "承接方可在 {until} 前陈述意见,期满或答复后才能终止",
                en: "the contractor is heard until {until}; the contract ends after that, or after its answer",
            ));
        }
        self.state = self.state.to(TerminationState::Effective)?;
        self.ended_at = Some(now);
        self.released = Some(released);
        self.updated_at = now;
        Ok(())
    }

    fn open(&self) -> Result<(), Refusal> {
        if self.state == TerminationState::Proposed {
            return Ok(());
        }
        let state = self.state;
        Err(refuse!(
            Refused,
            "TERMINATION_STATE",
            zh: "终止当前状态为 {state},不能再处理",
            en: "the termination is {state}; nothing more is done with it",
        ))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;

    fn proposed(ground: TerminationGround) -> Termination {
        let at = DateTime::UNIX_EPOCH;
        Termination {
            id: TerminationId::from_uuid(Uuid::from_u128(1)),
            contract_id: ContractId::from_uuid(Uuid::from_u128(2)),
            ground,
            reason: "理由".into(),
            document: None,
            proposed_side: ContractSide::Buyer,
            proposed_by: "officer".into(),
            proposed_at: at,
            answer_by: at + TimeDelta::days(7),
            state: TerminationState::Proposed,
            version: 1,
            answer: None,
            ended_at: None,
            released: None,
            updated_at: at,
        }
    }

    fn said(agreed: bool) -> Answer {
        Answer {
            agreed,
            statement: None,
            by: "manager".into(),
            at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn only_the_listed_moves_are_legal() {
        for &from in TerminationState::ALL {
            for &next in TerminationState::ALL {
                let legal = TerminationState::MOVES.contains(&(from, next));
                assert_eq!(from.to(next).is_ok(), legal, "{from} → {next}");
            }
        }
    }

    #[test]
    fn an_agreement_needs_the_other_side_and_a_breach_its_hearing() {
        let now = DateTime::UNIX_EPOCH;
        let mut mutual = proposed(TerminationGround::Mutual);
        let refused = mutual.take_effect(Fen::ZERO, now).unwrap_err();
        assert_eq!(refused.reason, "TERMINATION_NOT_AGREED");
        let own = mutual.answer(ContractSide::Buyer, said(true), now);
        assert_eq!(own.unwrap_err().reason, "TERMINATION_OWN_SIDE");
        mutual
            .answer(ContractSide::Contractor, said(true), now)
            .unwrap();
        mutual.take_effect(Fen::ZERO, now).unwrap();

        let mut breach = proposed(TerminationGround::Breach);
        let early = breach.take_effect(Fen::ZERO, now).unwrap_err();
        assert_eq!(early.reason, "OTHER_SIDE_NOT_HEARD");
        let late = breach.answer_by + TimeDelta::seconds(1);
        breach.clone().take_effect(Fen::ZERO, late).unwrap();
        breach
            .answer(ContractSide::Contractor, said(false), now)
            .unwrap();
        assert_eq!(
            breach
                .answer(ContractSide::Contractor, said(true), now)
                .unwrap_err()
                .reason,
            "TERMINATION_ANSWERED"
        );
        breach.take_effect(Fen::ZERO, now).unwrap();
    }

    #[test]
    fn a_refusal_ends_an_agreement_and_only_the_proposer_withdraws() {
        let now = DateTime::UNIX_EPOCH;
        let mut own = proposed(TerminationGround::Mutual);
        let other = own.withdraw(ContractSide::Contractor, now).unwrap_err();
        assert_eq!(other.reason, "TERMINATION_OTHER_SIDE");
        own.answer(ContractSide::Contractor, said(false), now)
            .unwrap();
        assert_eq!(own.state, TerminationState::Refused);
        assert_eq!(
            own.withdraw(ContractSide::Buyer, now).unwrap_err().reason,
            "TERMINATION_STATE"
        );
    }
}
