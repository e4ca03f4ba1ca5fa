//! 社会组织: reading the register; what an organisation is to policies and events.

mod change;
mod people;
mod register;

pub use change::{SetStatus, record_change, set_status};
pub use people::{check_conflicts, load_related};
pub use register::{FileRequest, file, register};

pub use crate::store::organization::OrganizationFilter;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{Page, Paged, china_date, keys::OrganizationId, refuse};
use kit::{
    auth::{Caller, Resource, Role},
    events,
};
use sqlx::PgConnection;

use crate::{
    domain::{
        capability::elder_care_capable,
        organization::{Organization, OrganizationKind},
    },
    error::Result,
    state::State,
    store,
};

/// Who sees applications of the division they work for.
const READERS: &[Role] = &[
    Role::CivilAffairs,
    Role::CommunityStaff,
    Role::Auditor,
    Role::PlatformAdmin,
];

/// What an organisation is to the policies.
pub fn resource(one: &Organization) -> Resource {
    Resource::new("Organization", one.id)
        .in_division(one.registrar_division)
        .of_organization(one.id.as_uuid())
        .with("public", one.public())
        .with("filed", one.kind == OrganizationKind::Filed)
}

/// Tells the others how an organisation stands now; written last.
pub(super) async fn tell_changed(
    conn: &mut PgConnection,
    one: &Organization,
    now: DateTime<Utc>,
) -> Result<()> {
    let held = store::capability::load_many_of(conn, &[one.id])
        .await?
        .remove(&one.id);
    let capable = elder_care_capable(one, &held.unwrap_or_default(), china_date(now));
    let event = events::NewEvent {
        subject: "incubation.organization.changed",
        aggregate: "organization",
        aggregate_id: one.id.as_uuid(),
        trace_id: None,
        at: now,
        data: serde_json::json!({
            "organization_id": one.id,
            "uscc": one.uscc,
            "kind": one.kind,
            "status": one.status,
            "legal_person": one.legal_person(),
            "may_bid": one.may_bid(),
            "elder_care_capable": capable,
            "division_code": one.registrar_division,
            "version": one.version,
        }),
    };
    events::append(conn, &event).await?;
    Ok(())
}

/// The organisations of a list of ids that the caller may see.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[OrganizationId],
) -> Result<HashMap<OrganizationId, Organization>> {
    let mut found = store::organization::load_many(&mut *state.core.db.read().await?, ids).await?;
    found.retain(|_, one| may_read(state, caller, one));
    Ok(found)
}

/// The same, by unified social credit code.
pub async fn load_many_by_uscc(
    state: &State,
    caller: &Caller,
    codes: &[String],
) -> Result<HashMap<String, Organization>> {
    let mut found =
        store::organization::load_many_by_uscc(&mut *state.core.db.read().await?, codes).await?;
    found.retain(|_, one| may_read(state, caller, one));
    Ok(found)
}

fn may_read(state: &State, caller: &Caller, one: &Organization) -> bool {
    state
        .core
        .authorize(caller, "readOrganization", &resource(one))
        .is_ok()
}

/// A page of the register; applications only within the caller's division.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &OrganizationFilter,
    page: &Page,
) -> Result<Paged<Organization>> {
    let scope = caller.actor.scope(READERS).or_organization(&caller.actor);
    let mut conn = state.core.db.read().await?;
    let rows = store::organization::list(&mut conn, &scope, filter, page).await?;
    Ok(page.finish(rows))
}

/// The organisation is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "ORGANIZATION_NOT_FOUND",
        zh: "没有这个组织,或您无权查看",
        en: "there is no such organisation, or it is not for you to see",
    )
    .into()
}
