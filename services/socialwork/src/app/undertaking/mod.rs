//! 小组、社区活动、政策倡导: begun by a social worker, joined by residents,
//! measured, brought to an end. What goes on is public; who takes part is not.

mod measure;
mod part;
mod session;

use std::collections::HashMap;

use kernel::{
    IdempotencyKey, Page, Paged,
    keys::{CommunityId, ResidentId},
    refuse,
};
use kit::{
    auth::{Caller, Resource},
    db::Tx,
    parameters,
};
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;

use self::measure::measures;
pub use self::{
    measure::{AddMeasure, Read, add_measure, read_measure},
    part::{Part, join, leave, participants},
    session::{Hold, hold},
};
use super::{
    act::{Act, Begun, Held},
    case::{check_serving, myself},
};
use crate::{
    domain::{
        undertaking::{
            Measure, Readiness, Undertaking, UndertakingFilter, UndertakingId, UndertakingKind,
            UndertakingSession, Words,
        },
        words::{words, words_if_any},
    },
    error::Result,
    state::State,
    store,
};

impl Held for Undertaking {
    type Id = UndertakingId;
    const READ: &'static str = "readUndertaking";

    async fn lock(conn: &mut PgConnection, id: UndertakingId) -> Result<Option<Self>> {
        store::undertaking::lock(conn, id).await
    }

    fn resource(&self) -> Resource {
        Resource::new("Undertaking", self.id)
            .in_division(self.division_code)
            .with("lead", self.lead_id.to_string())
    }

    fn unknown() -> kit::Error {
        refuse!(
            NotFound,
            "UNDERTAKING_NOT_FOUND",
            zh: "没有这项小组、社区活动或倡导",
            en: "there is no such group, programme or advocacy",
        )
        .into()
    }
}

/// What is begun.
#[derive(Clone, Debug, Serialize)]
pub struct Start {
    pub kind: UndertakingKind,
    pub community_id: CommunityId,
    pub title: String,
    pub aim: String,
    pub audience: String,
}

/// A social worker begins a group, a programme or an advocacy in a community
/// they serve.
pub async fn start(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Start,
) -> Result<Undertaking> {
    let act = Act::new(state, caller, "startUndertaking", &key);
    let title = words("input.title", &input.title, 100)?;
    let aim = words("input.aim", &input.aim, 1000)?;
    let audience = words("input.audience", &input.audience, 200)?;
    let before = state
        .core
        .answered_about(caller, act.action, &key, &input, Undertaking::resource);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let division_code = super::division_of(state, caller, input.community_id).await?;
    let lead = caller.actor.social_worker_id.map(|id| id.to_string());
    let about = Resource::any("Undertaking")
        .in_division(division_code)
        .with("lead", lead.unwrap_or_default());
    let (mut tx, ()) = match act.start(&about, &input).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, nothing) => (tx, nothing),
    };
    let me = check_serving(&mut tx, &act, myself(caller)?, "input.communityId").await?;
    if !me
        .communities
        .iter()
        .any(|served| served.community_id == input.community_id)
    {
        return Err(refuse!(
            Refused,
            "COMMUNITY_NOT_SERVED",
            field: "input.communityId",
            zh: "您未登记服务该社区",
            en: "you are not registered as serving this community",
        )
        .into());
    }
    let undertaking = Undertaking {
        id: UndertakingId::new(&state.core.ids),
        kind: input.kind,
        community_id: input.community_id,
        division_code,
        lead_id: me.id,
        title,
        aim,
        audience,
        phase: input.kind.first(),
        addressee: None,
        answer: None,
        summary: None,
        members: 0,
        version: 1,
        started_at: act.now,
        ended_at: None,
        updated_at: act.now,
    };
    store::undertaking::insert(&mut tx, &undertaking).await?;
    told(&act, &mut tx, &undertaking).await?;
    let detail = json!({ "kind": undertaking.kind });
    act.finish(tx, &undertaking.resource(), detail, undertaking)
        .await
}

/// What is said on the way to the next phase.
#[derive(Clone, Debug, Serialize)]
pub struct Advance {
    pub undertaking_id: UndertakingId,
    pub words: Words,
}

