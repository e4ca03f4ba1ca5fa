//! 入孵: from application to agreement; what an incubation is to policies,
//! events and lists.

mod course;

pub use course::{Extend, Terminate, advance, extend, graduate, start, terminate, track, vacate};

use chrono::NaiveDate;
use kernel::{DivisionCode, Page, Paged, china_date, keys::OrganizationId, refuse};
use kit::{
    auth::{Caller, Columns, Resource, Role},
    record::{self, Wanted},
};
use serde::Serialize;
use serde_json::json;

use super::{
    ask::{self, Ask, Housed, Open, Subject, first, run_by},
    organization,
};
use crate::{
    domain::{
        incubatee::{Incubatee, IncubateeId, IncubateeState, IncubationStage, NewIncubatee, Term},
        incubation_centre::{IncubationCentre, IncubationCentreId},
        organization::{Organization, check_optional, check_text},
        review::IncubateeReview,
    },
    error::{Error, Result},
    state::State,
    store,
};

impl Subject for Incubatee {
    const READ: Option<&'static str> = Some("readIncubatee");

    fn resource(&self) -> Resource {
        Resource::new("Incubatee", self.id)
            .in_division(self.division_code)
            .of_organization(self.organization_id.as_uuid())
    }

    fn unknown() -> Error {
        refuse!(NotFound, "INCUBATEE_NOT_FOUND", zh: "没有这项入孵,或您无权查看", en: "there is no such incubation, or it is not for you to see")
            .into()
    }
}

impl Housed for Incubatee {
    fn centre(&self) -> Option<IncubationCentreId> {
        Some(self.centre_id)
    }
}

/// What an organisation applies with.
#[derive(Clone, Debug, Serialize)]
pub struct Apply {
    pub organization_id: OrganizationId,
    pub centre_id: IncubationCentreId,
    pub goal: String,
}

/// An organisation, or staff for it, applies to a centre.
pub async fn apply(ask: &Ask<'_>, input: Apply) -> Result<Incubatee> {
    let found = ask::find::<IncubationCentre>(ask.state, ask.caller, input.centre_id).await?;
    let division = found.ok_or_else(IncubationCentre::unknown)?.division_code;
    let place = Resource::any("Incubatee")
        .in_division(division)
        .of_organization(input.organization_id.as_uuid());
    let place = run_by(place, None);
    let mut open = first!(ask.open("applyForIncubation", &input, &place).await?);
    let centre: IncubationCentre = open.also(input.centre_id).await?;
    let body = seen_body(&mut open, input.organization_id).await?;
    let today = open.today();
    let priority = open
        .number("inc.incubatee.priority", &division, today)
        .await?;
    let new = NewIncubatee {
        organization: &body,
        centre: &centre,
        goal: &input.goal,
        priority,
        on: today,
        now: open.now,
    };
    let one = Incubatee::apply(open.id(), &new)?;
    open.insert(&one).await?;
    tell(&mut open, &one).await?;
    open.finish(one).await
}

/// The organisation, locked, where the caller may see it.
pub(super) async fn seen_body(open: &mut Open<'_>, id: OrganizationId) -> Result<Organization> {
    let body = store::organization::lock(open, id)
        .await?
        .ok_or_else(organization::unknown)?;
    let resource = organization::resource(&body);
    open.authorize("readOrganization", &resource)
        .map_err(|_| organization::unknown().at("input.organizationId"))?;
    Ok(body)
}

/// What others are told of an incubation.
pub(super) async fn tell(open: &mut Open<'_>, one: &Incubatee) -> Result<()> {
    open.tell(
        "incubation.incubatee.changed",
        ("incubatee", one.id.as_uuid()),
        json!({
            "incubatee_id": one.id,
            "organization_id": one.organization_id,
            "centre_id": one.centre_id,
            "division_code": one.division_code,
            "state": one.state,
            "stage": one.stage,
        }),
    )
    .await
}

/// Writes an incubation that moved, tells, notes and commits.
pub(super) async fn moved(
    mut open: Open<'_>,
    mut one: Incubatee,
    from: IncubateeState,
    reason: Option<String>,
) -> Result<Incubatee> {
    one.updated_at = open.now;
    let to = one.state;
    ask::moved(&mut open, &mut one, (from, to), reason).await?;
    tell(&mut open, &one).await?;
    open.finish_with(one, json!({ "from": from, "to": to }))
        .await
}

/// Goes on, or not, with a reason where not.
#[derive(Clone, Debug, Serialize)]
pub struct Decide {
    pub incubatee_id: IncubateeId,
    pub accepted: bool,
    pub reason: Option<String>,
}

