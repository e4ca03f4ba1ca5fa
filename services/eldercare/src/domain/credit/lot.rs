//! 积分批次 (A55, T2): what minutes come from and until when they count, and what
//! those earn who provide or purchase.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Fen, Minutes, Refusal};
use serde::Deserialize;

use super::{CreditAccount, CreditAccountId, Move, SYSTEM, earn};

kernel::text_enum! {
    /// What minutes come from.
    pub enum LotKind {
        /// 服务所得
        Service = "SERVICE",
        /// 购买所得,不得转让
        Purchase = "PURCHASE",
        /// 公益池发放
        Grant = "GRANT",
    }
}

/// All minutes of an account that are alike: of one kind, until one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditLot {
    pub account_id: CreditAccountId,
    pub kind: LotKind,
    /// The first day they no longer count.
    pub expires_on: Option<NaiveDate>,
    pub left: Minutes,
    pub transferable: bool,
    pub first_at: DateTime<Utc>,
}

/// The part of a posting that one lot bore.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LotPart {
    pub kind: LotKind,
    /// As the database writes it: a day, or `infinity`.
    pub expires_on: String,
    pub minutes: Minutes,
}

/// What an account gained and spent over some days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    pub opening: Minutes,
    pub gained: Minutes,
    pub spent: Minutes,
    pub closing: Minutes,
}

/// What paid service brings to whoever gave it and to their organisation: a
/// share of the minutes, in percent, begun minutes left out.
pub fn provided(
    person: Option<(&CreditAccount, i64)>,
    group: Option<(&CreditAccount, i64)>,
    served: Minutes,
) -> Result<Vec<Move>, Refusal> {
    let mut moves: Vec<Move> = Vec::new();
    for (account, percent) in [person, group].into_iter().flatten() {
        let share = Minutes::new(served.times(percent.max(0))?.get() / 100);
        if share <= Minutes::ZERO {
            continue;
        }
        for part in earn(account, share) {
            match moves.iter_mut().find(|one| one.account == part.account) {
                Some(one) => one.minutes = one.minutes.checked_add(part.minutes)?,
                None => moves.push(part),
            }
        }
    }
    debug_assert!(moves.is_empty() || moves[0].account == SYSTEM);
    Ok(moves)
}

/// The minutes that money spent on service brings, at so many per 100 yuan.
pub fn purchased(copay: Fen, rate: i64) -> Result<Minutes, Refusal> {
    Ok(Minutes::new(copay.get())
        .times(rate.max(0))
        .map(|all| Minutes::new(all.get() / 10_000))?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::domain::credit::{OwnerKind, POOL};

    fn account(n: u128, room: i64) -> CreditAccount {
        CreditAccount {
            id: CreditAccountId::from_uuid(Uuid::from_u128(n)),
            owner_kind: OwnerKind::Person,
            resident_id: None,
            organization_id: None,
            division_code: None,
            balance: Minutes::ZERO,
            held: Minutes::ZERO,
            cap: Some(Minutes::new(room)),
            opened_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn whoever_gives_paid_service_and_their_group_get_their_shares() {
        let (nurse, group) = (account(7, 5), account(8, 1000));
        let moves = provided(Some((&nurse, 10)), Some((&group, 20)), Minutes::new(90)).unwrap();
        let to = |id| {
            let found = moves.iter().find(|part| part.account == id);
            found.map(|part| part.minutes.get())
        };
        // Nine minutes for her, of which five fit and four are the pool's.
        assert_eq!((to(nurse.id), to(POOL)), (Some(5), Some(4)));
        assert_eq!((to(group.id), to(SYSTEM)), (Some(18), Some(-27)));
        assert!(
            provided(Some((&nurse, 0)), None, Minutes::new(90))
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn money_brings_whole_minutes_at_the_rate_of_the_day() {
        assert_eq!(purchased(Fen::new(2000), 30).unwrap(), Minutes::new(6));
        assert_eq!(purchased(Fen::new(999), 10).unwrap(), Minutes::ZERO);
        assert_eq!(purchased(Fen::new(2000), 0).unwrap(), Minutes::ZERO);
    }

    proptest! {
        #[test]
        fn shares_always_sum_to_zero(
            minutes in 0i64..600, mine in 0i64..=100, ours in 0i64..=100, room in 0i64..50,
        ) {
            let (person, group) = (account(7, room), account(8, 1_000_000));
            let moves = provided(Some((&person, mine)), Some((&group, ours)), Minutes::new(minutes)).unwrap();
            prop_assert_eq!(moves.iter().map(|part| part.minutes.get()).sum::<i64>(), 0);
            prop_assert!(moves.iter().all(|part| part.minutes != Minutes::ZERO));
        }
    }
}
