//! Entities that other services own and this one refers to.

use async_graphql::{ID, SimpleObject};
use kernel::keys::{CommunityId, OrganizationId, ProposalId, ResidentId};
use kit::graph::global;

/// 居民。A resident; owned by smartdata, the only place with personal data.
#[derive(SimpleObject)]
#[graphql(unresolvable)]
pub struct Resident {
    /// 全局编号。Global id.
    id: ID,
}

impl From<ResidentId> for Resident {
    fn from(id: ResidentId) -> Self {
        Self { id: global(id) }
    }
}

/// 社区。A community; owned by communities.
#[derive(SimpleObject)]
#[graphql(unresolvable)]
pub struct Community {
    /// 全局编号。Global id.
    id: ID,
}

impl From<CommunityId> for Community {
    fn from(id: CommunityId) -> Self {
        Self { id: global(id) }
    }
}

/// 自治议题。A proposal of residents; owned by communities.
#[derive(SimpleObject)]
#[graphql(unresolvable)]
pub struct Proposal {
    /// 全局编号。Global id.
    id: ID,
}

impl From<ProposalId> for Proposal {
    fn from(id: ProposalId) -> Self {
        Self { id: global(id) }
    }
}

/// 社会组织等供应商。An organisation; owned by incubation.
#[derive(SimpleObject)]
#[graphql(unresolvable)]
pub struct Organization {
    /// 全局编号。Global id.
    id: ID,
}

impl From<OrganizationId> for Organization {
    fn from(id: OrganizationId) -> Self {
        Self { id: global(id) }
    }
}
