//! 场次: what was held, and who came.

use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, keys::ResidentId, refuse};
use kit::auth::Caller;
use serde::Serialize;
use serde_json::json;

use super::{Act, Begun, Held, begin};
use crate::{
    domain::{
        undertaking::{
            Undertaking, UndertakingId, UndertakingKind, UndertakingSession, UndertakingSessionId,
            check_session,
        },
        words::words,
    },
    error::Result,
    state::State,
    store,
};

/// A session that was held, and who came.
#[derive(Clone, Debug, Serialize)]
pub struct Hold {
    pub undertaking_id: UndertakingId,
    pub topic: String,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub attended: Vec<ResidentId>,
    /// Where people come and go: how many, without names.
    pub visitors: i32,
}

/// The lead records a session. A group signs in by name; a programme may count
/// visitors as well.
pub async fn hold(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Hold,
) -> Result<Undertaking> {
    let act = Act::new(state, caller, "holdUndertakingSession", &key);
    let topic = words("input.topic", &input.topic, 200)?;
    check_session((input.from, input.to), act.now)?;
    let (mut tx, undertaking) = match begin(&act, input.undertaking_id, &input).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, one) => (tx, one),
    };
    undertaking.check_running()?;
    let mut attended = input.attended.clone();
    attended.sort_unstable();
    attended.dedup();
    let named = i32::try_from(attended.len()).map_err(kit::Error::internal)?;
    let group = undertaking.kind == UndertakingKind::Group;
    if !(0..=10_000).contains(&input.visitors) || (group && input.visitors > 0) {
        return Err(refuse!(
            Invalid,
            "SESSION_VISITORS",
            field: "input.visitors",
            zh: "小组只计签到成员;其他活动的未具名人数须为 0 至 10000",
            en: "a group counts its members alone; others have 0 to 10000 visitors",
        )
        .into());
    }
    let session = UndertakingSession {
        id: UndertakingSessionId::new(&state.core.ids),
        undertaking_id: undertaking.id,
        number: store::undertaking::session::next_number(&mut tx, undertaking.id).await?,
        topic,
        held_from: input.from,
        held_to: input.to,
        attendance: named + input.visitors,
    };
    store::undertaking::session::insert_session(&mut tx, &session, &attended, (act.by(), act.now))
        .await
        .map_err(|error| match error.reason() {
            "ATTENDANCE_UNKNOWN" => error.at("input.attendedIds"),
            "UNDERTAKING_SESSION_OVERLAP" => error.at("input.from"),
            _ => error,
        })?;
    let detail = json!({ "session_id": session.id, "attendance": session.attendance });
    act.finish(tx, &undertaking.resource(), detail, undertaking)
        .await
}
