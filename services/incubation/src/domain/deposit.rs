//! 押金 (A43, SM-5): due, paid, held, given back stage by stage, or kept.

use chrono::NaiveDate;
use kernel::{Fen, Refusal, refuse, typed_id};
use serde::{Deserialize, Serialize};

use super::{
    ledger::{MoneyEntry, MoneyEntryKind, total},
    limits::check_amount,
    moves::{Moves as _, moves},
    organization::check_text,
    space_licence::SpaceLicenceId,
};

typed_id!(
    /// Deposit of a licence (押金).
    SpaceDepositId, "space_deposit");
typed_id!(
    /// Stage of a deposit's refund (返还阶段).
    DepositStageId, "deposit_stage");

kernel::text_enum! {
    /// Where a deposit stands.
    pub enum DepositState {
        /// 待缴
        Due = "DUE",
        /// 已报缴,待确认
        Paid = "PAID",
        /// 已收存
        Held = "HELD",
        /// 已部分返还
        PartiallyRefunded = "PARTIALLY_REFUNDED",
        /// 已全额返还
        Refunded = "REFUNDED",
        /// 已扣除结清
        Deducted = "DEDUCTED",
        /// 已没收
        Forfeited = "FORFEITED",
    }
}

moves!(DepositState, "space_deposit", [
    Due => Paid, Paid => Due, Paid => Held,
    Held => PartiallyRefunded, Held => Refunded, Held => Deducted, Held => Forfeited,
    PartiallyRefunded => Refunded, PartiallyRefunded => Deducted,
    PartiallyRefunded => Forfeited,
]);

/// A deposit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpaceDeposit {
    pub id: SpaceDepositId,
    pub licence_id: SpaceLicenceId,
    pub amount_fen: Fen,
    pub due_on: NaiveDate,
    pub state: DepositState,
    pub slip: Option<String>,
    pub reported_by: Option<String>,
    pub reported_on: Option<NaiveDate>,
    pub confirmed_by: Option<String>,
    pub confirmed_on: Option<NaiveDate>,
    pub version: i32,
}

/// What is given back when something was done; a single stage is a refund in
/// full at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepositStage {
    pub id: DepositStageId,
    pub licence_id: SpaceLicenceId,
    pub stage_no: i32,
    pub title: String,
    pub amount_fen: Fen,
    pub evidence: Option<String>,
    pub accepted_on: Option<NaiveDate>,
    pub accepted_by: Option<String>,
    pub version: i32,
}

/// A stage as it is agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewStage {
    pub title: String,
    pub amount: Fen,
}

/// Stages that add up to the deposit, checked.
pub fn check_stages(amount: Fen, stages: &[NewStage]) -> Result<(), Refusal> {
    check_amount("input.deposit.amount", amount)?;
    for (at, stage) in stages.iter().enumerate() {
        let field = |name: &str| format!("input.deposit.stages.{at}.{name}");
        check_amount(&field("amount"), stage.amount)?;
        check_text(&stage.title, &field("title"), 100)?;
    }
    let sum = Fen::sum(stages.iter().map(|stage| stage.amount))?;
    if stages.is_empty() || stages.len() > 12 || sum != amount {
        return Err(refuse!(
            Invalid,
            "STAGES_SUM",
            field: "input.deposit.stages",
            zh: "返还阶段为 1 至 12 个,金额合计须等于押金 {amount}",
            en: "1 to 12 stages add up to the deposit, {amount}",
        ));
    }
    Ok(())
}

impl SpaceDeposit {
    /// Moves on; answers where it came from.
    pub fn go(&mut self, next: DepositState) -> Result<DepositState, Refusal> {
        let from = self.state;
        self.state = from.to(next)?;
        Ok(from)
    }

    /// Somebody says it was paid, and shows the slip.
    pub fn report(&mut self, slip: &str, by: &str, on: NaiveDate) -> Result<DepositState, Refusal> {
        let from = self.go(DepositState::Paid)?;
        self.slip = Some(check_text(slip, "input.slip", 200)?);
        self.reported_by = Some(by.to_owned());
        self.reported_on = Some(on);
        Ok(from)
    }

    /// It has not come: what was reported is taken back.
    pub fn decline(&mut self) -> Result<DepositState, Refusal> {
        let from = self.go(DepositState::Due)?;
        self.slip = None;
        self.reported_by = None;
        self.reported_on = None;
        Ok(from)
    }

