//! 合同变更 (A70): the plan changes only by a variation that the other side of the desk
//! approved; each makes a new version of the plan.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Refusal, keys::ContractId, refuse};
use serde::{Deserialize, Serialize};

use super::{termination::ContractSide, text};

kernel::typed_id!(
    /// Variation of a contract (合同变更).
    VariationId, "contract_variation");

kernel::text_enum! {
    /// Where a variation stands.
    pub enum VariationState {
        /// 已提出
        Proposed = "PROPOSED",
        /// 已批准
        Approved = "APPROVED",
        /// 不批准
        Refused = "REFUSED",
    }
}

/// A variation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variation {
    pub id: VariationId,
    pub contract_id: ContractId,
    pub content: String,
    pub reason: String,
    /// Where the term moves as well.
    pub new_ends_on: Option<NaiveDate>,
    pub proposed_side: ContractSide,
    pub proposed_by: String,
    pub proposed_at: DateTime<Utc>,
    pub state: VariationState,
    /// The version of the plan it makes.
    pub plan_version: Option<i32>,
    pub note: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
}

/// Whether a new end lies after the present one and within the longest term.
pub fn check_term(
    new_ends_on: Option<NaiveDate>,
    runs_until: NaiveDate,
    signed_on: NaiveDate,
    most_days: i64,
) -> Result<(), Refusal> {
    let Some(new) = new_ends_on else {
        return Ok(());
    };
    if new <= runs_until {
        return Err(refuse!(
            Invalid,
            "VARIATION_NOT_LATER",
            field: "input.newEndsOn",
            zh: "变更后的期限须晚于现期限 {runs_until}",
            en: "the new end lies after the present one, {runs_until}",
        ));
    }
    if (new - signed_on).num_days() > most_days {
        return Err(refuse!(
            Refused,
            "VARIATION_TERM_TOO_LONG",
            field: "input.newEndsOn",
            zh: "履行期限自签订起最长 {most_days} 日",
            en: "a contract runs for at most {most_days} days from its signature",
        ));
    }
    Ok(())
}

/// The plan after all approved variations so far.
pub fn present_plan(variations: &[Variation]) -> i32 {
    let approved = variations.iter().filter_map(|one| one.plan_version);
    approved.max().unwrap_or(1)
}

/// Until when a contract runs, its approved variations considered.
pub fn runs_until(ends_on: NaiveDate, variations: &[Variation]) -> NaiveDate {
    let moved = variations
        .iter()
        .filter_map(|one| Some((one.plan_version?, one.new_ends_on?)));
    moved
        .max_by_key(|(version, _)| *version)
        .map_or(ends_on, |(_, until)| until)
}

impl Variation {
    /// Decided by somebody else than who proposed it.
    pub fn decide(
        &mut self,
        approved: bool,
        note: Option<&str>,
        present: i32,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if self.state != VariationState::Proposed {
            return Err(refuse!(
                Refused,
                "VARIATION_DECIDED",
                zh: "该变更已作出决定",
                en: "this variation is decided already",
            ));
        }
        if self.proposed_by == by {
            return Err(refuse!(
                Refused,
                "VARIATION_OF_DECIDER",
                zh: "提出变更的人不得批准",
                en: "whoever proposed a variation does not approve it",
            ));
        }
        if approved {
            self.note = note
                .map(|note| text("input.note", note, 1000))
                .transpose()?;
            self.state = VariationState::Approved;
            self.plan_version = Some(present + 1);
        } else {
            self.note = Some(text("input.note", note.unwrap_or_default(), 1000)?);
            self.state = VariationState::Refused;
        }
        self.decided_by = Some(by.to_owned());
        self.decided_at = Some(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_term_moves_later_and_not_beyond_three_years() {
        let (until, signed) = (day("2027-03-01"), day("2026-03-01"));
        let check = |new: &str| check_term(Some(day(new)), until, signed, 1095);
        check_term(None, until, signed, 1095).unwrap();
        check("2029-02-28").unwrap();
        assert_eq!(
            check("2027-03-01").unwrap_err().reason,
            "VARIATION_NOT_LATER"
        );
        assert_eq!(
            check("2029-03-01").unwrap_err().reason,
            "VARIATION_TERM_TOO_LONG"
        );
    }
}
