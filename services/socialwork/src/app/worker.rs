//! Whether somebody may serve on a day, for services that assign work.

use chrono::NaiveDate;
use kernel::{
    china_date,
    keys::{OrganizationId, ResidentId, SocialWorkerId, VolunteerId},
};
use kit::auth::{Caller, Resource};

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
            state.core.authorize(
                caller,
                "getWorker",
                &super::social_worker::resource(&worker),
            )?;
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
            state
                .core
                .authorize(caller, "getWorker", &super::volunteer::resource(&volunteer))?;
            Ok(Worker {
                resident_id: volunteer.resident_id,
                organization_id: None,
                fitness: volunteer.fitness(day),
            })
        }
    }
}
