//! 学时: recording training, and reading somebody's ledger.

use kernel::{IdempotencyKey, Minutes, Page, Paged, china_date, keys::ResidentId};
use kit::{audit, auth::Caller};

use crate::{
    domain::training::{NewTraining, Training, TrainingId},
    error::Result,
    state::State,
    store,
};

/// Adds an entry to the hours ledger.
pub async fn record(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    new: NewTraining,
) -> Result<Training> {
    let now = state.core.clock.now();
    let new = new.checked(china_date(now))?;
    let about = |one: &Training| super::person(one.resident_id, one.division_code);
    let before = state
        .core
        .answered_about(caller, "recordTraining", &key, &new, about);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let resident = super::living(state, caller, "recordTraining", new.resident_id).await?;
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("recordTraining", &key, &new, now).await? {
        return Ok(first);
    }
    let training = Training {
        id: TrainingId::new(&state.core.ids),
        resident_id: new.resident_id,
        division_code: resident.community_code,
        course: new.course,
        minutes: new.minutes,
        held_on: new.held_on,
        recorded_by: caller.actor.subject.clone(),
        recorded_at: now,
    };
    store::training::insert(&mut tx, &training).await?;
    let of = super::person(training.resident_id, training.division_code);
    let entry = audit::Entry::write(caller, "recordTraining", &of, now).detail(serde_json::json!({
        "training_id": training.id, "minutes": training.minutes,
    }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(training).await
}

/// A page of somebody's ledger, and the sum of all of it.
pub async fn ledger(
    state: &State,
    caller: &Caller,
    resident: ResidentId,
    page: &Page,
) -> Result<(Minutes, Paged<Training>)> {
    let of = super::living(state, caller, "readTraining", resident).await?;
    let today = china_date(state.core.clock.now());
    let mut conn = state.core.db.read().await?;
    let total = store::training::earned(&mut conn, of.id, None, today).await?;
    let rows = store::training::list(&mut conn, of.id, page).await?;
    Ok((total, page.finish(rows)))
}
