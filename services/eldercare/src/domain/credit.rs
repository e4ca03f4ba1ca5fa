//! 时间积分 (A55, B11, SM-12): minutes earned by serving and spent on service,
//! in double entry. Nothing here is money.

mod lot;

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Minutes, Refusal,
    keys::{OrganizationId, ResidentId, TraceId, VisitId},
    refuse,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use lot::{CreditLot, LotKind, LotPart, Statement, provided, purchased};

use super::order::OrderId;

kernel::typed_id!(
    /// Credit account (积分账户).
    CreditAccountId,
    "credit_account"
);
kernel::typed_id!(
    /// Journal entry (积分分录).
    CreditEntryId,
    "credit_entry"
);

/// 系统账户: where earned minutes come from; the only one that goes below zero.
pub const SYSTEM: CreditAccountId =
    CreditAccountId::from_uuid(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001));
/// 公益池: minutes given, paid, or earned beyond the cap.
pub const POOL: CreditAccountId =
    CreditAccountId::from_uuid(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0002));

kernel::text_enum! {
    /// Whose account it is.
    pub enum OwnerKind {
        /// 个人
        Person = "PERSON",
        /// 团体(只能捐赠)
        Org = "ORG",
        /// 公益池
        Pool = "POOL",
        /// 系统
        System = "SYSTEM",
    }
}

kernel::text_enum! {
    /// Why minutes moved.
    pub enum EntryKind {
        /// 服务所得
        Earn = "EARN",
        /// 兑换服务
        Redeem = "REDEEM",
        /// 捐入公益池
        Donate = "DONATE",
        /// 转给亲属
        Transfer = "TRANSFER",
        /// 公益池发放
        Grant = "GRANT",
        /// 提供付费服务所得
        Provide = "PROVIDE",
        /// 自费购买服务所得
        Purchase = "PURCHASE",
        /// 到期转入公益池
        Expire = "EXPIRE",
        /// 冲正
        Reverse = "REVERSE",
    }
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditAccount {
    pub id: CreditAccountId,
    pub owner_kind: OwnerKind,
    /// The person; none for groups, the pool and the system.
    pub resident_id: Option<ResidentId>,
    /// The group, where it is one's.
    #[serde(default)]
    pub organization_id: Option<OrganizationId>,
    pub division_code: Option<DivisionCode>,
    pub balance: Minutes,
    pub held: Minutes,
    pub cap: Option<Minutes>,
    pub opened_at: DateTime<Utc>,
}

impl CreditAccount {
    /// What can be spent: the balance without what is on hold.
    pub fn available(&self) -> Minutes {
        Minutes::new(self.balance.get() - self.held.get())
    }

    /// How much more it may hold.
    pub fn room(&self) -> Minutes {
        self.cap.map_or(Minutes::new(i64::MAX), |cap| {
            Minutes::new((cap.get() - self.balance.get()).max(0))
        })
    }

    /// Refuses to spend what is not there.
    pub fn check_available(&self, minutes: Minutes) -> Result<(), Refusal> {
        let available = self.available();
        if minutes <= available {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "CREDITS_INSUFFICIENT",
            zh: "时间积分不足:可用 {available},需要 {minutes}",
            en: "not enough credits: {available} available, {minutes} needed",
        ))
    }

    /// Refuses to hold more than the cap.
    pub fn check_room(&self, minutes: Minutes) -> Result<(), Refusal> {
        let room = self.room();
        if minutes <= room {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "CREDITS_OVER_CAP",
            zh: "超出个人积分上限,最多还可存入 {room}",
            en: "this is beyond the personal cap; {room} more may be held",
        ))
    }
}

/// Minutes to or from one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    pub account: CreditAccountId,
    pub minutes: Minutes,
}

/// An entry about to be written: its moves sum to zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    pub id: CreditEntryId,
    pub kind: EntryKind,
    /// The entry happens once per key.
    pub key: String,
    pub visit_id: Option<VisitId>,
    pub order_id: Option<OrderId>,
    pub trace_id: Option<TraceId>,
    pub at: DateTime<Utc>,
    pub moves: Vec<Move>,
}

