//! 提交: the contractor's word, borne out by elder care.

use kernel::{IdempotencyKey, keys::MilestoneId};
use kit::auth::Caller;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{find, locked, resource};
use crate::{
    app::record,
    domain::{milestone::Milestone, text},
    error::Result,
    state::State,
    store,
};

/// The contractor's word.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Submit {
    pub milestone_id: MilestoneId,
    pub note: Option<String>,
}

/// Submits a milestone; eldercare must bear out what was delivered.
pub async fn submit(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Submit,
) -> Result<Milestone> {
    let (seen, of) = find(state, input.milestone_id).await?;
    state
        .core
        .authorize(caller, "submitMilestone", &resource(&seen, &of))?;
    let before = state.core.answered(caller, "submitMilestone", &key, &input);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let note = input
        .note
        .as_deref()
        .map(str::trim)
        .filter(|note| !note.is_empty());
    let note = note
        .map(|note| text("input.note", note, 2000))
        .transpose()?;
    let delivery = state.deliveries.of_contract(caller, of.id).await?;

    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("submitMilestone", &key, &input, now).await? {
        return Ok(first);
    }
    let (mut milestone, of) = locked(&mut tx, input.milestone_id).await?;
    let all = store::milestone::load_many_by_contract(&mut tx, &[of.id])
        .await?
        .remove(&of.id);
    let due: i64 = all
        .unwrap_or_default()
        .iter()
        .filter(|m| m.seq <= milestone.seq)
        .map(|m| m.units)
        .sum();
    milestone.submit(delivery.units, due, note, now)?;
    store::milestone::update(&mut tx, &mut milestone).await?;
    let detail = json!({ "delivered_units": delivery.units });
    record(
        &mut tx,
        caller,
        "submitMilestone",
        &resource(&milestone, &of),
        now,
        detail,
    )
    .await?;
    tx.answer(milestone).await
}
