//! 双创培育孵化中心: planning, looking at it, opening, closing, reading.

use std::collections::HashMap;

use kernel::{DivisionCode, Page, Paged, china_date, keys::CommunityId, refuse};
use kit::{
    auth::{Caller, Resource},
    parameters,
    record::{self, Wanted},
};
use serde::Serialize;
use serde_json::json;

use super::ask::{self, Ask, Housed, Open, Subject, first, run_by};
use crate::{
    domain::{
        facility::{FacilityCheck, FacilityItem, check_photos},
        incubation_centre::{CentreKind, CentreState, IncubationCentre, IncubationCentreId},
        limits::{check_number, check_past},
        moves::Moves as _,
        organization::check_text,
    },
    error::{Error, Result},
    state::State,
    store,
};

impl Subject for IncubationCentre {
    fn resource(&self) -> Resource {
        Resource::new("IncubationCentre", self.id).in_division(self.division_code)
    }

    fn unknown() -> Error {
        refuse!(NotFound, "INCUBATION_CENTRE_NOT_FOUND", zh: "没有这个孵化中心", en: "there is no such incubation centre")
            .into()
    }
}

impl Housed for IncubationCentre {
    fn centre(&self) -> Option<IncubationCentreId> {
        Some(self.id)
    }
}

/// A centre to be.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    pub community_id: CommunityId,
    pub name: String,
    pub area_m2: i32,
    /// The centre that leads a satellite base.
    pub parent_id: Option<IncubationCentreId>,
}

/// A community plans its centre, or a satellite base of an open one.
pub async fn plan(ask: &Ask<'_>, input: Plan) -> Result<IncubationCentre> {
    if let Some(first) = ask.answered_about("planIncubationCentre", &input).await? {
        return Ok(first);
    }
    let community = input.community_id;
    let division = ask
        .state
        .communities
        .division(ask.caller, community)
        .await?;
    let place = run_by(
        Resource::any("IncubationCentre").in_division(division),
        None,
    );
    let mut open = first!(ask.open("planIncubationCentre", &input, &place).await?);
    if let Some(parent) = input.parent_id {
        let parent: IncubationCentre = open.also(parent).await?;
        if parent.kind != CentreKind::Main || parent.state != CentreState::Open {
            return Err(refuse!(
                Refused,
                "CENTRE_PARENT",
                field: "input.parentId",
                zh: "孵化基地须由已开放的孵化中心带动",
                en: "a satellite base belongs to an open centre",
            )
            .into());
        }
    }
    let one = IncubationCentre {
        id: open.id(),
        community_id: community,
        division_code: division,
        kind: match input.parent_id {
            Some(_) => CentreKind::Satellite,
            None => CentreKind::Main,
        },
        parent_id: input.parent_id,
        created_at: open.now,
        name: check_text(&input.name, "input.name", 100)?,
        area_m2: check_number("input.areaM2", input.area_m2, 1, 1_000_000)?,
        state: CentreState::Planned,
        opened_on: None,
        closed_on: None,
        updated_at: open.now,
        version: 1,
    };
    open.insert(&one).await?;
    tell(&mut open, &one).await?;
    open.finish(one).await
}

async fn tell(open: &mut Open<'_>, one: &IncubationCentre) -> Result<()> {
    open.tell(
        "incubation.centre.changed",
        ("incubation_centre", one.id.as_uuid()),
        json!({
            "centre_id": one.id,
            "community_id": one.community_id,
            "division_code": one.division_code,
            "kind": one.kind,
            "state": one.state,
        }),
    )
    .await
}

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    pub centre_id: IncubationCentreId,
    pub item: FacilityItem,
    pub passed: bool,
    pub evidence: String,
    pub photos: Vec<String>,
    pub on: chrono::NaiveDate,
}

/// Somebody looks at one thing a centre has to have.
pub async fn check(ask: &Ask<'_>, input: Check) -> Result<IncubationCentre> {
    let start = ask.lock::<IncubationCentre, _>("checkFacility", input.centre_id, &input);
    let (mut open, one) = first!(start.await?);
    if one.state == CentreState::Closed {
        return Err(refuse!(
            Refused, "CENTRE_CLOSED", zh: "孵化中心已关闭", en: "the centre is closed",
        )
        .into());
    }
    check_photos(input.item, input.passed, &input.photos)?;
    let look = FacilityCheck {
        id: open.id(),
        centre_id: one.id,
        item: input.item,
        passed: input.passed,
        evidence: check_text(&input.evidence, "input.evidence", 1000)?,
        photos: input.photos,
        checked_on: check_past("input.on", input.on, open.today())?,
        checked_by: open.actor(),
        created_at: open.now,
    };
    open.insert(&look).await?;
    tell(&mut open, &one).await?;
    let detail = json!({ "item": look.item, "passed": look.passed });
    open.finish_with(one, detail).await
}

