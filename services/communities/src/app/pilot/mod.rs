//! 试点: what it shows, and reading; `work` moves it.

mod work;

use std::collections::HashMap;

use kernel::{DivisionCode, Page, Paged, china_date, keys::CommunityId};
use kit::{
    auth::{Caller, Resource, Role},
    parameters,
    record::Wanted,
};
use serde::Serialize;
use serde_json::json;

pub use work::{
    Approve, Assess, Noted, Recommend, approve, assess, build, demonstrate, exit, operate,
    recommend, return_, review, suspend,
};

use super::ask::{self, Ask, Subject as _, first, subject};
use crate::{
    domain::{
        pilot::{
            EvidenceStatus, GateItem, Guarantee, Light, Pilot, PilotEvidence, PilotGuarantee,
            PilotId, PilotState, Quota, attestor_of, is_urban,
        },
        words::check_words,
    },
    error::Result,
    state::State,
    store,
};

subject!(
    Pilot,
    "Pilot",
    "PILOT_NOT_FOUND",
    "没有这个试点",
    "there is no such pilot"
);

/// Which community wants to be a pilot, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Draft {
    pub community_id: CommunityId,
    pub reason: String,
}

/// Drafts an application.
pub async fn draft(ask: &Ask<'_>, input: Draft) -> Result<Pilot> {
    let community = super::community::get(ask.state, input.community_id).await?;
    let place = Resource::any("Pilot").in_division(community.division_code);
    let mut open = first!(ask.open("draftPilot", &input, &place).await?);
    let pilot = Pilot {
        id: open.id(),
        community_id: community.id,
        division_code: community.division_code,
        reason: check_words("input.reason", &input.reason, 2000)?,
        drafted_by: open.actor(),
        created_at: open.now,
        state: PilotState::Drafted,
        county_document: None,
        recommended_by: None,
        batch: None,
        approval_document: None,
        approved_by: None,
        approved_at: None,
        note: None,
        updated_at: open.now,
        version: 1,
    };
    open.insert(&pilot).await.map_err(|error| {
        ask::said(
            error,
            "PILOT_OF_COMMUNITY",
            "input.communityId",
            "该社区已有试点",
            "the community is a pilot already",
        )
    })?;
    open.finish(pilot).await
}

/// What is shown for a criterion.
#[derive(Clone, Debug, Serialize)]
pub struct Attest {
    pub pilot_id: PilotId,
    pub criterion: String,
    pub status: EvidenceStatus,
    pub evidence: String,
    pub document: Option<String>,
}

/// Shows that a criterion is met, or is not; the level of who says so is kept.
pub async fn attest(ask: &Ask<'_>, input: Attest) -> Result<PilotEvidence> {
    let start = ask.lock::<Pilot, _>("attestPilot", input.pilot_id, &input);
    let (mut open, pilot) = first!(start.await?);
    let actor = &ask.caller.actor;
    let home = actor.division.unwrap_or(pilot.division_code);
    let evidence = PilotEvidence {
        id: open.id(),
        pilot_id: pilot.id,
        criterion: check_words("input.criterion", &input.criterion, 40)?,
        status: input.status,
        evidence: check_words("input.evidence", &input.evidence, 1000)?,
        document: document("input.document", input.document.as_deref())?,
        attestor: attestor_of(&home, actor.is(Role::CivilAffairs)),
        attested_by: open.actor(),
        attested_at: open.now,
    };
    open.insert(&evidence).await?;
    let detail = json!({ "criterion": evidence.criterion, "status": evidence.status });
    open.done(&pilot.resource(), detail, evidence).await
}

fn document(field: &str, text: Option<&str>) -> Result<Option<String>> {
    Ok(text.map(|text| check_words(field, text, 200)).transpose()?)
}

/// How one of the five guarantees stands.
#[derive(Clone, Debug, Serialize)]
pub struct StateGuarantee {
    pub pilot_id: PilotId,
    pub guarantee: Guarantee,
    pub status: Light,
    pub grounds: String,
    pub document: Option<String>,
}

/// Says how one of the five guarantees stands.
pub async fn state_guarantee(ask: &Ask<'_>, input: StateGuarantee) -> Result<PilotGuarantee> {
    let start = ask.lock::<Pilot, _>("attestPilot", input.pilot_id, &input);
    let (mut open, pilot) = first!(start.await?);
    let stated = PilotGuarantee {
        id: open.id(),
        pilot_id: pilot.id,
        guarantee: input.guarantee,
        status: input.status,
        grounds: check_words("input.grounds", &input.grounds, 1000)?,
        document: document("input.document", input.document.as_deref())?,
        stated_by: open.actor(),
        stated_at: open.now,
    };
    open.insert(&stated).await?;
    let detail = json!({ "guarantee": stated.guarantee, "status": stated.status });
    open.done(&pilot.resource(), detail, stated).await
}

/// Which pilots.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    pub community_id: Option<CommunityId>,
    pub state: Option<PilotState>,
    pub batch: Option<i32>,
}

/// A page of pilots; they are public.
pub async fn list(state: &State, _: &Caller, filter: Filter, page: &Page) -> Result<Paged<Pilot>> {
    let wanted = Wanted::all()
        .within(filter.division_code)
        .is("community_id", filter.community_id)
        .is("state", filter.state)
        .is("batch", filter.batch);
    ask::list(state, wanted, page).await
}

/// The criteria in force, with what each last showed for them.
pub async fn gates(state: &State, pilots: &[PilotId]) -> Result<HashMap<PilotId, Vec<GateItem>>> {
    let today = china_date(state.core.clock.now());
    store::pilot::gates(&mut *state.core.db.read().await?, pilots, today).await
}

/// How each of the five guarantees stands now, where it was said; `said` is
/// oldest first.
pub fn newest(said: &[PilotGuarantee]) -> Vec<PilotGuarantee> {
    let newest = |&one: &Guarantee| said.iter().rev().find(|it| it.guarantee == one).cloned();
    Guarantee::ALL.iter().filter_map(newest).collect()
}

/// How many pilots each district or county has approved in a year, and should have.
pub async fn quotas(state: &State, within: &DivisionCode, year: i32) -> Result<Vec<Quota>> {
    let today = china_date(state.core.clock.now());
    let mut conn = state.core.db.read().await?;
    let counted = store::pilot::approved_in(&mut conn, within, year).await?;
    let mut quotas = Vec::with_capacity(counted.len());
    for (division_code, approved) in counted {
        let urban = is_urban(&division_code);
        let key = if urban {
            "com.pilot.min_per_urban_district"
        } else {
            "com.pilot.min_per_county"
        };
        let least = parameters::number(&mut conn, key, Some(&division_code), today).await?;
        quotas.push(Quota {
            division_code,
            urban,
            approved,
            least,
        });
    }
    Ok(quotas)
}
