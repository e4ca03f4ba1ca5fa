//! 用房申请与分配: organisations apply, the community allocates in the order of
//! priority, what is given away fits.

use chrono::NaiveDate;
use kernel::{DivisionCode, Page, Paged, keys::OrganizationId};
use kit::{
    auth::{Caller, Resource},
    record::Wanted,
};
use serde::Serialize;

use super::ask::{self, Ask, Only, Subject as _, first, subject};
use crate::{
    domain::{
        premises::{
            ApplicantKind, Premises, PremisesId, RoomId, SpaceAllocation, SpaceAllocationId,
            SpaceApplication, SpaceApplicationId, SpaceApplicationState, check_area, check_period,
        },
        words::check_words,
    },
    error::Result,
    state::State,
};

subject!(
    SpaceApplication,
    "SpaceApplication",
    "SPACE_APPLICATION_NOT_FOUND",
    "没有这份用房申请",
    "there is no such application",
    None,
    |it, me| it.of_organization(me.organization_id.as_uuid())
);
subject!(
    SpaceAllocation,
    "SpaceApplication",
    "SPACE_ALLOCATION_NOT_FOUND",
    "没有这项用房分配",
    "there is no such allocation"
);

/// What an organisation asks for.
#[derive(Clone, Debug, Serialize)]
pub struct Apply {
    pub premises_id: PremisesId,
    pub organization_id: OrganizationId,
    pub applicant_kind: ApplicantKind,
    pub purpose: String,
    pub area_m2: i32,
    pub starts_on: NaiveDate,
    pub until_on: NaiveDate,
}

/// An organisation that is in being applies for space, or staff for it.
pub async fn apply(ask: &Ask<'_>, input: Apply) -> Result<SpaceApplication> {
    let premises: Premises = ask::get(ask.state, input.premises_id).await?;
    let place = Resource::any("SpaceApplication")
        .in_division(premises.division_code)
        .of_organization(input.organization_id.as_uuid());
    ask.state
        .core
        .authorize(ask.caller, "applyForSpace", &place)?;
    if let Some(first) = ask.answered(&input).await? {
        return Ok(first);
    }
    let field = "input.organizationId";
    ask.state
        .organizations
        .check_in_being(ask.caller, input.organization_id, field)
        .await?;
    let mut open = first!(ask.open("applyForSpace", &input, &place).await?);
    check_period("input.untilOn", input.starts_on, input.until_on)?;
    let application = SpaceApplication {
        id: open.id(),
        premises_id: premises.id,
        community_id: premises.community_id,
        division_code: premises.division_code,
        organization_id: input.organization_id,
        applicant_kind: input.applicant_kind,
        purpose: check_words("input.purpose", &input.purpose, 500)?,
        area_m2: check_area("input.areaM2", input.area_m2)?,
        starts_on: input.starts_on,
        until_on: input.until_on,
        applied_by: open.actor(),
        applied_at: open.now,
        state: SpaceApplicationState::Applied,
        note: None,
        updated_at: open.now,
        version: 1,
    };
    open.insert(&application).await?;
    open.finish(application).await
}

/// The organisation takes it back.
pub async fn withdraw(ask: &Ask<'_>, input: Only<SpaceApplicationId>) -> Result<SpaceApplication> {
    let start = ask.lock::<SpaceApplication, _>("applyForSpace", input.id, &input);
    let (mut open, mut application) = first!(start.await?);
    application.step(SpaceApplicationState::Withdrawn, None, open.now)?;
    open.update(&mut application).await?;
    open.finish(application).await
}

/// Why there is no space.
#[derive(Clone, Debug, Serialize)]
pub struct Refuse {
    pub application_id: SpaceApplicationId,
    pub note: String,
}

