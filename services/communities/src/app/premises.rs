//! 用房: surveyed, divided into rooms.

use chrono::NaiveDate;
use kernel::{DivisionCode, Page, Paged, china_date, keys::CommunityId};
use kit::{
    auth::{Caller, Resource},
    parameters,
    record::Wanted,
};
use serde::Serialize;
use serde_json::json;

use super::ask::{self, Ask, Subject as _, first, subject};
use crate::{
    domain::{
        premises::{Premises, PremisesId, Room, RoomKind, check_area, check_areas},
        words::check_words,
    },
    error::{Error, Result},
    state::State,
    store,
};

subject!(
    Premises,
    "Premises",
    "PREMISES_NOT_FOUND",
    "没有这处用房",
    "there are no such premises"
);

/// Premises, and how large they are.
#[derive(Clone, Debug, Serialize)]
pub struct Register {
    pub community_id: CommunityId,
    pub name: String,
    pub total_m2: i32,
    pub office_m2: i32,
    pub activity_m2: i32,
    pub surveyed_on: NaiveDate,
    pub document: String,
}

/// Registers premises of a community.
pub async fn register(ask: &Ask<'_>, input: Register) -> Result<Premises> {
    let community = super::community::get(ask.state, input.community_id).await?;
    let place = Resource::any("Premises").in_division(community.division_code);
    let mut open = first!(ask.open("managePremises", &input, &place).await?);
    check_areas(input.total_m2, input.office_m2, input.activity_m2)?;
    check_day(input.surveyed_on, open.today())?;
    let premises = Premises {
        id: open.id(),
        community_id: community.id,
        division_code: community.division_code,
        name: check_words("input.name", &input.name, 100)?,
        created_at: open.now,
        total_m2: input.total_m2,
        office_m2: input.office_m2,
        activity_m2: input.activity_m2,
        surveyed_on: input.surveyed_on,
        document: check_words("input.document", &input.document, 200)?,
        version: 1,
    };
    open.insert(&premises).await.map_err(|error| {
        ask::said(
            error,
            "PREMISES_NAME",
            "input.name",
            "已有同名用房",
            "there are premises of this name",
        )
    })?;
    open.finish(premises).await
}

fn check_day(surveyed: NaiveDate, today: NaiveDate) -> Result<()> {
    if surveyed > today {
        return Err(Error::invalid(
            "input.surveyedOn",
            "DATE_IN_FUTURE",
            "测量日期不能晚于今天",
            "a survey is not of the future",
        ));
    }
    Ok(())
}

/// Premises as measured again.
#[derive(Clone, Debug, Serialize)]
pub struct Resurvey {
    pub premises_id: PremisesId,
    pub total_m2: i32,
    pub office_m2: i32,
    pub activity_m2: i32,
    pub surveyed_on: NaiveDate,
    pub document: String,
}

/// Measures premises again; what is given away must still fit.
pub async fn resurvey(ask: &Ask<'_>, input: Resurvey) -> Result<Premises> {
    let start = ask.lock::<Premises, _>("managePremises", input.premises_id, &input);
    let (mut open, mut premises) = first!(start.await?);
    check_areas(input.total_m2, input.office_m2, input.activity_m2)?;
    check_day(input.surveyed_on, open.today())?;
    premises.total_m2 = input.total_m2;
    premises.office_m2 = input.office_m2;
    premises.activity_m2 = input.activity_m2;
    premises.surveyed_on = input.surveyed_on;
    premises.document = check_words("input.document", &input.document, 200)?;
    open.update(&mut premises).await?;
    let detail = json!({ "total": premises.total_m2, "office": premises.office_m2 });
    open.done(&premises.resource(), detail, premises).await
}

/// A room.
#[derive(Clone, Debug, Serialize)]
pub struct AddRoom {
    pub premises_id: PremisesId,
    pub name: String,
    pub kind: RoomKind,
    pub area_m2: i32,
}

/// Adds a room.
pub async fn add_room(ask: &Ask<'_>, input: AddRoom) -> Result<Room> {
    let start = ask.lock::<Premises, _>("managePremises", input.premises_id, &input);
    let (mut open, premises) = first!(start.await?);
    let room = Room {
        id: open.id(),
        premises_id: premises.id,
        name: check_words("input.name", &input.name, 100)?,
        kind: input.kind,
        area_m2: check_area("input.areaM2", input.area_m2)?,
    };
    open.insert(&room).await.map_err(|error| {
        ask::said(
            error,
            "ROOM_NAME",
            "input.name",
            "已有同名房间",
            "there is a room of this name",
        )
    })?;
    open.done(&premises.resource(), json!({ "room": room.name }), room)
        .await
}

/// Which premises.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    pub community_id: Option<CommunityId>,
}

/// A page of premises; they are public.
pub async fn list(
    state: &State,
    _: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<Premises>> {
    let wanted = Wanted::all()
        .within(filter.division_code)
        .is("community_id", filter.community_id);
    ask::list(state, wanted, page).await
}

/// How much of its offices a community cedes today, and should.
#[derive(Clone, Copy, Debug)]
pub struct Ceded {
    pub percent: i32,
    pub least: i64,
}

/// The share of a community's offices that is ceded today.
pub async fn ceded(state: &State, community: CommunityId) -> Result<Ceded> {
    let community = super::community::get(state, community).await?;
    let today = china_date(state.core.clock.now());
    let mut conn = state.core.db.read().await?;
    let percent = store::premises::ceded_percent(&mut conn, community.id, today).await?;
    let key = "com.premises.ceded_office_percent";
    let place = Some(&community.division_code);
    let least = parameters::number(&mut conn, key, place, today).await?;
    Ok(Ceded { percent, least })
}
