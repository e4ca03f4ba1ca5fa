//! 督导: planned, held, recorded, confirmed by the supervisee, counted; missed
//! and made up.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, china_date, refuse};
use kit::{audit, auth::Caller, db::Tx};
use serde::Serialize;
use serde_json::json;

use super::{
    act::{Act, Begun, Held},
    sealed,
    supervision::{kept, unknown},
};
use crate::{
    domain::{
        supervision::{
            SessionState, Supervision, SupervisionId, SupervisionMethod, SupervisionSession,
            SupervisionSessionId,
        },
        words::words,
    },
    error::Result,
    state::State,
    store,
};

/// What is planned.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    pub supervision_id: SupervisionId,
    pub method: SupervisionMethod,
    pub topic: String,
    pub at: DateTime<Utc>,
    pub makes_up: Option<SupervisionSessionId>,
}

/// The supervisor plans a session, or one that makes up for a missed one.
pub async fn plan(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Plan,
) -> Result<SupervisionSession> {
    let act = Act::new(state, caller, "planSupervisionSession", &key);
    let topic = words("input.topic", &input.topic, 200)?;
    let begun = act.begin::<Supervision, SupervisionSession>(input.supervision_id, &input);
    let (mut tx, supervision) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, supervision) => (tx, supervision),
    };
    supervision.check_covers(china_date(input.at), "input.at")?;
    if let Some(missed) = input.makes_up {
        let missed = store::supervision_session::lock(&mut tx, missed).await?;
        let fits = missed.is_some_and(|one| {
            one.supervision_id == supervision.id && one.state == SessionState::Missed
        });
        if !fits {
            return Err(refuse!(
                Refused,
                "SESSION_NOT_MISSED",
                field: "input.makesUpId",
                zh: "只能补做本督导关系中缺席的督导",
                en: "only a missed session of the same supervision is made up",
            )
            .into());
        }
    }
    let session = SupervisionSession {
        id: SupervisionSessionId::new(&state.core.ids),
        supervision_id: supervision.id,
        supervisee_id: supervision.supervisee_id,
        method: input.method,
        topic,
        state: SessionState::Planned,
        planned_at: input.at,
        makes_up: input.makes_up,
        held_from: None,
        held_to: None,
        missed_reason: None,
        returned_reason: None,
        supervisor_confirmed_at: None,
        supervisee_confirmed_at: None,
        version: 1,
        updated_at: act.now,
    };
    store::supervision_session::insert(&mut tx, &session).await?;
    let detail = json!({ "session_id": session.id, "at": session.planned_at });
    act.finish(tx, &supervision.resource(), detail, session)
        .await
}

/// Begins something about one session.
async fn begin(
    act: &Act<'_>,
    id: SupervisionSessionId,
    input: &(impl Serialize + Sync),
) -> Result<Begun<(Supervision, SupervisionSession), SupervisionSession>> {
    act.caller.signed_in(act.action)?;
    let mut tx = act.state.core.db.begin(act.caller).await?;
    let session = store::supervision_session::lock(&mut tx, id)
        .await?
        .ok_or_else(unknown)?;
    let supervision = store::supervision::lock(&mut tx, session.supervision_id)
        .await?
        .ok_or_else(unknown)?;
    act.permitted(&supervision)?;
    Ok(
        match tx.replay(act.action, act.key, input, act.now).await? {
            Some(first) => Begun::Answered(first),
            None => Begun::First(tx, (supervision, session)),
        },
    )
}

async fn finish(
    act: &Act<'_>,
    tx: Tx,
    supervision: &Supervision,
    session: SupervisionSession,
) -> Result<SupervisionSession> {
    let detail = json!({ "session_id": session.id, "state": session.state });
    act.finish(tx, &supervision.resource(), detail, session)
        .await
}

/// When a session was held.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Hold {
    pub session_id: SupervisionSessionId,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// The supervisor says that a session was held, and when.
pub async fn hold(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Hold,
) -> Result<SupervisionSession> {
    let act = Act::new(state, caller, "holdSupervisionSession", &key);
    let (mut tx, (mut supervision, mut session)) =
        match begin(&act, input.session_id, &input).await? {
            Begun::Answered(first) => return Ok(first),
            Begun::First(tx, both) => (tx, both),
        };
    session.hold(input.from, input.to, act.now)?;
    let day = china_date(input.from);
    supervision.check_covers(day, "input.from")?;
    store::supervision_session::update(&mut tx, &mut session, None)
        .await
        .map_err(|error| {
            if error.reason() == "SESSION_OVERLAP" {
                return error.at("input.from");
            }
            error
        })?;
    kept(&mut tx, &mut supervision, day, act.now).await?;
    finish(&act, tx, &supervision, session).await
}

/// What was said.
pub struct Record {
    pub session_id: SupervisionSessionId,
    pub text: String,
}

