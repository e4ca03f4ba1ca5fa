//! 上门服务: assign, perform, confirm and settle, read.

mod assign;
mod confirm;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, Minutes, Page, Paged, china_date, keys::VisitId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
    db::Tx,
    live::{Following, follow},
    parameters,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use assign::assign;
pub use confirm::{ConfirmVisit, confirm};

use crate::{
    domain::{
        order::OrderId,
        visit::{CheckMethod, Location, Visit, VisitFilter, Worker},
    },
    error::Result,
    state::State,
    store,
};

/// What a visit is to the policies; `by_relative` where the caller is a
/// registered relative of the elder.
fn resource(visit: &Visit, by_relative: bool) -> Resource {
    Resource::new("Visit", visit.id)
        .in_division(visit.division_code)
        .owned_by(visit.elder_id.as_uuid())
        .of_organization(visit.organization_id.as_uuid())
        .with("worker", visit.worker.id().to_string())
        .with("careWorker", care_worker(visit))
        .with("byRelative", by_relative)
}

/// The person that a provider sends: they come by their own login. Others come
/// by the record that socialwork gave them.
fn care_worker(visit: &Visit) -> String {
    match (visit.worker, visit.worker_resident_id) {
        (Worker::CareWorker(_), Some(person)) => person.to_string(),
        _ => "-".into(),
    }
}

/// Whether the caller may do this to a visit they know of.
fn authorize(state: &State, caller: &Caller, action: &str, resource: &Resource) -> Result<()> {
    state
        .core
        .authorize_seen(caller, (action, "readVisit"), resource, unknown)
}

/// What the assigned worker does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Step {
    /// 接单
    Accept,
    /// 出发
    StartTravel,
    /// 签到
    CheckIn {
        method: CheckMethod,
        location: Option<Location>,
    },
    /// 签退
    CheckOut { tasks: Vec<String> },
}

impl Step {
    const fn operation(&self) -> &'static str {
        match self {
            Self::Accept => "acceptVisit",
            Self::StartTravel => "startTravel",
            Self::CheckIn { .. } => "checkIn",
            Self::CheckOut { .. } => "checkOut",
        }
    }
}

/// Only the assigned worker accepts, travels, checks in and out.
pub async fn perform(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: VisitId,
    step: Step,
) -> Result<Visit> {
    caller.signed_in("performVisit")?;
    let now = state.core.clock.now();
    let operation = step.operation();
    let mut tx = state.core.db.begin(caller).await?;
    let mut visit = store::visit::lock(&mut tx, id).await?.ok_or_else(unknown)?;
    let resource = resource(&visit, false);
    authorize(state, caller, "performVisit", &resource)?;
    if let Some(first) = tx.replay(operation, &key, &(id, &step), now).await? {
        return Ok(first);
    }
    match step {
        Step::Accept => visit.accept(now)?,
        Step::StartTravel => visit.start_travel(now)?,
        Step::CheckIn { method, location } => {
            let early = minutes(&mut tx, "ec.visit.early_minutes", &visit, now).await?;
            visit.check_in(method, location, early, now)?;
            super::alarm::lapse(&mut tx, caller, &visit, "已签到 / the worker came", now).await?;
            super::alarm::watch_overrun(&mut tx, &visit, now).await?;
        }
        Step::CheckOut { tasks } => {
            let most = minutes(&mut tx, "ec.visit.max_minutes", &visit, now).await?;
            visit.check_out(tasks, most, now)?;
            super::alarm::lapse(&mut tx, caller, &visit, "已签退 / the worker left", now).await?;
        }
    }
    store::visit::update(&mut tx, &mut visit).await?;
    audit::append(
        &mut tx,
        &audit::Entry::write(caller, operation, &resource, now),
    )
    .await?;
    tx.answer(visit).await
}

async fn minutes(
    tx: &mut Tx,
    key: &'static str,
    visit: &Visit,
    now: DateTime<Utc>,
) -> Result<Minutes> {
    let division = Some(&visit.division_code);
    Ok(Minutes::new(
        parameters::number(tx, key, division, china_date(now)).await?,
    ))
}

/// Which visit, and why nothing came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EndVisit {
    pub visit_id: VisitId,
    pub reason: String,
    pub no_show: bool,
}

