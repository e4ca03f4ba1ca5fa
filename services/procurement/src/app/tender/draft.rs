//! Drafting and publishing a tender.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, IdempotencyKey,
    keys::{ProcurementNeedId, TenderId},
};
use kit::{auth::Caller, calendar, events};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;

use super::{lock, resource};
use crate::{
    app::{expert_pool, need, number, record},
    domain::{
        clocks::{ClockRules, Clocks, check_price_weight},
        criterion::{self, NewCriterion, PlannedMilestone},
        line,
        panel::check_commitment,
        tender::{Tender, TenderMethod, TenderState},
        text,
    },
    error::Result,
    state::State,
    store,
};

/// A new tender.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Create {
    pub need_id: ProcurementNeedId,
    pub method: TenderMethod,
    pub title: String,
    pub price_weight: i32,
    pub elder_care: bool,
    pub criteria: Vec<NewCriterion>,
    pub milestones: Vec<PlannedMilestone>,
}

/// Drafts a tender for a need whose budget is held.
pub async fn create(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Create,
) -> Result<Tender> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut bought = store::need::lock(&mut tx, input.need_id)
        .await?
        .ok_or_else(need::unknown)?;
    state
        .core
        .authorize(caller, "createTender", &need::resource(&bought))?;
    if let Some(first) = tx.replay("createTender", &key, &input, now).await? {
        return Ok(first);
    }
    let method = input.method.check()?;
    let title = text("input.title", &input.title, 200)?;
    let rules = clock_rules(&mut tx, method, &bought.division_code, now).await?;
    check_price_weight(input.price_weight, &rules)?;
    let criteria = criterion::criteria(input.criteria, input.price_weight, &state.core.ids)?;
    let plan = criterion::milestones(input.milestones, line::quantity(&bought.lines))?;
    let held = bought.tender(now)?;
    let tender = Tender {
        id: TenderId::new(&state.core.ids),
        trace_id: bought.trace_id,
        need_id: bought.id,
        community_id: bought.community_id,
        division_code: bought.division_code,
        method,
        title,
        price_weight: input.price_weight,
        budget: held.amount,
        ceiling: held.amount.min(line::ceiling(&bought.lines)?),
        elder_care: bought.elder_care || input.elder_care,
        state: TenderState::Draft,
        version: 1,
        seed_commitment: None,
        created_at: now,
        published_at: None,
        clocks: None,
        opened_at: None,
        ranked_at: None,
        decide_by: None,
        abandoned_reason: None,
        abandoned_ground: None,
        updated_at: now,
    };
    store::need::update(&mut tx, &mut bought).await?;
    store::tender::insert(&mut tx, &tender).await?;
    store::criterion::insert(&mut tx, tender.id, &criteria).await?;
    store::criterion::insert_plan(&mut tx, tender.id, &plan).await?;
    record(
        &mut tx,
        caller,
        "createTender",
        &resource(&tender),
        now,
        json!({}),
    )
    .await?;
    tx.answer(tender).await
}

/// The numbers of the clocks in force now.
pub(super) async fn clock_rules(
    conn: &mut PgConnection,
    method: TenderMethod,
    division: &DivisionCode,
    now: DateTime<Utc>,
) -> Result<ClockRules> {
    let mut of = async |name: &str| number(conn, &method.parameter(name), division, now).await;
    Ok(ClockRules {
        bid_days: of("bid_days").await?,
        documents_working_days: of("documents_working_days").await?,
        clarification_days: of("clarification_days").await?,
        price_weight_min: of("price_weight_min").await?,
        price_weight_max: of("price_weight_max").await?,
    })
}

/// The clocks of the notice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Publish {
    pub tender_id: TenderId,
    pub clocks: Clocks,
    /// SHA-256 of the seed by which experts will be drawn.
    pub seed_commitment: Option<String>,
}

/// Publishes the tender notice; the clocks of the law begin.
pub async fn publish(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Publish,
) -> Result<Tender> {
    let committed = check_commitment(input.seed_commitment.as_deref())?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut tender = lock(&mut tx, input.tender_id).await?;
    state
        .core
        .authorize(caller, "publishTender", &resource(&tender))?;
    if let Some(first) = tx.replay("publishTender", &key, &input, now).await? {
        return Ok(first);
    }
    tender.state.must_be(TenderState::Draft)?;
    let rules = clock_rules(&mut tx, tender.method, &tender.division_code, now).await?;
    input
        .clocks
        .check(&rules, &calendar::load(&mut tx).await?, now)?;
    check_price_weight(tender.price_weight, &rules)?;
    // The list first: with the notice it is complete, and nobody joins it.
    let pool = expert_pool::freeze(&mut tx, &tender, now).await?;
    tender.publish(input.clocks, now)?;
    tender.seed_commitment = Some(committed);
    store::tender::update(&mut tx, &mut tender).await?;
    let event = events::NewEvent {
        subject: "procurement.tender.published",
        aggregate: "tender",
        aggregate_id: tender.id.as_uuid(),
        trace_id: Some(tender.trace_id.as_uuid()),
        at: now,
        data: json!({
            "trace_id": tender.trace_id,
            "tender_id": tender.id,
            "need_id": tender.need_id,
        }),
    };
    events::append(&mut tx, &event).await?;
    record(
        &mut tx,
        caller,
        "publishTender",
        &resource(&tender),
        now,
        json!({ "pool_digest": pool.digest, "pool": pool.experts.len() }),
    )
    .await?;
    tx.answer(tender).await
}
