//! 党群建设平台 (A17): organisations of the Party as a tree, and members, whom only
//! few may see.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    DivisionCode, Refusal,
    keys::{CommunityId, ResidentId},
    refuse, typed_id,
};
use serde::{Deserialize, Serialize};

typed_id!(
    /// An organisation of the Party (党组织).
    PartyOrganizationId, "party_organization");
typed_id!(
    /// A membership (党员组织关系).
    PartyMemberId, "party_member");

kernel::text_enum! {
    /// The level of an organisation, the highest first.
    pub enum PartyOrganizationKind {
        /// 党委(党工委)
        Committee = "COMMITTEE",
        /// 党总支
        GeneralBranch = "GENERAL_BRANCH",
        /// 党支部
        Branch = "BRANCH",
        /// 网格党小组
        GridGroup = "GRID_GROUP",
    }
}

kernel::text_enum! {
    /// What somebody is in an organisation.
    pub enum PartyRole {
        /// 书记
        Secretary = "SECRETARY",
        /// 副书记
        Deputy = "DEPUTY",
        /// 组长
        GroupLeader = "GROUP_LEADER",
        /// 党员
        Member = "MEMBER",
    }
}

/// An organisation in the tree of a community.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyOrganization {
    pub id: PartyOrganizationId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub parent_id: Option<PartyOrganizationId>,
    pub kind: PartyOrganizationKind,
    pub name: String,
    pub created_at: DateTime<Utc>,
    pub dissolved_at: Option<DateTime<Utc>>,
    pub version: i32,
}

/// A membership: sensitive, ids only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyMember {
    pub id: PartyMemberId,
    pub organization_id: PartyOrganizationId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub resident_id: ResidentId,
    pub role: PartyRole,
    pub joined_on: NaiveDate,
    pub left_on: Option<NaiveDate>,
    pub version: i32,
}

/// A committee stands at the top, everything else below something.
pub fn check_parent(
    kind: PartyOrganizationKind,
    parent: Option<PartyOrganizationId>,
) -> Result<(), Refusal> {
    if (kind == PartyOrganizationKind::Committee) == parent.is_none() {
        return Ok(());
    }
    Err(refuse!(
        Invalid, "PARTY_ORGANIZATION_PARENT", field: "input.parentId",
        zh: "党委不填上级组织,其他组织须填", en: "a committee has nothing above it, everything else has",
    ))
}
