//! 合同节点: delivered, signed for by those served, accepted, paid.

use chrono::{DateTime, Utc};
use kernel::{
    Fen, Refusal,
    keys::{ContractId, FundId, MilestoneId, OrganizationId, ResidentId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::fund::EntryId;

kernel::typed_id!(
    /// Payment (支付).
    PaymentId, "payment");

kernel::text_enum! {
    /// Where a milestone stands.
    pub enum MilestoneState {
        /// 计划
        Planned = "PLANNED",
        /// 已提交
        Submitted = "SUBMITTED",
        /// 已验收
        Accepted = "ACCEPTED",
        /// 已支付
        Paid = "PAID",
        /// 因合同终止取消
        Cancelled = "CANCELLED",
    }
}

impl MilestoneState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Planned, Self::Submitted),
        (Self::Submitted, Self::Accepted),
        (Self::Accepted, Self::Paid),
        (Self::Planned, Self::Cancelled),
        (Self::Submitted, Self::Cancelled),
    ];

    fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(refuse!(
            Refused,
            "MILESTONE_STATE",
            zh: "节点当前状态为 {self},不能变为 {next}",
            en: "the milestone is {self} and cannot become {next}",
        ))
    }
}

/// A milestone of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    pub id: MilestoneId,
    pub contract_id: ContractId,
    pub seq: i32,
    pub title: String,
    pub units: i64,
    pub percent: i32,
    pub amount: Fen,
    pub state: MilestoneState,
    pub version: i32,
    pub note: Option<String>,
    pub delivered_units: Option<i64>,
    pub submitted_at: Option<DateTime<Utc>>,
    pub accepted_at: Option<DateTime<Utc>>,
    pub accepted_by: Option<String>,
    pub accepted_by_organization: Option<OrganizationId>,
    pub updated_at: DateTime<Utc>,
}

/// A recipient's signature (服务对象签字).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    pub milestone_id: MilestoneId,
    pub resident_id: ResidentId,
    pub satisfied: bool,
    pub comment: Option<String>,
    pub entered_by: String,
    pub on_paper: bool,
    pub signed_at: DateTime<Utc>,
}

/// Money that left for a milestone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    pub id: PaymentId,
    pub milestone_id: MilestoneId,
    pub contract_id: ContractId,
    pub fund_id: FundId,
    pub entry_id: EntryId,
    pub amount: Fen,
    pub paid_by: String,
    pub paid_at: DateTime<Utc>,
}

/// Who accepts, and for whom they work.
#[derive(Clone, Debug)]
pub struct Evaluator {
    pub subject: String,
    pub organization: Option<OrganizationId>,
    /// Whether they scored the bids of the same tender.
    pub sat_on_panel: bool,
}

impl Milestone {
    /// The contractor says it is done; the settled visits must bear it out.
    /// `due` are the units of this milestone and of those before it, so that no
    /// visit is paid twice.
    pub fn submit(
        &mut self,
        delivered: i64,
        due: i64,
        note: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let next = self.state.to(MilestoneState::Submitted)?;
        if delivered < due {
            return Err(refuse!(
                Refused,
                "MILESTONE_NOT_DELIVERED",
                zh: "已确认交付 {delivered} 个服务单位,未达到节点要求的 {due} 个",
                en: "{delivered} units are delivered and confirmed, the milestone needs {due}",
            ));
        }
        self.note = note;
        self.delivered_units = Some(delivered);
        self.submitted_at = Some(now);
        self.state = next;
        self.updated_at = now;
        Ok(())
    }

    /// Whether recipients may sign now.
    pub fn check_signing(&self) -> Result<(), Refusal> {
        if self.state == MilestoneState::Submitted {
            return Ok(());
        }
        let state = self.state;
        Err(refuse!(
            Refused,
            "MILESTONE_STATE",
            zh: "节点当前状态为 {state},提交后、验收前才能签字",
            en: "the milestone is {state}; recipients sign after submission and before acceptance",
        ))
    }

    /// Accepted by somebody independent, with enough satisfied recipients.
    pub fn accept(
        &mut self,
        evaluator: &Evaluator,
        contractor: Option<OrganizationId>,
        satisfied: i64,
        least: i64,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let next = self.state.to(MilestoneState::Accepted)?;
        if contractor.is_some() && evaluator.organization == contractor {
            return Err(refuse!(
                Refused,
                "EVALUATOR_OF_CONTRACTOR",
                zh: "验收人不得属于承接方",
                en: "whoever accepts is not of the contractor",
            ));
        }
        if evaluator.sat_on_panel {
            return Err(refuse!(
                Refused,
                "EVALUATOR_WAS_REVIEWER",
                zh: "参加过本项目评审的人不得验收",
                en: "whoever scored the bids does not accept the delivery",
            ));
        }
        if satisfied < least {
            return Err(refuse!(
                Refused,
                "ACCEPTANCE_SIGNATURES_MISSING",
                zh: "服务对象签字满意的有 {satisfied} 人,至少需要 {least} 人",
                en: "{satisfied} recipients have signed that they are satisfied, {least} are needed",
            ));
        }
        self.accepted_at = Some(now);
        self.accepted_by = Some(evaluator.subject.clone());
        self.accepted_by_organization = evaluator.organization;
        self.state = next;
        self.updated_at = now;
        Ok(())
    }

