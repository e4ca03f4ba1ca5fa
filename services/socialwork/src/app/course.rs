//! 课程: announced by staff, joined by whoever it is for, settled into the one
//! ledger of hours.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, IdempotencyKey, Minutes, Page, Paged, keys::ResidentId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource},
};
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;

use super::act::{Act, Begun, Held};
use crate::{
    domain::{
        course::{
            Course, CourseContent, CourseFilter, CourseId, CourseKind, CourseState, Enrolment,
            EnrolmentState, check_course,
        },
        training::{TrainingId, check_title},
        words::words,
    },
    error::Result,
    state::State,
    store,
};

impl Held for Course {
    type Id = CourseId;
    const READ: &'static str = "readCourse";

    async fn lock(conn: &mut PgConnection, id: CourseId) -> Result<Option<Self>> {
        store::course::lock(conn, id).await
    }

    fn resource(&self) -> Resource {
        Resource::new("Course", self.id).in_division(self.division_code)
    }

    fn unknown() -> kit::Error {
        refuse!(NotFound, "COURSE_NOT_FOUND", zh: "没有这门课程", en: "there is no such course")
            .into()
    }
}

/// What is announced.
#[derive(Clone, Debug, Serialize)]
pub struct Announce {
    pub kind: CourseKind,
    pub content: CourseContent,
    pub title: String,
    pub place: String,
    pub division_code: DivisionCode,
    pub starts_at: DateTime<Utc>,
    pub minutes: Minutes,
    pub capacity: i32,
}

/// Staff announce a course.
pub async fn announce(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Announce,
) -> Result<Course> {
    let act = Act::new(state, caller, "announceCourse", &key);
    let title = check_title(&input.title, "input.title")?;
    let place = words("input.place", &input.place, 200)?;
    check_course(input.starts_at, input.minutes, input.capacity, act.now)?;
    let about = Resource::any("Course").in_division(input.division_code);
    let (mut tx, ()) = match act.start(&about, &input).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, nothing) => (tx, nothing),
    };
    let course = Course {
        id: CourseId::new(&state.core.ids),
        kind: input.kind,
        content: input.content,
        title,
        place,
        division_code: input.division_code,
        starts_at: input.starts_at,
        minutes: input.minutes,
        capacity: input.capacity,
        enrolled: 0,
        state: CourseState::Announced,
        reason: None,
        version: 1,
        announced_at: act.now,
        updated_at: act.now,
    };
    store::course::insert(&mut tx, &course, act.by()).await?;
    act.finish(tx, &course.resource(), json!({}), course).await
}

/// Who enrols in what, or withdraws from it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Place {
    pub course_id: CourseId,
    pub resident_id: ResidentId,
}

/// Somebody enrols: by their own word, or entered by staff.
pub async fn enrol(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Place,
) -> Result<Enrolment> {
    let act = Act::new(state, caller, "enrolInCourse", &key);
    let about = |one: &Enrolment| super::person(one.resident_id, one.division_code);
    let before = state
        .core
        .answered_about(caller, act.action, &key, &input, about);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let person = super::living(state, caller, act.action, input.resident_id).await?;
    let of = super::person(person.id, person.community_code);
    let (mut tx, ()) = match act.start(&of, &input).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, nothing) => (tx, nothing),
    };
    let course = Course::lock(&mut tx, input.course_id)
        .await?
        .ok_or_else(Course::unknown)?;
    course.check_enrolling(act.now)?;
    let enrolment = Enrolment {
        course_id: course.id,
        resident_id: person.id,
        division_code: person.community_code,
        state: EnrolmentState::Enrolled,
        enrolled_at: act.now,
    };
    store::course::enrol(&mut tx, &enrolment)
        .await
        .map_err(|error| match error.reason() {
            "VERSION_CONFLICT" => refuse!(
                AlreadyExists,
                "ENROLMENT_EXISTS",
                field: "input.residentId",
                zh: "已报名该课程",
                en: "this person is enrolled already",
            )
            .into(),
            "COURSE_FOR_WORKERS" => error.at("input.residentId"),
            _ => error,
        })?;
    let detail = json!({ "course_id": course.id });
    act.finish(tx, &of, detail, enrolment).await
}

/// Somebody withdraws before the course is settled.
pub async fn withdraw(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Place,
) -> Result<Enrolment> {
    let act = Act::new(state, caller, "withdrawEnrolment", &key);
    caller.signed_in(act.action)?;
    let mut tx = state.core.db.begin(caller).await?;
    let mut enrolment = store::course::lock_enrolment(&mut tx, input.course_id, input.resident_id)
        .await?
        .ok_or_else(Course::unknown)?;
    let of = super::person(enrolment.resident_id, enrolment.division_code);
    state.core.authorize(caller, act.action, &of)?;
    if let Some(first) = tx.replay(act.action, &key, &input, act.now).await? {
        return Ok(first);
    }
    if enrolment.state != EnrolmentState::Enrolled {
        return Err(crate::domain::words::no_move(
            "ENROLMENT_STATE",
            enrolment.state.as_str(),
            "WITHDRAWN",
        )
        .into());
    }
    enrolment.state = EnrolmentState::Withdrawn;
    store::course::mark(&mut tx, &enrolment, None, act.now).await?;
    let detail = json!({ "course_id": input.course_id });
    act.finish(tx, &of, detail, enrolment).await
}

