//! From moving in on: stages, extension, graduation, the end.

use chrono::NaiveDate;
use kit::{
    calendar,
    record::{self, Wanted},
};
use serde::Serialize;

use super::{Which, moved, said, tell};
use crate::{
    app::{
        ask::{Ask, first},
        organization,
    },
    domain::{
        growth::{GrowthKind, GrowthScore, last},
        incubatee::{Extension, Graduation, Incubatee, IncubateeId, IncubateeState},
    },
    error::{Error, Result},
    store,
};

fn scores_of(id: IncubateeId) -> Wanted {
    Wanted::all().is("incubatee_id", Some(id))
}

/// It moves in.
pub async fn start(ask: &Ask<'_>, input: Which) -> Result<Incubatee> {
    let start = ask.lock::<Incubatee, _>("startIncubation", input.incubatee_id, &input);
    let (open, mut one) = first!(start.await?);
    let from = one.start(open.today())?;
    moved(open, one, from, None).await
}

/// The next stage.
pub async fn advance(ask: &Ask<'_>, input: Which) -> Result<Incubatee> {
    let start = ask.lock::<Incubatee, _>("advanceStage", input.incubatee_id, &input);
    let (mut open, mut one) = first!(start.await?);
    let scores: Vec<GrowthScore> = record::all(&mut open, &scores_of(one.id)).await?;
    one.advance(last(&scores, GrowthKind::Midterm).is_some())?;
    one.updated_at = open.now;
    open.update(&mut one).await?;
    tell(&mut open, &one).await?;
    let detail = serde_json::json!({ "stage": one.stage });
    open.finish_with(one, detail).await
}

/// Until when it is extended, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Extend {
    pub incubatee_id: IncubateeId,
    pub to: NaiveDate,
    pub reason: String,
}

/// It gets more time.
pub async fn extend(ask: &Ask<'_>, input: Extend) -> Result<Incubatee> {
    let start = ask.lock::<Incubatee, _>("extendIncubation", input.incubatee_id, &input);
    let (mut open, mut one) = first!(start.await?);
    let place = one.division_code;
    // The numbers of the day on which the agreement would have ended.
    let on = one.agreement_to.unwrap_or_else(|| open.today());
    let most = open.number("inc.incubatee.extension", &place, on).await?;
    let times = open.number("inc.incubatee.extensions", &place, on).await?;
    let reason = said(&input.reason)?;
    let from = one.extend(Extension {
        to: input.to,
        most,
        times,
    })?;
    if let Some(from) = from {
        return moved(open, one, from, reason).await;
    }
    one.updated_at = open.now;
    open.update(&mut one).await?;
    tell(&mut open, &one).await?;
    let detail = serde_json::json!({ "agreement_to": one.agreement_to, "reason": reason });
    open.finish_with(one, detail).await
}

/// 出壳.
pub async fn graduate(ask: &Ask<'_>, input: Which) -> Result<Incubatee> {
    let start = ask.lock::<Incubatee, _>("graduateIncubatee", input.incubatee_id, &input);
    let (mut open, mut one) = first!(start.await?);
    let body = store::organization::lock(&mut open, one.organization_id)
        .await?
        .ok_or_else(organization::unknown)?;
    let scores: Vec<GrowthScore> = record::all(&mut open, &scores_of(one.id)).await?;
    let today = open.today();
    let least = open
        .number("inc.incubatee.growth", &one.division_code, today)
        .await?;
    let from = one.graduate(Graduation {
        status: body.status,
        score: last(&scores, GrowthKind::Final),
        least,
        on: today,
    })?;
    moved(open, one, from, None).await
}

/// It is followed after graduation.
pub async fn track(ask: &Ask<'_>, input: Which) -> Result<Incubatee> {
    let start = ask.lock::<Incubatee, _>("trackIncubatee", input.incubatee_id, &input);
    let (open, mut one) = first!(start.await?);
    let from = one.go(IncubateeState::Tracked)?;
    moved(open, one, from, None).await
}

/// Which one ends, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Terminate {
    pub incubatee_id: IncubateeId,
    pub reason: String,
}

/// It ends before it has grown; the room is handed over in so many working days.
pub async fn terminate(ask: &Ask<'_>, input: Terminate) -> Result<Incubatee> {
    let start = ask.lock::<Incubatee, _>("terminateIncubation", input.incubatee_id, &input);
    let (mut open, mut one) = first!(start.await?);
    let today = open.today();
    let days = open
        .number("inc.incubatee.handover", &one.division_code, today)
        .await?;
    let days = u32::try_from(days).map_err(Error::internal)?;
    let calendar = calendar::load(&mut open).await?;
    let due = calendar.add_working_days(today, days)?;
    let reason = said(&input.reason)?;
    let from = one.terminate(today, due)?;
    moved(open, one, from, reason).await
}

/// The room was handed over.
pub async fn vacate(ask: &Ask<'_>, input: Which) -> Result<Incubatee> {
    let start = ask.lock::<Incubatee, _>("confirmVacated", input.incubatee_id, &input);
    let (open, mut one) = first!(start.await?);
    let from = one.vacate(open.today())?;
    moved(open, one, from, None).await
}
