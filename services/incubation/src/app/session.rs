//! 孵化服务: recording, and what those who had it say.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::refuse;
use kit::record;
use serde::Serialize;
use serde_json::json;

use super::{
    ask::{Ask, Subject, first},
    incubatee::tell,
};
use crate::{
    domain::{
        adviser::{Adviser, AdviserId},
        incubatee::{Incubatee, IncubateeId},
        limits::check_number,
        organization::{check_optional, check_text},
        session::{
            Confirmation, IncubationServiceKind, IncubationSession, IncubationSessionId,
            check_confirmer,
        },
    },
    error::{Error, Result},
    state::State,
    store,
};

/// One time of a service.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    pub incubatee_id: IncubateeId,
    pub kind: IncubationServiceKind,
    pub held_on: NaiveDate,
    pub minutes: i32,
    pub attendees: i32,
    pub topic: String,
    pub adviser_id: Option<AdviserId>,
    pub evidence: String,
}

/// The centre records a service it has given.
pub async fn record(ask: &Ask<'_>, input: Record) -> Result<Incubatee> {
    let start = ask.lock::<Incubatee, _>("recordIncubationSession", input.incubatee_id, &input);
    let (mut open, one) = first!(start.await?);
    one.check_day("input.heldOn", input.held_on, open.today())?;
    if let Some(adviser) = input.adviser_id {
        let adviser: Adviser = open.also(adviser).await?;
        if !adviser.serves(&one.division_code, input.held_on) {
            return Err(refuse!(
                Refused,
                "ADVISER_NOT_IN_POOL",
                field: "input.adviserId",
                zh: "该顾问当日不在本区划的顾问库中",
                en: "the adviser was not in the pool of this place on that day",
            )
            .into());
        }
    }
    let session = IncubationSession {
        id: open.id(),
        incubatee_id: one.id,
        kind: input.kind,
        held_on: input.held_on,
        minutes: check_number("input.minutes", input.minutes, 1, 1440)?,
        attendees: check_number("input.attendees", input.attendees, 1, 1000)?,
        topic: check_text(&input.topic, "input.topic", 200)?,
        adviser_id: input.adviser_id,
        evidence: check_text(&input.evidence, "input.evidence", 1000)?,
        recorded_by: open.actor(),
        created_at: open.now,
    };
    open.insert(&session).await?;
    tell(&mut open, &one).await?;
    let detail = json!({ "session_id": session.id, "kind": session.kind });
    open.finish_with(one, detail).await
}

/// What those who had a service say.
#[derive(Clone, Debug, Serialize)]
pub struct Confirm {
    pub session_id: IncubationSessionId,
    pub rating: i32,
    pub remark: Option<String>,
}

/// The organisation confirms a service, and rates it.
pub async fn confirm(ask: &Ask<'_>, input: Confirm) -> Result<Incubatee> {
    let mut conn = ask.state.core.db.read().await?;
    let found: Option<IncubationSession> = record::find(&mut conn, input.session_id).await?;
    drop(conn);
    let session = found.ok_or_else(Incubatee::unknown)?;
    let start = ask.lock::<Incubatee, _>("confirmSession", session.incubatee_id, &input);
    let (mut open, one) = first!(start.await?);
    check_confirmer(&session, &open.actor())?;
    let said = Confirmation {
        session_id: session.id,
        rating: check_number("input.rating", input.rating, 1, 5)?,
        remark: check_optional(input.remark, "input.remark", 500)?,
        by: open.actor(),
        at: open.now,
    };
    store::session::insert_confirmation(&mut open, &said)
        .await
        .map_err(once)?;
    tell(&mut open, &one).await?;
    let detail = json!({ "session_id": session.id, "rating": said.rating });
    open.finish_with(one, detail).await
}

fn once(error: Error) -> Error {
    if error.reason() != "SESSION_CONFIRMATIONS_PKEY" {
        return error;
    }
    refuse!(
        AlreadyExists,
        "SESSION_CONFIRMED",
        field: "input.sessionId",
        zh: "该次服务已确认",
        en: "this service has been confirmed already",
    )
    .into()
}

/// What those who had them said of many services.
pub async fn confirmations(
    state: &State,
    ids: &[IncubationSessionId],
) -> Result<HashMap<IncubationSessionId, Confirmation>> {
    store::session::load_confirmations(&mut *state.core.db.read().await?, ids).await
}
