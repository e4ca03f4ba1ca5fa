//! The way of a pilot: each step is for one level of civil affairs.

use serde::Serialize;
use serde_json::json;

use crate::{
    app::ask::{Ask, Only, first},
    domain::{
        pilot::{Attestor, Pilot, PilotAssessment, PilotId, PilotState, check_level},
        words::check_words,
    },
    error::Result,
};

/// By which document the county recommends it.
#[derive(Clone, Debug, Serialize)]
pub struct Recommend {
    pub pilot_id: PilotId,
    pub county_document: String,
}

/// The county recommends it.
pub async fn recommend(ask: &Ask<'_>, input: Recommend) -> Result<Pilot> {
    let start = ask.lock::<Pilot, _>("recommendPilot", input.pilot_id, &input);
    let (mut open, mut pilot) = first!(start.await?);
    check_level(ask.caller.actor.division.as_ref(), Attestor::County)?;
    let document = check_words("input.countyDocument", &input.county_document, 200)?;
    pilot.recommend(document, open.actor(), open.now)?;
    open.update(&mut pilot).await?;
    open.finish(pilot).await
}

/// A step of the city, with its note where it needs one.
async fn step(
    ask: &Ask<'_>,
    id: PilotId,
    input: &impl Serialize,
    next: PilotState,
    note: Option<&str>,
) -> Result<Pilot> {
    let start = ask.lock::<Pilot, _>("reviewPilot", id, input);
    let (mut open, mut pilot) = first!(start.await?);
    check_level(ask.caller.actor.division.as_ref(), Attestor::City)?;
    let note = note
        .map(|note| check_words("input.note", note, 1000))
        .transpose()?;
    let subject = told_of(pilot.state, next);
    pilot.step(next, note, open.now)?;
    open.update(&mut pilot).await?;
    if let Some(subject) = subject {
        let told = json!({
            "pilot_id": pilot.id, "community_id": pilot.community_id,
            "community_code": pilot.division_code, "state": pilot.state,
        });
        open.tell(subject, ("pilot", pilot.id.as_uuid()), told)
            .await?;
    }
    open.finish(pilot).await
}

/// What the others are told of a step: their duties end with a pilot, and return
/// with it.
fn told_of(from: PilotState, next: PilotState) -> Option<&'static str> {
    match (from, next) {
        (_, PilotState::Exited | PilotState::Suspended) => Some("communities.pilot.ended"),
        (PilotState::Suspended, _) => Some("communities.pilot.resumed"),
        _ => None,
    }
}

/// The city takes it up.
pub async fn review(ask: &Ask<'_>, input: Only<PilotId>) -> Result<Pilot> {
    step(ask, input.id, &input, PilotState::CityReview, None).await
}

/// A step with its reason.
#[derive(Clone, Debug, Serialize)]
pub struct Noted {
    pub pilot_id: PilotId,
    pub note: String,
}

/// The city sends it back.
pub async fn return_(ask: &Ask<'_>, input: Noted) -> Result<Pilot> {
    step(
        ask,
        input.pilot_id,
        &input,
        PilotState::Returned,
        Some(&input.note),
    )
    .await
}

/// In which batch it is approved, by which document.
#[derive(Clone, Debug, Serialize)]
pub struct Approve {
    pub pilot_id: PilotId,
    pub batch: i32,
    pub approval_document: String,
}

/// The city approves it; other services hear of it, and have their duties.
pub async fn approve(ask: &Ask<'_>, input: Approve) -> Result<Pilot> {
    let start = ask.lock::<Pilot, _>("reviewPilot", input.pilot_id, &input);
    let (mut open, mut pilot) = first!(start.await?);
    check_level(ask.caller.actor.division.as_ref(), Attestor::City)?;
    let document = check_words("input.approvalDocument", &input.approval_document, 200)?;
    pilot.approve(input.batch, (document, open.actor()), open.now)?;
    open.update(&mut pilot).await?;
    let community = crate::app::community::get(ask.state, pilot.community_id).await?;
    let told = json!({
        "pilot_id": pilot.id, "community_id": pilot.community_id,
        "community_code": pilot.division_code, "batch": pilot.batch,
        "service_area_m2": community.service_area_m2, "document": pilot.approval_document,
        "approved_on": open.today(),
    });
    open.tell(
        "communities.pilot.approved",
        ("pilot", pilot.id.as_uuid()),
        told,
    )
    .await?;
    open.finish(pilot).await
}

/// A pilot of the second batch is built.
pub async fn build(ask: &Ask<'_>, input: Only<PilotId>) -> Result<Pilot> {
    step(ask, input.id, &input, PilotState::Building, None).await
}

/// It operates: everything is there.
pub async fn operate(ask: &Ask<'_>, input: Only<PilotId>) -> Result<Pilot> {
    step(ask, input.id, &input, PilotState::Operating, None).await
}

/// The four tests.
#[derive(Clone, Debug, Serialize)]
pub struct Assess {
    pub pilot_id: PilotId,
    pub mechanism: bool,
    pub orderly: bool,
    pub satisfied: bool,
    pub replicable: bool,
    pub evidence: String,
}

/// The city assesses it by the four tests.
pub async fn assess(ask: &Ask<'_>, input: Assess) -> Result<Pilot> {
    let start = ask.lock::<Pilot, _>("reviewPilot", input.pilot_id, &input);
    let (mut open, mut pilot) = first!(start.await?);
    check_level(ask.caller.actor.division.as_ref(), Attestor::City)?;
    let assessment = PilotAssessment {
        id: open.id(),
        pilot_id: pilot.id,
        mechanism: input.mechanism,
        orderly: input.orderly,
        satisfied: input.satisfied,
        replicable: input.replicable,
        evidence: check_words("input.evidence", &input.evidence, 2000)?,
        assessed_by: open.actor(),
        assessed_at: open.now,
    };
    pilot.step(PilotState::Assessed, None, open.now)?;
    open.insert(&assessment).await?;
    open.update(&mut pilot).await?;
    open.finish(pilot).await
}

/// A demonstration: all four tests passed.
pub async fn demonstrate(ask: &Ask<'_>, input: Only<PilotId>) -> Result<Pilot> {
    step(ask, input.id, &input, PilotState::Demonstration, None).await
}

/// The city suspends it.
pub async fn suspend(ask: &Ask<'_>, input: Noted) -> Result<Pilot> {
    step(
        ask,
        input.pilot_id,
        &input,
        PilotState::Suspended,
        Some(&input.note),
    )
    .await
}

/// It is a pilot no longer.
pub async fn exit(ask: &Ask<'_>, input: Noted) -> Result<Pilot> {
    step(
        ask,
        input.pilot_id,
        &input,
        PilotState::Exited,
        Some(&input.note),
    )
    .await
}
