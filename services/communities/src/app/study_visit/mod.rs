//! 学习考察: planning, and reading; `work` moves it.

mod work;

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{DivisionCode, Page, Paged, Refusal, china_date, refuse};
use kit::{
    auth::{Caller, Resource, Role},
    record::{Wanted, belonging, load_many as load_records},
};
use serde::Serialize;

pub use work::{
    Confirm, Make, Noted, Postpone, Report, cancel, close, confirm, decline, make, postpone, report,
};

use super::ask::{self, Ask, Open, first, subject};
use crate::{
    domain::{
        pilot::{Pilot, PilotId},
        study_visit::{
            Host, Replication, StudyPeople, StudyRole, StudySubject, StudyVisit, StudyVisitId,
            StudyVisitKind, StudyVisitState, StudyVisitor, check_days, check_own, check_people,
        },
        words::check_words,
    },
    error::Result,
    state::State,
    store,
};

const READ: &str = "readStudyVisit";

subject!(
    StudyVisit,
    "StudyVisit",
    "STUDY_VISIT_NOT_FOUND",
    "没有这次学习考察,或您无权查看",
    "there is no such study visit, or it is not for you to see",
    Some(READ),
    |it, me| it.with("made", me.was_made())
);

/// Who may read what is only planned, of a division they work for.
const READERS: &[Role] = &[
    Role::CommunityStaff,
    Role::CivilAffairs,
    Role::Auditor,
    Role::PlatformAdmin,
];

/// How many of a role.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct People {
    pub role: StudyRole,
    pub people: i32,
}

/// Who goes where, to learn what, when.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// The visitor: a pilot, or a division.
    pub pilot_id: Option<PilotId>,
    pub division_code: Option<DivisionCode>,
    pub kind: StudyVisitKind,
    pub host_pilot_id: Option<PilotId>,
    pub host_division_code: Option<DivisionCode>,
    pub host_place: Option<String>,
    pub host_body: Option<String>,
    pub subject: StudySubject,
    pub purpose: String,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub people: Vec<People>,
}

/// Plans a visit; a host on the platform is asked by it.
pub async fn plan(ask: &Ask<'_>, input: Plan) -> Result<StudyVisit> {
    let visitor = visitor(ask.state, &input).await?;
    let place = Resource::any("StudyVisit")
        .in_division(visitor)
        .with("made", false);
    let mut open = first!(ask.open("planStudyVisit", &input, &place).await?);
    check_visitor(ask, &visitor)?;
    let host = host(ask.state, &visitor, &input).await?;
    check_days(input.starts_on, input.ends_on, open.today())?;
    let visit = StudyVisit {
        id: open.id(),
        division_code: visitor,
        pilot_id: input.pilot_id,
        kind: input.kind,
        host_pilot_id: host.pilot_id,
        host_division_code: host.division_code,
        host_place: host.place,
        host_body: host.body,
        subject: input.subject,
        purpose: check_words("input.purpose", &input.purpose, 1000)?,
        planned_by: open.actor(),
        created_at: open.now,
        starts_on: input.starts_on,
        ends_on: input.ends_on,
        state: StudyVisitState::Planned,
        arrangement: None,
        confirmed_by: None,
        made_on: None,
        report_by: None,
        note: None,
        updated_at: open.now,
        version: 1,
    };
    open.insert(&visit).await.map_err(|error| {
        ask::said(
            error,
            "STUDY_VISIT_TWICE",
            "input.startsOn",
            "同一天去同一处考察同一任务已有计划",
            "a visit there, for the same and on that day, is planned already",
        )
    })?;
    count(&mut open, visit.id, &input.people, false).await?;
    open.finish(visit).await
}

/// Those of the visitor's own division, not of one above it.
pub(super) fn check_visitor(ask: &Ask<'_>, visitor: &DivisionCode) -> Result<(), Refusal> {
    check_own(
        ask.caller.actor.division.as_ref(),
        visitor,
        "STUDY_VISIT_VISITOR",
    )
}

/// Notes how many of each role are to come, or came.
async fn count(open: &mut Open<'_>, id: StudyVisitId, people: &[People], came: bool) -> Result<()> {
    let counted: Vec<(StudyRole, i32)> = people.iter().map(|it| (it.role, it.people)).collect();
    check_people(&counted)?;
    for (role, people) in counted {
        let one = StudyPeople {
            id: open.id(),
            visit_id: id,
            role,
            people,
            came,
        };
        open.insert(&one).await?;
    }
    Ok(())
}

/// The division that sends the delegation.
async fn visitor(state: &State, input: &Plan) -> Result<DivisionCode> {
    match (input.pilot_id, input.division_code) {
        (Some(pilot), None) => {
            let found = ask::get::<Pilot>(state, pilot).await;
            Ok(found.map_err(|error| error.at("input.pilotId"))?.division_code)
        }
        (None, Some(division)) => Ok(division),
        _ => Err(refuse!(
            Invalid, "STUDY_VISIT_WHO", field: "input.pilotId",
            zh: "考察方为一个试点或一个区划,只填一项", en: "the visitor is a pilot or a division, one of the two",
        )
        .into()),
    }
}