    /// It has come. Who said it was paid does not confirm that.
    pub fn confirm(&mut self, by: &str, on: NaiveDate) -> Result<DepositState, Refusal> {
        let from = self.go(DepositState::Held)?;
        if self.reported_by.as_deref() == Some(by) {
            return Err(refuse!(
                Refused,
                "DEPOSIT_TWO_PEOPLE",
                zh: "报缴人与到账确认人不能为同一人",
                en: "who says it was paid does not confirm that it came",
            ));
        }
        self.confirmed_by = Some(by.to_owned());
        self.confirmed_on = Some(on);
        Ok(from)
    }

    /// Where it stands once `entries` have happened.
    pub fn settled(&self, entries: &[MoneyEntry]) -> Result<DepositState, Refusal> {
        use MoneyEntryKind::{DepositDeducted, DepositForfeited, DepositRefunded};
        let left = left(entries)?;
        let any = |kind| entries.iter().any(|entry| entry.kind == kind);
        Ok(if left > Fen::ZERO {
            if any(DepositRefunded) {
                DepositState::PartiallyRefunded
            } else {
                DepositState::Held
            }
        } else if any(DepositForfeited) {
            DepositState::Forfeited
        } else if any(DepositDeducted) {
            DepositState::Deducted
        } else {
            DepositState::Refunded
        })
    }

    /// Refuses where nothing is held.
    pub fn check_held(&self) -> Result<(), Refusal> {
        if matches!(
            self.state,
            DepositState::Held | DepositState::PartiallyRefunded
        ) {
            return Ok(());
        }
        let state = self.state;
        Err(refuse!(
            Refused,
            "DEPOSIT_NOT_HELD",
            zh: "押金状态为 {state},没有可返还或扣除的款项",
            en: "the deposit is {state}; there is nothing to give back or to keep",
        ))
    }
}

/// What of a deposit is still held.
pub fn left(entries: &[MoneyEntry]) -> Result<Fen, Refusal> {
    use MoneyEntryKind::{DepositDeducted, DepositForfeited, DepositPaid, DepositRefunded};
    let mut left = total(entries, DepositPaid)?;
    for kind in [DepositRefunded, DepositDeducted, DepositForfeited] {
        left = left.checked_sub(total(entries, kind)?)?;
    }
    Ok(left)
}

