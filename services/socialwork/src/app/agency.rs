//! 社工服务机构: applies, is checked, sends people, is stopped.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{
    DivisionCode, IdempotencyKey, Kind, Page, Paged,
    keys::{CommunityId, OrganizationId, SocialWorkerId},
    refuse,
};
use kit::{
    auth::{Caller, Resource},
    db::Tx,
    parameters,
};
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;

use super::act::{Act, Begun, Held};
use crate::{
    domain::{
        agency::{
            Agency, AgencyCheck, AgencyCheckId, AgencyFilter, AgencyId, AgencyLine, AgencyState,
            Dispatch, DispatchId, check_lines,
        },
        post::check_days,
        words::words,
    },
    error::Result,
    state::State,
    store,
};

impl Held for Agency {
    type Id = AgencyId;
    const READ: &'static str = "readAgency";

    async fn lock(conn: &mut PgConnection, id: AgencyId) -> Result<Option<Self>> {
        store::agency::lock(conn, id).await
    }

    fn resource(&self) -> Resource {
        Resource::new("Agency", self.id)
            .in_division(self.division_code)
            .of_organization(self.organization_id.as_uuid())
    }

    fn unknown() -> kit::Error {
        refuse!(NotFound, "AGENCY_NOT_FOUND", zh: "没有这个社工机构", en: "there is no such agency")
            .into()
    }
}

/// Who applies, where, and for what.
#[derive(Clone, Debug, Serialize)]
pub struct Apply {
    pub organization_id: OrganizationId,
    pub division_code: DivisionCode,
    pub lines: Vec<AgencyLine>,
    pub introduction: String,
}

/// An organisation applies to serve the elderly of a division.
pub async fn apply(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Apply,
) -> Result<Agency> {
    let act = Act::new(state, caller, "applyAgency", &key);
    let lines = check_lines(input.lines.clone())?;
    let introduction = words("input.introduction", &input.introduction, 1000)?;
    let about = Resource::any("Agency")
        .in_division(input.division_code)
        .of_organization(input.organization_id.as_uuid());
    state.core.authorize(caller, act.action, &about)?;
    if let Some(first) = state
        .core
        .answered(caller, act.action, &key, &input)
        .await?
    {
        return Ok(first);
    }
    state
        .organizations
        .check_registered(caller, input.organization_id)
        .await
        .map_err(|error| error.at("input.organizationId"))?;
    let (mut tx, ()) = match act.start(&about, &input).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, nothing) => (tx, nothing),
    };
    if store::agency::stands(&mut tx, input.organization_id, &input.division_code).await? {
        return Err(refuse!(
            AlreadyExists,
            "AGENCY_EXISTS",
            field: "input.organizationId",
            zh: "该组织在此区划已有社工机构登记",
            en: "this organisation has a standing in the division already",
        )
        .into());
    }
    let agency = Agency {
        id: AgencyId::new(&state.core.ids),
        organization_id: input.organization_id,
        division_code: input.division_code,
        lines,
        introduction,
        state: AgencyState::Applied,
        reason: None,
        valid_to: None,
        version: 1,
        applied_at: act.now,
        updated_at: act.now,
    };
    store::agency::insert(&mut tx, &agency).await?;
    let detail = json!({ "lines": agency.lines });
    act.finish(tx, &agency.resource(), detail, agency).await
}

/// Which agency is checked, and what the papers showed.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    pub agency_id: AgencyId,
    pub note: String,
}