/// The centre looks whether an application is whole and of its field.
pub async fn screen(ask: &Ask<'_>, input: Decide) -> Result<Incubatee> {
    let start = ask.lock::<Incubatee, _>("screenIncubatee", input.incubatee_id, &input);
    let (open, mut one) = first!(start.await?);
    let reason = reason_of(input.accepted, input.reason)?;
    let next = if input.accepted {
        IncubateeState::Screened
    } else {
        IncubateeState::Rejected
    };
    let from = one.go(next)?;
    moved(open, one, from, reason).await
}

fn reason_of(accepted: bool, reason: Option<String>) -> Result<Option<String>> {
    let reason = check_optional(reason, "input.reason", 500)?;
    if !accepted && reason.is_none() {
        return Err(refuse!(
            Invalid,
            "REASON_MISSING",
            field: "input.reason",
            zh: "不予通过须说明理由",
            en: "say why it is not accepted",
        )
        .into());
    }
    Ok(reason)
}

/// Only an incubation.
#[derive(Clone, Debug, Serialize)]
pub struct Which {
    pub incubatee_id: IncubateeId,
}

/// Staff decide by the sheets of the advisers; below the mark it is rejected.
pub async fn conclude(ask: &Ask<'_>, input: Which) -> Result<Incubatee> {
    let start = ask.lock::<Incubatee, _>("concludeReview", input.incubatee_id, &input);
    let (mut open, mut one) = first!(start.await?);
    let wanted = Wanted::all().is("incubatee_id", Some(one.id));
    let sheets: Vec<IncubateeReview> = record::all(&mut open, &wanted).await?;
    let scores: Vec<i32> = sheets.iter().map(|sheet| sheet.score).collect();
    let (place, on) = (one.division_code, one.applied_on);
    let needed = open.number("inc.incubatee.reviewers", &place, on).await?;
    let pass = open.number("inc.incubatee.pass", &place, on).await?;
    let passed = one.decide(&scores, needed, pass)?;
    let (next, reason) = if passed {
        (IncubateeState::Reviewed, None)
    } else {
        (IncubateeState::Rejected, Some(format!("< {pass}")))
    };
    let from = one.go(next)?;
    moved(open, one, from, reason).await
}

/// How long the agreement runs.
#[derive(Clone, Debug, Serialize)]
pub struct Sign {
    pub incubatee_id: IncubateeId,
    pub from: NaiveDate,
    pub to: NaiveDate,
}

/// Both sides have signed the agreement.
pub async fn sign(ask: &Ask<'_>, input: Sign) -> Result<Incubatee> {
    let start = ask.lock::<Incubatee, _>("signIncubation", input.incubatee_id, &input);
    let (mut open, mut one) = first!(start.await?);
    let most = open
        .number("inc.incubatee.term", &one.division_code, input.from)
        .await?;
    let from = one.sign(Term {
        from: input.from,
        to: input.to,
        most,
    })?;
    moved(open, one, from, None).await
}

/// The organisation takes its application back before it moves in.
pub async fn withdraw(ask: &Ask<'_>, input: Which) -> Result<Incubatee> {
    let start = ask.lock::<Incubatee, _>("withdrawApplication", input.incubatee_id, &input);
    let (open, mut one) = first!(start.await?);
    let from = one.go(IncubateeState::Withdrawn)?;
    moved(open, one, from, None).await
}

/// A reason, in so many words.
pub(super) fn said(reason: &str) -> Result<Option<String>> {
    Ok(Some(check_text(reason, "input.reason", 500)?))
}

/// Which incubations.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    pub centre_id: Option<IncubationCentreId>,
    pub organization_id: Option<OrganizationId>,
    pub state: Option<IncubateeState>,
    pub stage: Option<IncubationStage>,
    /// The agreement has run out, or the room is not handed over in time.
    pub overdue: Option<bool>,
    /// Only kinds that are encouraged, or only the others.
    pub priority: Option<bool>,
}

/// Who sees what lies in their division.
pub(super) const READERS: &[Role] = &[
    Role::CivilAffairs,
    Role::CommunityStaff,
    Role::FundManager,
    Role::Auditor,
    Role::PlatformAdmin,
];

/// What lies in the reach, is one's own, or of a centre one runs today.
pub(super) fn seen(state: &State, caller: &Caller) -> Wanted {
    let columns = Columns {
        division: "division_code",
        resident: None,
        organization: Some("organization_id"),
    };
    let scope = ask::reach(caller, READERS);
    let today = china_date(state.core.clock.now());
    store::wanted::seen_by_operators(scope, columns, today)
}

/// A page of incubations.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<Incubatee>> {
    let today = china_date(state.core.clock.now());
    let wanted = seen(state, caller)
        .within(filter.division_code)
        .is("centre_id", filter.centre_id)
        .is("organization_id", filter.organization_id)
        .is("state", filter.state)
        .is("stage", filter.stage)
        .so(filter.overdue, store::incubatee::OVERDUE, today)
        .so(filter.priority, "priority_points > 0", today);
    ask::list(state, &wanted, page).await
}
