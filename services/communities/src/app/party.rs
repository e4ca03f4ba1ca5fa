//! 党组织 and 党员: the tree is public, who is a member is seen by few, with a
//! purpose, and every look is logged.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{
    DivisionCode, Page, Paged,
    keys::{CommunityId, ResidentId},
};
use kit::{
    audit,
    auth::{Caller, Resource},
    record::{Wanted, parts},
};
use serde::Serialize;

use super::ask::{self, Ask, Only, first, subject};
use crate::{
    domain::{
        party::{
            PartyMember, PartyMemberId, PartyOrganization, PartyOrganizationId,
            PartyOrganizationKind, PartyRole, check_parent,
        },
        words::check_words,
    },
    error::{Error, Result},
    state::State,
};

subject!(
    PartyOrganization,
    "PartyOrganization",
    "PARTY_ORGANIZATION_NOT_FOUND",
    "没有这个党组织",
    "there is no such organisation"
);
subject!(
    PartyMember,
    "PartyMember",
    "PARTY_MEMBER_NOT_FOUND",
    "没有这条组织关系,或您无权查看",
    "there is no such membership, or it is not for you to see",
    Some("readPartyMember"),
    |it, me| it.owned_by(me.resident_id.as_uuid())
);

/// An organisation, and what is above it.
#[derive(Clone, Debug, Serialize)]
pub struct Register {
    pub community_id: CommunityId,
    pub parent_id: Option<PartyOrganizationId>,
    pub kind: PartyOrganizationKind,
    pub name: String,
}

/// Registers an organisation in the tree of a community.
pub async fn register(ask: &Ask<'_>, input: Register) -> Result<PartyOrganization> {
    let community = super::community::get(ask.state, input.community_id).await?;
    let place = Resource::any("PartyOrganization").in_division(community.division_code);
    let mut open = first!(ask.open("managePartyOrganization", &input, &place).await?);
    check_parent(input.kind, input.parent_id)?;
    let organization = PartyOrganization {
        id: open.id(),
        community_id: community.id,
        division_code: community.division_code,
        parent_id: input.parent_id,
        kind: input.kind,
        name: check_words("input.name", &input.name, 100)?,
        created_at: open.now,
        dissolved_at: None,
        version: 1,
    };
    open.insert(&organization).await.map_err(|error| {
        ask::said(
            error,
            "PARTY_COMMITTEE",
            "input.kind",
            "本社区已有党委",
            "the community has a committee already",
        )
    })?;
    open.finish(organization).await
}

/// Dissolves one that has nothing and nobody left.
pub async fn dissolve(
    ask: &Ask<'_>,
    input: Only<PartyOrganizationId>,
) -> Result<PartyOrganization> {
    let start = ask.lock::<PartyOrganization, _>("managePartyOrganization", input.id, &input);
    let (mut open, mut organization) = first!(start.await?);
    if organization.dissolved_at.is_some() {
        return Err(Error::refused(
            "PARTY_ORGANIZATION_GONE",
            "该组织已经撤销",
            "it is dissolved already",
        ));
    }
    organization.dissolved_at = Some(open.now);
    open.update(&mut organization).await?;
    open.finish(organization).await
}

/// Who belongs to an organisation.
#[derive(Clone, Debug, Serialize)]
pub struct AddMember {
    pub organization_id: PartyOrganizationId,
    pub resident_id: ResidentId,
    pub role: PartyRole,
    pub joined_on: NaiveDate,
}