/// The supervisor records what was said and confirms it with that.
pub async fn record(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Record,
) -> Result<SupervisionSession> {
    let act = Act::new(state, caller, "recordSupervisionSession", &key);
    let text = words("input.text", &input.text, 10_000)?;
    let request = (input.session_id, sealed::print(state, &[&text]));
    let (mut tx, (supervision, mut session)) = match begin(&act, input.session_id, &request).await?
    {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, both) => (tx, both),
    };
    session.record(act.now)?;
    let id = session.id.as_uuid();
    let hidden = sealed::seal(state, "supervision_sessions.record", id, &text);
    store::supervision_session::update(&mut tx, &mut session, Some(&hidden)).await?;
    finish(&act, tx, &supervision, session).await
}

/// Why a record is given back, or why a session was missed.
#[derive(Clone, Debug, Serialize)]
pub struct Why {
    pub session_id: SupervisionSessionId,
    pub reason: String,
}

/// The supervisee gives the record back.
pub async fn give_back(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Why,
) -> Result<SupervisionSession> {
    let act = Act::new(state, caller, "returnSupervisionSession", &key);
    let reason = words("input.reason", &input.reason, 500)?;
    let (mut tx, (supervision, mut session)) = match begin(&act, input.session_id, &input).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, both) => (tx, both),
    };
    session.give_back(reason, act.now)?;
    store::supervision_session::update(&mut tx, &mut session, None).await?;
    finish(&act, tx, &supervision, session).await
}

/// The supervisee confirms; with both words, the minutes count.
pub async fn confirm(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: SupervisionSessionId,
) -> Result<SupervisionSession> {
    let act = Act::new(state, caller, "confirmSupervisionSession", &key);
    let (mut tx, (supervision, mut session)) = match begin(&act, id, &id).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, both) => (tx, both),
    };
    session.confirm(act.now)?;
    store::supervision_session::update(&mut tx, &mut session, None).await?;
    session.count(act.now)?;
    store::supervision_session::update(&mut tx, &mut session, None).await?;
    store::supervision_session::count(&mut tx, &supervision, &session).await?;
    if let Some(missed) = session.makes_up {
        let mut missed = store::supervision_session::lock(&mut tx, missed)
            .await?
            .ok_or_else(unknown)?;
        missed.make_up(act.now)?;
        store::supervision_session::update(&mut tx, &mut missed, None).await?;
    }
    let data = json!({ "session_id": session.id, "supervision_id": supervision.id,
        "supervisor_id": supervision.supervisor_id, "supervisee_id": supervision.supervisee_id,
        "division_code": supervision.division_code, "minutes": session.minutes() });
    let subject = "socialwork.supervision.counted";
    let id = supervision.id.as_uuid();
    act.tell(&mut tx, subject, "supervision", id, data).await?;
    finish(&act, tx, &supervision, session).await
}

/// A planned session did not take place.
pub async fn miss(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Why,
) -> Result<SupervisionSession> {
    let act = Act::new(state, caller, "missSupervisionSession", &key);
    let reason = words("input.reason", &input.reason, 500)?;
    let (mut tx, (supervision, mut session)) = match begin(&act, input.session_id, &input).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, both) => (tx, both),
    };
    session.miss(reason, act.now)?;
    store::supervision_session::update(&mut tx, &mut session, None).await?;
    finish(&act, tx, &supervision, session).await
}

/// The record of a session, for the two who were there; the look is on record.
pub async fn text(
    state: &State,
    caller: &Caller,
    session: &SupervisionSession,
) -> Result<Option<String>> {
    let mut tx = state.core.db.begin(caller).await?;
    let found = store::supervision::load_many(&mut tx, &[session.supervision_id]).await?;
    let of = found.get(&session.supervision_id).ok_or_else(unknown)?;
    let about = of.resource();
    let policies = &state.core.policies;
    if !policies.allows(&caller.actor, "readSessionRecord", &about) {
        return Ok(None);
    }
    let Some(hidden) = store::supervision_session::find_record(&mut tx, session.id).await? else {
        return Ok(None);
    };
    let now = state.core.clock.now();
    let entry = audit::Entry::read(caller, "readSessionRecord", &about, now)
        .fields(["record"])
        .detail(json!({ "session_id": session.id }));
    audit::append(&mut tx, &entry).await?;
    tx.commit().await?;
    let id = session.id.as_uuid();
    sealed::open(state, "supervision_sessions.record", id, &hidden).map(Some)
}

/// The sessions of supervisions the caller has read.
pub async fn load_many_of(
    state: &State,
    ids: &[SupervisionId],
) -> Result<HashMap<SupervisionId, Vec<SupervisionSession>>> {
    store::supervision_session::load_many_of(&mut *state.core.db.read().await?, ids).await
}
