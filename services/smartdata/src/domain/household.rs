//! 户 (A61): residents who live together, and what they are to its head.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, GridCode, Refusal, keys::ResidentId, refuse};
use serde::{Deserialize, Serialize};

use super::{
    division::Division,
    grid::missing_community,
    resident::{Resident, ResidentStatus, check_grid},
};

kernel::typed_id!(
    /// Household (户).
    HouseholdId, "household");

kernel::text_enum! {
    /// What a member is to the head of the household.
    pub enum Relation {
        /// 户主
        Head = "HEAD",
        /// 配偶
        Spouse = "SPOUSE",
        /// 子女
        Child = "CHILD",
        /// 父母
        Parent = "PARENT",
        /// 孙辈
        Grandchild = "GRANDCHILD",
        /// 其他
        Other = "OTHER",
    }
}

/// A household.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Household {
    pub id: HouseholdId,
    pub community_code: DivisionCode,
    pub grid_code: Option<GridCode>,
    pub demo: bool,
    pub created_at: DateTime<Utc>,
}

/// Somebody who lives in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub household_id: HouseholdId,
    pub resident_id: ResidentId,
    pub relation: Relation,
    pub since: DateTime<Utc>,
}

/// What a household is made from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewHousehold {
    pub community_code: DivisionCode,
    pub grid_code: Option<GridCode>,
    pub head: ResidentId,
    pub demo: bool,
}

impl Household {
    /// A household of a community that is in force.
    pub fn try_new(
        id: HouseholdId,
        new: &NewHousehold,
        community: Option<&Division>,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        let today = kernel::china_date(now);
        let Some(community) = community.filter(|division| division.in_force(today)) else {
            return Err(missing_community("input.communityCode"));
        };
        check_grid(new.grid_code.as_ref(), &new.community_code)?;
        Ok(Self {
            id,
            community_code: new.community_code,
            grid_code: new.grid_code,
            demo: new.demo || community.demo,
            created_at: now,
        })
    }

    /// A living resident of the same community becomes a member.
    pub fn admit(
        &self,
        resident: &Resident,
        relation: Relation,
        field: &str,
        now: DateTime<Utc>,
    ) -> Result<Member, Refusal> {
        if resident.status != ResidentStatus::Alive
            || resident.community_code != self.community_code
        {
            return Err(refuse!(
                Refused,
                "HOUSEHOLD_MEMBER_ELSEWHERE",
                field: field,
                zh: "户内成员须是本社区在册的居民",
                en: "a member of a household lives in the same community",
            ));
        }
        Ok(Member {
            household_id: self.id,
            resident_id: resident.id,
            relation,
            since: now,
        })
    }
}
