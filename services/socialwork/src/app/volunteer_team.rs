//! 志愿者队伍: founded and led by a social worker, joined by volunteers.

use std::collections::HashMap;

use kernel::{
    DivisionCode, IdempotencyKey, Page, Paged,
    keys::{CommunityId, ResidentId},
    refuse,
};
use kit::auth::{Caller, Resource};
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;

use super::{
    act::{Act, Begun, Held},
    case::{check_serving, myself},
    volunteer,
};
use crate::{
    domain::{
        volunteer::Volunteer,
        volunteer_team::{VolunteerTeam, VolunteerTeamId},
        words::words,
    },
    error::Result,
    state::State,
    store,
};

impl Held for VolunteerTeam {
    type Id = VolunteerTeamId;
    const READ: &'static str = "readTeam";

    async fn lock(conn: &mut PgConnection, id: VolunteerTeamId) -> Result<Option<Self>> {
        store::volunteer_team::lock(conn, id).await
    }

    fn resource(&self) -> Resource {
        Resource::new("VolunteerTeam", self.id)
            .in_division(self.division_code)
            .with("lead", self.lead_id.to_string())
    }

    fn unknown() -> kit::Error {
        refuse!(
            NotFound,
            "TEAM_NOT_FOUND",
            zh: "没有这支志愿者队伍",
            en: "there is no such team",
        )
        .into()
    }
}

/// What is founded.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    pub community_id: CommunityId,
    pub name: String,
    pub aim: String,
}

/// A social worker founds a team in a community, and leads it.
pub async fn found(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Found,
) -> Result<VolunteerTeam> {
    let act = Act::new(state, caller, "foundVolunteerTeam", &key);
    let name = words("input.name", &input.name, 100)?;
    let aim = words("input.aim", &input.aim, 500)?;
    let before =
        state
            .core
            .answered_about(caller, act.action, &key, &input, VolunteerTeam::resource);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let division_code = super::division_of(state, caller, input.community_id).await?;
    let lead = caller.actor.social_worker_id.map(|id| id.to_string());
    let about = Resource::any("VolunteerTeam")
        .in_division(division_code)
        .with("lead", lead.unwrap_or_default());
    let (mut tx, ()) = match act.start(&about, &input).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, nothing) => (tx, nothing),
    };
    let me = check_serving(&mut tx, &act, myself(caller)?, "input.communityId").await?;
    let team = VolunteerTeam {
        id: VolunteerTeamId::new(&state.core.ids),
        community_id: input.community_id,
        division_code,
        lead_id: me.id,
        name,
        aim,
        members: 0,
        founded_at: act.now,
        disbanded_at: None,
    };
    store::volunteer_team::insert(&mut tx, &team)
        .await
        .map_err(|error| match error.reason() {
            "TEAM_EXISTS" => refuse!(
                AlreadyExists,
                "TEAM_EXISTS",
                field: "input.name",
                zh: "该社区已有同名队伍",
                en: "the community has a team of this name already",
            )
            .into(),
            _ => error,
        })?;
    act.finish(tx, &team.resource(), json!({}), team).await
}

/// The lead disbands a team; what it served stays on record.
pub async fn disband(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: VolunteerTeamId,
) -> Result<VolunteerTeam> {
    let act = Act::new(state, caller, "disbandVolunteerTeam", &key);
    let begun = act.begin::<VolunteerTeam, VolunteerTeam>(id, &id);
    let (mut tx, mut team) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, team) => (tx, team),
    };
    team.check_standing()?;
    team.disbanded_at = Some(act.now);
    store::volunteer_team::disband(&mut tx, &team).await?;
    act.finish(tx, &team.resource(), json!({}), team).await
}

/// The volunteer who calls, held.
pub(super) async fn me(conn: &mut PgConnection, act: &Act<'_>) -> Result<Volunteer> {
    act.caller.signed_in(act.action)?;
    let resident = act.caller.actor.resident_id.map(ResidentId::from_uuid);
    let found = match resident {
        Some(resident) => store::volunteer::find_by_resident(conn, resident).await?,
        None => None,
    };
    let volunteer = found.ok_or_else(|| {
        refuse!(
            Forbidden,
            "NOT_A_VOLUNTEER",
            zh: "请先登记为志愿者",
            en: "register as a volunteer first",
        )
    })?;
    let of = volunteer::resource(&volunteer);
    act.state.core.authorize(act.caller, act.action, &of)?;
    Ok(volunteer)
}

/// A volunteer joins a team.
pub async fn join(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: VolunteerTeamId,
) -> Result<VolunteerTeam> {
    let act = Act::new(state, caller, "joinVolunteerTeam", &key);
    come_or_go(&act, id, true).await
}

/// A volunteer leaves a team; no reason is asked for.
pub async fn leave(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: VolunteerTeamId,
) -> Result<VolunteerTeam> {
    let act = Act::new(state, caller, "leaveVolunteerTeam", &key);
    come_or_go(&act, id, false).await
}

async fn come_or_go(act: &Act<'_>, id: VolunteerTeamId, comes: bool) -> Result<VolunteerTeam> {
    act.caller.signed_in(act.action)?;
    let mut tx = act.state.core.db.begin(act.caller).await?;
    let volunteer = me(&mut tx, act).await?;
    if let Some(first) = tx.replay(act.action, act.key, &id, act.now).await? {
        return Ok(first);
    }
    let team = VolunteerTeam::lock(&mut tx, id)
        .await?
        .ok_or_else(VolunteerTeam::unknown)?;
    let done = if comes {
        team.check_standing()?;
        crate::domain::placement::check_joining(&volunteer, act.today())
            .map_err(|refusal| refusal.with_field("input.teamId"))?;
        store::volunteer_team::join(&mut tx, id, volunteer.id, act.now).await
    } else {
        store::volunteer_team::leave(&mut tx, id, volunteer.id, act.now).await
    };
    done.map_err(|error| match (error.reason(), comes) {
        ("VERSION_CONFLICT", true) => refuse!(
            AlreadyExists,
            "TEAM_MEMBER_EXISTS",
            zh: "您已在该队伍中",
            en: "you are in this team already",
        )
        .into(),
        ("VERSION_CONFLICT", false) => refuse!(
            Refused,
            "TEAM_MEMBER_NOT_FOUND",
            zh: "您不在该队伍中",
            en: "you are not in this team",
        )
        .into(),
        _ => error,
    })?;
    let team = VolunteerTeam::lock(&mut tx, id)
        .await?
        .ok_or_else(VolunteerTeam::unknown)?;
    let of = volunteer::resource(&volunteer);
    let detail = json!({ "team_id": team.id });
    act.finish(tx, &of, detail, team).await
}

/// Many teams; everybody may know them.
pub async fn load_many(
    state: &State,
    ids: &[VolunteerTeamId],
) -> Result<HashMap<VolunteerTeamId, VolunteerTeam>> {
    store::volunteer_team::load_many(&mut *state.core.db.read().await?, ids).await
}

/// A page of teams.
pub async fn list(
    state: &State,
    within: (Option<&DivisionCode>, Option<CommunityId>),
    page: &Page,
) -> Result<Paged<VolunteerTeam>> {
    let rows = store::volunteer_team::list(&mut *state.core.db.read().await?, within, page).await?;
    Ok(page.finish(rows))
}
