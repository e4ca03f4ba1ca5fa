//! 复核申请: raised by the elder, the family or staff for them; decided by civil
//! affairs on what other assessors find, within working days.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, Page, Paged, china_date, refuse};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
    calendar, events, jobs, parameters,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;

use super::{elder, tier};
use crate::{
    domain::{
        appeal::{Against, Appeal, AppealFilter, AppealId, AppealState, check_time},
        assessment::AssessmentId,
        elder::Elder,
        text::check_text,
    },
    error::{Error, Result},
    state::State,
    store,
};

/// The timer that tells of an answer that is late.
pub const OVERDUE: &str = "appeal_overdue";

/// Which appeal to look at.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Overdue {
    pub appeal_id: AppealId,
}

const READERS: &[Role] = &[
    Role::CommunityStaff,
    Role::CivilAffairs,
    Role::Auditor,
    Role::PlatformAdmin,
];

fn resource(appeal: &Appeal, by_relative: bool) -> Resource {
    Resource::new("Appeal", appeal.id)
        .in_division(appeal.division_code)
        .owned_by(appeal.elder_id.as_uuid())
        .with("byRelative", by_relative)
}

/// What is appealed against, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RaiseAppeal {
    pub against: Against,
    pub grounds: String,
}

/// Whose assessment or tier it is, and when it was made.
async fn subject(conn: &mut PgConnection, against: Against) -> Result<(Elder, DateTime<Utc>)> {
    let (id, made) = match against {
        Against::Assessment(id) => {
            let found = store::appeal::assessed(conn, id).await?.ok_or_else(gone)?;
            (found.elder_id, found.assessed_at)
        }
        Against::Tier(id) => {
            let mut found = store::tier::load_many(conn, &[id]).await?;
            let found = found.remove(&id).ok_or_else(gone)?;
            (found.elder_id, found.decided_at)
        }
    };
    let elder = store::elder::find(conn, id).await?.ok_or_else(gone)?;
    Ok((elder, made))
}

/// Asks for a review.
pub async fn raise(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: RaiseAppeal,
) -> Result<Appeal> {
    const ACTION: &str = "raiseAppeal";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let today = china_date(now);
    let mut tx = state.core.db.begin(caller).await?;
    let (elder, made) = subject(&mut tx, input.against).await?;
    let relative = elder::is_relative(&mut tx, caller, elder.resident_id).await?;
    let asked = Resource::any("Appeal")
        .in_division(elder.division_code)
        .owned_by(elder.resident_id.as_uuid())
        .with("byRelative", relative);
    state
        .core
        .authorize_seen(caller, (ACTION, "readAppeal"), &asked, gone)?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    let grounds = check_text(&input.grounds, 1000, "input.grounds")?;
    let division = Some(&elder.division_code);
    let days = parameters::number(&mut tx, "ec.appeal.raise_days", division, today).await?;
    check_time(china_date(made), today, days)?;
    let term = parameters::number(&mut tx, "ec.appeal.review_workdays", division, today).await?;
    let term = u32::try_from(term)
        .map_err(|_| Error::internal(anyhow::anyhow!("{term} working days is no term")))?;
    let due = calendar::load(&mut tx)
        .await?
        .add_working_days(today, term)
        .map_err(Error::fault)?;
    let appeal = Appeal {
        id: AppealId::new(&state.core.ids),
        elder_id: elder.resident_id,
        division_code: elder.division_code,
        against: input.against,
        grounds,
        state: AppealState::Raised,
        raised_by: caller.actor.subject.clone(),
        raised_at: now,
        due_at: kernel::calendar::end_of_day(due).map_err(Error::fault)?,
        review: None,
        reasons: None,
        decided_by: None,
        decided_at: None,
        version: 1,
        updated_at: now,
    };
    store::appeal::insert(&mut tx, &appeal).await?;
    let look = Overdue {
        appeal_id: appeal.id,
    };
    let job = jobs::NewJob::new("eldercare", OVERDUE, &look)?
        .key(format!("{OVERDUE}:{}", appeal.id))
        .run_at(appeal.due_at);
    jobs::enqueue(&mut tx, &job).await?;
    events::append(&mut tx, &told(&appeal, "eldercare.appeal.raised")).await?;
    let entry = audit::Entry::write(caller, ACTION, &resource(&appeal, relative), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(appeal).await
}

/// What was found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DecideAppeal {
    pub appeal_id: AppealId,
    /// Required where an assessment was appealed against.
    pub review_assessment_id: Option<AssessmentId>,
    pub reasons: String,
}

