//! 表决: who may vote, when, and what the count decides.

use chrono::{DateTime, Utc};
use kernel::{Refusal, keys::ProposalId, refuse, typed_id};
use serde::{Deserialize, Serialize};

use super::{proposal::ProposalState, words::check_words};

typed_id!(
    /// 表决
    BallotId, "ballot");

kernel::text_enum! {
    /// Who holds a vote.
    pub enum BallotUnit {
        /// 居民
        Person = "PERSON",
        /// 户代表
        Household = "HOUSEHOLD",
        /// 居民代表
        Representative = "REPRESENTATIVE",
    }
}

impl BallotUnit {
    /// The parameter that says how many have to take part.
    pub const fn quorum_key(self) -> &'static str {
        match self {
            Self::Person => "com.ballot.quorum_percent.person",
            Self::Household => "com.ballot.quorum_percent.household",
            Self::Representative => "com.ballot.quorum_percent.representative",
        }
    }

    /// Whether such a vote can be held: households and representatives need a
    /// register of who may vote for them, which does not exist yet. Without
    /// it several people of one household would be counted.
    pub fn can_be_held(self) -> Result<(), Refusal> {
        if self == Self::Person {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "BALLOT_UNIT_UNSUPPORTED",
            field: "input.unit",
            zh: "户代表、居民代表名册尚未建立,目前只能按居民一人一票表决",
            en: "there is no register of households' and residents' representatives yet: votes are held by person",
        ))
    }
}

kernel::text_enum! {
    /// How many of those who took part must be in favour.
    pub enum BallotRule {
        /// 过半数
        SimpleMajority = "SIMPLE_MAJORITY",
        /// 三分之二以上
        TwoThirds = "TWO_THIRDS",
    }
}

impl BallotRule {
    fn adopts(self, votes_for: i32, present: i32) -> bool {
        let (votes_for, present) = (i64::from(votes_for), i64::from(present));
        match self {
            Self::SimpleMajority => votes_for * 2 > present,
            Self::TwoThirds => votes_for * 3 >= present * 2,
        }
    }
}

kernel::text_enum! {
    /// What is on the ballot.
    pub enum BallotChoice {
        /// 赞成
        For = "FOR",
        /// 反对
        Against = "AGAINST",
        /// 弃权
        Abstain = "ABSTAIN",
    }
}

impl BallotChoice {
    /// What is sealed: one byte for each, so that a sealed choice's length
    /// tells nothing.
    pub const fn mark(self) -> u8 {
        match self {
            Self::For => b'F',
            Self::Against => b'A',
            Self::Abstain => b'-',
        }
    }

    /// The choice of a mark.
    pub fn of_mark(mark: &[u8]) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|choice| [choice.mark()] == mark)
    }
}

/// Checks the number printed on a paper ballot.
pub fn check_serial(serial: &str) -> Result<String, Refusal> {
    check_words("input.paperSerial", serial, 50)
}

kernel::text_enum! {
    /// What the count decided.
    pub enum BallotDecision {
        /// 通过
        Adopted = "ADOPTED",
        /// 未通过
        Rejected = "REJECTED",
        /// 人数不足
        NoQuorum = "NO_QUORUM",
    }
}

impl From<BallotDecision> for ProposalState {
    fn from(decision: BallotDecision) -> Self {
        match decision {
            BallotDecision::Adopted => Self::Adopted,
            BallotDecision::Rejected => Self::Rejected,
            BallotDecision::NoQuorum => Self::MoreWork,
        }
    }
}

/// A vote on a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ballot {
    pub id: BallotId,
    pub proposal_id: ProposalId,
    pub unit: BallotUnit,
    pub rule: BallotRule,
    pub eligible: i32,
    /// More than this share of those eligible must take part.
    pub quorum_percent: i32,
    /// The article the quorum rests on.
    pub quorum_source: String,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub result: Option<Tally>,
}

/// The count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub votes_for: i32,
    pub votes_against: i32,
    pub abstentions: i32,
    pub decision: BallotDecision,
    pub closed_at: DateTime<Utc>,
}

impl Ballot {
    /// Whether a vote may be cast now.
    pub fn takes_votes(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if now < self.opens_at {
            return Err(refuse!(
                Refused, "BALLOT_NOT_OPEN", zh: "表决尚未开始", en: "the vote has not begun"
            ));
        }
        if now >= self.closes_at {
            return Err(refuse!(
                Refused, "BALLOT_CLOSED", zh: "表决已经结束", en: "the vote is over"
            ));
        }
        Ok(())
    }

