//! 党组织 and 党员 in SQL.

use crate::domain::party::{
    PartyMember, PartyMemberId, PartyOrganization, PartyOrganizationId, PartyOrganizationKind,
    PartyRole,
};
use kit::record::{ids, part, record, texts};

ids!(PartyOrganizationId, PartyMemberId);
texts!(PartyOrganizationKind, PartyRole);
record!(
    PartyOrganization,
    PartyOrganizationId,
    "party_organizations",
    [
        id,
        community_id,
        division_code,
        parent_id,
        kind,
        name,
        created_at
    ],
    [dissolved_at]
);
record!(
    PartyMember,
    PartyMemberId,
    "party_members",
    [
        id,
        organization_id,
        community_id,
        division_code,
        resident_id,
        role,
        joined_on
    ],
    [left_on]
);
part!(PartyMember, organization_id: PartyOrganizationId);
