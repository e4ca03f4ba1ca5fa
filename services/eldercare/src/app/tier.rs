//! 收费分档: decided by the rules in force, explained, kept.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, china_date, keys::ResidentId, refuse};
use kit::{audit, auth::Caller, db::Tx, parameters};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::{
    domain::{
        elder::Elder,
        tier::{
            SeenDecision, ServiceLine, TierDecision, TierDecisionId, TierInputs, TierRule,
            decide as by_rule, explain,
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
) -> Result<SeenDecision> {
    caller.signed_in("decideTier")?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let elder = store::elder::lock(&mut tx, input.elder_id)
        .await?
        .ok_or_else(super::elder::unknown)?;
    let resource = super::elder::resource(&elder);
    super::elder::authorize(state, caller, "decideTier", &elder)?;
    let reasons = reads_health(state, caller, &elder);
    if let Some(first) = tx.replay("decideTier", &key, &input, now).await? {
        let first: TierDecision = first;
        return Ok(first.seen(reasons));
    }
    let decision = current(state, &mut tx, &elder, input.line, now).await?;
    let entry = audit::Entry::write(caller, "decideTier", &resource, now)
        .detail(serde_json::json!({ "decision_id": decision.id, "tier": decision.tier }));
    audit::append(&mut tx, &entry).await?;
    Ok(tx.answer(decision).await?.seen(reasons))
}

/// Whether the caller may read what a decision rests on.
fn reads_health(state: &State, caller: &Caller, elder: &Elder) -> bool {
    let resource = super::elder::resource(elder);
    state
        .core
        .policies
        .allows(&caller.actor, "readAssessment", &resource)
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
    let inputs_hash = inputs.hash(&state.core.pii, elder.resident_id);
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
    caller: &Caller,
    elders: &[ResidentId],
) -> Result<HashMap<ResidentId, Vec<SeenDecision>>> {
    let today = china_date(state.core.clock.now());
    let mut tx = state.core.db.begin(caller).await?;
    let found = store::tier::load_many_on(&mut tx, elders, today).await?;
    let mut shown: HashMap<ResidentId, Vec<SeenDecision>> = HashMap::new();
    for (elder, seen) in show(state, caller, tx, found.into_values().flatten()).await? {
        shown.entry(elder).or_default().push(seen);
    }
    Ok(shown)
}

/// Decisions by id, of orders that the caller has been shown.
pub async fn load_many_by_id(
    state: &State,
    caller: &Caller,
    ids: &[TierDecisionId],
) -> Result<HashMap<TierDecisionId, SeenDecision>> {
    let mut tx = state.core.db.begin(caller).await?;
    let found = store::tier::load_many(&mut tx, ids).await?;
    let shown = show(state, caller, tx, found.into_values()).await?;
    Ok(shown.into_iter().map(|(_, seen)| (seen.id, seen)).collect())
}

/// Decisions with their reasons where the caller may read assessments. Health
/// data: whoever is not the elder leaves a record of the look, in the
/// transaction of the read.
async fn show(
    state: &State,
    caller: &Caller,
    mut tx: Tx,
    decisions: impl Iterator<Item = TierDecision>,
) -> Result<Vec<(ResidentId, SeenDecision)>> {
    let decisions: Vec<TierDecision> = decisions.collect();
    let elders: BTreeSet<ResidentId> = decisions.iter().map(|one| one.elder_id).collect();
    let elders: Vec<ResidentId> = elders.into_iter().collect();
    let mut open = store::elder::load_many(&mut tx, &elders).await?;
    open.retain(|_, elder| reads_health(state, caller, elder));
    let now = state.core.clock.now();
    let looks: Vec<audit::Entry> = open
        .values()
        .filter(|elder| caller.actor.resident_id != Some(elder.resident_id.as_uuid()))
        .map(|elder| {
            let resource = super::elder::resource(elder);
            audit::Entry::read(caller, "readAssessment", &resource, now).fields(["tiers"])
        })
        .collect();
    if !looks.is_empty() {
        audit::log::append_all(&mut tx, &looks).await?;
    }
    tx.commit().await?;
    Ok(decisions
        .into_iter()
        .map(|one| {
            let (elder, reasons) = (one.elder_id, open.contains_key(&one.elder_id));
            (elder, one.seen(reasons))
        })
        .collect())
}
