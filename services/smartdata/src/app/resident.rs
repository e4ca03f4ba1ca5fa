//! 居民: register, verify, move, record a death; reading is in [`see`].

pub mod see;

use kernel::{DivisionCode, GridCode, IdempotencyKey, keys::ResidentId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource},
    db::Tx,
    events,
};
use serde::{Deserialize, Serialize};

use crate::{
    domain::resident::{Home, Personal, Resident, VerificationMethod, fingerprint},
    error::Result,
    state::State,
    store,
};

pub use see::{Seen, Wanted};

pub use crate::store::resident::ResidentFilter;

/// What a resident is to the policies.
pub fn resource(caller: &Caller, resident: &Resident) -> Resource {
    asked(
        caller,
        resident.id.to_string(),
        resident.community_code,
        resident.demo,
    )
    .owned_by(resident.id.as_uuid())
}

fn asked(caller: &Caller, id: String, community: DivisionCode, demo: bool) -> Resource {
    Resource::new("Resident", id)
        .in_division(community)
        .with("purpose", caller.purpose.is_some())
        .with("demo", demo)
}

/// What somebody typed to register a resident. No Debug: it is personal data.
#[derive(Clone)]
pub struct Register {
    pub name: String,
    pub citizen_id: String,
    pub phone: Option<String>,
    pub home: Home,
}

/// What the hash of the request covers: the person as a keyed fingerprint.
#[derive(Serialize)]
struct Registered<'a> {
    person: String,
    home: &'a Home,
}

/// Registers a resident of a community.
pub async fn register(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Register,
) -> Result<ResidentId> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let community = store::division::find(&mut tx, &input.home.community_code).await?;
    let demo = input.home.demo || community.as_ref().is_some_and(|it| it.demo);
    let resource = asked(caller, String::new(), input.home.community_code, demo);
    state
        .core
        .authorize(caller, "registerResident", &resource)?;

    let (keys, today) = (&state.core.pii, kernel::china_date(now));
    let personal = Personal::try_new(
        &input.name,
        &input.citizen_id,
        input.phone.as_deref(),
        today,
    )?;
    let request = Registered {
        person: fingerprint(keys, &personal),
        home: &input.home,
    };
    if let Some(first) = tx.replay("registerResident", &key, &request, now).await? {
        return Ok(first);
    }
    let id = ResidentId::new(&state.core.ids);
    let resident = Resident::try_new(id, keys, &personal, &input.home, community.as_ref(), now)?;
    known_grid(&mut tx, resident.grid_code.as_ref()).await?;
    let index = &resident.sealed.citizen_index;
    if store::resident::find_by_index(&mut tx, index)
        .await?
        .is_some()
    {
        return Err(refuse!(
            AlreadyExists,
            "RESIDENT_EXISTS",
            field: "input.citizenId",
            zh: "该身份号码已登记为居民",
            en: "a resident with this identity number is registered already",
        )
        .into());
    }
    store::resident::insert(&mut tx, &resident).await?;
    finish(tx, caller, "registerResident", &resident).await
}

/// How an identity was verified.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verify {
    pub resident_id: ResidentId,
    pub method: VerificationMethod,
}

/// Somebody compared the person with their papers.
pub async fn verify(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Verify,
) -> Result<ResidentId> {
    caller.signed_in("verifyResident")?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut resident = lock(&mut tx, input.resident_id).await?;
    authorize(state, caller, "verifyResident", &resident)?;
    if let Some(first) = tx.replay("verifyResident", &key, &input, now).await? {
        return Ok(first);
    }
    resident.verify(&caller.actor.subject, input.method, now)?;
    store::resident::update(&mut tx, &mut resident).await?;
    finish(tx, caller, "verifyResident", &resident).await
}

/// Where a resident goes; nowhere of ours is away.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Move {
    pub resident_id: ResidentId,
    pub community_code: Option<DivisionCode>,
    pub grid_code: Option<GridCode>,
}

