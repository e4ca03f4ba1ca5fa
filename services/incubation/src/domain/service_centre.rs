//! 社会服务中心 (A32, A33): of the city, of a district, of a community.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    DivisionCode, Level, Refusal,
    keys::{CommunityId, OrganizationId},
    refuse, typed_id,
};
use serde::{Deserialize, Serialize};

use super::organization::{Organization, OrganizationKind, OrganizationStatus};

typed_id!(
    /// Service centre (社会服务中心).
    ServiceCentreId, "service_centre");

kernel::text_enum! {
    /// How far a centre reaches.
    pub enum CentreLevel {
        /// 市级社会服务中心
        City = "CITY",
        /// 区级社会服务中心
        District = "DISTRICT",
        /// 社区社会组织服务中心
        Community = "COMMUNITY",
    }
}

/// A service centre: a social organisation with a place and a level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCentre {
    pub id: ServiceCentreId,
    pub level: CentreLevel,
    pub division_code: DivisionCode,
    pub community_id: Option<CommunityId>,
    pub organization_id: OrganizationId,
    pub founded_on: NaiveDate,
    pub created_at: DateTime<Utc>,
    pub name: String,
    pub guided_by: Option<ServiceCentreId>,
    pub closed_on: Option<NaiveDate>,
    pub close_reason: Option<String>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

impl ServiceCentre {
    /// Refuses to change what is closed.
    pub fn check_open(&self) -> Result<(), Refusal> {
        match self.closed_on {
            None => Ok(()),
            Some(on) => Err(refuse!(
                Refused,
                "SERVICE_CENTRE_CLOSED",
                zh: "该中心已于 {on} 撤销",
                en: "this centre was closed on {on}",
            )),
        }
    }
}

/// Whether a level and a place go together.
pub fn check_level(level: CentreLevel, division: &DivisionCode) -> Result<(), Refusal> {
    let right = match level {
        CentreLevel::City => Level::City,
        CentreLevel::District => Level::County,
        CentreLevel::Community => Level::Community,
    };
    if division.level() == right {
        return Ok(());
    }
    Err(refuse!(
        Invalid,
        "SERVICE_CENTRE_LEVEL",
        field: "input.divisionCode",
        zh: "区划 {division} 与中心层级 {level} 不符",
        en: "the division {division} is not of the level {level}",
    ))
}

/// 社会组织性质: registered, and a social organisation.
pub fn check_body(body: &Organization) -> Result<(), Refusal> {
    use OrganizationKind::{Foundation, PrivateNonEnterprise, SocialGroup};
    if matches!(body.kind, SocialGroup | PrivateNonEnterprise | Foundation)
        && body.status == OrganizationStatus::Registered
    {
        return Ok(());
    }
    Err(refuse!(
        Refused,
        "SERVICE_CENTRE_BODY",
        field: "input.organizationId",
        zh: "社会服务中心须为已登记的社会组织",
        en: "a service centre is a registered social organisation",
    ))
}

/// A centre is guided by one above it, in whose place it lies.
pub fn check_guide(above: &ServiceCentre, place: &DivisionCode) -> Result<(), Refusal> {
    above.check_open()?;
    if above.level != CentreLevel::Community
        && above.division_code != *place
        && above.division_code.contains(place)
    {
        return Ok(());
    }
    Err(refuse!(
        Refused,
        "SERVICE_CENTRE_GUIDE",
        field: "input.guidedBy",
        zh: "指导单位须为所在区或市的社会服务中心",
        en: "a centre is guided by the one of its own district or city",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::organization::register::tests::{filed, registered};

    fn code(text: &str) -> DivisionCode {
        text.parse().unwrap()
    }

    #[test]
    fn a_level_is_that_of_its_place() {
        for (level, place) in [
            (CentreLevel::City, "230100000000"),
            (CentreLevel::District, "230103000000"),
            (CentreLevel::Community, "230103001001"),
        ] {
            assert!(check_level(level, &code(place)).is_ok(), "{level}");
            let refused = check_level(level, &code("230103001000")).unwrap_err();
            assert_eq!(refused.reason, "SERVICE_CENTRE_LEVEL");
        }
    }

    #[test]
    fn its_body_is_a_registered_social_organisation() {
        assert!(check_body(&registered()).is_ok());
        assert_eq!(
            check_body(&filed()).unwrap_err().reason,
            "SERVICE_CENTRE_BODY"
        );
    }
}
