//! The confirmation, and the settlement that follows in its transaction.

use kernel::{
    IdempotencyKey, Minutes,
    keys::{ResidentId, VisitId},
};
use kit::{audit, auth::Caller, events};
use serde::{Deserialize, Serialize};

use super::{authorize, resource, unknown};
use crate::{
    app::{credit, order, visit_audit},
    domain::visit::{ConfirmMethod, Confirmer, Visit, Worker},
    error::Result,
    state::State,
    store,
};

/// Which visit, and how the elder said so.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConfirmVisit {
    pub visit_id: VisitId,
    pub method: ConfirmMethod,
}

/// The elder confirms; in the same transaction the visit is settled: the
/// volunteer earns, the hold is paid, the order is done, the event leaves.
pub async fn confirm(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: ConfirmVisit,
) -> Result<Visit> {
    caller.signed_in("confirmVisit")?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut visit = store::visit::lock(&mut tx, input.visit_id)
        .await?
        .ok_or_else(unknown)?;
    let relative = match caller.actor.resident_id.map(ResidentId::from_uuid) {
        Some(person) => store::relation::are_relatives(&mut tx, person, visit.elder_id).await?,
        None => false,
    };
    let resource = resource(&visit, relative);
    authorize(state, caller, "confirmVisit", &resource)?;
    // The policy sees the login; the person behind another login is seen here.
    visit.check_confirmer(caller.actor.resident_id.map(ResidentId::from_uuid))?;
    if let Some(first) = tx.replay("confirmVisit", &key, &input, now).await? {
        return Ok(first);
    }
    let confirmer = if caller.actor.resident_id == Some(visit.elder_id.as_uuid()) {
        Confirmer::Elder
    } else if relative {
        Confirmer::Relative
    } else {
        Confirmer::Staff
    };
    confirmer.check(input.method)?;
    let mut bought = store::order::lock(&mut tx, visit.order_id)
        .await?
        .ok_or_else(order::unknown)?;
    visit.confirm(input.method, &caller.actor.subject, now)?;
    store::visit::update(&mut tx, &mut visit).await?;
    let served = visit.settle(now)?;
    bought.settle(now)?;
    credit::settle_visit(state, &mut tx, &visit, &bought, served, now).await?;
    store::visit::update(&mut tx, &mut visit).await?;
    store::order::update(&mut tx, &mut bought).await?;
    visit_audit::draw(state, &mut tx, &visit, now).await?;
    events::append(&mut tx, &settled(&visit, served)).await?;
    audit::append(
        &mut tx,
        &audit::Entry::write(caller, "confirmVisit", &resource, now),
    )
    .await?;
    tx.answer(visit).await
}

fn settled(visit: &Visit, served: Minutes) -> events::NewEvent {
    events::NewEvent {
        // Who consumes the first knows of no care workers.
        subject: match visit.worker {
            Worker::CareWorker(_) => "eldercare.care_visit.settled",
            Worker::SocialWorker(_) | Worker::Volunteer(_) => "eldercare.visit.settled",
        },
        aggregate: "visit",
        aggregate_id: visit.id.as_uuid(),
        trace_id: Some(visit.trace_id.as_uuid()),
        at: visit.updated_at,
        data: serde_json::json!({
            "visit_id": visit.id,
            "order_id": visit.order_id,
            "trace_id": visit.trace_id,
            "contract_id": visit.contract_id,
            "worker_kind": visit.worker.kind(),
            "worker_id": visit.worker.id(),
            "elder_resident_id": visit.elder_id,
            "division_code": visit.division_code,
            "in_at": visit.in_at,
            "out_at": visit.out_at,
            "minutes": served,
        }),
    }
}