/// One side of an entry, as its account sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    pub id: i64,
    pub entry_id: CreditEntryId,
    pub kind: EntryKind,
    pub account_id: CreditAccountId,
    pub owner_kind: OwnerKind,
    pub resident_id: Option<ResidentId>,
    pub organization_id: Option<OrganizationId>,
    pub division_code: Option<DivisionCode>,
    pub minutes: Minutes,
    pub balance_after: Minutes,
    pub lots: Vec<LotPart>,
    pub visit_id: Option<VisitId>,
    pub order_id: Option<OrderId>,
    pub trace_id: Option<TraceId>,
    pub at: DateTime<Utc>,
}

/// From one account to another.
pub fn transfer(from: CreditAccountId, to: CreditAccountId, minutes: Minutes) -> Vec<Move> {
    vec![
        Move {
            account: from,
            minutes: Minutes::new(-minutes.get()),
        },
        Move {
            account: to,
            minutes,
        },
    ]
}

/// Earned minutes go to the person up to the cap, and beyond it to the pool.
pub fn earn(person: &CreditAccount, minutes: Minutes) -> Vec<Move> {
    let kept = minutes.min(person.room());
    let beyond = Minutes::new(minutes.get() - kept.get());
    [
        Move {
            account: SYSTEM,
            minutes: Minutes::new(-minutes.get()),
        },
        Move {
            account: person.id,
            minutes: kept,
        },
        Move {
            account: POOL,
            minutes: beyond,
        },
    ]
    .into_iter()
    .filter(|part| part.minutes != Minutes::ZERO)
    .collect()
}

/// Minutes to give away: more than none.
pub fn check_amount(minutes: Minutes) -> Result<Minutes, Refusal> {
    if minutes > Minutes::ZERO && minutes.get() <= 10_000_000 {
        return Ok(minutes);
    }
    Err(refuse!(
        Invalid,
        "MINUTES_RANGE",
        field: "input.minutes",
        zh: "分钟数须大于零",
        en: "the number of minutes is above zero",
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn account(balance: i64, held: i64, cap: i64) -> CreditAccount {
        CreditAccount {
            id: CreditAccountId::from_uuid(Uuid::from_u128(7)),
            owner_kind: OwnerKind::Person,
            resident_id: None,
            organization_id: None,
            division_code: None,
            balance: Minutes::new(balance),
            held: Minutes::new(held),
            cap: Some(Minutes::new(cap)),
            opened_at: "2026-03-02T01:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn held_minutes_cannot_be_spent_twice() {
        let account = account(60, 60, 100);
        assert_eq!(
            account.check_available(Minutes::new(1)).unwrap_err().reason,
            "CREDITS_INSUFFICIENT"
        );
    }

    #[test]
    fn minutes_beyond_the_cap_go_to_the_pool() {
        let moves = earn(&account(90, 0, 100), Minutes::new(30));
        let to = |id| {
            moves
                .iter()
                .find(|part| part.account == id)
                .map(|part| part.minutes.get())
        };
        assert_eq!((to(SYSTEM), to(POOL)), (Some(-30), Some(20)));
        assert_eq!(to(account(0, 0, 0).id), Some(10));
    }

    #[test]
    fn a_full_account_gives_everything_to_the_pool() {
        let moves = earn(&account(100, 0, 100), Minutes::new(30));
        assert_eq!(moves.len(), 2);
    }

    proptest! {
        #[test]
        fn every_earning_sums_to_zero_and_stays_below_the_cap(
            balance in 0i64..1000, cap in 0i64..1000, minutes in 1i64..500,
        ) {
            let person = account(balance, 0, cap);
            let moves = earn(&person, Minutes::new(minutes));
            prop_assert_eq!(moves.iter().map(|part| part.minutes.get()).sum::<i64>(), 0);
            prop_assert!(moves.len() >= 2);
            let gained: i64 = moves.iter()
                .filter(|part| part.account == person.id).map(|part| part.minutes.get()).sum();
            prop_assert!(gained >= 0 && (gained == 0 || balance + gained <= cap));
        }
    }
}