/// Checks an agency by the rule: registered today, with enough social workers.
/// Nobody says that it passed; what was found says it.
pub async fn check(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Check,
) -> Result<Agency> {
    let act = Act::new(state, caller, "checkAgency", &key);
    let note = words("input.note", &input.note, 500)?;
    caller.signed_in(act.action)?;
    let seen = store::agency::load_many(&mut *state.core.db.read().await?, &[input.agency_id])
        .await?
        .remove(&input.agency_id)
        .ok_or_else(Agency::unknown)?;
    act.permitted(&seen)?;
    if let Some(first) = state
        .core
        .answered(caller, act.action, &key, &input)
        .await?
    {
        return Ok(first);
    }
    let standing = state
        .organizations
        .check_registered(caller, seen.organization_id)
        .await;
    let registered = match standing {
        Ok(()) => true,
        Err(error) if error.kind() == Kind::Refused => false,
        Err(error) => return Err(error),
    };
    let begun = act.begin::<Agency, Agency>(input.agency_id, &input);
    let (mut tx, mut agency) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, agency) => (tx, agency),
    };
    let of = Some(&agency.division_code);
    let today = act.today();
    let needed = parameters::number(&mut tx, "sw.agency.least_workers", of, today).await?;
    let months = parameters::number(&mut tx, "sw.agency.valid_months", of, today).await?;
    let found = AgencyCheck {
        id: AgencyCheckId::new(&state.core.ids),
        registered,
        workers: store::agency::count_workers(&mut tx, agency.organization_id).await?,
        workers_needed: i32::try_from(needed).map_err(kit::Error::internal)?,
        passed: false,
        note,
        valid: None,
        checked_at: act.now,
    }
    .judged(today, months)?;
    agency.checked(&found, act.now)?;
    store::agency::insert_check(&mut tx, agency.id, &found, act.by()).await?;
    let detail = json!({ "check_id": found.id, "passed": found.passed });
    moved(&act, tx, agency, detail).await
}

/// Why an agency is stopped.
#[derive(Clone, Debug, Serialize)]
pub struct Stop {
    pub agency_id: AgencyId,
    pub reason: String,
}

/// An agency is suspended until a check finds it qualified again.
pub async fn suspend(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Stop,
) -> Result<Agency> {
    let act = Act::new(state, caller, "suspendAgency", &key);
    stop(&act, input, AgencyState::Suspended).await
}

/// An agency's standing ends: by civil affairs, or by its own wish.
pub async fn end(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Stop,
) -> Result<Agency> {
    let act = Act::new(state, caller, "endAgency", &key);
    stop(&act, input, AgencyState::Ended).await
}

async fn stop(act: &Act<'_>, input: Stop, next: AgencyState) -> Result<Agency> {
    let reason = words("input.reason", &input.reason, 500)?;
    let begun = act.begin::<Agency, Agency>(input.agency_id, &input);
    let (tx, mut agency) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, agency) => (tx, agency),
    };
    agency.stop(next, reason, act.now)?;
    let detail = json!({ "reason": agency.reason });
    moved(act, tx, agency, detail).await
}

async fn moved(
    act: &Act<'_>,
    mut tx: Tx,
    mut agency: Agency,
    detail: serde_json::Value,
) -> Result<Agency> {
    store::agency::update(&mut tx, &mut agency).await?;
    let data = json!({ "agency_id": agency.id, "organization_id": agency.organization_id,
        "division_code": agency.division_code, "lines": agency.lines, "state": agency.state,
        "valid_to": agency.valid_to });
    let id = agency.id.as_uuid();
    act.tell(&mut tx, "socialwork.agency.moved", "agency", id, data)
        .await?;
    act.finish(tx, &agency.resource(), detail, agency).await
}

/// Whom an agency sends, where, and for what.
#[derive(Clone, Debug, Serialize)]
pub struct Sending {
    pub agency_id: AgencyId,
    pub social_worker_id: SocialWorkerId,
    pub community_id: CommunityId,
    pub lines: Vec<AgencyLine>,
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
}

