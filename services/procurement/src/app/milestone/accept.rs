//! 验收: by somebody independent, once enough recipients have signed.

use kernel::{
    IdempotencyKey,
    keys::{ExpertId, MilestoneId, OrganizationId},
};
use kit::auth::Caller;
use serde_json::json;

use super::{locked, resource};
use crate::{
    app::{count, record},
    domain::milestone::{Evaluator, Milestone},
    error::Result,
    state::State,
    store,
};

/// Accepts a milestone that enough recipients have signed for.
pub async fn accept(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: MilestoneId,
) -> Result<Milestone> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (mut milestone, of) = locked(&mut tx, id).await?;
    state
        .core
        .authorize(caller, "acceptMilestone", &resource(&milestone, &of))?;
    if let Some(first) = tx.replay("acceptMilestone", &key, &id, now).await? {
        return Ok(first);
    }
    let signed = store::milestone::load_signatures(&mut tx, &[id])
        .await?
        .remove(&id);
    let satisfied = signed
        .unwrap_or_default()
        .iter()
        .filter(|one| one.satisfied)
        .count();
    let least = count(
        &mut tx,
        "prc.acceptance.min_signatures",
        &of.division_code,
        now,
    )
    .await?;
    let panel = match of.tender_id {
        Some(tender) => store::panel::find(&mut tx, tender).await?,
        None => None,
    };
    let own = caller.actor.expert_id.map(ExpertId::from_uuid);
    let evaluator = Evaluator {
        subject: caller.actor.subject.clone(),
        organization: caller.actor.organization_id.map(OrganizationId::from_uuid),
        sat_on_panel: panel
            .is_some_and(|panel| panel.members.iter().any(|m| Some(m.expert_id) == own)),
    };
    let satisfied = i64::try_from(satisfied).unwrap_or(i64::MAX);
    milestone.accept(&evaluator, of.organization_id, satisfied, least.into(), now)?;
    store::milestone::update(&mut tx, &mut milestone).await?;
    let detail = json!({ "satisfied": satisfied });
    record(
        &mut tx,
        caller,
        "acceptMilestone",
        &resource(&milestone, &of),
        now,
        detail,
    )
    .await?;
    tx.answer(milestone).await
}
