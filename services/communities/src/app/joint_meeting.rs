//! 联席会议: units registered, meetings called, held, minuted, and what was agreed on done.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Page, Paged, china_date, keys::CommunityId};
use kit::{
    auth::{Caller, Resource},
    record::Wanted,
};
use serde::Serialize;
use serde_json::json;

use super::ask::{self, Ask, Only, Subject as _, first, subject};
use crate::{
    domain::{
        joint_meeting::{
            JointAction, JointActionId, JointAttendance, JointMeeting, JointMeetingId,
            JointMeetingState, JointResolution, ResidentUnit, ResidentUnitId, ResidentUnitKind,
            Unmet, check_quarter,
        },
        words::check_words,
    },
    error::{Error, Result},
    state::State,
    store,
};

subject!(
    ResidentUnit,
    "JointMeeting",
    "RESIDENT_UNIT_NOT_FOUND",
    "没有这个驻社区单位",
    "there is no such unit"
);
subject!(
    JointMeeting,
    "JointMeeting",
    "JOINT_MEETING_NOT_FOUND",
    "没有这次联席会议",
    "there is no such meeting"
);
subject!(
    JointAction,
    "JointMeeting",
    "JOINT_ACTION_NOT_FOUND",
    "没有这项办理事项",
    "there is no such action"
);

const ACTION: &str = "runJointMeeting";

/// A unit of the community.
#[derive(Clone, Debug, Serialize)]
pub struct Register {
    pub community_id: CommunityId,
    pub name: String,
    pub kind: ResidentUnitKind,
    pub resources: Option<String>,
}

/// Registers a unit.
pub async fn register(ask: &Ask<'_>, input: Register) -> Result<ResidentUnit> {
    let community = super::community::get(ask.state, input.community_id).await?;
    let place = Resource::any("JointMeeting").in_division(community.division_code);
    let mut open = first!(ask.open(ACTION, &input, &place).await?);
    let resources = input.resources.as_deref();
    let unit = ResidentUnit {
        id: open.id(),
        community_id: community.id,
        division_code: community.division_code,
        name: check_words("input.name", &input.name, 100)?,
        kind: input.kind,
        registered_at: open.now,
        resources: resources
            .map(|text| check_words("input.resources", text, 500))
            .transpose()?,
        left_at: None,
        version: 1,
    };
    open.insert(&unit).await.map_err(|error| {
        ask::said(
            error,
            "RESIDENT_UNIT_NAME",
            "input.name",
            "该单位已经登记",
            "the unit is registered already",
        )
    })?;
    open.finish(unit).await
}

/// A unit has left.
pub async fn leave(ask: &Ask<'_>, input: Only<ResidentUnitId>) -> Result<ResidentUnit> {
    let (mut open, mut unit) = first!(
        ask.lock::<ResidentUnit, _>(ACTION, input.id, &input)
            .await?
    );
    if unit.left_at.is_some() {
        return Err(Error::refused(
            "RESIDENT_UNIT_LEFT",
            "该单位已经迁出",
            "the unit has left already",
        ));
    }
    unit.left_at = Some(open.now);
    open.update(&mut unit).await?;
    open.finish(unit).await
}

/// When and where units meet.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    pub community_id: CommunityId,
    pub period: String,
    pub agenda: String,
    pub place: String,
    pub meets_at: DateTime<Utc>,
}

/// Calls the meeting of a quarter.
pub async fn call(ask: &Ask<'_>, input: Call) -> Result<JointMeeting> {
    let community = super::community::get(ask.state, input.community_id).await?;
    let place = Resource::any("JointMeeting").in_division(community.division_code);
    let mut open = first!(ask.open(ACTION, &input, &place).await?);
    let meeting = JointMeeting {
        id: open.id(),
        community_id: community.id,
        division_code: community.division_code,
        period: check_quarter(&input.period)?,
        agenda: check_words("input.agenda", &input.agenda, 1000)?,
        place: check_words("input.place", &input.place, 100)?,
        meets_at: input.meets_at,
        called_by: open.actor(),
        created_at: open.now,
        state: JointMeetingState::Called,
        minutes: None,
        updated_at: open.now,
        version: 1,
    };
    open.insert(&meeting).await.map_err(|error| {
        ask::said(
            error,
            "JOINT_MEETING_PERIOD",
            "input.period",
            "本周期会议已经召集",
            "the meeting of this period is called already",
        )
    })?;
    open.finish(meeting).await
}

/// Calls the meeting off.
pub async fn cancel(ask: &Ask<'_>, input: Only<JointMeetingId>) -> Result<JointMeeting> {
    step(ask, input, JointMeetingState::Cancelled).await
}

/// Closes it: all that was agreed on is done.
pub async fn close(ask: &Ask<'_>, input: Only<JointMeetingId>) -> Result<JointMeeting> {
    step(ask, input, JointMeetingState::Closed).await
}

async fn step(
    ask: &Ask<'_>,
    input: Only<JointMeetingId>,
    next: JointMeetingState,
) -> Result<JointMeeting> {
    let (mut open, mut meeting) = first!(
        ask.lock::<JointMeeting, _>(ACTION, input.id, &input)
            .await?
    );
    meeting.step(next, open.now)?;
    open.update(&mut meeting).await?;
    open.finish(meeting).await
}

/// Who came, and what was agreed on.
#[derive(Clone, Debug, Serialize)]
pub struct Hold {
    pub meeting_id: JointMeetingId,
    pub unit_ids: Vec<ResidentUnitId>,
    pub resolutions: Vec<String>,
}

