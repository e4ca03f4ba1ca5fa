//! 双报到 and 资源链接: reported, taken up, done, rated; offered, matched, delivered.

use kernel::{
    DivisionCode, Page, Paged,
    keys::{CommunityId, NeedId, ResidentId},
};
use kit::{
    auth::{Caller, Columns, Resource, Role},
    record::Wanted,
};
use serde::Serialize;

use super::ask::{self, Ask, Only, first, subject};
use crate::{
    domain::{
        check_in::{
            CheckIn, CheckInId, CheckInState, OfferState, ResourceKind, ResourceOffer,
            ResourceOfferId, check_who,
        },
        joint_meeting::{ResidentUnit, ResidentUnitId},
        rating::check_stars,
        words::check_words,
    },
    error::Result,
    state::State,
    store,
};

subject!(
    CheckIn,
    "CheckIn",
    "CHECK_IN_NOT_FOUND",
    "没有这次报到,或您无权查看",
    "there is no such check-in, or it is not for you to see",
    Some("readCheckIn"),
    |it, me| it.owned_by(me.resident_id.map(|id| id.as_uuid()))
);
subject!(
    ResourceOffer,
    "ResourceOffer",
    "RESOURCE_OFFER_NOT_FOUND",
    "没有这项资源",
    "there is no such offer"
);

/// Who may read check-ins of a division they work for.
const READERS: &[Role] = &[Role::CommunityStaff, Role::CivilAffairs];

/// Who reports, and what they offer.
#[derive(Clone, Debug, Serialize)]
pub struct Register {
    pub community_id: CommunityId,
    pub unit_id: Option<ResidentUnitId>,
    pub resident_id: Option<ResidentId>,
    pub offers: String,
}

/// A unit reports through staff, a member in person or through staff.
pub async fn register(ask: &Ask<'_>, input: Register) -> Result<CheckIn> {
    let community = super::community::get(ask.state, input.community_id).await?;
    let place = Resource::any("CheckIn")
        .in_division(community.division_code)
        .owned_by(input.resident_id.map(|id| id.as_uuid()));
    ask.state
        .core
        .authorize(ask.caller, "registerCheckIn", &place)?;
    check_who(input.unit_id.is_some(), input.resident_id.is_some())?;
    if let Some(first) = ask.answered(&input).await? {
        return Ok(first);
    }
    if let Some(resident) = input.resident_id {
        // A member may live elsewhere and report here (双报到), but lives.
        ask.state.residents.living(ask.caller, resident).await?;
    }
    let mut open = first!(ask.open("registerCheckIn", &input, &place).await?);
    let check_in = CheckIn {
        id: open.id(),
        community_id: community.id,
        division_code: community.division_code,
        unit_id: input.unit_id,
        resident_id: input.resident_id,
        offers: check_words("input.offers", &input.offers, 500)?,
        registered_by: open.actor(),
        registered_at: open.now,
        state: CheckInState::Registered,
        need_id: None,
        result: None,
        stars: None,
        updated_at: open.now,
        version: 1,
    };
    open.insert(&check_in).await?;
    open.finish(check_in).await
}

/// Which need is taken up.
#[derive(Clone, Debug, Serialize)]
pub struct Claim {
    pub check_in_id: CheckInId,
    pub need_id: NeedId,
}

/// Takes up a need of the community that was looked at.
pub async fn claim(ask: &Ask<'_>, input: Claim) -> Result<CheckIn> {
    let start = ask.lock::<CheckIn, _>("workCheckIn", input.check_in_id, &input);
    let (mut open, mut check_in) = first!(start.await?);
    check_in.step(CheckInState::Claimed, open.now)?;
    check_in.need_id = Some(input.need_id);
    open.update(&mut check_in).await.map_err(|error| {
        ask::said(
            error,
            "CHECK_IN_NEED",
            "input.needId",
            "该需求已被认领",
            "the need is taken up already",
        )
    })?;
    open.finish(check_in).await
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Done {
    pub check_in_id: CheckInId,
    pub result: String,
}

/// It is done.
pub async fn done(ask: &Ask<'_>, input: Done) -> Result<CheckIn> {
    let start = ask.lock::<CheckIn, _>("workCheckIn", input.check_in_id, &input);
    let (mut open, mut check_in) = first!(start.await?);
    check_in.step(CheckInState::Done, open.now)?;
    check_in.result = Some(check_words("input.result", &input.result, 1000)?);
    open.update(&mut check_in).await?;
    open.finish(check_in).await
}

/// It comes to nothing.
pub async fn withdraw(ask: &Ask<'_>, input: Only<CheckInId>) -> Result<CheckIn> {
    let start = ask.lock::<CheckIn, _>("workCheckIn", input.id, &input);
    let (mut open, mut check_in) = first!(start.await?);
    check_in.step(CheckInState::Withdrawn, open.now)?;
    open.update(&mut check_in).await?;
    open.finish(check_in).await
}

/// Stars.
#[derive(Clone, Debug, Serialize)]
pub struct Rate {
    pub check_in_id: CheckInId,
    pub stars: i32,
}

/// Whoever reported the need rates what was done about it; nobody else learns
/// of the check-in by trying.
pub async fn rate(ask: &Ask<'_>, input: Rate) -> Result<CheckIn> {
    ask.caller.signed_in("rateCheckIn")?;
    let before: CheckIn = ask::get(ask.state, input.check_in_id).await?;
    let owner = match before.need_id {
        Some(need) => store::need::load_many(&mut *ask.state.core.db.read().await?, &[need])
            .await?
            .remove(&need)
            .map(|need| need.reported_by.as_uuid()),
        None => None,
    };
    let about = Resource::new("CheckIn", before.id)
        .in_division(before.division_code)
        .owned_by(owner);
    let mut open = first!(ask.open("rateCheckIn", &input, &about).await?);
    check_stars(input.stars)?;
    let mut check_in: CheckIn = open.also(input.check_in_id).await?;
    check_in.step(CheckInState::Rated, open.now)?;
    check_in.stars = Some(input.stars);
    open.update(&mut check_in).await?;
    open.finish(check_in).await
}

/// Which check-ins.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    pub state: Option<CheckInState>,
}

