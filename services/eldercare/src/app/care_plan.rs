//! 照护计划: drafted by those who assess, agreed by the elder or the family.

use std::collections::HashMap;

use kernel::{IdempotencyKey, Page, Paged, china_date, keys::ResidentId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
    events, parameters,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;

use super::{elder, look};
use crate::{
    domain::care_plan::{
        AgreedAs, CarePlan, CarePlanFilter, CarePlanId, CarePlanState, DraftCarePlan,
    },
    error::Result,
    state::State,
    store,
};

/// Who may read plans of a division they work for.
const READERS: &[Role] = &[Role::SocialWorker, Role::CommunityStaff, Role::CivilAffairs];

/// What a plan is to the policies; `by_relative` where the caller is a
/// registered relative of the elder.
fn resource(plan: &CarePlan, by_relative: bool) -> Resource {
    Resource::new("CarePlan", plan.id)
        .in_division(plan.division_code)
        .owned_by(plan.elder_id.as_uuid())
        .with("byRelative", by_relative)
}

/// Drafts the next version of an elder's plan, on the assessment in force. A
/// draft that nobody has agreed to gives way.
pub async fn draft(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: DraftCarePlan,
) -> Result<CarePlan> {
    const ACTION: &str = "draftCarePlan";
    elder::known(state, caller, ACTION, input.elder_id).await?;
    let now = state.core.clock.now();
    let today = china_date(now);
    let mut tx = state.core.db.begin(caller).await?;
    let elder = store::elder::lock(&mut tx, input.elder_id)
        .await?
        .ok_or_else(elder::unknown)?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    if store::resident::is_deceased(&mut tx, input.elder_id).await? {
        return Err(super::resident::deceased());
    }
    let division = Some(&elder.division_code);
    let months = parameters::number(&mut tx, "ec.plan.review_months", division, today).await?;
    let latest = super::assessment::after_months(today, months)?;
    let (input, review_on) = input.check(today, latest)?;
    let assessment_id = store::assessment::find_on(&mut tx, elder.resident_id, today)
        .await?
        .ok_or_else(unassessed)?;
    let codes: Vec<String> = input
        .items
        .iter()
        .map(|one| one.item_code.clone())
        .collect();
    let menu = store::menu_item::load_many_on(&mut tx, &codes, today).await?;
    if codes.iter().any(|code| !menu.contains_key(code)) {
        return Err(super::menu_item::unknown().at("input.items"));
    }
    let only = store::care_plan::lock_only(&mut tx, elder.resident_id, CarePlanState::Draft);
    if let Some(mut earlier) = only.await? {
        earlier.withdraw(now)?;
        store::care_plan::update(&mut tx, &mut earlier).await?;
    }
    let plan = CarePlan {
        id: CarePlanId::new(&state.core.ids),
        elder_id: elder.resident_id,
        division_code: elder.division_code,
        number: store::care_plan::next_number(&mut tx, elder.resident_id).await?,
        assessment_id,
        goals: input.goals,
        items: input.items,
        review_on,
        state: CarePlanState::Draft,
        drafted_by: caller.actor.subject.clone(),
        drafted_at: now,
        agreed_as: None,
        agreed_by: None,
        agreed_at: None,
        evidence: None,
        ended_by: None,
        ended_at: None,
        end_reason: None,
        version: 1,
        updated_at: now,
    };
    store::care_plan::insert(&mut tx, &plan).await?;
    let entry = audit::Entry::write(caller, ACTION, &resource(&plan, false), now)
        .detail(json!({ "number": plan.number }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(plan).await
}

/// Which plan; for a signature on paper, where it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AgreeCarePlan {
    pub plan_id: CarePlanId,
    pub evidence: Option<String>,
}

/// The elder or a relative agrees, or staff enter a signature on paper. The
/// version before it is superseded.
pub async fn agree(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: AgreeCarePlan,
) -> Result<CarePlan> {
    const ACTION: &str = "agreeCarePlan";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut plan = store::care_plan::lock(&mut tx, input.plan_id)
        .await?
        .ok_or_else(unknown)?;
    let relative = elder::is_relative(&mut tx, caller, plan.elder_id).await?;
    let asked = resource(&plan, relative);
    state
        .core
        .authorize_seen(caller, (ACTION, "readCarePlan"), &asked, unknown)?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    let agreed_as = if caller.actor.resident_id == Some(plan.elder_id.as_uuid()) {
        AgreedAs::Elder
    } else if relative {
        AgreedAs::Family
    } else {
        AgreedAs::Paper
    };
    let by = &caller.actor.subject;
    plan.agree(agreed_as, input.evidence.as_deref(), by, now)?;
    let only = store::care_plan::lock_only(&mut tx, plan.elder_id, CarePlanState::Agreed);
    if let Some(mut earlier) = only.await? {
        earlier.supersede(now)?;
        store::care_plan::update(&mut tx, &mut earlier).await?;
    }
    store::care_plan::update(&mut tx, &mut plan).await?;
    events::append(&mut tx, &told(&plan, "eldercare.care_plan.agreed")).await?;
    let entry =
        audit::Entry::write(caller, ACTION, &asked, now).detail(json!({ "agreed_as": agreed_as }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(plan).await
}

/// Which plan ends, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EndCarePlan {
    pub plan_id: CarePlanId,
    pub reason: String,
}

/// Ends the plan in force without another one.
pub async fn end(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: EndCarePlan,
) -> Result<CarePlan> {
    const ACTION: &str = "endCarePlan";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut plan = store::care_plan::lock(&mut tx, input.plan_id)
        .await?
        .ok_or_else(unknown)?;
    let relative = elder::is_relative(&mut tx, caller, plan.elder_id).await?;
    let asked = resource(&plan, relative);
    state
        .core
        .authorize_seen(caller, (ACTION, "readCarePlan"), &asked, unknown)?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    plan.end(&input.reason, &caller.actor.subject, now)?;
    store::care_plan::update(&mut tx, &mut plan).await?;
    events::append(&mut tx, &told(&plan, "eldercare.care_plan.ended")).await?;
    let entry = audit::Entry::write(caller, ACTION, &asked, now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(plan).await
}

fn told(plan: &CarePlan, subject: &'static str) -> events::NewEvent {
    events::NewEvent {
        subject,
        aggregate: "care_plan",
        aggregate_id: plan.id.as_uuid(),
        trace_id: None,
        at: plan.updated_at,
        data: json!({
            "care_plan_id": plan.id,
            "elder_resident_id": plan.elder_id,
            "division_code": plan.division_code,
            "number": plan.number,
            "review_on": plan.review_on,
        }),
    }
}

/// Those that the caller may read, with what each is to the policies.
async fn shown(
    state: &State,
    caller: &Caller,
    conn: &mut PgConnection,
    plans: Vec<CarePlan>,
) -> Result<Vec<(CarePlan, Resource)>> {
    let mut shown = Vec::with_capacity(plans.len());
    for plan in plans {
        let relative = elder::is_relative(conn, caller, plan.elder_id).await?;
        let of = resource(&plan, relative);
        if state
            .core
            .policies
            .allows(&caller.actor, "readCarePlan", &of)
        {
            shown.push((plan, of));
        }
    }
    Ok(shown)
}

/// Plans of health: whoever is not the elder leaves a record of the look.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[CarePlanId],
) -> Result<HashMap<CarePlanId, CarePlan>> {
    let mut tx = state.core.db.begin(caller).await?;
    let plans = store::care_plan::load_many(&mut tx, ids).await?;
    let (plans, seen): (Vec<_>, Vec<_>) = shown(state, caller, &mut tx, plans)
        .await?
        .into_iter()
        .unzip();
    look::record(state, caller, tx, ("readCarePlan", "carePlan"), &seen).await?;
    Ok(plans.into_iter().map(|plan| (plan.id, plan)).collect())
}

/// The plans in force of elders.
pub async fn load_many_of(
    state: &State,
    caller: &Caller,
    elders: &[ResidentId],
) -> Result<HashMap<ResidentId, CarePlan>> {
    let mut tx = state.core.db.begin(caller).await?;
    let plans = store::care_plan::load_many_of(&mut tx, elders).await?;
    let (plans, seen): (Vec<_>, Vec<_>) = shown(state, caller, &mut tx, plans)
        .await?
        .into_iter()
        .unzip();
    look::record(state, caller, tx, ("readCarePlan", "carePlan"), &seen).await?;
    Ok(plans
        .into_iter()
        .map(|plan| (plan.elder_id, plan))
        .collect())
}

/// A page of the plans that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &CarePlanFilter,
    page: &Page,
) -> Result<Paged<CarePlan>> {
    let scope = caller.actor.scope(READERS).or_own(&caller.actor);
    let mut tx = state.core.db.begin(caller).await?;
    let rows = store::care_plan::list(&mut tx, &scope, filter, page).await?;
    let found = page.finish(rows);
    let seen: Vec<Resource> = found
        .items
        .iter()
        .map(|plan| resource(plan, false))
        .collect();
    look::record(state, caller, tx, ("readCarePlan", "carePlan"), &seen).await?;
    Ok(found)
}

fn unassessed() -> kit::Error {
    refuse!(
        Refused,
        "CARE_PLAN_NEEDS_ASSESSMENT",
        field: "input.residentId",
        zh: "该老人没有在有效期内的能力评估,请先评估",
        en: "no assessment of this elder is in force; assess first",
    )
    .into()
}

/// The plan is not there, or not for this caller.
fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "CARE_PLAN_NOT_FOUND",
        zh: "没有这份照护计划,或您无权查看",
        en: "there is no such plan, or it is not for you to see",
    )
    .into()
}