/// What is given back for a stage: its part, or what is left where something
/// was deducted.
pub fn refund_of(stage: &DepositStage, entries: &[MoneyEntry]) -> Result<Fen, Refusal> {
    let number = stage.stage_no;
    if stage.accepted_on.is_none() {
        return Err(refuse!(
            Refused,
            "STAGE_NOT_ACCEPTED",
            field: "input.stageNo",
            zh: "第 {number} 阶段验收通过后方可返还",
            en: "stage {number} is refunded after its acceptance",
        ));
    }
    if entries.iter().any(|entry| entry.stage_no == Some(number)) {
        return Err(refuse!(
            AlreadyExists,
            "STAGE_REFUNDED_ONCE",
            field: "input.stageNo",
            zh: "第 {number} 阶段已返还",
            en: "stage {number} has been refunded already",
        ));
    }
    Ok(left(entries)?.min(stage.amount_fen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day() -> NaiveDate {
        "2026-03-02".parse().unwrap()
    }

    fn licence() -> SpaceLicenceId {
        SpaceLicenceId::from_uuid(uuid::Uuid::from_u128(1))
    }

    fn deposit(amount: i64) -> SpaceDeposit {
        SpaceDeposit {
            id: SpaceDepositId::from_uuid(uuid::Uuid::from_u128(2)),
            licence_id: licence(),
            amount_fen: Fen::new(amount),
            due_on: day(),
            state: DepositState::Due,
            slip: None,
            reported_by: None,
            reported_on: None,
            confirmed_by: None,
            confirmed_on: None,
            version: 1,
        }
    }

    fn entry(kind: MoneyEntryKind, amount: i64, stage: Option<i32>) -> MoneyEntry {
        MoneyEntry {
            id: crate::domain::ledger::MoneyEntryId::from_uuid(uuid::Uuid::from_u128(3)),
            kind,
            owner_id: uuid::Uuid::from_u128(1),
            amount_fen: Fen::new(amount),
            stage_no: stage,
            subject: "押金".into(),
            evidence: "凭证".into(),
            booked_on: day(),
            booked_by: "a".into(),
            created_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    fn stage(number: i32, amount: i64) -> DepositStage {
        DepositStage {
            id: DepositStageId::from_uuid(uuid::Uuid::from_u128(4)),
            licence_id: licence(),
            stage_no: number,
            title: "中期".into(),
            amount_fen: Fen::new(amount),
            evidence: Some("验收单".into()),
            accepted_on: Some(day()),
            accepted_by: Some("a".into()),
            version: 1,
        }
    }

    #[test]
    fn who_reports_does_not_confirm() {
        let mut one = deposit(1000);
        one.report("回单", "a", day()).unwrap();
        assert_eq!(
            one.clone().confirm("a", day()).unwrap_err().reason,
            "DEPOSIT_TWO_PEOPLE"
        );
        one.confirm("b", day()).unwrap();
        assert_eq!(one.state, DepositState::Held);
        assert_eq!(one.decline().unwrap_err().reason, "STATE_MOVE");
    }

    #[test]
    fn stages_add_up_to_the_deposit() {
        let stages = |amounts: &[i64]| -> Vec<NewStage> {
            let new = |amount: &i64| NewStage {
                title: "阶段".into(),
                amount: Fen::new(*amount),
            };
            amounts.iter().map(new).collect()
        };
        assert!(check_stages(Fen::new(100), &stages(&[50, 30, 20])).is_ok());
        assert!(check_stages(Fen::new(100), &stages(&[100])).is_ok());
        for amounts in [&[50, 30][..], &[], &[110, -10]] {
            assert!(check_stages(Fen::new(100), &stages(amounts)).is_err());
        }
    }

    #[test]
    fn a_stage_is_refunded_once_after_its_acceptance() {
        let paid = entry(MoneyEntryKind::DepositPaid, 100, None);
        let mut open = stage(1, 60);
        open.accepted_on = None;
        let refused = refund_of(&open, std::slice::from_ref(&paid)).unwrap_err();
        assert_eq!(refused.reason, "STAGE_NOT_ACCEPTED");
        assert_eq!(
            refund_of(&stage(1, 60), std::slice::from_ref(&paid)).unwrap(),
            Fen::new(60)
        );
        let refunded = entry(MoneyEntryKind::DepositRefunded, 60, Some(1));
        let refused = refund_of(&stage(1, 60), &[paid, refunded]).unwrap_err();
        assert_eq!(refused.reason, "STAGE_REFUNDED_ONCE");
    }

    #[test]
    fn the_last_state_says_how_it_ended() {
        use MoneyEntryKind::{DepositDeducted, DepositForfeited, DepositPaid, DepositRefunded};
        let one = deposit(100);
        let paid = || entry(DepositPaid, 100, None);
        for (entries, expected) in [
            (vec![paid()], DepositState::Held),
            (
                vec![paid(), entry(DepositDeducted, 10, None)],
                DepositState::Held,
            ),
            (
                vec![paid(), entry(DepositRefunded, 50, Some(1))],
                DepositState::PartiallyRefunded,
            ),
            (
                vec![paid(), entry(DepositRefunded, 100, Some(1))],
                DepositState::Refunded,
            ),
            (
                vec![
                    paid(),
                    entry(DepositDeducted, 10, None),
                    entry(DepositRefunded, 90, Some(1)),
                ],
                DepositState::Deducted,
            ),
            (
                vec![paid(), entry(DepositForfeited, 100, None)],
                DepositState::Forfeited,
            ),
        ] {
            assert_eq!(one.settled(&entries).unwrap(), expected);
        }
    }

    proptest! {
        #[test]
        fn never_more_goes_out_than_came_in(
            parts in prop::collection::vec(1i64..10_000, 1..6), deduct in 0i64..20_000,
        ) {
            let whole: i64 = parts.iter().sum();
            let mut entries = vec![entry(MoneyEntryKind::DepositPaid, whole, None)];
            if (1..=whole).contains(&deduct) {
                entries.push(entry(MoneyEntryKind::DepositDeducted, deduct, None));
            }
            for (at, part) in parts.iter().enumerate() {
                let number = i32::try_from(at).unwrap() + 1;
                let back = refund_of(&stage(number, *part), &entries).unwrap();
                prop_assert!(back >= Fen::ZERO && back <= Fen::new(*part));
                if back > Fen::ZERO {
                    entries.push(entry(MoneyEntryKind::DepositRefunded, back.get(), Some(number)));
                }
            }
            prop_assert_eq!(left(&entries).unwrap(), Fen::ZERO);
        }
    }
}
