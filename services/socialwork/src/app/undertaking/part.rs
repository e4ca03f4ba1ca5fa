//! 参与: residents join and leave by their own word, or entered by the lead.

use kernel::{IdempotencyKey, keys::ResidentId, refuse};
use kit::{audit, auth::Caller, db::Tx};
use serde::Serialize;
use serde_json::json;

use super::{Act, Begun, Held};
use crate::{
    domain::undertaking::{Participant, Undertaking, UndertakingId},
    error::Result,
    state::State,
    store,
};

/// Who takes part.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Part {
    pub undertaking_id: UndertakingId,
    pub resident_id: ResidentId,
}

/// A resident takes part: by their own word, or entered by the lead.
pub async fn join(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Part,
) -> Result<Undertaking> {
    let act = Act::new(state, caller, "joinUndertaking", &key);
    let (mut tx, undertaking) = match part(&act, input, true).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, one) => (tx, one),
    };
    undertaking.check_running()?;
    store::undertaking::session::join(&mut tx, undertaking.id, input.resident_id, act.now)
        .await
        .map_err(|error| match error.reason() {
            "VERSION_CONFLICT" => refuse!(
                AlreadyExists,
                "PARTICIPANT_EXISTS",
                field: "input.residentId",
                zh: "该居民已参加",
                en: "this resident takes part already",
            )
            .into(),
            _ => error,
        })?;
    counted(&act, tx, undertaking, input).await
}

/// A resident leaves; no reason is asked for.
pub async fn leave(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Part,
) -> Result<Undertaking> {
    let act = Act::new(state, caller, "leaveUndertaking", &key);
    let (mut tx, undertaking) = match part(&act, input, false).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, one) => (tx, one),
    };
    store::undertaking::session::leave(&mut tx, undertaking.id, input.resident_id, act.now)
        .await
        .map_err(|error| match error.reason() {
            "VERSION_CONFLICT" => refuse!(
                Refused,
                "PARTICIPANT_NOT_FOUND",
                field: "input.residentId",
                zh: "该居民未参加",
                en: "this resident does not take part",
            )
            .into(),
            _ => error,
        })?;
    counted(&act, tx, undertaking, input).await
}

/// Begins something about one participant, to whom it belongs.
async fn part(act: &Act<'_>, input: Part, living: bool) -> Result<Begun<Undertaking, Undertaking>> {
    act.caller.signed_in(act.action)?;
    let core = &act.state.core;
    let ids = [input.undertaking_id];
    let found = store::undertaking::load_many(&mut *core.db.read().await?, &ids).await?;
    let seen = found
        .get(&input.undertaking_id)
        .ok_or_else(Undertaking::unknown)?;
    let about = seen.resource().owned_by(input.resident_id.as_uuid());
    core.authorize(act.caller, act.action, &about)?;
    let before = core.answered(act.caller, act.action, act.key, &input);
    if let Some(first) = before.await? {
        return Ok(Begun::Answered(first));
    }
    if living {
        act.state
            .residents
            .living(act.caller, input.resident_id)
            .await?;
    }
    let mut tx = core.db.begin(act.caller).await?;
    if let Some(first) = tx.replay(act.action, act.key, &input, act.now).await? {
        return Ok(Begun::Answered(first));
    }
    let undertaking = store::undertaking::lock(&mut tx, input.undertaking_id)
        .await?
        .ok_or_else(Undertaking::unknown)?;
    Ok(Begun::First(tx, undertaking))
}

async fn counted(
    act: &Act<'_>,
    mut tx: Tx,
    undertaking: Undertaking,
    input: Part,
) -> Result<Undertaking> {
    let about = undertaking.resource().owned_by(input.resident_id.as_uuid());
    let undertaking = store::undertaking::lock(&mut tx, undertaking.id)
        .await?
        .ok_or_else(Undertaking::unknown)?;
    act.finish(tx, &about, json!({}), undertaking).await
}

/// Who takes part: for the lead, on record; for others nobody.
pub async fn participants(
    state: &State,
    caller: &Caller,
    undertaking: &Undertaking,
) -> Result<Option<Vec<Participant>>> {
    const ACTION: &str = "readParticipants";
    let about = undertaking.resource();
    if !state.core.policies.allows(&caller.actor, ACTION, &about) {
        return Ok(None);
    }
    let mut tx = state.core.db.begin(caller).await?;
    let found = store::undertaking::session::list_participants(&mut tx, undertaking.id).await?;
    let now = state.core.clock.now();
    let entries: Vec<audit::Entry> = found
        .iter()
        .map(|one| {
            audit::Entry::read(caller, ACTION, &about, now)
                .subject(one.resident_id.as_uuid())
                .fields(["participation"])
        })
        .collect();
    audit::append_all(&mut tx, &entries).await?;
    tx.commit().await?;
    Ok(Some(found))
}