/// A page of the check-ins that the caller may see: who is a member is not for all.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<CheckIn>> {
    let mut scope = caller.actor.scope(READERS);
    if caller.actor.is(Role::Resident) {
        scope = scope.or_own(&caller.actor);
    }
    let columns = Columns {
        division: "division_code",
        resident: Some("resident_id"),
        organization: None,
    };
    let wanted = Wanted::all()
        .seen(scope, columns)
        .within(filter.division_code)
        .is("state", filter.state);
    ask::list(state, wanted, page).await
}

/// What a unit offers.
#[derive(Clone, Debug, Serialize)]
pub struct Offer {
    pub unit_id: ResidentUnitId,
    pub kind: ResourceKind,
    pub description: String,
}

/// Puts on record what a unit offers.
pub async fn offer(ask: &Ask<'_>, input: Offer) -> Result<ResourceOffer> {
    let unit: ResidentUnit = ask::get(ask.state, input.unit_id).await?;
    let place = Resource::any("ResourceOffer").in_division(unit.division_code);
    let mut open = first!(ask.open("linkResource", &input, &place).await?);
    let offer = ResourceOffer {
        id: open.id(),
        community_id: unit.community_id,
        division_code: unit.division_code,
        unit_id: unit.id,
        kind: input.kind,
        description: check_words("input.description", &input.description, 500)?,
        offered_at: open.now,
        state: OfferState::Offered,
        need_id: None,
        result: None,
        updated_at: open.now,
        version: 1,
    };
    open.insert(&offer).await?;
    open.finish(offer).await
}

/// Which need it meets.
#[derive(Clone, Debug, Serialize)]
pub struct Match {
    pub offer_id: ResourceOfferId,
    pub need_id: NeedId,
}

/// Matches an offer with a need of the community that was looked at.
pub async fn match_(ask: &Ask<'_>, input: Match) -> Result<ResourceOffer> {
    let start = ask.lock::<ResourceOffer, _>("linkResource", input.offer_id, &input);
    let (mut open, mut offer) = first!(start.await?);
    offer.step(OfferState::Matched, open.now)?;
    offer.need_id = Some(input.need_id);
    open.update(&mut offer).await?;
    open.finish(offer).await
}

/// The match came to nothing: the offer stands again.
pub async fn unmatch(ask: &Ask<'_>, input: Only<ResourceOfferId>) -> Result<ResourceOffer> {
    let start = ask.lock::<ResourceOffer, _>("linkResource", input.id, &input);
    let (mut open, mut offer) = first!(start.await?);
    offer.step(OfferState::Offered, open.now)?;
    offer.need_id = None;
    open.update(&mut offer).await?;
    open.finish(offer).await
}

/// What was delivered.
#[derive(Clone, Debug, Serialize)]
pub struct Deliver {
    pub offer_id: ResourceOfferId,
    pub result: String,
}

/// It was delivered.
pub async fn deliver(ask: &Ask<'_>, input: Deliver) -> Result<ResourceOffer> {
    let start = ask.lock::<ResourceOffer, _>("linkResource", input.offer_id, &input);
    let (mut open, mut offer) = first!(start.await?);
    offer.step(OfferState::Delivered, open.now)?;
    offer.result = Some(check_words("input.result", &input.result, 1000)?);
    open.update(&mut offer).await?;
    open.finish(offer).await
}

/// The unit takes it back.
pub async fn retract(ask: &Ask<'_>, input: Only<ResourceOfferId>) -> Result<ResourceOffer> {
    let start = ask.lock::<ResourceOffer, _>("linkResource", input.id, &input);
    let (mut open, mut offer) = first!(start.await?);
    offer.step(OfferState::Withdrawn, open.now)?;
    open.update(&mut offer).await?;
    open.finish(offer).await
}

/// Which offers.
#[derive(Clone, Debug, Default)]
pub struct OfferFilter {
    pub division_code: Option<DivisionCode>,
    pub community_id: Option<CommunityId>,
    pub kind: Option<ResourceKind>,
    pub state: Option<OfferState>,
}

/// A page of offers; they are public.
pub async fn offers(
    state: &State,
    _: &Caller,
    filter: OfferFilter,
    page: &Page,
) -> Result<Paged<ResourceOffer>> {
    let wanted = Wanted::all()
        .within(filter.division_code)
        .is("community_id", filter.community_id)
        .is("kind", filter.kind)
        .is("state", filter.state);
    ask::list(state, wanted, page).await
}
