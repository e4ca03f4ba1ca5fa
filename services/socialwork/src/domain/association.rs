//! 社会工作者协会 (A52): of a district, a county or a city; voluntary.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Level, Refusal,
    keys::{OrganizationId, SocialWorkerId},
    refuse,
};
use serde::{Deserialize, Serialize};

kernel::typed_id!(
    /// Association of social workers (社会工作者协会).
    AssociationId, "association");
kernel::typed_id!(
    /// Membership in an association (协会会员).
    MembershipId, "membership");

/// An association.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Association {
    pub id: AssociationId,
    pub organization_id: OrganizationId,
    pub division_code: DivisionCode,
    pub name: String,
    pub purpose: String,
    pub members: i64,
    pub dissolved_at: Option<DateTime<Utc>>,
    pub reason: Option<String>,
    pub version: i32,
    pub founded_at: DateTime<Utc>,
}

impl Association {
    /// Refuses one that is no more.
    pub fn check_standing(&self) -> Result<(), Refusal> {
        if self.dissolved_at.is_none() {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "ASSOCIATION_DISSOLVED",
            zh: "协会已解散",
            en: "the association is dissolved",
        ))
    }

    /// It is dissolved, for a reason.
    pub fn dissolve(&mut self, reason: String, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.check_standing()?;
        self.dissolved_at = Some(now);
        self.reason = Some(reason);
        Ok(())
    }
}

/// An association is of a district, a county or a city.
pub fn check_level(division: &DivisionCode) -> Result<(), Refusal> {
    if matches!(division.level(), Level::City | Level::County) {
        return Ok(());
    }
    Err(refuse!(
        Invalid,
        "ASSOCIATION_LEVEL",
        field: "input.divisionCode",
        zh: "协会须设在市或区、县(市)",
        en: "an association is of a city, a district or a county",
    ))
}

/// A social worker is a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    pub id: MembershipId,
    pub association_id: AssociationId,
    pub social_worker_id: SocialWorkerId,
    pub joined_at: DateTime<Utc>,
    pub left_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_of_a_city_or_a_county() {
        for (code, fits) in [
            ("230103000000", true),
            ("230100000000", true),
            ("230000000000", false),
            ("230103001000", false),
            ("230103001001", false),
        ] {
            let code: DivisionCode = code.parse().unwrap();
            assert_eq!(check_level(&code).is_ok(), fits, "{code}");
        }
    }
}
