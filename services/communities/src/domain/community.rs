//! 社区: the residents' or villagers' committee of one division.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Level, Refusal, keys::CommunityId, refuse};
use serde::{Deserialize, Serialize};

kernel::text_enum! {
    /// Which committee governs it.
    pub enum CommunityKind {
        /// 居民委员会
        Residents = "RESIDENTS",
        /// 村民委员会
        Villagers = "VILLAGERS",
    }
}

/// A community.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Community {
    pub id: CommunityId,
    pub division_code: DivisionCode,
    pub name: String,
    pub kind: CommunityKind,
    pub households: i32,
    pub population: i32,
    pub service_area_m2: i32,
    pub active: bool,
    pub demo: bool,
    pub created_at: DateTime<Utc>,
}

/// What a community is made from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewCommunity {
    pub division_code: DivisionCode,
    pub name: String,
    pub kind: CommunityKind,
    pub households: i32,
    pub population: i32,
    pub service_area_m2: i32,
    pub demo: bool,
}

impl Community {
    /// A community of a division at community level.
    pub fn try_new(
        id: CommunityId,
        new: NewCommunity,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        if new.division_code.level() != Level::Community {
            return Err(refuse!(
                Invalid,
                "DIVISION_NOT_COMMUNITY",
                field: "input.divisionCode",
                zh: "社区的区划代码须为 12 位村级代码",
                en: "a community needs a 12-digit code at community level",
            ));
        }
        let name = new.name.trim();
        if name.is_empty() || name.chars().count() > 100 {
            return Err(refuse!(
                Invalid,
                "NAME_LENGTH",
                field: "input.name",
                zh: "名称须为 1 至 100 个字",
                en: "a name has 1 to 100 characters",
            ));
        }
        for (field, value) in [
            ("input.households", new.households),
            ("input.population", new.population),
            ("input.serviceAreaM2", new.service_area_m2),
        ] {
            if value < 0 {
                return Err(refuse!(
                    Invalid,
                    "NUMBER_NEGATIVE",
                    field: field,
                    zh: "数值不能为负",
                    en: "the number cannot be negative",
                ));
            }
        }
        Ok(Self {
            id,
            division_code: new.division_code,
            name: name.to_owned(),
            kind: new.kind,
            households: new.households,
            population: new.population,
            service_area_m2: new.service_area_m2,
            active: true,
            demo: new.demo,
            created_at: now,
        })
    }
}