    /// Counts after the close: more than the quorum must have taken part, and
    /// of those as many be in favour as the rule says.
    pub fn count(
        &self,
        choices: impl IntoIterator<Item = BallotChoice>,
        now: DateTime<Utc>,
    ) -> Result<Tally, Refusal> {
        if now < self.closes_at {
            return Err(refuse!(
                Refused,
                "BALLOT_STILL_OPEN",
                zh: "表决尚未结束,不能计票",
                en: "votes are counted after the close",
            ));
        }
        let (mut votes_for, mut votes_against, mut abstentions) = (0, 0, 0);
        for choice in choices {
            match choice {
                BallotChoice::For => votes_for += 1,
                BallotChoice::Against => votes_against += 1,
                BallotChoice::Abstain => abstentions += 1,
            }
        }
        let present = votes_for + votes_against + abstentions;
        let decision = if i64::from(present) * 100
            <= i64::from(self.eligible) * i64::from(self.quorum_percent)
        {
            BallotDecision::NoQuorum
        } else if self.rule.adopts(votes_for, present) {
            BallotDecision::Adopted
        } else {
            BallotDecision::Rejected
        };
        Ok(Tally {
            votes_for,
            votes_against,
            abstentions,
            decision,
            closed_at: now,
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn ballot(eligible: i32) -> Ballot {
        let opens_at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        Ballot {
            id: BallotId::from_uuid(uuid::Uuid::nil()),
            proposal_id: ProposalId::from_uuid(uuid::Uuid::nil()),
            unit: BallotUnit::Person,
            rule: BallotRule::SimpleMajority,
            eligible,
            quorum_percent: 50,
            quorum_source: "test".into(),
            opens_at,
            closes_at: opens_at + TimeDelta::days(1),
            created_at: opens_at,
            result: None,
        }
    }

    fn decided(eligible: i32, yes: usize, no: usize, abstain: usize) -> BallotDecision {
        let ballot = ballot(eligible);
        let choices = std::iter::repeat_n(BallotChoice::For, yes)
            .chain(std::iter::repeat_n(BallotChoice::Against, no))
            .chain(std::iter::repeat_n(BallotChoice::Abstain, abstain));
        ballot.count(choices, ballot.closes_at).unwrap().decision
    }

    #[test]
    fn half_is_no_quorum_and_half_of_those_present_is_no_majority() {
        assert_eq!(decided(10, 5, 0, 0), BallotDecision::NoQuorum);
        assert_eq!(decided(10, 6, 0, 0), BallotDecision::Adopted);
        assert_eq!(decided(10, 3, 3, 0), BallotDecision::Rejected);
        // An abstention is present, and not in favour.
        assert_eq!(decided(10, 3, 1, 2), BallotDecision::Rejected);
        assert_eq!(decided(10, 4, 1, 2), BallotDecision::Adopted);
    }

    #[test]
    fn two_thirds_are_enough_where_the_rule_asks_for_them() {
        let ballot = Ballot {
            rule: BallotRule::TwoThirds,
            ..ballot(3)
        };
        let of = |yes, no| {
            let choices = std::iter::repeat_n(BallotChoice::For, yes)
                .chain(std::iter::repeat_n(BallotChoice::Against, no));
            ballot.count(choices, ballot.closes_at).unwrap().decision
        };
        assert_eq!(of(2, 1), BallotDecision::Adopted);
        assert_eq!(of(3, 2), BallotDecision::Rejected);
    }

    #[test]
    fn marks_are_one_byte_and_come_back() {
        for choice in BallotChoice::ALL {
            assert_eq!(BallotChoice::of_mark(&[choice.mark()]), Some(*choice));
        }
        assert_eq!(BallotChoice::of_mark(b""), None);
        assert_eq!(BallotChoice::of_mark(b"FF"), None);
    }

    #[test]
    fn only_votes_by_person_can_be_held() {
        for unit in BallotUnit::ALL {
            assert_eq!(unit.can_be_held().is_ok(), *unit == BallotUnit::Person);
        }
    }

    proptest! {
        #[test]
        fn adopted_needs_the_quorum_and_the_majority(
            eligible in 1_i32..60, yes in 0_usize..40, no in 0_usize..40, abstain in 0_usize..40,
        ) {
            let present = yes + no + abstain;
            let quorum = present * 2 > usize::try_from(eligible).unwrap();
            let expected = match (quorum, yes > no + abstain) {
                (false, _) => BallotDecision::NoQuorum,
                (true, true) => BallotDecision::Adopted,
                (true, false) => BallotDecision::Rejected,
            };
            prop_assert_eq!(decided(eligible, yes, no, abstain), expected);
        }
    }

    #[test]
    fn takes_votes_from_the_opening_until_just_before_the_close() {
        let ballot = ballot(3);
        assert!(
            ballot
                .takes_votes(ballot.opens_at - TimeDelta::microseconds(1))
                .is_err()
        );
        assert!(ballot.takes_votes(ballot.opens_at).is_ok());
        assert!(ballot.takes_votes(ballot.closes_at).is_err());
        assert!(
            ballot
                .count([], ballot.closes_at - TimeDelta::microseconds(1))
                .is_err()
        );
    }
}
