//! 紧急查阅 (break-glass): with a reason, for some hours, seen by the client.

use chrono::TimeDelta;
use kernel::{IdempotencyKey, keys::ResidentId};
use kit::{audit, auth::Caller, parameters};
use serde::Serialize;
use serde_json::json;

use super::{Act, resource};
use crate::{
    domain::{
        case::{Case, glass::Glass},
        words::words,
    },
    error::Result,
    state::State,
    store,
};

/// Whose open cases somebody must see, and why.
#[derive(Clone, Debug, Serialize)]
pub struct BreakGlass {
    pub resident_id: ResidentId,
    pub reason: String,
}

/// Opens the open cases of somebody in need to whoever answers for their
/// division. That it was tried is on record also where there is no case.
pub async fn break_glass(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: BreakGlass,
) -> Result<Vec<Case>> {
    let act = Act::new(state, caller, "breakCaseGlass", &key);
    let reason = words("input.reason", &input.reason, 500)?;
    caller.signed_in(act.action)?;
    let before: Option<Vec<Case>> = state
        .core
        .answered(caller, act.action, &key, &input)
        .await?;
    if let Some(first) = before
        && let Some(one) = first.first()
    {
        let about = super::super::person(one.client_id, one.division_code);
        state.core.authorize(caller, act.action, &about)?;
        return Ok(first);
    }
    let person = super::super::living(state, caller, act.action, input.resident_id).await?;
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay(act.action, &key, &input, act.now).await? {
        return Ok(first);
    }
    let division = Some(&person.community_code);
    let hours = parameters::number(&mut tx, "sw.case.glass_hours", division, act.today()).await?;
    let until = act.now + TimeDelta::hours(hours);
    let cases = store::case::lock_open_of(&mut tx, person.id).await?;
    let mut entries = Vec::with_capacity(cases.len() + 1);
    for case in &cases {
        let glass = Glass {
            id: state.core.ids.next(),
            case_id: case.id,
            actor: act.by().to_owned(),
            actor_name: caller.actor.name.clone(),
            roles: caller.actor.roles.iter().map(ToString::to_string).collect(),
            reason: reason.clone(),
            opened_at: act.now,
            until,
        };
        store::case::glass::insert(&mut tx, &glass).await?;
        let data = json!({ "case_id": case.id, "until": until });
        let subject = "socialwork.case.glass_broken";
        act.tell(&mut tx, subject, "case", case.id.as_uuid(), data)
            .await?;
        entries.push(
            audit::Entry::write(caller, act.action, &resource(case), act.now)
                .detail(json!({ "reason": reason, "until": until })),
        );
    }
    if entries.is_empty() {
        let about = super::super::person(person.id, person.community_code);
        entries.push(
            audit::Entry::write(caller, act.action, &about, act.now)
                .detail(json!({ "reason": reason, "found": 0 })),
        );
    }
    audit::append_all(&mut tx, &entries).await?;
    tx.answer(cases).await
}