/// Which centre.
#[derive(Clone, Debug, Serialize)]
pub struct Which {
    pub centre_id: IncubationCentreId,
}

/// The civil affairs bureau opens a centre that is whole.
pub async fn open(ask: &Ask<'_>, input: Which) -> Result<IncubationCentre> {
    let start = ask.lock::<IncubationCentre, _>("openIncubationCentre", input.centre_id, &input);
    let (mut open, mut one) = first!(start.await?);
    let today = open.today();
    let checks = record::all(&mut open, &Wanted::all().is("centre_id", Some(one.id))).await?;
    let run = store::mandate::operators(&mut open, &[one.id], today).await?;
    let from = one.state;
    one.open(&checks, !run.is_empty(), today)?;
    one.updated_at = open.now;
    ask::moved(&mut open, &mut one, (from, CentreState::Open), None).await?;
    tell(&mut open, &one).await?;
    open.finish(one).await
}

/// Which centre is closed, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Close {
    pub centre_id: IncubationCentreId,
    pub reason: String,
}

/// The civil affairs bureau closes a centre that nobody is in any more.
pub async fn close(ask: &Ask<'_>, input: Close) -> Result<IncubationCentre> {
    let start = ask.lock::<IncubationCentre, _>("closeIncubationCentre", input.centre_id, &input);
    let (mut open, mut one) = first!(start.await?);
    let from = one.state;
    one.state = from.to(CentreState::Closed)?;
    one.closed_on = Some(open.today());
    one.updated_at = open.now;
    let reason = check_text(&input.reason, "input.reason", 500)?;
    ask::moved(
        &mut open,
        &mut one,
        (from, CentreState::Closed),
        Some(reason),
    )
    .await?;
    tell(&mut open, &one).await?;
    open.finish(one).await
}

/// Which centres.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    pub community_id: Option<CommunityId>,
    pub parent_id: Option<IncubationCentreId>,
    pub kind: Option<CentreKind>,
    pub state: Option<CentreState>,
    /// Whether something of the checklist has not passed.
    pub incomplete: Option<bool>,
    /// Whether nobody runs it today.
    pub without_operator: Option<bool>,
}

/// A page of centres; they are public.
pub async fn list(
    state: &State,
    _: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<IncubationCentre>> {
    let today = china_date(state.core.clock.now());
    let wanted = Wanted::all()
        .within(filter.division_code)
        .is("community_id", filter.community_id)
        .is("parent_id", filter.parent_id)
        .is("kind", filter.kind)
        .is("state", filter.state)
        .so(
            filter.incomplete,
            store::incubation_centre::INCOMPLETE,
            today,
        )
        .so(
            filter.without_operator,
            store::incubation_centre::NOBODY,
            today,
        );
    ask::list(state, &wanted, page).await
}

/// What a centre has reached of the number of organisations it has to raise or
/// bring in that take elder care on their own.
#[derive(Clone, Debug)]
pub struct ElderCareTarget {
    pub reached: i64,
    pub least: i64,
    pub source: String,
}

/// How centres stand today with the number in force where each is.
pub async fn elder_care_targets(
    state: &State,
    centres: &[(IncubationCentreId, DivisionCode)],
) -> Result<HashMap<IncubationCentreId, ElderCareTarget>> {
    let today = china_date(state.core.clock.now());
    let mut conn = state.core.db.read().await?;
    let (ids, places): (Vec<_>, Vec<_>) = centres.iter().copied().unzip();
    let key = "incubation.min_elder_orgs";
    let least = parameters::find_many(&mut conn, key, &places, today).await?;
    let reached = store::incubatee::count_elder_care(&mut conn, &ids, today).await?;
    let target = |&(id, place): &(IncubationCentreId, DivisionCode)| {
        let least = least.get(&place)?;
        let target = ElderCareTarget {
            reached: reached.get(&id).copied().unwrap_or(0),
            least: least.value,
            source: least.source.clone(),
        };
        Some((id, target))
    };
    Ok(centres.iter().filter_map(target).collect())
}