/// A resident moves: between communities or grids, away, or back.
pub async fn settle(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Move,
) -> Result<ResidentId> {
    caller.signed_in("moveResident")?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut resident = lock(&mut tx, input.resident_id).await?;
    // Before the question who may: after the move the record may lie outside
    // the reach of whoever moved it, and the same key must answer the same.
    if let Some(first) = tx.replay("moveResident", &key, &input, now).await? {
        return Ok(first);
    }
    authorize(state, caller, "moveResident", &resident)?;
    if input.community_code.is_none() && input.grid_code.is_some() {
        return Err(refuse!(
            Invalid,
            "GRID_WITHOUT_COMMUNITY",
            field: "input.gridCode",
            zh: "指明网格时须同时指明社区",
            en: "a grid is named together with its community",
        )
        .into());
    }
    let community = match &input.community_code {
        Some(code) => store::division::find(&mut tx, code).await?,
        None => None,
    };
    let before = resident.community_code;
    let home = input.community_code.map(|code| (code, input.grid_code));
    resident.settle(home, community.as_ref(), now)?;
    known_grid(&mut tx, resident.grid_code.as_ref()).await?;
    if input.community_code != Some(before) {
        store::household::end_membership(&mut tx, resident.id, now).await?;
    }
    store::resident::update(&mut tx, &mut resident).await?;
    finish(tx, caller, "moveResident", &resident).await
}

/// Who has died, and when.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Death {
    pub resident_id: ResidentId,
    pub died_on: chrono::NaiveDate,
}

/// Records a death: nothing new begins for this resident.
pub async fn record_death(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Death,
) -> Result<ResidentId> {
    caller.signed_in("recordDeath")?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut resident = lock(&mut tx, input.resident_id).await?;
    authorize(state, caller, "recordDeath", &resident)?;
    if let Some(first) = tx.replay("recordDeath", &key, &input, now).await? {
        return Ok(first);
    }
    resident.die(input.died_on, now)?;
    store::household::end_membership(&mut tx, resident.id, now).await?;
    store::resident::update(&mut tx, &mut resident).await?;
    finish(tx, caller, "recordDeath", &resident).await
}

/// Whether the caller may do this to a resident they know of.
fn authorize(state: &State, caller: &Caller, action: &str, resident: &Resident) -> Result<()> {
    let asked = resource(caller, resident);
    state
        .core
        .authorize_seen(caller, (action, "readResident"), &asked, unknown)
}

async fn lock(tx: &mut Tx, id: ResidentId) -> Result<Resident> {
    store::resident::lock(tx, id).await?.ok_or_else(unknown)
}

async fn known_grid(tx: &mut Tx, grid: Option<&GridCode>) -> Result<()> {
    let Some(code) = grid else { return Ok(()) };
    let found = store::grid::find_by_code(tx, code).await?;
    found
        .map(|_| ())
        .ok_or_else(|| super::grid::unknown("input.gridCode"))
}

/// Tells the others, writes the audit, keeps the answer, commits. Only the id
/// is kept: an answer that is replayed must not hold personal data.
async fn finish(
    mut tx: Tx,
    caller: &Caller,
    action: &'static str,
    resident: &Resident,
) -> Result<ResidentId> {
    let event = events::NewEvent {
        subject: "smartdata.resident.changed",
        aggregate: "resident",
        aggregate_id: resident.id.as_uuid(),
        trace_id: None,
        at: resident.updated_at,
        data: serde_json::json!({
            "resident_id": resident.id,
            "status": resident.status,
            "verified": resident.verification.is_some(),
            "community_code": resident.community_code,
        }),
    };
    events::append(&mut tx, &event).await?;
    let entry = audit::Entry::write(
        caller,
        action,
        &resource(caller, resident),
        resident.updated_at,
    );
    audit::append(&mut tx, &entry).await?;
    tx.answer(resident.id).await
}

/// The resident is not there.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "RESIDENT_NOT_FOUND",
        zh: "没有这位居民,或您无权查看",
        en: "there is no such resident, or it is not for you to see",
    )
    .into()
}
