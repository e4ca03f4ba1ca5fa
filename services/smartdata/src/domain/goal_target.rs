//! 目标值 (A7): set by an office for a division and a year, on a document; the
//! next one takes its place.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Refusal, refuse};
use serde::{Deserialize, Serialize};

use super::{goal::Year, text};

/// The most a target can ask for; the database says the same.
pub const MOST: i64 = 1_000_000_000;

kernel::typed_id!(
    /// Goal target (目标值).
    GoalTargetId, "goal_target");

/// A target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoalTarget {
    pub id: GoalTargetId,
    pub indicator: String,
    pub division_code: DivisionCode,
    pub year: i32,
    /// None where a document takes the target back and sets no other.
    pub amount: Option<i64>,
    pub document: String,
    /// For demonstrations: no office has set it.
    pub demo: bool,
    pub effective_from: NaiveDate,
    /// The first day it is no longer in force.
    pub effective_until: Option<NaiveDate>,
    pub superseded_by: Option<GoalTargetId>,
    pub set_by: String,
    pub set_at: DateTime<Utc>,
    pub version: i32,
}

/// What a target is made from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewTarget {
    pub indicator: String,
    pub division_code: DivisionCode,
    pub year: i32,
    pub amount: Option<i64>,
    pub document: String,
    pub demo: bool,
    pub effective_from: Option<NaiveDate>,
}

impl GoalTarget {
    /// A target that takes the place of the one before, if there is one.
    pub fn try_new(
        id: GoalTargetId,
        new: NewTarget,
        before: Option<&mut Self>,
        (today, by): (NaiveDate, (String, DateTime<Utc>)),
    ) -> Result<Self, Refusal> {
        let year = Year::try_new(new.year, "input.year")?;
        let from = new.effective_from.unwrap_or_else(|| year.nearest(today));
        if from > year.last() {
            return Err(refuse!(
                Invalid,
                "GOAL_TARGET_FROM",
                field: "input.effectiveFrom",
                zh: "目标须在该年度结束前生效",
                en: "a target is in force before its year ends",
            ));
        }
        if new.amount.is_some_and(|it| !(0..=MOST).contains(&it)) {
            return Err(refuse!(
                Invalid,
                "GOAL_TARGET_AMOUNT",
                field: "input.amount",
                zh: "目标值须在 0 至 {MOST} 之间",
                en: "a target is from 0 to {MOST}",
            ));
        }
        match before {
            Some(before) => before.give_way(id, from)?,
            None if new.amount.is_none() => {
                return Err(refuse!(
                    Refused,
                    "GOAL_TARGET_NONE",
                    zh: "没有可撤销的目标",
                    en: "there is no target to take back",
                ));
            }
            None => {}
        }
        Ok(Self {
            id,
            indicator: new.indicator,
            division_code: new.division_code,
            year: year.get(),
            amount: new.amount,
            document: text::words(&new.document, "input.document", 200)?,
            demo: new.demo,
            effective_from: from,
            effective_until: None,
            superseded_by: None,
            set_by: by.0,
            set_at: by.1,
            version: 1,
        })
    }

    /// Ends on the day another one begins.
    fn give_way(&mut self, next: GoalTargetId, from: NaiveDate) -> Result<(), Refusal> {
        if from < self.effective_from {
            let known = self.effective_from;
            return Err(refuse!(
                Refused,
                "GOAL_TARGET_ORDER",
                field: "input.effectiveFrom",
                zh: "现行目标自 {known} 起生效,新目标不得早于该日",
                en: "the present target holds from {known}; the next one is not from before that",
            ));
        }
        self.effective_until = Some(from);
        self.superseded_by = Some(next);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const TODAY: &str = "2026-03-02";

    fn new(amount: Option<i64>, from: Option<&str>) -> NewTarget {
        NewTarget {
            indicator: "PILOTS".into(),
            division_code: DivisionCode::try_new("230103000000").unwrap(),
            year: 2026,
            amount,
            document: " 市民〔2026〕3号 ".into(),
            demo: false,
            effective_from: from.map(|day| day.parse().unwrap()),
        }
    }

    fn set(
        n: u128,
        new: NewTarget,
        before: Option<&mut GoalTarget>,
    ) -> Result<GoalTarget, Refusal> {
        let at = "2026-03-02T01:00:00Z".parse().unwrap();
        let by = ("civil".to_owned(), at);
        let id = GoalTargetId::from_uuid(Uuid::from_u128(n));
        GoalTarget::try_new(id, new, before, (TODAY.parse().unwrap(), by))
    }

    #[test]
    fn a_target_holds_from_today_and_gives_way_to_the_next() {
        let mut first = set(1, new(Some(5), None), None).unwrap();
        assert_eq!(first.effective_from, TODAY.parse().unwrap());
        assert_eq!(first.document, "市民〔2026〕3号");
        let next = set(2, new(Some(8), Some("2026-05-01")), Some(&mut first)).unwrap();
        assert_eq!(first.effective_until, Some(next.effective_from));
        assert_eq!(first.superseded_by, Some(next.id));
        // Taken back by a document.
        let mut next = next;
        let none = set(3, new(None, Some("2026-05-01")), Some(&mut next)).unwrap();
        assert_eq!((none.amount, next.superseded_by), (None, Some(none.id)));
    }

    #[test]
    fn a_target_without_sense_is_refused() {
        let reason = |new, before: Option<&mut GoalTarget>| set(2, new, before).unwrap_err().reason;
        let mut first = set(1, new(Some(5), None), None).unwrap();
        assert_eq!(reason(new(Some(-1), None), None), "GOAL_TARGET_AMOUNT");
        assert_eq!(
            reason(new(Some(MOST + 1), None), None),
            "GOAL_TARGET_AMOUNT"
        );
        assert_eq!(reason(new(None, None), None), "GOAL_TARGET_NONE");
        let late = new(Some(1), Some("2027-01-01"));
        assert_eq!(reason(late, None), "GOAL_TARGET_FROM");
        let early = new(Some(1), Some("2026-03-01"));
        assert_eq!(reason(early, Some(&mut first)), "GOAL_TARGET_ORDER");
        let mut bare = new(Some(1), None);
        bare.document = "  ".into();
        assert_eq!(reason(bare, None), "TEXT_LENGTH");
        let mut odd = new(Some(1), None);
        odd.year = 1999;
        assert_eq!(reason(odd, None), "GOAL_YEAR");
    }
}
