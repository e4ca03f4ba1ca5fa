//! 登记与备案.

use kernel::{
    DivisionCode, IdempotencyKey,
    keys::{CommunityId, OrganizationId},
    refuse,
};
use kit::{
    audit,
    auth::{Caller, Resource},
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::{resource, tell_changed};
use crate::{
    domain::organization::{FileOrganization, FiledWith, NewOrganization, Organization},
    error::Result,
    state::State,
    store,
};

const RELATED: &str = "input.relatedResidents";

/// An organisation about to come into the register of a division.
fn coming(division: DivisionCode, filed: bool) -> Resource {
    Resource::any("Organization")
        .in_division(division)
        .with("public", false)
        .with("filed", filed)
}

/// The registrar registers an organisation.
pub async fn register(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    new: NewOrganization,
) -> Result<Organization> {
    let asked = coming(new.registrar_division, false);
    state
        .core
        .authorize(caller, "registerOrganization", &asked)?;
    let before = state
        .core
        .answered(caller, "registerOrganization", &key, &new);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    state
        .residents
        .check_living(caller, &new.related_residents, RELATED)
        .await?;

    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("registerOrganization", &key, &new, now).await? {
        return Ok(first);
    }
    let id = OrganizationId::new(&state.core.ids);
    let one = Organization::register(id, new, &caller.actor.subject, now)?;
    refuse_known(&mut tx, one.uscc.as_deref()).await?;
    store::organization::insert(&mut tx, &one).await?;
    tell_changed(&mut tx, &one, now).await?;
    let entry = audit::Entry::write(caller, "registerOrganization", &resource(&one), now).detail(
        serde_json::json!({ "status": one.status, "uscc_override": one.uscc_override.is_some() }),
    );
    audit::append(&mut tx, &entry).await?;
    tx.answer(one).await
}

/// Refuses a code that another organisation has.
pub(super) async fn refuse_known(conn: &mut PgConnection, uscc: Option<&str>) -> Result<()> {
    if let Some(code) = uscc
        && store::organization::has_uscc(conn, code).await?
    {
        return Err(refuse!(
            AlreadyExists,
            "USCC_EXISTS",
            field: "input.uscc",
            zh: "统一社会信用代码 {code} 已有组织登记",
            en: "an organisation with the code {code} is registered already",
        )
        .into());
    }
    Ok(())
}

/// What is filed, and with whom: a division, a community, or both.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileRequest {
    pub filing: FileOrganization,
    /// Where it is not said, the community's own division.
    pub registrar: Option<DivisionCode>,
    pub community: Option<CommunityId>,
}

/// A subdistrict or community files an organisation.
pub async fn file(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    request: FileRequest,
) -> Result<Organization> {
    let before = state
        .core
        .answered_about(caller, "fileOrganization", &key, &request, resource);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let registrar = registrar_of(state, caller, &request).await?;
    let asked = coming(registrar, true);
    state.core.authorize(caller, "fileOrganization", &asked)?;
    state
        .residents
        .check_living(caller, &request.filing.related_residents, RELATED)
        .await?;

    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("fileOrganization", &key, &request, now).await? {
        return Ok(first);
    }
    let with = FiledWith {
        division: registrar,
        community: request.community,
    };
    let one = Organization::file(
        OrganizationId::new(&state.core.ids),
        with,
        request.filing,
        now,
    )?;
    store::organization::insert(&mut tx, &one).await?;
    tell_changed(&mut tx, &one, now).await?;
    let entry = audit::Entry::write(caller, "fileOrganization", &resource(&one), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(one).await
}

async fn registrar_of(
    state: &State,
    caller: &Caller,
    request: &FileRequest,
) -> Result<DivisionCode> {
    let community = match request.community {
        Some(id) => Some(state.communities.division(caller, id).await?),
        None => None,
    };
    match (request.registrar, community) {
        (Some(registrar), None) | (None, Some(registrar)) => Ok(registrar),
        (Some(registrar), Some(community)) if registrar.contains(&community) => Ok(registrar),
        (Some(registrar), Some(community)) => Err(refuse!(
            Invalid,
            "COMMUNITY_OUTSIDE_REGISTRAR",
            field: "input.communityId",
            zh: "社区 {community} 不在备案区划 {registrar} 内",
            en: "the community {community} does not lie in the division {registrar}",
        )
        .into()),
        (None, None) => Err(refuse!(
            Invalid,
            "REGISTRAR_MISSING",
            field: "input.registrarDivision",
            zh: "须指明备案的社区或街道(乡镇)",
            en: "name the community or the subdistrict it is filed with",
        )
        .into()),
    }
}