/// Calls a visit off, or records that somebody was missing. The order may then
/// be assigned again, and minutes on hold stay on hold.
pub async fn end(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: EndVisit,
) -> Result<Visit> {
    let now = state.core.clock.now();
    let action = if input.no_show {
        "recordNoShow"
    } else {
        "refuseVisit"
    };
    caller.signed_in(action)?;
    let mut tx = state.core.db.begin(caller).await?;
    let mut visit = store::visit::lock(&mut tx, input.visit_id)
        .await?
        .ok_or_else(unknown)?;
    let resource = resource(&visit, false);
    authorize(state, caller, action, &resource)?;
    if let Some(first) = tx.replay(action, &key, &input, now).await? {
        return Ok(first);
    }
    if input.no_show {
        visit.record_no_show(&input.reason, now)?;
    } else {
        visit.refuse(&input.reason, now)?;
    }
    store::visit::update(&mut tx, &mut visit).await?;
    let ended = format!("{}:{}", visit.state, input.reason);
    super::alarm::lapse(&mut tx, caller, &visit, &ended, now).await?;
    let mut order = store::order::lock(&mut tx, visit.order_id)
        .await?
        .ok_or_else(super::order::unknown)?;
    order.give_back(now)?;
    store::order::update(&mut tx, &mut order).await?;
    let entry = audit::Entry::write(caller, action, &resource, now)
        .detail(serde_json::json!({ "reason": input.reason }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(visit).await
}

/// Whether the caller may read a visit.
pub(super) fn readable(state: &State, caller: &Caller, visit: &Visit) -> bool {
    state
        .core
        .policies
        .allows(&caller.actor, "readVisit", &resource(visit, false))
}

/// The visits of a list of ids that the caller may read; others are left out.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[VisitId],
) -> Result<HashMap<VisitId, Visit>> {
    let mut visits = store::visit::load_many(&mut *state.core.db.read().await?, ids).await?;
    visits.retain(|_, visit| readable(state, caller, visit));
    Ok(visits)
}

/// The visit as the caller may see it, now and after each step.
pub async fn watch(state: &State, caller: &Caller, id: VisitId) -> Result<Following<Visit>> {
    let watch = state.core.watch("visit", id.as_uuid()).await?;
    let (state, caller) = (state.clone(), caller.clone());
    Ok(follow(watch, move || {
        let (state, caller) = (state.clone(), caller.clone());
        async move {
            let mut found = load_many(&state, &caller, &[id]).await?;
            found.remove(&id).ok_or_else(unknown)
        }
    }))
}

/// The visits of orders, those that were called off included.
pub async fn load_many_of_orders(
    state: &State,
    caller: &Caller,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, Vec<Visit>>> {
    let rows = store::visit::load_many_of_orders(&mut *state.core.db.read().await?, orders).await?;
    let mut found: HashMap<OrderId, Vec<Visit>> = HashMap::new();
    for visit in rows
        .into_iter()
        .filter(|visit| readable(state, caller, visit))
    {
        found.entry(visit.order_id).or_default().push(visit);
    }
    Ok(found)
}

/// A page of the visits that the caller may see: of their division, as the
/// elder, as the contractor, or as the worker.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &VisitFilter,
    page: &Page,
) -> Result<Paged<Visit>> {
    let actor = &caller.actor;
    let mut scope = actor.scope(super::elder::READERS).or_own(actor);
    if actor.is(Role::OrgManager) {
        scope = scope.or_organization(actor);
    }
    let workers: Vec<Uuid> = [
        actor
            .social_worker_id
            .filter(|_| actor.is(Role::SocialWorker)),
        actor.volunteer_id.filter(|_| actor.is(Role::Volunteer)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let made_by = store::visit::MadeBy {
        workers,
        care_worker: actor.resident_id,
    };
    let mut conn = state.core.db.read().await?;
    let rows = store::visit::list(&mut conn, &scope, &made_by, filter, page).await?;
    Ok(page.finish(rows))
}

/// The visit is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "VISIT_NOT_FOUND",
        zh: "没有这次上门服务,或您无权查看",
        en: "there is no such visit, or it is not for you to see",
    )
    .into()
}
