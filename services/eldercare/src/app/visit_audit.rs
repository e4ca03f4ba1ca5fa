//! 回访抽查: chosen by chance at the settlement or by somebody who doubts, called
//! back by staff, decided by another one; what does not stand is undone.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{IdempotencyKey, Page, Paged, china_date, keys::VisitId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
    events, parameters,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;

use super::{alarm, credit, order, visit};
use crate::{
    domain::{
        text::check_text,
        visit::Visit,
        visit_audit::{
            RecordVisitAudit, VisitAudit, VisitAuditFilter, VisitAuditId, VisitAuditState, is_drawn,
        },
    },
    error::{Error, Result},
    state::State,
    store,
};

const READERS: &[Role] = &[
    Role::CommunityStaff,
    Role::CivilAffairs,
    Role::Auditor,
    Role::PlatformAdmin,
];

fn resource(audit: &VisitAudit) -> Resource {
    Resource::new("VisitAudit", audit.id)
        .in_division(audit.division_code)
        .owned_by(audit.elder_id.as_uuid())
}

async fn flagged(
    state: &State,
    conn: &mut PgConnection,
    (visit, doubt): (&Visit, Option<String>),
    by: &str,
    now: DateTime<Utc>,
) -> Result<VisitAudit> {
    let division = Some(&visit.division_code);
    let days = parameters::number(conn, "ec.audit.due_days", division, china_date(now)).await?;
    let term = TimeDelta::try_days(days)
        .ok_or_else(|| Error::internal(anyhow::anyhow!("{days} days is no term")))?;
    let one = VisitAudit {
        id: VisitAuditId::new(&state.core.ids),
        visit_id: visit.id,
        elder_id: visit.elder_id,
        division_code: visit.division_code,
        doubt,
        flagged_by: by.to_owned(),
        flagged_at: now,
        due_at: now + term,
        state: VisitAuditState::Flagged,
        method: None,
        took_place: None,
        findings: None,
        audited_by: None,
        audited_at: None,
        reasons: None,
        decided_by: None,
        decided_at: None,
        version: 1,
        updated_at: now,
    };
    store::visit_audit::insert(conn, &one).await?;
    events::append(conn, &told(&one, "eldercare.visit_audit.flagged")).await?;
    Ok(one)
}

/// Chance chooses a share of the visits that were settled.
pub(super) async fn draw(
    state: &State,
    conn: &mut PgConnection,
    visit: &Visit,
    now: DateTime<Utc>,
) -> Result<()> {
    let division = Some(&visit.division_code);
    let share =
        parameters::number(conn, "ec.audit.share_permille", division, china_date(now)).await?;
    let digest = state
        .core
        .pii
        .blind_index("visit_audit", &visit.id.to_string());
    if is_drawn(digest, share) {
        let clock = alarm::clock();
        flagged(state, conn, (visit, None), &clock.actor.subject, now).await?;
    }
    Ok(())
}

/// Which visit somebody doubts, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FlagVisit {
    pub visit_id: VisitId,
    pub doubt: String,
}

