//! 中标: the first of the ranking, told to all, with the clocks that follow.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{
    Fen, Refusal, Term, WorkCalendar,
    keys::{OrganizationId, TenderId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::{bid::BidId, ranking::Ranked};

kernel::typed_id!(
    /// Award (中标结果).
    AwardId, "award");

/// An award.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Award {
    pub id: AwardId,
    pub tender_id: TenderId,
    pub bid_id: BidId,
    pub organization_id: OrganizationId,
    pub amount: Fen,
    pub decided_at: DateTime<Utc>,
    /// Whether the buyer decided within the working days for it.
    pub in_time: bool,
    /// Until when the notice is due.
    pub notice_by: DateTime<Utc>,
    pub publicity: Option<Publicity>,
}

/// The notice and what it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publicity {
    pub published_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    /// Until when the contract is signed.
    pub sign_by: DateTime<Utc>,
}

impl Publicity {
    /// Begins now.
    pub fn begin(
        calendar: &WorkCalendar,
        publicity_working_days: u32,
        sign_days: u32,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        Ok(Self {
            published_at: now,
            ends_at: calendar.add(now, Term::WorkingDays(publicity_working_days))?,
            sign_by: calendar.add(now, Term::Days(sign_days))?,
        })
    }

    /// Whether a contract may be signed now, where a challenge held the signing up
    /// for so long.
    pub fn check_signing(&self, held_up: TimeDelta, now: DateTime<Utc>) -> Result<(), Refusal> {
        if now < self.ends_at {
            let until = self.ends_at;
            return Err(refuse!(
                Refused,
                "CONTRACT_BEFORE_PUBLICITY",
                zh: "公示期至 {until},期满后才能签订合同",
                en: "the publicity lasts until {until}; the contract is signed after it",
            ));
        }
        let until = self.sign_by + held_up;
        if now > until {
            return Err(refuse!(
                Refused,
                "CONTRACT_TOO_LATE",
                zh: "签订合同的期限已于 {until} 届满",
                en: "the time for signing ended at {until}",
            ));
        }
        Ok(())
    }
}

/// The bid that may be awarded is the first of the ranking.
pub fn check_order(ranking: &[Ranked], bid: BidId) -> Result<(), Refusal> {
    match ranking.iter().find(|one| one.bid_id == bid) {
        Some(Ranked { rank: 1, .. }) => Ok(()),
        Some(Ranked { rank, .. }) => Err(refuse!(
            Refused,
            "AWARD_NOT_IN_RANK_ORDER",
            field: "input.bidId",
            zh: "该投标排名第 {rank},须按排名顺序定标",
            en: "this bid is number {rank}; the award goes by rank",
        )),
        None => Err(refuse!(
            Refused,
            "BID_NOT_RANKED",
            field: "input.bidId",
            zh: "该投标不在本项目的排名中",
            en: "this bid is not in the ranking of the tender",
        )),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_contract_waits_for_the_publicity_and_not_for_ever() {
        let now = "2026-03-06T02:00:00Z".parse().unwrap();
        let publicity = Publicity::begin(&WorkCalendar::default(), 1, 30, now).unwrap();
        // Friday: the one working day is Monday, and ends with it.
        assert_eq!(
            publicity.ends_at,
            "2026-03-09T16:00:00Z".parse::<DateTime<Utc>>().unwrap()
        );
        let none = TimeDelta::zero();
        let early = publicity.check_signing(none, now).unwrap_err();
        assert_eq!(early.reason, "CONTRACT_BEFORE_PUBLICITY");
        publicity.check_signing(none, publicity.ends_at).unwrap();
        let after = publicity.sign_by + TimeDelta::seconds(1);
        // The time stands still while a challenge holds the signing up.
        publicity.check_signing(TimeDelta::days(3), after).unwrap();
        let late = publicity.check_signing(none, after);
        assert_eq!(late.unwrap_err().reason, "CONTRACT_TOO_LATE");
    }

    #[test]
    fn only_the_first_is_awarded() {
        let bid = |n| BidId::from_uuid(Uuid::from_u128(n));
        let ranked = |n, rank| Ranked {
            bid_id: bid(n),
            rank,
            price: Fen::new(1),
            quality_micro: 0,
            price_micro: 0,
            total_micro: 0,
        };
        let ranking = [ranked(1, 1), ranked(2, 2)];
        check_order(&ranking, bid(1)).unwrap();
        assert_eq!(
            check_order(&ranking, bid(2)).unwrap_err().reason,
            "AWARD_NOT_IN_RANK_ORDER"
        );
        assert_eq!(
            check_order(&ranking, bid(3)).unwrap_err().reason,
            "BID_NOT_RANKED"
        );
    }
}
