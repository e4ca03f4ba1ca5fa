//! Who is sent: somebody who may serve on those days, with the papers that the
//! line asks for.

use chrono::NaiveDate;
use kernel::{
    IdempotencyKey, china_date,
    keys::{ResidentId, VisitId},
    refuse,
};
use kit::{audit, auth::Caller};

use crate::{
    app::{alarm, credential, order},
    domain::{
        care_worker::CareWorker,
        order::Order,
        visit::{AssignVisit, Visit, VisitState, Worker},
    },
    error::Result,
    state::State,
    store,
};

/// Assigns somebody who may serve on that day.
pub async fn assign(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: AssignVisit,
) -> Result<Visit> {
    caller.signed_in("assignVisit")?;
    let now = state.core.clock.now();
    let found = store::order::load_many(&mut *state.core.db.read().await?, &[input.order_id])
        .await?
        .remove(&input.order_id)
        .ok_or_else(order::unknown)?;
    let asked = order::resource(&found);
    order::authorize(state, caller, "assignVisit", &found)?;
    let before = state.core.answered(caller, "assignVisit", &key, &input);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    input.check(now)?;
    let days = (
        china_date(input.planned_start),
        china_date(input.planned_end),
    );
    let person = sent(state, caller, &found, input.worker, days).await?;
    check_person(input.worker, person, found.elder_id)?;

    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("assignVisit", &key, &input, now).await? {
        return Ok(first);
    }
    let mut order = store::order::lock(&mut tx, input.order_id)
        .await?
        .ok_or_else(order::unknown)?;
    let worker = Some(input.worker);
    credential::check(&mut tx, order.line, order.organization_id, worker, days).await?;
    order.assign(now)?;
    store::order::update(&mut tx, &mut order).await?;
    let visit = Visit {
        id: VisitId::new(&state.core.ids),
        order_id: order.id,
        trace_id: order.trace_id,
        contract_id: order.contract_id,
        organization_id: order.organization_id,
        elder_id: order.elder_id,
        division_code: order.division_code,
        worker: input.worker,
        worker_resident_id: person,
        planned_start: input.planned_start,
        planned_end: input.planned_end,
        in_at: None,
        in_method: None,
        in_location: None,
        out_at: None,
        minutes: None,
        tasks: Vec::new(),
        confirm_method: None,
        confirmed_at: None,
        confirmed_by: None,
        end_reason: None,
        state: VisitState::Assigned,
        version: 1,
        assigned_at: now,
        updated_at: now,
    };
    store::visit::insert(&mut tx, &visit).await?;
    alarm::watch_missed(&mut tx, &visit, now).await?;
    let entry = audit::Entry::write(caller, "assignVisit", &asked, now)
        .detail(serde_json::json!({ "visit_id": visit.id }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(visit).await
}

fn check_person(worker: Worker, person: Option<ResidentId>, elder: ResidentId) -> Result<()> {
    if person == Some(elder) {
        return Err(refuse!(
            Refused,
            "VISIT_TO_SELF",
            field: "input.workerId",
            zh: "不能为本人上门服务",
            en: "nobody visits themself",
        )
        .into());
    }
    if matches!(worker, Worker::Volunteer(_)) && person.is_none() {
        return Err(refuse!(
            Refused,
            "VISIT_VOLUNTEER_PERSON",
            field: "input.workerId",
            zh: "该志愿者未关联居民档案,无法计入时长",
            en: "this volunteer is linked to no resident, so no minutes could be earned",
        )
        .into());
    }
    Ok(())
}

/// The person who is sent, as their register knows them: care workers stand in
/// this service's, the others in that of socialwork.
async fn sent(
    state: &State,
    caller: &Caller,
    order: &Order,
    worker: Worker,
    days: (NaiveDate, NaiveDate),
) -> Result<Option<ResidentId>> {
    let Worker::CareWorker(id) = worker else {
        let known = state.workers.serving(caller, worker, days.0).await;
        return Ok(known
            .map_err(|error| error.at("input.workerId"))?
            .resident_id);
    };
    let mut conn = state.core.db.read().await?;
    let found = store::care_worker::load_many(&mut conn, &[id]).await?;
    let there = found
        .get(&id)
        .filter(|one| one.organization_id == order.organization_id && one.works(days))
        .ok_or_else(CareWorker::not_there)?;
    Ok(Some(there.resident_id))
}
