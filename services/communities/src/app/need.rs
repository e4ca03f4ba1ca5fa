//! 需求: report, verify, read.

use std::collections::HashMap;

use kernel::{
    IdempotencyKey, Page, Paged, Term, WorkCalendar, china_date,
    keys::{NeedId, ResidentId, TraceId},
    refuse,
};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
    events,
    live::{Following, follow},
    parameters,
};
use serde::{Deserialize, Serialize};

use crate::{
    domain::need::{
        Need, NeedFilter, NeedState, ReportNeed, check_description, check_grid, check_refusal,
    },
    error::Result,
    state::State,
    store,
};

/// Who may read needs of a division they work for.
const READERS: &[Role] = &[
    Role::GridWorker,
    Role::CommunityStaff,
    Role::CivilAffairs,
    Role::Auditor,
    Role::PlatformAdmin,
];

/// A report, and for whom staff enter it (call centre, office desk).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    pub need: ReportNeed,
    pub on_behalf_of: Option<ResidentId>,
}

/// What a need is to the policies.
pub fn resource(need: &Need) -> Resource {
    Resource::new("Need", need.id)
        .in_division(need.division_code)
        .owned_by(need.reported_by.as_uuid())
}

/// A resident reports a need; it begins a chain.
pub async fn report(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    report: Report,
) -> Result<Need> {
    let description = check_description(&report.need.description)?;
    let community = super::community::load_many(state, &[report.need.community_id])
        .await?
        .remove(&report.need.community_id)
        .ok_or_else(super::community::unknown)?;
    let reporter = report
        .on_behalf_of
        .or(caller.actor.resident_id.map(ResidentId::from_uuid))
        .ok_or_else(|| {
            refuse!(
                Invalid,
                "REPORTER_MISSING",
                field: "input.onBehalfOf",
                zh: "代为上报时须指明居民",
                en: "name the resident you report for",
            )
        })?;
    let asked = Resource::new("Community", community.id)
        .in_division(community.division_code)
        .owned_by(reporter.as_uuid());
    state.core.authorize(caller, "reportNeed", &asked)?;
    let before = state.core.answered(caller, "reportNeed", &key, &report);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let grid_code = report
        .need
        .grid_code
        .as_deref()
        .map(|code| check_grid(code, &community.division_code))
        .transpose()?;
    let resident = state.residents.living(caller, reporter).await?;
    if resident.community_code != community.division_code {
        return Err(refuse!(
            Refused,
            "RESIDENT_OF_OTHER_COMMUNITY",
            field: "input.communityId",
            zh: "该居民不属于此社区",
            en: "this resident belongs to another community",
        )
        .into());
    }

    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("reportNeed", &key, &report, now).await? {
        return Ok(first);
    }
    let days = parameters::number(
        &mut tx,
        "com.need.verify_days",
        Some(&community.division_code),
        china_date(now),
    )
    .await?;
    let term = Term::Days(u32::try_from(days).map_err(kit::Error::internal)?);
    let need = Need {
        id: NeedId::new(&state.core.ids),
        trace_id: TraceId::new(&state.core.ids),
        community_id: community.id,
        division_code: community.division_code,
        grid_code,
        category: report.need.category,
        description,
        for_elders: report.need.for_elders,
        reported_by: reporter,
        channel: caller.channel.as_str().to_owned(),
        assisted_by: caller.assisted_by.clone(),
        refusal_reason: None,
        // Calendar days: no report waits for a notice of holidays.
        verify_by: Some(WorkCalendar::default().add(now, term)?),
        state: NeedState::Reported,
        version: 1,
        reported_at: now,
        updated_at: now,
    };
    store::need::insert(&mut tx, &need).await?;
    events::append(&mut tx, &reported(&need)).await?;
    audit::append(
        &mut tx,
        &audit::Entry::write(caller, "reportNeed", &resource(&need), now),
    )
    .await?;
    tx.answer(need).await
}

fn reported(need: &Need) -> events::NewEvent {
    events::NewEvent {
        subject: "communities.need.reported",
        aggregate: "need",
        aggregate_id: need.id.as_uuid(),
        trace_id: Some(need.trace_id.as_uuid()),
        at: need.reported_at,
        data: serde_json::json!({
            "need_id": need.id,
            "trace_id": need.trace_id,
            "community_id": need.community_id,
            "community_code": need.division_code,
            "resident_id": need.reported_by,
            "grid_code": need.grid_code,
            "category": need.category,
        }),
    }
}

/// Somebody of the community looked: it is so, or it is not taken up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verify {
    pub need_id: NeedId,
    pub accept: bool,
    pub note: Option<String>,
}

/// Verifies a need, or refuses it with a note.
pub async fn verify(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Verify,
) -> Result<Need> {
    caller.signed_in("verifyNeed")?;
    let refusal = if input.accept {
        None
    } else {
        Some(check_refusal(input.note.as_deref())?)
    };
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut need = store::need::lock(&mut tx, input.need_id)
        .await?
        .ok_or_else(unknown)?;
    state.core.authorize_seen(
        caller,
        ("verifyNeed", "readNeed"),
        &resource(&need),
        unknown,
    )?;
    if let Some(first) = tx.replay("verifyNeed", &key, &input, now).await? {
        return Ok(first);
    }
    match refusal {
        None => need.verify(now)?,
        Some(reason) => need.refuse(reason, now)?,
    }
    store::need::update(&mut tx, &mut need).await?;
    let entry = audit::Entry::write(caller, "verifyNeed", &resource(&need), now)
        .detail(serde_json::json!({ "accept": input.accept, "note": input.note }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(need).await
}

/// The needs of a list of ids that the caller may read; others are left out.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[NeedId],
) -> Result<HashMap<NeedId, Need>> {
    let mut needs = store::need::load_many(&mut *state.core.db.read().await?, ids).await?;
    needs.retain(|_, need| {
        state
            .core
            .authorize(caller, "readNeed", &resource(need))
            .is_ok()
    });
    Ok(needs)
}

/// The need as the caller may see it, now and after each change.
pub async fn watch(state: &State, caller: &Caller, id: NeedId) -> Result<Following<Need>> {
    let watch = state.core.watch("need", id.as_uuid()).await?;
    let (state, caller) = (state.clone(), caller.clone());
    Ok(follow(watch, move || {
        let (state, caller) = (state.clone(), caller.clone());
        async move {
            let mut found = load_many(&state, &caller, &[id]).await?;
            found.remove(&id).ok_or_else(unknown)
        }
    }))
}

/// A page of the needs that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &NeedFilter,
    page: &Page,
) -> Result<Paged<Need>> {
    let mut scope = caller.actor.scope(READERS);
    if caller.actor.is(Role::Resident) {
        scope = scope.or_own(&caller.actor);
    }
    let rows = store::need::list(&mut *state.core.db.read().await?, &scope, filter, page).await?;
    Ok(page.finish(rows))
}

/// The need is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "NEED_NOT_FOUND",
        zh: "没有这条需求,或您无权查看",
        en: "there is no such need, or it is not for you to see",
    )
    .into()
}
