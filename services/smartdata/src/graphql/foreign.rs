//! Entities that other services own and this one refers to.

use async_graphql::{ID, SimpleObject};
use kernel::keys::OrganizationId;
use kit::graph::{DivisionCode, global};

/// 社区。A community; owned by communities.
#[derive(SimpleObject)]
#[graphql(unresolvable)]
pub struct Community {
    /// 12 位区划代码。Its 12-digit division code.
    division_code: DivisionCode,
}

impl From<kernel::DivisionCode> for Community {
    fn from(code: kernel::DivisionCode) -> Self {
        Self {
            division_code: DivisionCode(code),
        }
    }
}

/// 组织。An organisation; owned by incubation.
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