/// The meeting was held.
pub async fn hold(ask: &Ask<'_>, input: Hold) -> Result<JointMeeting> {
    let start = ask.lock::<JointMeeting, _>(ACTION, input.meeting_id, &input);
    let (mut open, mut meeting) = first!(start.await?);
    meeting.step(JointMeetingState::Held, open.now)?;
    for &unit_id in &input.unit_ids {
        let came = JointAttendance {
            id: open.id(),
            meeting_id: meeting.id,
            unit_id,
        };
        open.insert(&came).await.map_err(|error| {
            ask::said(
                error,
                "JOINT_ATTENDANCE_ONCE",
                "input.unitIds",
                "单位重复",
                "a unit is named twice",
            )
        })?;
    }
    for (at, text) in input.resolutions.iter().enumerate() {
        let agreed = JointResolution {
            id: open.id(),
            meeting_id: meeting.id,
            text: check_words(&format!("input.resolutions.{at}"), text, 1000)?,
        };
        open.insert(&agreed).await?;
    }
    open.update(&mut meeting).await?;
    open.finish(meeting).await
}

/// The minutes.
#[derive(Clone, Debug, Serialize)]
pub struct Minute {
    pub meeting_id: JointMeetingId,
    pub minutes: String,
}

/// Writes the minutes.
pub async fn minute(ask: &Ask<'_>, input: Minute) -> Result<JointMeeting> {
    let start = ask.lock::<JointMeeting, _>(ACTION, input.meeting_id, &input);
    let (mut open, mut meeting) = first!(start.await?);
    meeting.step(JointMeetingState::Minuted, open.now)?;
    meeting.minutes = Some(check_words("input.minutes", &input.minutes, 5000)?);
    open.update(&mut meeting).await?;
    open.finish(meeting).await
}

/// Something to be done, by whom, by when.
#[derive(Clone, Debug, Serialize)]
pub struct AddAction {
    pub meeting_id: JointMeetingId,
    pub unit_id: Option<ResidentUnitId>,
    pub title: String,
    pub due_on: NaiveDate,
}

/// Notes what is to be done.
pub async fn add_action(ask: &Ask<'_>, input: AddAction) -> Result<JointAction> {
    let start = ask.lock::<JointMeeting, _>(ACTION, input.meeting_id, &input);
    let (mut open, meeting) = first!(start.await?);
    if input.due_on < open.today() {
        return Err(Error::invalid(
            "input.dueOn",
            "JOINT_ACTION_DUE",
            "期限不能早于今天",
            "it is due today or later",
        ));
    }
    let action = JointAction {
        id: open.id(),
        meeting_id: meeting.id,
        community_id: meeting.community_id,
        division_code: meeting.division_code,
        unit_id: input.unit_id,
        title: check_words("input.title", &input.title, 200)?,
        due_on: input.due_on,
        created_at: open.now,
        result: None,
        done_at: None,
        version: 1,
    };
    open.insert(&action).await?;
    open.done(&meeting.resource(), json!({ "due": action.due_on }), action)
        .await
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Complete {
    pub action_id: JointActionId,
    pub result: String,
}

/// It is done.
pub async fn complete(ask: &Ask<'_>, input: Complete) -> Result<JointAction> {
    let start = ask.lock::<JointAction, _>(ACTION, input.action_id, &input);
    let (mut open, mut action) = first!(start.await?);
    if action.done_at.is_some() {
        return Err(Error::refused(
            "JOINT_ACTION_DONE",
            "该事项已经办结",
            "it is done already",
        ));
    }
    action.result = Some(check_words("input.result", &input.result, 1000)?);
    action.done_at = Some(open.now);
    open.update(&mut action).await?;
    open.finish(action).await
}

/// Which units.
#[derive(Clone, Debug, Default)]
pub struct UnitFilter {
    pub division_code: Option<DivisionCode>,
    pub community_id: Option<CommunityId>,
    pub kind: Option<ResidentUnitKind>,
}

/// A page of units; they are public.
pub async fn units(
    state: &State,
    _: &Caller,
    filter: UnitFilter,
    page: &Page,
) -> Result<Paged<ResidentUnit>> {
    let wanted = Wanted::all()
        .within(filter.division_code)
        .is("community_id", filter.community_id)
        .is("kind", filter.kind);
    ask::list(state, wanted, page).await
}

/// Which meetings.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    pub community_id: Option<CommunityId>,
    pub state: Option<JointMeetingState>,
}

/// A page of meetings; they are public.
pub async fn list(
    state: &State,
    _: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<JointMeeting>> {
    let wanted = Wanted::all()
        .within(filter.division_code)
        .is("community_id", filter.community_id)
        .is("state", filter.state);
    ask::list(state, wanted, page).await
}

/// Which actions.
#[derive(Clone, Debug, Default)]
pub struct ActionFilter {
    pub division_code: Option<DivisionCode>,
    pub community_id: Option<CommunityId>,
    /// Only those that should have been done.
    pub overdue: Option<bool>,
}

/// A page of actions; they are public.
pub async fn actions(
    state: &State,
    _: &Caller,
    filter: ActionFilter,
    page: &Page,
) -> Result<Paged<JointAction>> {
    let late = filter
        .overdue
        .filter(|wanted| *wanted)
        .map(|_| china_date(state.core.clock.now()));
    let wanted = Wanted::all()
        .within(filter.division_code)
        .is("community_id", filter.community_id)
        .that("done_at IS NULL AND due_on < ", late);
    ask::list(state, wanted, page).await
}

/// Communities whose units have not met in time.
pub async fn unmet(state: &State, within: &DivisionCode) -> Result<Vec<Unmet>> {
    let now = state.core.clock.now();
    let mut conn = state.core.db.read().await?;
    store::joint_meeting::unmet(&mut conn, within, (now, china_date(now))).await
}
