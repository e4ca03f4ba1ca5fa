//! What a plan has to say: where the delegation goes, when, and with whom.

use chrono::NaiveDate;
use kernel::{DivisionCode, Level, Refusal, refuse};

use super::StudyRole;
use crate::domain::{
    pilot::{PilotId, PilotState},
    words::check_words,
};

/// The longest visit, in days.
const LONGEST: i64 = 31;
/// The largest number of people of one role.
const MOST_PEOPLE: i32 = 500;

/// Where a delegation goes, once it is clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    pub pilot_id: Option<PilotId>,
    pub division_code: DivisionCode,
    pub place: Option<String>,
    pub body: Option<String>,
}

/// What learners may visit: a pilot that operates, or has come further.
pub fn receives(state: PilotState) -> bool {
    matches!(
        state,
        PilotState::Operating | PilotState::Assessed | PilotState::Demonstration
    )
}

/// The city a division lies in; of a province, the province.
fn city(code: &DivisionCode) -> DivisionCode {
    code.at(Level::City).unwrap_or(*code)
}

impl Host {
    /// A pilot near by, which the visitor is not.
    pub fn near(
        visitor: &DivisionCode,
        (pilot, division_code, state): (PilotId, DivisionCode, PilotState),
    ) -> Result<Self, Refusal> {
        if division_code == *visitor {
            return Err(refuse!(
                Refused, "STUDY_VISIT_SELF", field: "input.hostPilotId",
                zh: "不能考察自己", en: "nobody visits themselves to learn",
            ));
        }
        if !receives(state) {
            return Err(refuse!(
                Refused, "STUDY_VISIT_HOST", field: "input.hostPilotId",
                zh: "接待方须为运行中或已评估、示范的试点", en: "the host is a pilot that operates, or has come further",
            ));
        }
        Ok(Self {
            pilot_id: Some(pilot),
            division_code,
            place: None,
            body: None,
        })
    }

    /// A place outside of the visitor's city, by its code and its name.
    pub fn far(
        visitor: &DivisionCode,
        division_code: DivisionCode,
        place: &str,
        body: &str,
    ) -> Result<Self, Refusal> {
        if division_code.level() == Level::Province {
            return Err(refuse!(
                Invalid, "STUDY_VISIT_CITY", field: "input.hostDivisionCode",
                zh: "请写明到哪个市", en: "say which city it goes to",
            ));
        }
        if city(visitor).contains(&division_code) {
            return Err(refuse!(
                Invalid, "STUDY_VISIT_NOT_FAR", field: "input.hostDivisionCode",
                zh: "远学须到市外", en: "a visit far away goes outside of the city",
            ));
        }
        Ok(Self {
            pilot_id: None,
            division_code,
            place: Some(check_words("input.hostPlace", place, 100)?),
            body: Some(check_words("input.hostBody", body, 100)?),
        })
    }
}

/// The days of a visit that is still to come.
pub fn check_days(starts: NaiveDate, ends: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    if starts < today {
        return Err(refuse!(
            Invalid, "STUDY_VISIT_PAST", field: "input.startsOn",
            zh: "开始日期不能早于今天", en: "it begins today or later",
        ));
    }
    if !(0..LONGEST).contains(&(ends - starts).num_days()) {
        return Err(refuse!(
            Invalid, "STUDY_VISIT_DAYS", field: "input.endsOn",
            zh: "结束日期不早于开始日期,最长 {LONGEST} 天", en: "it ends when it begins or later, after {LONGEST} days at most",
        ));
    }
    Ok(())
}

/// Somebody takes part, and each role is counted once.
pub fn check_people(people: &[(StudyRole, i32)]) -> Result<(), Refusal> {
    if people.is_empty() {
        return Err(refuse!(
            Invalid, "STUDY_PEOPLE_NONE", field: "input.people",
            zh: "请填写考察人员", en: "say how many take part",
        ));
    }
    for (at, (role, count)) in people.iter().enumerate() {
        if !(1..=MOST_PEOPLE).contains(count) {
            return Err(refuse!(
                Invalid, "STUDY_PEOPLE_COUNT", field: format!("input.people.{at}.people"),
                zh: "人数为 1 至 {MOST_PEOPLE}", en: "1 to {MOST_PEOPLE} people",
            ));
        }
        if people.iter().take(at).any(|(before, _)| before == role) {
            return Err(refuse!(
                Invalid, "STUDY_PEOPLE_TWICE", field: format!("input.people.{at}.role"),
                zh: "身份重复", en: "this role stands twice",
            ));
        }
    }
    Ok(())
}