/// A qualified agency sends one of its own to a community.
pub async fn dispatch(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Sending,
) -> Result<Dispatch> {
    let act = Act::new(state, caller, "dispatchSocialWorker", &key);
    let lines = check_lines(input.lines.clone())?;
    check_days(input.from, input.to)?;
    caller.signed_in(act.action)?;
    let seen = store::agency::load_many(&mut *state.core.db.read().await?, &[input.agency_id])
        .await?
        .remove(&input.agency_id)
        .ok_or_else(Agency::unknown)?;
    act.permitted(&seen)?;
    if let Some(first) = state
        .core
        .answered(caller, act.action, &key, &input)
        .await?
    {
        return Ok(first);
    }
    let community = super::division_of(state, caller, input.community_id).await?;
    if !seen.division_code.contains(&community) {
        return Err(refuse!(
            Refused,
            "DISPATCH_OTHER_DIVISION",
            field: "input.communityId",
            zh: "该社区不在机构登记的区划内",
            en: "the community is outside the division of the agency's standing",
        )
        .into());
    }
    let begun = act.begin::<Agency, Dispatch>(input.agency_id, &input);
    let (mut tx, agency) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, agency) => (tx, agency),
    };
    agency.check_sending(&lines, input.from)?;
    let who = input.social_worker_id;
    let field = "input.socialWorkerId";
    let worker = super::case::check_serving(&mut tx, &act, who, field).await?;
    if worker.employer != Some(agency.organization_id) {
        return Err(refuse!(
            Refused,
            "DISPATCH_OTHER_EMPLOYER",
            field: "input.socialWorkerId",
            zh: "只能派驻本机构聘用的社会工作者",
            en: "an agency sends social workers it employs",
        )
        .into());
    }
    let sent = Dispatch {
        id: DispatchId::new(&state.core.ids),
        agency_id: agency.id,
        social_worker_id: who,
        community_id: input.community_id,
        lines,
        from: input.from,
        to: input.to,
    };
    store::agency::insert_dispatch(&mut tx, &sent, (act.by(), act.now))
        .await
        .map_err(|error| {
            if error.reason() == "DISPATCH_OVERLAP" {
                return error.at("input.from");
            }
            error
        })?;
    let detail = json!({ "dispatch_id": sent.id, "social_worker_id": who,
        "community_id": sent.community_id });
    act.finish(tx, &agency.resource(), detail, sent).await
}

/// Which dispatch ends, and when.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct EndDispatch {
    pub dispatch_id: DispatchId,
    pub on: NaiveDate,
}

/// Ends a dispatch.
pub async fn end_dispatch(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: EndDispatch,
) -> Result<Dispatch> {
    let act = Act::new(state, caller, "endAgencyDispatch", &key);
    caller.signed_in(act.action)?;
    let mut tx = state.core.db.begin(caller).await?;
    let mut sent = store::agency::lock_dispatch(&mut tx, input.dispatch_id)
        .await?
        .ok_or_else(Agency::unknown)?;
    let agency = store::agency::lock(&mut tx, sent.agency_id)
        .await?
        .ok_or_else(Agency::unknown)?;
    act.permitted(&agency)?;
    if let Some(first) = tx.replay(act.action, &key, &input, act.now).await? {
        return Ok(first);
    }
    sent.end(input.on)?;
    store::agency::end_dispatch(&mut tx, &sent).await?;
    let detail = json!({ "dispatch_id": sent.id, "on": input.on });
    act.finish(tx, &agency.resource(), detail, sent).await
}

/// Many agencies; everybody may know them.
pub async fn load_many(state: &State, ids: &[AgencyId]) -> Result<HashMap<AgencyId, Agency>> {
    store::agency::load_many(&mut *state.core.db.read().await?, ids).await
}

/// A page of agencies.
pub async fn list(state: &State, filter: &AgencyFilter, page: &Page) -> Result<Paged<Agency>> {
    let rows = store::agency::list(&mut *state.core.db.read().await?, filter, page).await?;
    Ok(page.finish(rows))
}

/// What checks found of agencies.
pub async fn load_checks(
    state: &State,
    ids: &[AgencyId],
) -> Result<HashMap<AgencyId, Vec<AgencyCheck>>> {
    store::agency::load_checks(&mut *state.core.db.read().await?, ids).await
}

/// Whom agencies have sent.
pub async fn load_dispatches(
    state: &State,
    ids: &[AgencyId],
) -> Result<HashMap<AgencyId, Vec<Dispatch>>> {
    store::agency::load_dispatches(&mut *state.core.db.read().await?, ids).await
}