    /// Falls away with its contract; what was accepted is paid first.
    pub fn cancel(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        let number = self.seq + 1;
        match self.state {
            MilestoneState::Paid => Ok(()),
            MilestoneState::Accepted => Err(refuse!(
                Refused,
                "MILESTONE_UNPAID",
                zh: "第 {number} 个节点已验收尚未支付,请先支付再终止合同",
                en: "milestone {number} is accepted and not paid: pay it before the contract ends",
            )),
            _ => {
                self.state = self.state.to(MilestoneState::Cancelled)?;
                self.updated_at = now;
                Ok(())
            }
        }
    }

    /// Paid, once, and only after acceptance.
    pub fn pay(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        match self.state {
            MilestoneState::Accepted => {}
            MilestoneState::Paid => {
                return Err(refuse!(
                    AlreadyExists,
                    "MILESTONE_ALREADY_PAID",
                    zh: "该节点已支付",
                    en: "this milestone is paid already",
                ));
            }
            state => {
                return Err(refuse!(
                    Refused,
                    "MILESTONE_NOT_ACCEPTED",
                    zh: "节点当前状态为 {state},未验收不能支付",
                    en: "the milestone is {state}: no payment without acceptance",
                ));
            }
        }
        self.state = MilestoneState::Paid;
        self.updated_at = now;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn milestone() -> Milestone {
        Milestone {
            id: MilestoneId::from_uuid(Uuid::from_u128(1)),
            contract_id: ContractId::from_uuid(Uuid::from_u128(2)),
            seq: 0,
            title: "第一期".into(),
            units: 10,
            percent: 100,
            amount: Fen::new(1),
            state: MilestoneState::Planned,
            version: 1,
            note: None,
            delivered_units: None,
            submitted_at: None,
            accepted_at: None,
            accepted_by: None,
            accepted_by_organization: None,
            updated_at: DateTime::default(),
        }
    }

    fn evaluator() -> Evaluator {
        Evaluator {
            subject: "officer".into(),
            organization: None,
            sat_on_panel: false,
        }
    }

    #[test]
    fn goes_from_delivery_to_payment_in_order_and_once() {
        let (contractor, now) = (
            Some(OrganizationId::from_uuid(Uuid::from_u128(3))),
            DateTime::default(),
        );
        let mut own = milestone();
        assert_eq!(own.pay(now).unwrap_err().reason, "MILESTONE_NOT_ACCEPTED");
        assert_eq!(
            own.submit(9, 10, None, now).unwrap_err().reason,
            "MILESTONE_NOT_DELIVERED"
        );
        assert!(own.check_signing().is_err());
        own.submit(10, 10, None, now).unwrap();
        own.check_signing().unwrap();
        assert_eq!(own.pay(now).unwrap_err().reason, "MILESTONE_NOT_ACCEPTED");
        let few = own.accept(&evaluator(), contractor, 1, 2, now);
        assert_eq!(few.unwrap_err().reason, "ACCEPTANCE_SIGNATURES_MISSING");
        let theirs = Evaluator {
            organization: contractor,
            ..evaluator()
        };
        let refused = own.accept(&theirs, contractor, 2, 2, now).unwrap_err();
        assert_eq!(refused.reason, "EVALUATOR_OF_CONTRACTOR");
        let reviewer = Evaluator {
            sat_on_panel: true,
            ..evaluator()
        };
        let refused = own.accept(&reviewer, contractor, 2, 2, now).unwrap_err();
        assert_eq!(refused.reason, "EVALUATOR_WAS_REVIEWER");
        own.accept(&evaluator(), contractor, 2, 2, now).unwrap();
        own.pay(now).unwrap();
        assert_eq!(own.pay(now).unwrap_err().reason, "MILESTONE_ALREADY_PAID");
    }

    #[test]
    fn only_the_listed_moves_are_legal() {
        for &from in MilestoneState::ALL {
            for &next in MilestoneState::ALL {
                let legal = MilestoneState::MOVES.contains(&(from, next));
                assert_eq!(from.to(next).is_ok(), legal, "{from} → {next}");
            }
        }
    }
}
