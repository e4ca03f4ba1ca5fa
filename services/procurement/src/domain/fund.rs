//! 资金 (A67): a double-entry ledger in 分; nothing is spent above the balance.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Fen, Refusal, keys::FundId, refuse};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::text;

kernel::typed_id!(
    /// Entry of a fund's ledger (资金分录).
    EntryId, "fund_entry");

kernel::text_enum! {
    /// The accounts of a fund.
    pub enum Account {
        /// 来源: where money comes from; the only account below zero.
        Source = "SOURCE",
        /// 可用
        Available = "AVAILABLE",
        /// 已预留
        Reserved = "RESERVED",
        /// 已承付
        Committed = "COMMITTED",
        /// 已支付
        Paid = "PAID",
    }
}

kernel::text_enum! {
    /// What moves money.
    pub enum EntryKind {
        /// 拨入
        Appropriate = "APPROPRIATE",
        /// 预留
        Reserve = "RESERVE",
        /// 释放
        Release = "RELEASE",
        /// 承付
        Commit = "COMMIT",
        /// 解除承付
        Uncommit = "UNCOMMIT",
        /// 支付
        Pay = "PAY",
        /// 追回
        Recover = "RECOVER",
    }
}

impl EntryKind {
    /// From which account to which.
    pub const fn accounts(self) -> (Account, Account) {
        match self {
            Self::Appropriate => (Account::Source, Account::Available),
            Self::Reserve => (Account::Available, Account::Reserved),
            Self::Release => (Account::Reserved, Account::Available),
            Self::Commit => (Account::Reserved, Account::Committed),
            Self::Uncommit => (Account::Committed, Account::Available),
            Self::Pay => (Account::Committed, Account::Paid),
            Self::Recover => (Account::Paid, Account::Available),
        }
    }
}

/// What stands on each account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balances {
    pub source: Fen,
    pub available: Fen,
    pub reserved: Fen,
    pub committed: Fen,
    pub paid: Fen,
}

impl Balances {
    /// The balance of an account, to read or to set.
    pub fn account(&mut self, account: Account) -> &mut Fen {
        match account {
            Account::Source => &mut self.source,
            Account::Available => &mut self.available,
            Account::Reserved => &mut self.reserved,
            Account::Committed => &mut self.committed,
            Account::Paid => &mut self.paid,
        }
    }
}

/// A fund of one division.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fund {
    pub id: FundId,
    pub name: String,
    pub division_code: DivisionCode,
    pub balances: Balances,
    pub created_at: DateTime<Utc>,
}

/// A movement of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub id: EntryId,
    pub fund_id: FundId,
    pub kind: EntryKind,
    pub amount: Fen,
    /// The need, contract or milestone it is for.
    pub reference: Option<Uuid>,
    pub document: Option<String>,
    pub actor: String,
    pub at: DateTime<Utc>,
}

impl Fund {
    /// An empty fund.
    pub fn try_new(
        id: FundId,
        name: &str,
        division_code: DivisionCode,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        let name = text("input.name", name, 100)?;
        Ok(Self {
            id,
            name,
            division_code,
            balances: Balances::default(),
            created_at: now,
        })
    }

    /// Moves money, or refuses where it is not there.
    pub fn apply(&mut self, kind: EntryKind, amount: Fen) -> Result<(), Refusal> {
        if amount <= Fen::ZERO {
            return Err(refuse!(
                Invalid,
                "AMOUNT_NOT_POSITIVE",
                field: "input.amount",
                zh: "金额须大于零",
                en: "the amount must be above zero",
            ));
        }
        let (from, to) = kind.accounts();
        let mut after = self.balances;
        let left = after.account(from).checked_sub(amount)?;
        if from != Account::Source && left.is_negative() {
            let have = *after.account(from);
            return Err(refuse!(
                Refused,
                "FUND_INSUFFICIENT",
                zh: "资金余额不足:{from} 只有 {have},需要 {amount}",
                en: "the fund has {have} on {from}, {amount} is needed",
            ));
        }
        *after.account(from) = left;
        *after.account(to) = after.account(to).checked_add(amount)?;
        self.balances = after;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fund() -> Fund {
        let id = FundId::from_uuid(Uuid::from_u128(1));
        let division = DivisionCode::try_new("230103000000").unwrap();
        Fund::try_new(id, "居家养老专项", division, DateTime::default()).unwrap()
    }

    #[test]
    fn refuses_to_reserve_what_is_not_there() {
        let mut fund = fund();
        fund.apply(EntryKind::Appropriate, Fen::new(100)).unwrap();
        let refused = fund.apply(EntryKind::Reserve, Fen::new(101)).unwrap_err();
        assert_eq!(refused.reason, "FUND_INSUFFICIENT");
        assert_eq!(fund.balances.available, Fen::new(100));
    }

    #[test]
    fn refuses_amounts_that_are_not_above_zero() {
        for amount in [0, -1] {
            let refused = fund()
                .apply(EntryKind::Appropriate, Fen::new(amount))
                .unwrap_err();
            assert_eq!(refused.reason, "AMOUNT_NOT_POSITIVE");
        }
    }

    proptest! {
        #[test]
        fn any_movements_sum_to_zero_and_spend_nothing_that_is_not_there(
            moves in prop::collection::vec((0usize..EntryKind::ALL.len(), -5i64..1000), 0..60)
        ) {
            let mut fund = fund();
            for (kind, amount) in moves {
                let _ = fund.apply(EntryKind::ALL[kind], Fen::new(amount));
                let mut total = 0;
                for account in Account::ALL {
                    let balance = fund.balances.account(*account).get();
                    prop_assert!(*account == Account::Source || balance >= 0);
                    total += balance;
                }
                prop_assert_eq!(total, 0);
            }
        }
    }
}
