//! 志愿服务活动: published and recruited for by the lead of a team, cancelled;
//! what volunteers do in it has a file of its own, [`super::signup`].

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    IdempotencyKey, Page, Paged,
    keys::{ResidentId, TraceId},
    refuse,
};
use kit::{
    auth::{Caller, Resource},
    db::Tx,
};
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;

use super::act::{Act, Begun, Held};
use crate::{
    domain::{
        volunteer_team::{
            TeamActivity, TeamActivityFilter, TeamActivityId, TeamActivityState, VolunteerTeam,
            VolunteerTeamId, check_hours,
        },
        words::words,
    },
    error::Result,
    state::State,
    store,
};

impl Held for TeamActivity {
    type Id = TeamActivityId;
    const READ: &'static str = "readTeam";

    async fn lock(conn: &mut PgConnection, id: TeamActivityId) -> Result<Option<Self>> {
        store::team_activity::lock(conn, id).await
    }

    fn resource(&self) -> Resource {
        Resource::new("TeamActivity", self.id)
            .in_division(self.division_code)
            .owned_by(self.recipient_id.map(|id| id.as_uuid()))
            .with("lead", self.lead_id.to_string())
            .with("named", self.recipient_id.is_some())
    }

    fn unknown() -> kit::Error {
        refuse!(
            NotFound,
            "ACTIVITY_NOT_FOUND",
            zh: "没有这项志愿服务活动",
            en: "there is no such activity",
        )
        .into()
    }
}

/// What is published.
#[derive(Clone, Debug, Serialize)]
pub struct Publish {
    pub team_id: VolunteerTeamId,
    pub title: String,
    pub place: String,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub capacity: i32,
    pub risk: bool,
    pub recipient_id: Option<ResidentId>,
}

/// The lead of a team publishes an activity.
pub async fn publish(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Publish,
) -> Result<TeamActivity> {
    let act = Act::new(state, caller, "publishTeamActivity", &key);
    let title = words("input.title", &input.title, 100)?;
    let place = words("input.place", &input.place, 200)?;
    check_hours((input.starts_at, input.ends_at), input.capacity, act.now)?;
    let begun = act.begin::<VolunteerTeam, TeamActivity>(input.team_id, &input);
    let (mut tx, team) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, team) => (tx, team),
    };
    team.check_standing()?;
    let activity = TeamActivity {
        id: TeamActivityId::new(&state.core.ids),
        team_id: team.id,
        lead_id: team.lead_id,
        trace_id: TraceId::new(&state.core.ids),
        division_code: team.division_code,
        title,
        place,
        starts_at: input.starts_at,
        ends_at: input.ends_at,
        capacity: input.capacity,
        risk: input.risk,
        recipient_id: input.recipient_id,
        matched: 0,
        state: TeamActivityState::Published,
        reason: None,
        version: 1,
        updated_at: act.now,
    };
    store::team_activity::insert(&mut tx, &activity).await?;
    let detail = json!({ "team_id": team.id, "risk": activity.risk });
    act.finish(tx, &activity.resource(), detail, activity).await
}

/// From now on volunteers may sign up.
pub async fn recruit(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: TeamActivityId,
) -> Result<TeamActivity> {
    let act = Act::new(state, caller, "recruitForTeamActivity", &key);
    let begun = act.begin::<TeamActivity, TeamActivity>(id, &id);
    let (tx, mut activity) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, activity) => (tx, activity),
    };
    activity.recruit(act.now)?;
    moved(&act, tx, activity).await
}

/// Why an activity does not take place.
#[derive(Clone, Debug, Serialize)]
pub struct Cancel {
    pub activity_id: TeamActivityId,
    pub reason: String,
}

/// The lead cancels an activity in which nobody has checked in.
pub async fn cancel(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Cancel,
) -> Result<TeamActivity> {
    let act = Act::new(state, caller, "cancelTeamActivity", &key);
    let reason = words("input.reason", &input.reason, 500)?;
    let begun = act.begin::<TeamActivity, TeamActivity>(input.activity_id, &input);
    let (tx, mut activity) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, activity) => (tx, activity),
    };
    activity.cancel(reason, act.now)?;
    moved(&act, tx, activity).await
}

async fn moved(act: &Act<'_>, mut tx: Tx, mut activity: TeamActivity) -> Result<TeamActivity> {
    store::team_activity::update(&mut tx, &mut activity).await?;
    let data = json!({ "activity_id": activity.id, "team_id": activity.team_id,
        "division_code": activity.division_code, "state": activity.state,
        "starts_at": activity.starts_at });
    let id = activity.id.as_uuid();
    act.tell(
        &mut tx,
        "socialwork.team_activity.moved",
        "team_activity",
        id,
        data,
    )
    .await?;
    let detail = json!({ "state": activity.state });
    act.finish(tx, &activity.resource(), detail, activity).await
}

/// Many activities; everybody may know them.
pub async fn load_many(
    state: &State,
    ids: &[TeamActivityId],
) -> Result<HashMap<TeamActivityId, TeamActivity>> {
    store::team_activity::load_many(&mut *state.core.db.read().await?, ids).await
}

/// A page of activities.
pub async fn list(
    state: &State,
    filter: &TeamActivityFilter,
    page: &Page,
) -> Result<Paged<TeamActivity>> {
    let rows = store::team_activity::list(&mut *state.core.db.read().await?, filter, page).await?;
    Ok(page.finish(rows))
}