/// Decides by what others found: of an assessment by their re-assessment, of a
/// tier by the facts and rules of today.
pub async fn decide(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: DecideAppeal,
) -> Result<Appeal> {
    const ACTION: &str = "decideAppeal";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut appeal = store::appeal::lock(&mut tx, input.appeal_id)
        .await?
        .ok_or_else(unknown)?;
    let asked = resource(&appeal, false);
    state
        .core
        .authorize_seen(caller, (ACTION, "readAppeal"), &asked, unknown)?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    let words = (input.reasons.as_str(), caller.actor.subject.as_str());
    match appeal.against {
        Against::Assessment(id) => {
            let again = input.review_assessment_id.ok_or_else(no_review)?;
            let first = store::appeal::assessed(&mut tx, id)
                .await?
                .ok_or_else(gone)?;
            let again = store::appeal::assessed(&mut tx, again)
                .await?
                .ok_or_else(no_review)?;
            appeal.review_assessment(&first, &again, words, now)?;
        }
        Against::Tier(id) => {
            let elder = store::elder::lock(&mut tx, appeal.elder_id)
                .await?
                .ok_or_else(elder::unknown)?;
            let mut found = store::tier::load_many(&mut tx, &[id]).await?;
            let first = found.remove(&id).ok_or_else(gone)?;
            let again = tier::current(state, &mut tx, &elder, first.line, now).await?;
            appeal.review_tier(first.tier, (again.tier, again.id), words, now)?;
        }
    }
    store::appeal::update(&mut tx, &mut appeal).await?;
    events::append(&mut tx, &told(&appeal, "eldercare.appeal.decided")).await?;
    let entry =
        audit::Entry::write(caller, ACTION, &asked, now).detail(json!({ "outcome": appeal.state }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(appeal).await
}

/// Takes a request back before it is decided.
pub async fn withdraw(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: AppealId,
) -> Result<Appeal> {
    const ACTION: &str = "withdrawAppeal";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut appeal = store::appeal::lock(&mut tx, id)
        .await?
        .ok_or_else(unknown)?;
    let relative = elder::is_relative(&mut tx, caller, appeal.elder_id).await?;
    let asked = resource(&appeal, relative);
    state
        .core
        .authorize_seen(caller, (ACTION, "readAppeal"), &asked, unknown)?;
    if let Some(first) = tx.replay(ACTION, &key, &id, now).await? {
        return Ok(first);
    }
    appeal.withdraw(now)?;
    store::appeal::update(&mut tx, &mut appeal).await?;
    let entry = audit::Entry::write(caller, ACTION, &asked, now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(appeal).await
}

/// The timer fell due: tells of an answer that is late.
pub async fn overdue(conn: &mut PgConnection, due: Overdue, now: DateTime<Utc>) -> Result<()> {
    let Some(appeal) = store::appeal::lock(conn, due.appeal_id).await? else {
        return Ok(());
    };
    if appeal.state == AppealState::Raised {
        let event = events::NewEvent {
            at: now,
            ..told(&appeal, "eldercare.appeal.overdue")
        };
        events::append(conn, &event).await?;
    }
    Ok(())
}

fn told(appeal: &Appeal, subject: &'static str) -> events::NewEvent {
    events::NewEvent {
        subject,
        aggregate: "appeal",
        aggregate_id: appeal.id.as_uuid(),
        trace_id: None,
        at: appeal.updated_at,
        data: json!({
            "appeal_id": appeal.id,
            "elder_resident_id": appeal.elder_id,
            "division_code": appeal.division_code,
            "state": appeal.state,
            "due_at": appeal.due_at,
        }),
    }
}

async fn readable(
    state: &State,
    caller: &Caller,
    conn: &mut PgConnection,
    appeal: &Appeal,
) -> Result<bool> {
    let relative = elder::is_relative(conn, caller, appeal.elder_id).await?;
    let of = resource(appeal, relative);
    Ok(state.core.policies.allows(&caller.actor, "readAppeal", &of))
}

/// An appeal, where the caller may read it.
pub async fn find(state: &State, caller: &Caller, id: AppealId) -> Result<Option<Appeal>> {
    let mut conn = state.core.db.read().await?;
    match store::appeal::find(&mut conn, id).await? {
        Some(appeal) if readable(state, caller, &mut conn, &appeal).await? => Ok(Some(appeal)),
        _ => Ok(None),
    }
}

/// The appeals against assessments that the caller has been shown.
pub async fn load_many_of(
    state: &State,
    assessments: &[AssessmentId],
) -> Result<HashMap<AssessmentId, Appeal>> {
    store::appeal::load_many_of(&mut *state.core.db.read().await?, assessments).await
}

/// A page of the appeals that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &AppealFilter,
    page: &Page,
) -> Result<Paged<Appeal>> {
    let scope = caller.actor.scope(READERS).or_own(&caller.actor);
    let rows = store::appeal::list(&mut *state.core.db.read().await?, &scope, filter, page).await?;
    Ok(page.finish(rows))
}

fn no_review() -> Error {
    refuse!(
        Invalid,
        "APPEAL_REVIEW_MISSING",
        field: "input.reviewAssessmentId",
        zh: "请先由其他评估员复评,再填写该次复评",
        en: "other assessors assess again first; name their assessment",
    )
    .into()
}

/// What is appealed against is not there, or not for this caller.
fn gone() -> Error {
    refuse!(
        NotFound,
        "APPEAL_SUBJECT_NOT_FOUND",
        zh: "没有这次评估或分档,或您无权对其提出复核",
        en: "there is no such assessment or tier, or it is not for you to appeal against",
    )
    .into()
}

/// The appeal is not there, or not for this caller.
fn unknown() -> Error {
    refuse!(
        NotFound,
        "APPEAL_NOT_FOUND",
        zh: "没有这项复核申请,或您无权查看",
        en: "there is no such appeal, or it is not for you to see",
    )
    .into()
}
