//! 能力评估: the server scores; what was scored is read with a record of who read it.

use std::collections::HashMap;

use chrono::Months;
use kernel::{IdempotencyKey, china_date, keys::ResidentId};
use kit::{audit, auth::Caller, parameters};

use crate::{
    domain::{
        assessment::{AssessElder, Assessment, AssessmentId, check_assessors, score},
        visit::Worker,
    },
    error::{Error, Result},
    state::State,
    store,
};

/// Assesses an elder by GB/T 42195-2022.
pub async fn assess(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: AssessElder,
) -> Result<Assessment> {
    let elder = super::elder::known(state, caller, "assessElder", input.elder_id).await?;
    let resource = super::elder::resource(&elder);
    let before = state.core.answered(caller, "assessElder", &key, &input);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let scored = score(&input.items, input.adjusters)?;
    let now = state.core.clock.now();
    let today = china_date(now);
    let division = Some(&elder.division_code);
    let least = parameters::number(
        &mut *state.core.db.read().await?,
        "ec.assessment.min_assessors",
        division,
        today,
    )
    .await?;
    check_assessors(&input.assessors, least)?;
    for &assessor in &input.assessors {
        let worker = Worker::SocialWorker(assessor);
        state
            .workers
            .serving(caller, worker, today)
            .await
            .map_err(|error| error.at("input.assessors"))?;
    }

    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("assessElder", &key, &input, now).await? {
        return Ok(first);
    }
    let locked = store::elder::lock(&mut tx, input.elder_id)
        .await?
        .ok_or_else(super::elder::unknown)?;
    let months = parameters::number(&mut tx, "ec.assessment.valid_months", division, today).await?;
    let valid_to = after_months(today, months)?;
    let assessment = Assessment {
        id: AssessmentId::new(&state.core.ids),
        elder_id: input.elder_id,
        reason: input.reason,
        assessors: input.assessors,
        items: input.items,
        adjusters: input.adjusters,
        scored,
        assessed_at: now,
        valid_from: today,
        valid_to,
    };
    store::assessment::end_current(&mut tx, input.elder_id, today).await?;
    store::assessment::insert(&mut tx, &assessment).await?;
    super::contact::evaluate(&mut tx, &locked, now).await?;
    let entry = audit::Entry::write(caller, "assessElder", &resource, now)
        .detail(serde_json::json!({ "assessment_id": assessment.id }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(assessment).await
}

/// The day so many months later, from a parameter.
pub(super) fn after_months(day: chrono::NaiveDate, months: i64) -> Result<chrono::NaiveDate> {
    u32::try_from(months)
        .ok()
        .and_then(|months| day.checked_add_months(Months::new(months)))
        .ok_or_else(|| Error::internal(anyhow::anyhow!("{months} months is no term")))
}

/// The assessments of elders. Health data: whoever is not the elder leaves a
/// record of the look, in the transaction of the read.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    elders: &[ResidentId],
) -> Result<HashMap<ResidentId, Vec<Assessment>>> {
    let mut tx = state.core.db.begin(caller).await?;
    let mut known = store::elder::load_many(&mut tx, elders).await?;
    known.retain(|_, elder| {
        let resource = super::elder::resource(elder);
        state
            .core
            .policies
            .allows(&caller.actor, "readAssessment", &resource)
    });
    let ids: Vec<ResidentId> = known.keys().copied().collect();
    let found = store::assessment::load_many(&mut tx, &ids).await?;
    let now = state.core.clock.now();
    let looks: Vec<audit::Entry> = found
        .keys()
        .filter(|id| caller.actor.resident_id != Some(id.as_uuid()))
        .map(|id| {
            let resource = super::elder::resource(&known[id]);
            audit::Entry::read(caller, "readAssessment", &resource, now).fields(["assessments"])
        })
        .collect();
    if !looks.is_empty() {
        audit::log::append_all(&mut tx, &looks).await?;
    }
    tx.commit().await?;
    Ok(found)
}