/// The community refuses, with its reason.
pub async fn refuse(ask: &Ask<'_>, input: Refuse) -> Result<SpaceApplication> {
    let start = ask.lock::<SpaceApplication, _>("allocateSpace", input.application_id, &input);
    let (mut open, mut application) = first!(start.await?);
    let note = Some(check_words("input.note", &input.note, 500)?);
    application.step(SpaceApplicationState::Refused, note, open.now)?;
    open.update(&mut application).await?;
    open.finish(application).await
}

/// What is given.
#[derive(Clone, Debug, Serialize)]
pub struct Allocate {
    pub application_id: SpaceApplicationId,
    pub room_id: Option<RoomId>,
    pub area_m2: i32,
    pub ceded: bool,
    pub free: bool,
    pub starts_on: NaiveDate,
    pub until_on: NaiveDate,
}

/// Gives space to the organisation that applied, where it is in being still.
pub async fn allocate(ask: &Ask<'_>, input: Allocate) -> Result<SpaceAllocation> {
    let before: SpaceApplication = ask::get(ask.state, input.application_id).await?;
    ask.state
        .core
        .authorize(ask.caller, "allocateSpace", &before.resource())?;
    if let Some(first) = ask.answered(&input).await? {
        return Ok(first);
    }
    // Who applied never changes.
    ask.state
        .organizations
        .check_in_being(ask.caller, before.organization_id, "input.applicationId")
        .await?;
    let start = ask.lock::<SpaceApplication, _>("allocateSpace", input.application_id, &input);
    let (mut open, mut application) = first!(start.await?);
    check_period("input.untilOn", input.starts_on, input.until_on)?;
    let allocation = SpaceAllocation {
        id: open.id(),
        premises_id: application.premises_id,
        community_id: application.community_id,
        division_code: application.division_code,
        application_id: application.id,
        room_id: input.room_id,
        organization_id: application.organization_id,
        area_m2: check_area("input.areaM2", input.area_m2)?,
        ceded: input.ceded,
        free: input.free,
        starts_on: input.starts_on,
        allocated_by: open.actor(),
        allocated_at: open.now,
        until_on: input.until_on,
        version: 1,
    };
    application.step(SpaceApplicationState::Allocated, None, open.now)?;
    open.insert(&allocation).await.map_err(|error| {
        ask::said(
            error,
            "SPACE_ALLOCATION_ROOM",
            "input.roomId",
            "该房间在此期间已分配",
            "the room is taken at that time",
        )
    })?;
    open.update(&mut application).await?;
    open.finish(allocation).await
}

/// The allocation ends today, before its time.
pub async fn end(ask: &Ask<'_>, input: Only<SpaceAllocationId>) -> Result<SpaceAllocation> {
    let start = ask.lock::<SpaceAllocation, _>("allocateSpace", input.id, &input);
    let (mut open, mut allocation) = first!(start.await?);
    allocation.end(open.today())?;
    open.update(&mut allocation).await?;
    open.finish(allocation).await
}

/// Which applications.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    pub premises_id: Option<PremisesId>,
    pub state: Option<SpaceApplicationState>,
}

/// A page of applications; they are public.
pub async fn list(
    state: &State,
    _: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<SpaceApplication>> {
    let wanted = Wanted::all()
        .within(filter.division_code)
        .is("premises_id", filter.premises_id)
        .is("state", filter.state);
    ask::list(state, wanted, page).await
}

/// Which allocations.
#[derive(Clone, Debug, Default)]
pub struct AllocationFilter {
    pub division_code: Option<DivisionCode>,
    pub premises_id: Option<PremisesId>,
    /// Only those that hold on this day.
    pub on: Option<NaiveDate>,
}

/// A page of allocations; they are public.
pub async fn allocations(
    state: &State,
    _: &Caller,
    filter: AllocationFilter,
    page: &Page,
) -> Result<Paged<SpaceAllocation>> {
    let wanted = Wanted::all()
        .within(filter.division_code)
        .is("premises_id", filter.premises_id)
        .that("daterange(starts_on, until_on) @> ", filter.on);
    ask::list(state, wanted, page).await
}
