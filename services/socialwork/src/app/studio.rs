//! 社区社会工作室: founded, checked, opened, closed. Everybody may read it.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{IdempotencyKey, Page, Paged, keys::CommunityId, refuse};
use kit::{
    auth::{Caller, Resource},
    parameters,
};
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;

use super::act::{Act, Begun, Held};
use crate::{
    domain::{
        studio::{Studio, StudioCheck, StudioFilter, StudioId, StudioItem, StudioState},
        training::check_not_future,
        words::words,
    },
    error::Result,
    state::State,
    store,
};

impl Held for Studio {
    type Id = StudioId;
    const READ: &'static str = "readStudio";

    async fn lock(conn: &mut PgConnection, id: StudioId) -> Result<Option<Self>> {
        store::studio::lock(conn, id).await
    }

    fn resource(&self) -> Resource {
        Resource::new("Studio", self.id).in_division(self.division_code)
    }

    fn unknown() -> kit::Error {
        refuse!(
            NotFound,
            "STUDIO_NOT_FOUND",
            zh: "没有这个社会工作室",
            en: "there is no such studio",
        )
        .into()
    }
}

/// Where a studio is founded.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    pub community_id: CommunityId,
    pub name: String,
    pub address: String,
}

/// A community founds its studio.
pub async fn found(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Found,
) -> Result<Studio> {
    let act = Act::new(state, caller, "foundStudio", &key);
    let name = words("input.name", &input.name, 100)?;
    let address = words("input.address", &input.address, 200)?;
    let before = state
        .core
        .answered_about(caller, act.action, &key, &input, Studio::resource);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let division_code = super::division_of(state, caller, input.community_id).await?;
    let about = Resource::any("Studio").in_division(division_code);
    let (mut tx, ()) = match act.start(&about, &input).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, nothing) => (tx, nothing),
    };
    if store::studio::stands(&mut tx, input.community_id).await? {
        return Err(refuse!(
            AlreadyExists,
            "STUDIO_EXISTS",
            field: "input.communityId",
            zh: "该社区已有社会工作室",
            en: "this community has a studio already",
        )
        .into());
    }
    let studio = Studio {
        id: StudioId::new(&state.core.ids),
        community_id: input.community_id,
        division_code,
        name,
        address,
        state: StudioState::Preparing,
        checks: Vec::new(),
        posts: 0,
        opened_at: None,
        closed_at: None,
        version: 1,
        updated_at: act.now,
    };
    store::studio::insert(&mut tx, &studio).await?;
    act.finish(tx, &studio.resource(), json!({}), studio).await
}

/// What was seen of an item.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    pub studio_id: StudioId,
    pub item: StudioItem,
    pub met: bool,
    pub evidence: String,
    pub on: NaiveDate,
}

/// Records what somebody saw; the newest look at an item counts.
pub async fn check(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Check,
) -> Result<Studio> {
    let act = Act::new(state, caller, "checkStudio", &key);
    check_not_future(input.on, act.today())?;
    let seen = StudioCheck {
        item: input.item,
        met: input.met,
        evidence: words("input.evidence", &input.evidence, 500)?,
        checked_on: input.on,
    };
    let begun = act.begin::<Studio, Studio>(input.studio_id, &input);
    let (mut tx, mut studio) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, studio) => (tx, studio),
    };
    let which = (state.core.ids.next(), studio.id);
    store::studio::insert_check(&mut tx, which, &seen, (act.by(), act.now)).await?;
    let detail = json!({ "item": seen.item, "met": seen.met });
    studio.checks.retain(|one| one.item != seen.item);
    studio.checks.push(seen);
    act.finish(tx, &studio.resource(), detail, studio).await
}

/// Opens a studio that has everything.
pub async fn open(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: StudioId,
) -> Result<Studio> {
    let act = Act::new(state, caller, "openStudio", &key);
    let (mut tx, mut studio) = match act.begin::<Studio, Studio>(id, &id).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, studio) => (tx, studio),
    };
    let division = studio.division_code;
    let needed =
        parameters::number(&mut tx, "sw.posts_per_pilot", Some(&division), act.today()).await?;
    studio.open(needed, act.now)?;
    moved(&act, tx, studio).await
}

/// Closes a studio.
pub async fn close(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: StudioId,
) -> Result<Studio> {
    let act = Act::new(state, caller, "closeStudio", &key);
    let (tx, mut studio) = match act.begin::<Studio, Studio>(id, &id).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, studio) => (tx, studio),
    };
    studio.close(act.now)?;
    moved(&act, tx, studio).await
}

/// Writes a studio that moved and tells of it.
async fn moved(act: &Act<'_>, mut tx: kit::db::Tx, mut studio: Studio) -> Result<Studio> {
    store::studio::update(&mut tx, &mut studio).await?;
    let data = json!({ "studio_id": studio.id, "community_id": studio.community_id,
        "division_code": studio.division_code, "state": studio.state });
    let id = studio.id.as_uuid();
    act.tell(&mut tx, "socialwork.studio.moved", "studio", id, data)
        .await?;
    let detail = json!({ "state": studio.state });
    act.finish(tx, &studio.resource(), detail, studio).await
}

/// How many posts a studio needs today.
pub async fn posts_needed(state: &State, studio: &Studio) -> Result<i64> {
    let today = kernel::china_date(state.core.clock.now());
    let mut conn = state.core.db.read().await?;
    let division = Some(&studio.division_code);
    parameters::number(&mut conn, "sw.posts_per_pilot", division, today).await
}

/// Many studios.
pub async fn load_many(state: &State, ids: &[StudioId]) -> Result<HashMap<StudioId, Studio>> {
    store::studio::load_many(&mut *state.core.db.read().await?, ids).await
}

/// A page of studios.
pub async fn list(state: &State, filter: &StudioFilter, page: &Page) -> Result<Paged<Studio>> {
    let rows = store::studio::list(&mut *state.core.db.read().await?, filter, page).await?;
    Ok(page.finish(rows))
}
