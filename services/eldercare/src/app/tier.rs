//! 收费分档: decided by the rules in force, explained, kept.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, china_date, keys::ResidentId, refuse};
use kit::{audit, auth::Caller, parameters};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::{
    domain::{
        elder::Elder,
        tier::{
            ServiceLine, TierDecision, TierDecisionId, TierInputs, TierRule, decide as by_rule,
            explain,
        },
    },
    error::Result,
    state::State,
    store,
};

/// Whose tier, for which line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DecideTier {
    pub elder_id: ResidentId,
    pub line: ServiceLine,
}

/// Decides a tier anew where facts or rules have changed.
pub async fn decide(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: DecideTier,
) -> Result<TierDecision> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let elder = store::elder::lock(&mut tx, input.elder_id)
        .await?
        .ok_or_else(super::elder::unknown)?;
    let resource = super::elder::resource(&elder);
    state.core.authorize(caller, "decideTier", &resource)?;
    if let Some(first) = tx.replay("decideTier", &key, &input, now).await? {
        return Ok(first);
    }
    let decision = current(state, &mut tx, &elder, input.line, now).await?;
    let entry = audit::Entry::write(caller, "decideTier", &resource, now)
        .detail(serde_json::json!({ "decision_id": decision.id, "tier": decision.tier }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(decision).await
}

/// The decision in force for a locked elder; made now where there is none, or
/// where it rests on other facts or another rule than hold today.
pub(super) async fn current(
    state: &State,
    conn: &mut PgConnection,
    elder: &Elder,
    line: ServiceLine,
    now: DateTime<Utc>,
) -> Result<TierDecision> {
    let today = china_date(now);
    let inputs = TierInputs {
        category: elder.category,
        level: store::assessment::level_on(conn, elder.resident_id, today).await?,
        lives_alone: elder.lives_alone,
    };
    let rules = store::tier::list_rules(conn, Some(line)).await?;
    let rule = by_rule(&rules, line, today, &inputs).ok_or_else(|| {
        refuse!(
            Refused,
            "TIER_RULE_MISSING",
            zh: "没有适用于此服务的分档规则,请先由主管部门设定",
            en: "no rule of price applies to this; the authority has to set one",
        )
    })?;
    let inputs_hash = inputs.hash();
    if let Some(decision) = store::tier::find_on(conn, elder.resident_id, line, today).await?
        && decision.inputs_hash == inputs_hash
        && decision.rule_code == rule.code
    {
        return Ok(decision);
    }
    let months = parameters::number(
        conn,
        "ec.tier.valid_months",
        Some(&elder.division_code),
        today,
    )
    .await?;
    let (explanation_zh, explanation_en) = explain(rule, &inputs);
    let decision = TierDecision {
        id: TierDecisionId::new(&state.core.ids),
        elder_id: elder.resident_id,
        line,
        tier: rule.tier,
        rule_code: rule.code.clone(),
        inputs,
        inputs_hash,
        explanation_zh,
        explanation_en,
        decided_at: now,
        period_from: today,
        period_to: super::assessment::after_months(today, months)?,
    };
    store::tier::replace(conn, &decision).await?;
    Ok(decision)
}

/// The rules are public.
pub async fn rules(state: &State, line: Option<ServiceLine>) -> Result<Vec<TierRule>> {
    store::tier::list_rules(&mut *state.core.db.read().await?, line).await
}

/// The decisions in force today, of elders whom the caller has been shown.
pub async fn load_many(
    state: &State,
    elders: &[ResidentId],
) -> Result<HashMap<ResidentId, Vec<TierDecision>>> {
    let today = china_date(state.core.clock.now());
    store::tier::load_many_on(&mut *state.core.db.read().await?, elders, today).await
}

/// Decisions by id, of orders that the caller has been shown.
pub async fn load_many_by_id(
    state: &State,
    ids: &[TierDecisionId],
) -> Result<HashMap<TierDecisionId, TierDecision>> {
    store::tier::load_many(&mut *state.core.db.read().await?, ids).await
}
