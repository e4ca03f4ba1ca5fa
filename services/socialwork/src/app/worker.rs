//! Whether somebody may serve on a day, for services that assign work.

use chrono::NaiveDate;
use kernel::{
    china_date,
    keys::{OrganizationId, ResidentId, SocialWorkerId, VolunteerId},
    refuse,
};
use kit::auth::{Caller, Resource, Role};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{domain::worker::Unfit, error::Result, state::State, store};

/// Whom another service asks about.
#[derive(Clone, Copy, Debug)]
pub enum WorkerId {
    SocialWorker(SocialWorkerId),
    Volunteer(VolunteerId),
}

/// The answer.
#[derive(Clone, Copy, Debug)]
pub struct Worker {
    pub resident_id: ResidentId,
    pub organization_id: Option<OrganizationId>,
    pub fitness: Result<(), Unfit>,
}

/// One worker, and whether they may serve on a day; no day is today.
pub async fn get(
    state: &State,
    caller: &Caller,
    id: WorkerId,
    on: Option<NaiveDate>,
) -> Result<Worker> {
    let day = on.unwrap_or_else(|| china_date(state.core.clock.now()));
    if caller.actor.is_anonymous() {
        state
            .core
            .authorize(caller, "getWorker", &Resource::any("Volunteer"))?;
    }
    let mut conn = state.core.db.read().await?;
    match id {
        WorkerId::SocialWorker(id) => {
            let found = store::social_worker::load_many(&mut conn, &[id])
                .await?
                .remove(&id);
            let worker = found.ok_or_else(super::social_worker::unknown)?;
            may_ask(state, caller, &super::social_worker::resource(&worker))?;
            Ok(Worker {
                resident_id: worker.resident_id,
                organization_id: worker.employer,
                fitness: worker.fitness(day),
            })
        }
        WorkerId::Volunteer(id) => {
            let found = store::volunteer::load_many(&mut conn, &[id])
                .await?
                .remove(&id);
            let volunteer = found.ok_or_else(super::volunteer::unknown)?;
            let placed = placed(&mut conn, caller, id).await?;
            let of = super::volunteer::resource(&volunteer);
            may_ask(state, caller, &of.of_organization(placed))?;
            Ok(Worker {
                resident_id: volunteer.resident_id,
                organization_id: None,
                fitness: volunteer.fitness(day),
            })
        }
    }
}

/// The caller's organisation, where the volunteer serves with it.
async fn placed(conn: &mut PgConnection, caller: &Caller, id: VolunteerId) -> Result<Option<Uuid>> {
    let Some(own) = caller.actor.organization_id else {
        return Ok(None);
    };
    let stands = store::placement::stands(conn, id, OrganizationId::from_uuid(own)).await?;
    Ok(stands.then_some(own))
}

/// Refuses those who may not ask; a manager is told what has to come first.
fn may_ask(state: &State, caller: &Caller, of: &Resource) -> Result<()> {
    let decided = state.core.authorize(caller, "getWorker", of);
    if decided.is_err() && caller.actor.is(Role::OrgManager) {
        return Err(refuse!(
            Forbidden,
            "WORKER_NOT_PLACED",
            zh: "该服务人员不在您的组织:社会工作者须由您的组织派驻,志愿者须先加入您的组织",
            en: "this worker does not serve with your organisation: it employs the social worker, or the volunteer joins it first",
        )
        .into());
    }
    decided
}
