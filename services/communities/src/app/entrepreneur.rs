//! 创业扶持: applied for by residents, run by the community.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{
    DivisionCode, Fen, Page, Paged,
    keys::{CommunityId, ResidentId},
};
use kit::{
    auth::{Caller, Columns, Resource, Role},
    record::Wanted,
};
use serde::Serialize;
use serde_json::json;

use super::ask::{self, Ask, Only, Subject as _, first, subject};
use crate::{
    domain::{
        entrepreneur::{
            CourseTopic, Entrepreneur, EntrepreneurId, EntrepreneurState, StartupAttendance,
            StartupCourse, SupportGrant, SupportKind, check_hours,
        },
        words::check_words,
    },
    error::{Error, Result},
    state::State,
    store,
};

subject!(
    Entrepreneur,
    "Entrepreneur",
    "ENTREPRENEUR_NOT_FOUND",
    "没有这份创业申请,或您无权查看",
    "there is no such application, or it is not for you to see",
    Some("readEntrepreneur"),
    |it, me| it.owned_by(me.resident_id.as_uuid())
);
subject!(
    StartupCourse,
    "Entrepreneur",
    "STARTUP_COURSE_NOT_FOUND",
    "没有这门课程",
    "there is no such course"
);

const RUN: &str = "coachEntrepreneur";

/// Who may read applications of a division they work for.
const READERS: &[Role] = &[
    Role::CommunityStaff,
    Role::CivilAffairs,
    Role::Auditor,
    Role::PlatformAdmin,
];

/// What somebody wants to start.
#[derive(Clone, Debug, Serialize)]
pub struct Apply {
    pub community_id: CommunityId,
    pub idea: String,
    pub home_based: bool,
}

/// A resident of the community applies.
pub async fn apply(ask: &Ask<'_>, input: Apply) -> Result<Entrepreneur> {
    ask.caller.signed_in("applyEntrepreneur")?;
    let community = super::community::get(ask.state, input.community_id).await?;
    let owner = ask.caller.actor.resident_id;
    let place = Resource::any("Entrepreneur")
        .in_division(community.division_code)
        .owned_by(owner);
    ask.state
        .core
        .authorize(ask.caller, "applyEntrepreneur", &place)?;
    let resident: ResidentId = super::proposal::own_id(ask.caller)?;
    if let Some(first) = ask.answered(&input).await? {
        return Ok(first);
    }
    super::proposal::elector(ask.state, ask.caller, &community.division_code, resident).await?;
    let mut open = first!(ask.open("applyEntrepreneur", &input, &place).await?);
    let applied = Entrepreneur {
        id: open.id(),
        community_id: community.id,
        division_code: community.division_code,
        resident_id: resident,
        idea: check_words("input.idea", &input.idea, 1000)?,
        home_based: input.home_based,
        applied_at: open.now,
        state: EntrepreneurState::Applied,
        note: None,
        business: None,
        started_on: None,
        updated_at: open.now,
        version: 1,
    };
    open.insert(&applied).await.map_err(|error| {
        ask::said(
            error,
            "ENTREPRENEUR_ONCE",
            "input.communityId",
            "您已有进行中的创业申请",
            "you have applied already",
        )
    })?;
    open.finish(applied).await
}

/// Whether they are admitted.
#[derive(Clone, Debug, Serialize)]
pub struct Admit {
    pub entrepreneur_id: EntrepreneurId,
    pub admit: bool,
    pub note: Option<String>,
}

/// The community admits them, or refuses with a reason.
pub async fn admit(ask: &Ask<'_>, input: Admit) -> Result<Entrepreneur> {
    let start = ask.lock::<Entrepreneur, _>(RUN, input.entrepreneur_id, &input);
    let (mut open, mut one) = first!(start.await?);
    let note = input.note.as_deref();
    let note = note
        .map(|note| check_words("input.note", note, 1000))
        .transpose()?;
    if !input.admit && note.is_none() {
        return Err(Error::invalid(
            "input.note",
            "NOTE_REQUIRED",
            "未入选须说明理由",
            "say why they are not admitted",
        ));
    }
    let next = if input.admit {
        EntrepreneurState::Admitted
    } else {
        EntrepreneurState::Refused
    };
    one.step(next, note, open.now)?;
    open.update(&mut one).await?;
    open.finish(one).await
}

/// Enough hours were attended: coached.
pub async fn coach(ask: &Ask<'_>, input: Only<EntrepreneurId>) -> Result<Entrepreneur> {
    let (mut open, mut one) = first!(ask.lock::<Entrepreneur, _>(RUN, input.id, &input).await?);
    one.step(EntrepreneurState::Coached, None, open.now)?;
    open.update(&mut one).await?;
    open.finish(one).await
}

/// What was started, and when.
#[derive(Clone, Debug, Serialize)]
pub struct Start {
    pub entrepreneur_id: EntrepreneurId,
    pub business: String,
    pub started_on: NaiveDate,
}

/// Something was started.
pub async fn start(ask: &Ask<'_>, input: Start) -> Result<Entrepreneur> {
    let start = ask.lock::<Entrepreneur, _>(RUN, input.entrepreneur_id, &input);
    let (mut open, mut one) = first!(start.await?);
    if input.started_on > open.today() {
        return Err(Error::invalid(
            "input.startedOn",
            "DATE_IN_FUTURE",
            "日期不能晚于今天",
            "the day is still to come",
        ));
    }
    one.step(EntrepreneurState::Started, None, open.now)?;
    one.business = Some(check_words("input.business", &input.business, 200)?);
    one.started_on = Some(input.started_on);
    open.update(&mut one).await?;
    open.finish(one).await
}

