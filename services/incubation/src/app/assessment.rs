//! 评估: assessing, reading, and telling before a grade runs out.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, IdempotencyKey, calendar, china_date, keys::OrganizationId};
use kit::{audit, auth::Caller, events, jobs, parameters};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::organization::{resource, unknown};
use crate::{
    domain::assessment::{
        Assessment, AssessmentId, GradeTable, NewAssessment, Terms, assess as decide, notice_day,
    },
    error::{Error, Result},
    state::State,
    store,
};

/// The kind of the timer.
pub const EXPIRY: &str = "assessment_expiry";

/// A score given on a day.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Assess {
    pub organization_id: OrganizationId,
    pub score: i32,
    pub on: NaiveDate,
}

/// The registrar assesses an organisation; the grade follows from its table.
pub async fn assess(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Assess,
) -> Result<Assessment> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let found = store::organization::lock(&mut tx, input.organization_id).await?;
    let organization = found.ok_or_else(unknown)?;
    state
        .core
        .authorize(caller, "assessOrganization", &resource(&organization))?;
    if let Some(first) = tx.replay("assessOrganization", &key, &input, now).await? {
        return Ok(first);
    }
    let registrar = &organization.registrar_division;
    let cutoffs = store::assessment::list_cutoffs(&mut tx, registrar, input.on).await?;
    let table = GradeTable::try_new(cutoffs)?;
    let terms = terms(&mut tx, registrar, input.on).await?;
    let mut standing = store::assessment::find_in_force(&mut tx, organization.id, input.on).await?;
    let id = AssessmentId::new(&state.core.ids);
    let new = NewAssessment {
        score: input.score,
        on: input.on,
        by: &caller.actor.subject,
        now,
    };
    let one = decide(id, &organization, &table, terms, standing.as_mut(), &new)?;
    if let Some(ended) = &standing {
        store::assessment::update_end(&mut tx, ended).await?;
        jobs::cancel(&mut tx, &timer_key(ended.id)).await?;
    }
    store::assessment::insert(&mut tx, &one).await?;
    set_timer(&mut tx, &one).await?;
    let entry = audit::Entry::write(caller, "assessOrganization", &resource(&organization), now)
        .detail(serde_json::json!({ "score": one.score, "grade": one.grade }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(one).await
}

async fn terms(conn: &mut PgConnection, registrar: &DivisionCode, on: NaiveDate) -> Result<Terms> {
    Ok(Terms {
        after_registration: number(conn, "inc.assessment.after_registration", registrar, on)
            .await?,
        valid: number(conn, "inc.assessment.valid", registrar, on).await?,
        upgrade: number(conn, "inc.assessment.upgrade", registrar, on).await?,
    })
}

async fn number(
    conn: &mut PgConnection,
    key: &'static str,
    division: &DivisionCode,
    on: NaiveDate,
) -> Result<u32> {
    let value = parameters::number(conn, key, Some(division), on).await?;
    u32::try_from(value).map_err(|_| Error::inconsistent("policy_parameters", "value", key))
}

/// What the timer is told.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Expiry {
    pub assessment_id: AssessmentId,
}

fn timer_key(id: AssessmentId) -> String {
    format!("{EXPIRY}:{id}")
}

async fn set_timer(conn: &mut PgConnection, one: &Assessment) -> Result<()> {
    let at = notice_at(conn, one).await?;
    let job = jobs::NewJob::new(
        "incubation",
        EXPIRY,
        &Expiry {
            assessment_id: one.id,
        },
    )?
    .key(timer_key(one.id))
    .run_at(at);
    jobs::enqueue(conn, &job).await?;
    Ok(())
}

/// 0:00 of the day on which notice is due, by the calendar as it is known now.
async fn notice_at(conn: &mut PgConnection, one: &Assessment) -> Result<DateTime<Utc>> {
    let key = "inc.assessment.expiry_notice";
    let days = number(conn, key, &one.registrar_division, one.assessed_on).await?;
    let calendar = kit::calendar::load(conn).await?;
    let day = notice_day(&calendar, one.valid_to, days)
        .ok_or_else(|| Error::inconsistent("assessments", "valid_to", one.id))?;
    Ok(calendar::start_of_day(day)?)
}

/// The timer fell due: tells the others that a grade runs out, unless another
/// has taken its place, or the calendar has moved the day meanwhile.
pub async fn notify_expiry(
    conn: &mut PgConnection,
    expiry: Expiry,
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(one) = store::assessment::find(conn, expiry.assessment_id).await? else {
        return Ok(());
    };
    if !one.in_force(china_date(now)) {
        return Ok(());
    }
    if now < notice_at(conn, &one).await? {
        return set_timer(conn, &one).await;
    }
    let event = events::NewEvent {
        subject: "incubation.assessment.expiring",
        aggregate: "assessment",
        aggregate_id: one.id.as_uuid(),
        trace_id: None,
        at: now,
        data: serde_json::json!({
            "assessment_id": one.id,
            "organization_id": one.organization_id,
            "grade": one.grade,
            "valid_to": one.valid_to,
            "division_code": one.registrar_division,
        }),
    };
    events::append(conn, &event).await?;
    Ok(())
}

/// The assessments of many organisations; grades are public.
pub async fn load_many_of(
    state: &State,
    organizations: &[OrganizationId],
) -> Result<HashMap<OrganizationId, Vec<Assessment>>> {
    store::assessment::load_many_of(&mut *state.core.db.read().await?, organizations).await
}
