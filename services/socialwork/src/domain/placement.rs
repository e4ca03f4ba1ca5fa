//! 志愿者加入服务组织: with which organisations a volunteer serves.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    Refusal,
    keys::{OrganizationId, VolunteerId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::volunteer::Volunteer;

kernel::typed_id!(
    /// Placement of a volunteer with an organisation (志愿者加入组织).
    PlacementId, "placement");

/// A volunteer serves with an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    pub id: PlacementId,
    pub volunteer_id: VolunteerId,
    pub organization_id: OrganizationId,
    pub placed_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

impl Placement {
    /// Ends it; what was served stays on record.
    pub fn end(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.ended_at.is_some() {
            return Err(refuse!(
                Refused,
                "PLACEMENT_ENDED",
                zh: "志愿者已不在该组织服务",
                en: "the volunteer serves with this organisation no longer",
            ));
        }
        self.ended_at = Some(now);
        Ok(())
    }
}

/// Whether a volunteer may join an organisation on a day.
pub fn check_joining(volunteer: &Volunteer, day: NaiveDate) -> Result<(), Refusal> {
    if !volunteer.active {
        return Err(refuse!(
            Refused,
            "WORKER_INACTIVE",
            field: "input.volunteerId",
            zh: "该志愿者已停止服务",
            en: "this volunteer serves no longer",
        ));
    }
    if volunteer.is_minor_without_consent(day) {
        return Err(refuse!(
            Refused,
            "MINOR_WITHOUT_CONSENT",
            field: "input.volunteerId",
            zh: "未成年志愿者须先有监护人同意",
            en: "a minor joins an organisation with a guardian's consent only",
        ));
    }
    Ok(())
}