/// Takes a resident of the community into an organisation.
pub async fn add_member(ask: &Ask<'_>, input: AddMember) -> Result<PartyMember> {
    let organization: PartyOrganization = ask::get(ask.state, input.organization_id).await?;
    let place = Resource::any("PartyMember")
        .in_division(organization.division_code)
        .owned_by(input.resident_id.as_uuid());
    ask.state
        .core
        .authorize(ask.caller, "managePartyMember", &place)?;
    if let Some(first) = ask.answered(&input).await? {
        return Ok(first);
    }
    let found = ask
        .state
        .residents
        .living(ask.caller, input.resident_id)
        .await?;
    if found.community_code != organization.division_code {
        return Err(Error::refused(
            "RESIDENT_OF_OTHER_COMMUNITY",
            "该居民不属于此社区",
            "this resident belongs to another community",
        )
        .at("input.residentId"));
    }
    let mut open = first!(ask.open("managePartyMember", &input, &place).await?);
    if input.joined_on > open.today() {
        return Err(Error::invalid(
            "input.joinedOn",
            "DATE_IN_FUTURE",
            "日期不能晚于今天",
            "the day is still to come",
        ));
    }
    let member = PartyMember {
        id: open.id(),
        organization_id: organization.id,
        community_id: organization.community_id,
        division_code: organization.division_code,
        resident_id: input.resident_id,
        role: input.role,
        joined_on: input.joined_on,
        left_on: None,
        version: 1,
    };
    open.insert(&member).await.map_err(|error| {
        let error = ask::said(
            error,
            "PARTY_MEMBER_ONCE",
            "input.residentId",
            "该居民已有组织关系",
            "this resident belongs to an organisation already",
        );
        ask::said(
            error,
            "PARTY_SECRETARY",
            "input.role",
            "该组织已有书记",
            "the organisation has a secretary already",
        )
    })?;
    open.finish(member).await
}

/// Somebody leaves the organisation today.
pub async fn remove_member(ask: &Ask<'_>, input: Only<PartyMemberId>) -> Result<PartyMember> {
    let start = ask.lock::<PartyMember, _>("managePartyMember", input.id, &input);
    let (mut open, mut member) = first!(start.await?);
    if member.left_on.is_some() {
        return Err(Error::refused(
            "PARTY_MEMBER_LEFT",
            "该组织关系已经转出",
            "the membership has ended already",
        ));
    }
    member.left_on = Some(open.today());
    open.update(&mut member).await?;
    open.finish(member).await
}

fn members_of(organization: &PartyOrganization) -> Resource {
    Resource::new("PartyMember", organization.id).in_division(organization.division_code)
}

/// Whether the caller may look at the members of an organisation: for a purpose.
pub fn check_members(state: &State, caller: &Caller, of: &PartyOrganization) -> Result<()> {
    state
        .core
        .authorize(caller, "readPartyMember", &members_of(of))?;
    if caller.purpose.is_none() {
        return Err(Error::refused(
            "PURPOSE_REQUIRED",
            "查看党员信息须说明目的",
            "say why you look at members",
        ));
    }
    Ok(())
}

/// The members of organisations, of each only where the caller may look; every
/// look is logged.
pub async fn members(
    state: &State,
    caller: &Caller,
    ids: &[PartyOrganizationId],
) -> Result<HashMap<PartyOrganizationId, Vec<PartyMember>>> {
    let mut seen: Vec<PartyOrganization> =
        ask::load_public(state, ids).await?.into_values().collect();
    seen.retain(|one| check_members(state, caller, one).is_ok());
    seen.sort_by_key(|one| one.id);
    let ids: Vec<PartyOrganizationId> = seen.iter().map(|one| one.id).collect();
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let found = parts(&mut tx, &ids).await?;
    for one in &seen {
        let entry = audit::Entry::read(caller, "readPartyMember", &members_of(one), now).fields([
            "resident_id",
            "role",
            "joined_on",
        ]);
        audit::append(&mut tx, &entry).await?;
    }
    tx.commit().await?;
    Ok(found)
}

/// Which organisations.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    pub community_id: Option<CommunityId>,
    pub parent_id: Option<PartyOrganizationId>,
    /// Only those in being.
    pub current: Option<bool>,
}

/// A page of organisations; they are public.
pub async fn list(
    state: &State,
    _: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<PartyOrganization>> {
    let wanted = Wanted::all()
        .within(filter.division_code)
        .is("community_id", filter.community_id)
        .is("parent_id", filter.parent_id)
        .that("(dissolved_at IS NULL) = ", filter.current);
    ask::list(state, wanted, page).await
}