/// Goes on to the next phase of its way.
pub async fn advance(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Advance,
) -> Result<Undertaking> {
    let act = Act::new(state, caller, "advanceUndertaking", &key);
    let said = Words {
        addressee: words_if_any("input.addressee", input.words.addressee.as_deref(), 200)?,
        answer: words_if_any("input.answer", input.words.answer.as_deref(), 2000)?,
        summary: words_if_any("input.summary", input.words.summary.as_deref(), 2000)?,
    };
    let (mut tx, mut undertaking) = match begin(&act, input.undertaking_id, &input).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, one) => (tx, one),
    };
    let measures = measures(&mut tx, undertaking.id).await?;
    let of = Some(&undertaking.division_code);
    let ready = Readiness {
        measures: measures.len(),
        unread: measures.iter().filter(|one| one.value.is_none()).count(),
        least_members: parameters::number(&mut tx, "sw.group.least_members", of, act.today())
            .await?,
    };
    undertaking.advance(said, ready, act.now)?;
    moved(&act, tx, undertaking).await
}

/// Why it is called off.
#[derive(Clone, Debug, Serialize)]
pub struct Cancel {
    pub undertaking_id: UndertakingId,
    pub reason: String,
}

/// The lead, or staff, call it off.
pub async fn cancel(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Cancel,
) -> Result<Undertaking> {
    let act = Act::new(state, caller, "cancelUndertaking", &key);
    let reason = words("input.reason", &input.reason, 2000)?;
    let (tx, mut undertaking) = match begin(&act, input.undertaking_id, &input).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, one) => (tx, one),
    };
    undertaking.cancel(reason, act.now)?;
    moved(&act, tx, undertaking).await
}

async fn begin(
    act: &Act<'_>,
    id: UndertakingId,
    input: &(impl Serialize + Sync),
) -> Result<Begun<Undertaking, Undertaking>> {
    act.begin::<Undertaking, Undertaking>(id, input).await
}

async fn moved(act: &Act<'_>, mut tx: Tx, mut undertaking: Undertaking) -> Result<Undertaking> {
    store::undertaking::update(&mut tx, &mut undertaking).await?;
    told(act, &mut tx, &undertaking).await?;
    let detail = json!({ "phase": undertaking.phase });
    act.finish(tx, &undertaking.resource(), detail, undertaking)
        .await
}

async fn told(act: &Act<'_>, tx: &mut Tx, undertaking: &Undertaking) -> Result<()> {
    let data = json!({ "undertaking_id": undertaking.id, "kind": undertaking.kind,
        "community_id": undertaking.community_id, "division_code": undertaking.division_code,
        "phase": undertaking.phase });
    let id = undertaking.id.as_uuid();
    act.tell(tx, "socialwork.undertaking.moved", "undertaking", id, data)
        .await
}

/// Many; what goes on is public.
pub async fn load_many(
    state: &State,
    ids: &[UndertakingId],
) -> Result<HashMap<UndertakingId, Undertaking>> {
    store::undertaking::load_many(&mut *state.core.db.read().await?, ids).await
}

/// A page, newest first.
pub async fn list(
    state: &State,
    filter: &UndertakingFilter,
    page: &Page,
) -> Result<Paged<Undertaking>> {
    let rows = store::undertaking::list(&mut *state.core.db.read().await?, filter, page).await?;
    Ok(page.finish(rows))
}

/// Those in which the caller takes part.
pub async fn list_mine(state: &State, caller: &Caller, page: &Page) -> Result<Paged<Undertaking>> {
    caller.signed_in(Undertaking::READ)?;
    let Some(me) = caller.actor.resident_id else {
        return Ok(page.finish(Vec::new()));
    };
    let filter = UndertakingFilter {
        participant: Some(ResidentId::from_uuid(me)),
        ..UndertakingFilter::default()
    };
    list(state, &filter, page).await
}

/// The measures of many.
pub async fn load_measures(
    state: &State,
    ids: &[UndertakingId],
) -> Result<HashMap<UndertakingId, Vec<Measure>>> {
    store::undertaking::load_measures(&mut *state.core.db.read().await?, ids).await
}

/// The sessions of many.
pub async fn load_sessions(
    state: &State,
    ids: &[UndertakingId],
) -> Result<HashMap<UndertakingId, Vec<UndertakingSession>>> {
    store::undertaking::session::load_sessions(&mut *state.core.db.read().await?, ids).await
}
