//! 部门: who acts for which side of a sharing.

use kernel::{keys::OrganizationId, refuse};
use kit::auth::{Caller, Resource, Role, Scope};
use uuid::Uuid;

use crate::error::Result;

/// Who looks over sharing in their division.
const OVERSIGHT: &[Role] = &[Role::Auditor, Role::PlatformAdmin];

/// Who acts for a department; the policies say the same.
const DEPARTMENT: &[Role] = &[
    Role::CivilAffairs,
    Role::CommunityStaff,
    Role::ProcurementOfficer,
    Role::Service,
];

/// The organisation the caller acts for.
pub fn own(caller: &Caller) -> Result<OrganizationId> {
    caller
        .actor
        .organization_id
        .map(OrganizationId::from_uuid)
        .ok_or_else(|| {
            refuse!(
                Forbidden,
                "DEPARTMENT_ONLY",
                zh: "您的账号没有代表任何部门",
                en: "your account acts for no department",
            )
            .into()
        })
}

/// Which side of a sharing the caller is on.
pub fn sides(
    resource: Resource,
    caller: &Caller,
    provider: OrganizationId,
    consumer: Option<OrganizationId>,
) -> Resource {
    let mine = |side: Uuid| caller.actor.organization_id == Some(side);
    resource
        .with("provider", mine(provider.as_uuid()))
        .with("consumer", consumer.is_some_and(|it| mine(it.as_uuid())))
}

/// What lists of sharing show: oversight of a division, and either side.
pub fn scope(caller: &Caller) -> Scope {
    let scope = caller.actor.scope(OVERSIGHT);
    if DEPARTMENT.iter().any(|role| caller.actor.is(*role)) {
        return scope.or_organization(&caller.actor);
    }
    scope
}