/// How it goes.
#[derive(Clone, Debug, Serialize)]
pub struct Track {
    pub entrepreneur_id: EntrepreneurId,
    pub note: String,
}

/// Followed up, with what was found.
pub async fn track(ask: &Ask<'_>, input: Track) -> Result<Entrepreneur> {
    let start = ask.lock::<Entrepreneur, _>(RUN, input.entrepreneur_id, &input);
    let (mut open, mut one) = first!(start.await?);
    let note = Some(check_words("input.note", &input.note, 1000)?);
    one.step(EntrepreneurState::Tracked, note, open.now)?;
    open.update(&mut one).await?;
    open.finish(one).await
}

/// The resident gives it up.
pub async fn withdraw(ask: &Ask<'_>, input: Only<EntrepreneurId>) -> Result<Entrepreneur> {
    let start = ask.lock::<Entrepreneur, _>("applyEntrepreneur", input.id, &input);
    let (mut open, mut one) = first!(start.await?);
    one.step(EntrepreneurState::Withdrawn, None, open.now)?;
    open.update(&mut one).await?;
    open.finish(one).await
}

/// A course, and who was there.
#[derive(Clone, Debug, Serialize)]
pub struct Hold {
    pub community_id: CommunityId,
    pub topic: CourseTopic,
    pub title: String,
    pub held_on: NaiveDate,
    pub hours: i32,
    pub entrepreneur_ids: Vec<EntrepreneurId>,
}

/// Records a course with those who were there.
pub async fn hold(ask: &Ask<'_>, input: Hold) -> Result<StartupCourse> {
    let community = super::community::get(ask.state, input.community_id).await?;
    let place = Resource::any("Entrepreneur").in_division(community.division_code);
    let mut open = first!(ask.open(RUN, &input, &place).await?);
    if input.held_on > open.today() {
        return Err(Error::invalid(
            "input.heldOn",
            "DATE_IN_FUTURE",
            "日期不能晚于今天",
            "the day is still to come",
        ));
    }
    let course = StartupCourse {
        id: open.id(),
        community_id: community.id,
        division_code: community.division_code,
        topic: input.topic,
        title: check_words("input.title", &input.title, 100)?,
        held_on: input.held_on,
        hours: check_hours(input.hours)?,
        created_at: open.now,
    };
    open.insert(&course).await?;
    for (at, &entrepreneur_id) in input.entrepreneur_ids.iter().enumerate() {
        let field = format!("input.entrepreneurIds.{at}");
        let found: Entrepreneur = open.also(entrepreneur_id).await?;
        if found.community_id != community.id {
            return Err(Entrepreneur::unknown().at(field));
        }
        let there = StartupAttendance {
            id: open.id(),
            course_id: course.id,
            entrepreneur_id,
            recorded_at: open.now,
        };
        open.insert(&there).await.map_err(|error| {
            ask::said(
                error,
                "STARTUP_ATTENDED_ONCE",
                &field,
                "参训人员重复",
                "somebody is named twice",
            )
        })?;
    }
    open.finish(course).await
}

/// What support is given.
#[derive(Clone, Debug, Serialize)]
pub struct Grant {
    pub entrepreneur_id: EntrepreneurId,
    pub kind: SupportKind,
    pub description: String,
    pub value: Option<Fen>,
}

/// Gives support to somebody admitted.
pub async fn grant(ask: &Ask<'_>, input: Grant) -> Result<SupportGrant> {
    let start = ask.lock::<Entrepreneur, _>(RUN, input.entrepreneur_id, &input);
    let (mut open, one) = first!(start.await?);
    if input.value.is_some_and(|value| value <= Fen::new(0)) {
        return Err(Error::invalid(
            "input.value",
            "VALUE_NOT_POSITIVE",
            "金额须大于零",
            "the value is more than zero",
        ));
    }
    let grant = SupportGrant {
        id: open.id(),
        entrepreneur_id: one.id,
        kind: input.kind,
        description: check_words("input.description", &input.description, 500)?,
        value: input.value,
        granted_by: open.actor(),
        granted_at: open.now,
    };
    open.insert(&grant).await?;
    open.done(&one.resource(), json!({ "kind": grant.kind }), grant)
        .await
}

/// Which applications.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    pub state: Option<EntrepreneurState>,
}

/// A page of the applications that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<Entrepreneur>> {
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

/// Which courses.
#[derive(Clone, Debug, Default)]
pub struct CourseFilter {
    pub division_code: Option<DivisionCode>,
    pub community_id: Option<CommunityId>,
    pub topic: Option<CourseTopic>,
}

/// A page of courses; they are public, without who was there.
pub async fn courses(
    state: &State,
    _: &Caller,
    filter: CourseFilter,
    page: &Page,
) -> Result<Paged<StartupCourse>> {
    let wanted = Wanted::all()
        .within(filter.division_code)
        .is("community_id", filter.community_id)
        .is("topic", filter.topic);
    ask::list(state, wanted, page).await
}

/// How many hours each was coached.
pub async fn hours(state: &State, ids: &[EntrepreneurId]) -> Result<HashMap<EntrepreneurId, i64>> {
    store::entrepreneur::hours(&mut *state.core.db.read().await?, ids).await
}
