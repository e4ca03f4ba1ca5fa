//! Use cases: authorisation, and the only begin and commit.
mod act;
pub mod agency;
pub mod association;
pub mod case;
pub mod certificate;
pub mod course;
pub mod exam;
pub mod linkage;
pub mod placement;
pub mod post;
mod sealed;
pub mod service_record;
pub mod signup;
pub mod social_worker;
pub mod studio;
pub mod supervision;
pub mod supervision_session;
pub mod team_activity;
pub mod training;
pub mod undertaking;
pub mod visit;
pub mod volunteer;
pub mod volunteer_record;
pub mod volunteer_team;
pub mod worker;

use kernel::{
    DivisionCode,
    keys::{CommunityId, ResidentId},
};
use kit::auth::{Caller, Resource, Role};

use crate::{clients::residents::ResidentRef, error::Result, state::State};

/// Who may read volunteers and their records in a division they work for.
const VOLUNTEER_READERS: &[Role] = &[
    Role::GridWorker,
    Role::CommunityStaff,
    Role::CivilAffairs,
    Role::SocialWorker,
    Role::Auditor,
    Role::PlatformAdmin,
];

/// A person of a division, to the policies.
fn person(id: ResidentId, division: DivisionCode) -> Resource {
    Resource::new("Person", id)
        .in_division(division)
        .owned_by(id.as_uuid())
}

/// Somebody who is to be written about: known to smart-community data, alive,
/// and of a division in which the caller may do this. Nobody in particular is
/// refused before anything is asked about anybody.
async fn living(
    state: &State,
    caller: &Caller,
    action: &str,
    id: ResidentId,
) -> Result<ResidentRef> {
    if caller.actor.is_anonymous() {
        state
            .core
            .authorize(caller, action, &Resource::any("Person"))?;
    }
    let resident = state.residents.living(caller, id).await?;
    state
        .core
        .authorize(caller, action, &person(id, resident.community_code))?;
    Ok(resident)
}

/// The division of a community that is in being, named at its field.
async fn division_of(
    state: &State,
    caller: &Caller,
    community: CommunityId,
) -> Result<DivisionCode> {
    let found = state.communities.division(caller, community).await;
    found.map_err(|error| error.at("input.communityId"))
}
