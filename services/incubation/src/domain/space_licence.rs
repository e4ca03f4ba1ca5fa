//! 无偿场地 (A43): which room an organisation uses, for what, until when.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Refusal, keys::OrganizationId, refuse, typed_id};
use serde::{Deserialize, Serialize};

use super::{incubatee::IncubateeId, incubation_centre::IncubationCentreId};

typed_id!(
    /// Licence to use a room free of charge (场地使用).
    SpaceLicenceId, "space_licence");

/// A licence. That it costs nothing is a rule of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpaceLicence {
    pub id: SpaceLicenceId,
    pub centre_id: IncubationCentreId,
    pub organization_id: OrganizationId,
    pub incubatee_id: Option<IncubateeId>,
    pub division_code: DivisionCode,
    pub room: String,
    pub area_m2: i32,
    pub mission: String,
    pub valid_from: NaiveDate,
    pub valid_to: NaiveDate,
    pub created_at: DateTime<Utc>,
    pub ended_on: Option<NaiveDate>,
    pub end_reason: Option<String>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

impl SpaceLicence {
    /// The last day the room is theirs.
    pub fn last_day(&self) -> NaiveDate {
        self.ended_on.unwrap_or(self.valid_to)
    }

    /// Whether it holds on a day.
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && day <= self.last_day()
    }

    /// Ends it sooner than said.
    pub fn end(&mut self, on: NaiveDate, reason: String) -> Result<(), Refusal> {
        if self.ended_on.is_some() {
            return Err(refuse!(
                Refused,
                "LICENCE_ENDED",
                zh: "该场地使用已终止",
                en: "the licence has ended",
            ));
        }
        let (first, last) = (self.valid_from, self.valid_to);
        if on < first || on > last {
            return Err(refuse!(
                Invalid,
                "LICENCE_END",
                field: "input.on",
                zh: "终止日须在 {first} 与 {last} 之间",
                en: "it ends between {first} and {last}",
            ));
        }
        self.ended_on = Some(on);
        self.end_reason = Some(reason);
        Ok(())
    }
}