/// Where it goes, by what its kind asks for.
async fn host(state: &State, visitor: &DivisionCode, input: &Plan) -> Result<Host> {
    let far = (
        input.host_division_code,
        input.host_place.as_deref(),
        input.host_body.as_deref(),
    );
    match (input.kind, input.host_pilot_id, far) {
        (StudyVisitKind::Near, Some(pilot), (None, None, None)) => {
            let pilot: Pilot = ask::get(state, pilot)
                .await
                .map_err(|error| error.at("input.hostPilotId"))?;
            let host = (pilot.id, pilot.division_code, pilot.state);
            Ok(Host::near(visitor, host)?)
        }
        (StudyVisitKind::Far, None, (Some(division), Some(place), Some(body))) => {
            Ok(Host::far(visitor, division, place, body)?)
        }
        _ => Err(refuse!(
            Invalid, "STUDY_VISIT_WHERE", field: "input.kind",
            zh: "近学填接待试点;远学填所到市的区划代码、地点和接待单位",
            en: "near by, name the pilot that receives; far away, the code of the city, the place and who receives",
        )
        .into()),
    }
}

/// Whether the caller may see a visit: all may once it was made; before, those
/// of the visitor and of the host, and those above either.
fn may_read(state: &State, caller: &Caller, visit: &StudyVisit) -> bool {
    let place = |code| {
        Resource::new("StudyVisit", visit.id)
            .in_division(code)
            .with("made", visit.was_made())
    };
    let places = [visit.division_code, visit.host_division_code];
    places
        .into_iter()
        .any(|code| state.core.authorize(caller, READ, &place(code)).is_ok())
}

/// Many visits by their ids; those the caller may not see are left out.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[StudyVisitId],
) -> Result<HashMap<StudyVisitId, StudyVisit>> {
    let mut found: HashMap<StudyVisitId, StudyVisit> =
        load_records(&mut *state.core.db.read().await?, ids).await?;
    found.retain(|_, it| may_read(state, caller, it));
    Ok(found)
}

/// The visits of pilots to others, as far as the caller may see them, oldest
/// first.
pub async fn of_pilots(
    state: &State,
    caller: &Caller,
    pilots: &[PilotId],
) -> Result<HashMap<PilotId, Vec<StudyVisit>>> {
    let ids = pilots.iter().map(PilotId::as_uuid).collect();
    let visits: Vec<StudyVisit> =
        belonging(&mut *state.core.db.read().await?, "pilot_id", ids).await?;
    let mut found: HashMap<PilotId, Vec<StudyVisit>> = HashMap::new();
    for visit in visits {
        if let (Some(pilot), true) = (visit.pilot_id, may_read(state, caller, &visit)) {
            found.entry(pilot).or_default().push(visit);
        }
    }
    Ok(found)
}

/// Who came to each pilot, and how often; only visits that were made count.
pub async fn visitors(
    state: &State,
    hosts: &[PilotId],
) -> Result<HashMap<PilotId, Vec<StudyVisitor>>> {
    store::study_visit::visitors(&mut *state.core.db.read().await?, hosts).await
}

/// How far each pilot is taken up by others; none where nobody came.
pub async fn replications(
    state: &State,
    hosts: &[PilotId],
) -> Result<HashMap<PilotId, Replication>> {
    store::study_visit::replications(&mut *state.core.db.read().await?, hosts).await
}

/// Which visits.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of visitors there.
    pub division_code: Option<DivisionCode>,
    /// To hosts there.
    pub host_division_code: Option<DivisionCode>,
    pub pilot_id: Option<PilotId>,
    pub host_pilot_id: Option<PilotId>,
    pub kind: Option<StudyVisitKind>,
    pub subject: Option<StudySubject>,
    pub state: Option<StudyVisitState>,
    /// Only those whose report, or which themselves, should have been there.
    pub overdue: Option<bool>,
}

/// A page of the visits that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<StudyVisit>> {
    let today = china_date(state.core.clock.now());
    let at_host = filter
        .host_division_code
        .map(|code| format!("{}%", code.prefix()));
    let wanted = Wanted::all()
        .within(filter.division_code)
        .that("host_division_code LIKE ", at_host)
        .is("pilot_id", filter.pilot_id)
        .is("host_pilot_id", filter.host_pilot_id)
        .is("kind", filter.kind)
        .is("subject", filter.subject)
        .is("state", filter.state)
        .so(filter.overdue, store::study_visit::OVERDUE, today);
    let scope = caller.actor.scope(READERS);
    ask::list(state, store::study_visit::seen(wanted, &scope), page).await
}