/// Who came.
#[derive(Clone, Debug, Serialize)]
pub struct Settle {
    pub course_id: CourseId,
    pub attended: Vec<ResidentId>,
}

/// Staff say who came: their hours go into the ledger, the others were absent.
pub async fn settle(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Settle,
) -> Result<Course> {
    let act = Act::new(state, caller, "settleCourse", &key);
    let begun = act.begin::<Course, Course>(input.course_id, &input);
    let (mut tx, mut course) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, course) => (tx, course),
    };
    course.settle(act.now)?;
    let enrolled = Some(EnrolmentState::Enrolled);
    let mut places = store::course::list_enrolments(&mut tx, course.id, enrolled).await?;
    if let Some(strange) = input
        .attended
        .iter()
        .find(|id| !places.iter().any(|place| place.resident_id == **id))
    {
        return Err(refuse!(
            Invalid,
            "ENROLMENT_UNKNOWN",
            field: "input.attendedIds",
            zh: "{strange} 未报名该课程",
            en: "{strange} is not enrolled in the course",
        )
        .into());
    }
    let mut entries = Vec::with_capacity(places.len());
    for place in &mut places {
        let came = input.attended.contains(&place.resident_id);
        let training = came.then(|| TrainingId::new(&state.core.ids));
        place.state = if came {
            EnrolmentState::Attended
        } else {
            EnrolmentState::Absent
        };
        if let Some(id) = training {
            let written = (act.by(), act.now);
            store::course::insert_hours(&mut tx, (id, &course), place, written).await?;
        }
        store::course::mark(&mut tx, place, training, act.now).await?;
        let of = super::person(place.resident_id, place.division_code);
        entries.push(
            audit::Entry::write(caller, act.action, &of, act.now)
                .detail(json!({ "course_id": course.id, "state": place.state })),
        );
    }
    store::course::update(&mut tx, &mut course).await?;
    let data = json!({ "course_id": course.id, "kind": course.kind,
        "division_code": course.division_code, "minutes": course.minutes,
        "attended": input.attended.len() });
    let id = course.id.as_uuid();
    act.tell(&mut tx, "socialwork.course.settled", "course", id, data)
        .await?;
    audit::append_all(&mut tx, &entries).await?;
    let detail = json!({ "attended": input.attended.len() });
    act.finish(tx, &course.resource(), detail, course).await
}

/// Why a course does not take place.
#[derive(Clone, Debug, Serialize)]
pub struct Cancel {
    pub course_id: CourseId,
    pub reason: String,
}

/// Staff cancel a course.
pub async fn cancel(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Cancel,
) -> Result<Course> {
    let act = Act::new(state, caller, "cancelCourse", &key);
    let reason = words("input.reason", &input.reason, 500)?;
    let begun = act.begin::<Course, Course>(input.course_id, &input);
    let (mut tx, mut course) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, course) => (tx, course),
    };
    course.cancel(reason, act.now)?;
    store::course::update(&mut tx, &mut course).await?;
    let detail = json!({ "reason": course.reason });
    act.finish(tx, &course.resource(), detail, course).await
}

/// Many courses; everybody may know them.
pub async fn load_many(state: &State, ids: &[CourseId]) -> Result<HashMap<CourseId, Course>> {
    store::course::load_many(&mut *state.core.db.read().await?, ids).await
}

/// A page of courses.
pub async fn list(state: &State, filter: &CourseFilter, page: &Page) -> Result<Paged<Course>> {
    let rows = store::course::list(&mut *state.core.db.read().await?, filter, page).await?;
    Ok(page.finish(rows))
}

/// Who is enrolled: for staff of the division alone, and on record.
pub async fn enrolments(
    state: &State,
    caller: &Caller,
    course: &Course,
) -> Result<Option<Vec<Enrolment>>> {
    const ACTION: &str = "readEnrolments";
    let about = course.resource();
    if !state.core.policies.allows(&caller.actor, ACTION, &about) {
        return Ok(None);
    }
    let mut tx = state.core.db.begin(caller).await?;
    let found = store::course::list_enrolments(&mut tx, course.id, None).await?;
    let now = state.core.clock.now();
    let entries: Vec<audit::Entry> = found
        .iter()
        .map(|one| {
            audit::Entry::read(caller, ACTION, &about, now)
                .subject(one.resident_id.as_uuid())
                .fields(["enrolment"])
        })
        .collect();
    audit::append_all(&mut tx, &entries).await?;
    tx.commit().await?;
    Ok(Some(found))
}

/// A page of the caller's own enrolments.
pub async fn list_mine(state: &State, caller: &Caller, page: &Page) -> Result<Paged<Enrolment>> {
    caller.signed_in(Course::READ)?;
    let Some(me) = caller.actor.resident_id else {
        return Ok(page.finish(Vec::new()));
    };
    let me = ResidentId::from_uuid(me);
    let rows = store::course::list_of(&mut *state.core.db.read().await?, me, page).await?;
    Ok(page.finish(rows))
}