/// Somebody doubts a settled visit.
pub async fn flag(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: FlagVisit,
) -> Result<VisitAudit> {
    const ACTION: &str = "flagVisit";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let visit = store::visit::lock(&mut tx, input.visit_id)
        .await?
        .ok_or_else(visit::unknown)?;
    let asked = Resource::any("VisitAudit")
        .in_division(visit.division_code)
        .owned_by(visit.elder_id.as_uuid());
    state
        .core
        .authorize_seen(caller, (ACTION, "readVisitAudit"), &asked, visit::unknown)?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    let doubt = check_text(&input.doubt, 500, "input.doubt")?;
    let by = &caller.actor.subject;
    let one = flagged(state, &mut tx, (&visit, Some(doubt)), by, now).await?;
    let entry = audit::Entry::write(caller, ACTION, &resource(&one), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(one).await
}

/// An audit and its visit, both locked, to which the caller may do this.
async fn known(
    state: &State,
    caller: &Caller,
    conn: &mut PgConnection,
    action: &str,
    id: VisitAuditId,
) -> Result<(VisitAudit, Visit)> {
    let found = store::visit_audit::find(conn, id)
        .await?
        .ok_or_else(unknown)?;
    let visit = store::visit::lock(conn, found.visit_id)
        .await?
        .ok_or_else(unknown)?;
    let one = store::visit_audit::lock(conn, id)
        .await?
        .ok_or_else(unknown)?;
    state
        .core
        .authorize_seen(caller, (action, "readVisitAudit"), &resource(&one), unknown)?;
    Ok((one, visit))
}

/// Somebody called back.
pub async fn record(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: RecordVisitAudit,
) -> Result<VisitAudit> {
    const ACTION: &str = "recordVisitAudit";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (mut one, visit) = known(state, caller, &mut tx, ACTION, input.audit_id).await?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    visit.check_confirmer(
        caller
            .actor
            .resident_id
            .map(kernel::keys::ResidentId::from_uuid),
    )?;
    let by = (caller.actor.subject.as_str(), visit.confirmed_by.as_deref());
    one.record(&input, by, now)?;
    store::visit_audit::update(&mut tx, &mut one).await?;
    let entry = audit::Entry::write(caller, ACTION, &resource(&one), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(one).await
}

/// Whether a visit stands, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DecideVisitAudit {
    pub audit_id: VisitAuditId,
    pub stands: bool,
    pub reasons: String,
}

/// Decides whether the visit stands. One that does not is undone: what it moved
/// goes back, its order is called off, its unit may be ordered again.
pub async fn decide(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: DecideVisitAudit,
) -> Result<VisitAudit> {
    const ACTION: &str = "decideVisitAudit";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (mut one, mut visit) = known(state, caller, &mut tx, ACTION, input.audit_id).await?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    let words = (input.reasons.as_str(), caller.actor.subject.as_str());
    one.decide(input.stands, words, now)?;
    let mut undone = json!({});
    if !input.stands {
        let mut bought = store::order::lock(&mut tx, visit.order_id)
            .await?
            .ok_or_else(order::unknown)?;
        visit.void(now)?;
        bought.void(&input.reasons, now)?;
        let short = credit::undo_visit(state, &mut tx, &visit, &bought, now).await?;
        store::visit::update(&mut tx, &mut visit).await?;
        store::order::update(&mut tx, &mut bought).await?;
        events::append(&mut tx, &voided(&visit)).await?;
        undone = json!({ "minutes_not_recovered": short });
    }
    store::visit_audit::update(&mut tx, &mut one).await?;
    events::append(&mut tx, &told(&one, "eldercare.visit_audit.decided")).await?;
    let entry = audit::Entry::write(caller, ACTION, &resource(&one), now).detail(undone);
    audit::append(&mut tx, &entry).await?;
    tx.answer(one).await
}

fn told(one: &VisitAudit, subject: &'static str) -> events::NewEvent {
    events::NewEvent {
        subject,
        aggregate: "visit_audit",
        aggregate_id: one.id.as_uuid(),
        trace_id: None,
        at: one.updated_at,
        data: json!({
            "visit_audit_id": one.id,
            "visit_id": one.visit_id,
            "division_code": one.division_code,
            "state": one.state,
        }),
    }
}

fn voided(visit: &Visit) -> events::NewEvent {
    events::NewEvent {
        subject: "eldercare.visit.voided",
        aggregate: "visit",
        aggregate_id: visit.id.as_uuid(),
        trace_id: Some(visit.trace_id.as_uuid()),
        at: visit.updated_at,
        data: json!({
            "visit_id": visit.id,
            "order_id": visit.order_id,
            "contract_id": visit.contract_id,
            "worker_kind": visit.worker.kind(),
            "worker_id": visit.worker.id(),
            "division_code": visit.division_code,
        }),
    }
}

/// An audit, where the caller may read it.
pub async fn find(state: &State, caller: &Caller, id: VisitAuditId) -> Result<Option<VisitAudit>> {
    let found = store::visit_audit::find(&mut *state.core.db.read().await?, id).await?;
    Ok(found.filter(|one| {
        let of = resource(one);
        state
            .core
            .policies
            .allows(&caller.actor, "readVisitAudit", &of)
    }))
}

/// A page of the audits that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &VisitAuditFilter,
    page: &Page,
) -> Result<Paged<VisitAudit>> {
    let scope = caller.actor.scope(READERS);
    let mut conn = state.core.db.read().await?;
    let rows = store::visit_audit::list(&mut conn, &scope, filter, page).await?;
    Ok(page.finish(rows))
}

/// The audit is not there, or not for this caller.
fn unknown() -> Error {
    refuse!(
        NotFound,
        "VISIT_AUDIT_NOT_FOUND",
        zh: "没有这项回访抽查,或您无权查看",
        en: "there is no such audit, or it is not for you to see",
    )
    .into()
}
