//! One statement for all entities of a request.

mod casework;

use std::collections::HashMap;

use async_graphql::dataloader::{DataLoader, Loader, NoCache};
use kernel::{
    Minutes,
    keys::{SocialWorkerId, VolunteerId},
};
use kit::{Error, auth::Caller};

pub use casework::{
    AlarmsOf, ChecksOf, DispatchesOf, HeldOf, HoldingsOf, MeasuresOf, PartsOf, PostsOf, SessionsOf,
};

use crate::{
    app,
    domain::{
        placement::Placement,
        social_worker::SocialWorker,
        volunteer::{Volunteer, VolunteerTraining},
        volunteer_record::{VolunteerRecord, VolunteerRecordId},
    },
    state::State,
};

/// Loads for one caller.
pub struct Scoped {
    pub state: State,
    pub caller: Caller,
}

/// The loader of a request.
pub type Loaders = DataLoader<Scoped, NoCache>;

/// The trainings of a volunteer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TrainingsOf(pub VolunteerId);

/// The organisations a volunteer serves with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PlacementsOf(pub VolunteerId);

/// The minutes a volunteer has served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MinutesOf(pub VolunteerId);

impl Loader<SocialWorkerId> for Scoped {
    type Value = SocialWorker;
    type Error = Error;

    async fn load(
        &self,
        ids: &[SocialWorkerId],
    ) -> Result<HashMap<SocialWorkerId, SocialWorker>, Self::Error> {
        app::social_worker::load_many(&self.state, &self.caller, ids).await
    }
}

impl Loader<VolunteerId> for Scoped {
    type Value = Volunteer;
    type Error = Error;

    async fn load(
        &self,
        ids: &[VolunteerId],
    ) -> Result<HashMap<VolunteerId, Volunteer>, Self::Error> {
        app::volunteer::load_many(&self.state, &self.caller, ids).await
    }
}

impl Loader<VolunteerRecordId> for Scoped {
    type Value = VolunteerRecord;
    type Error = Error;

    async fn load(
        &self,
        ids: &[VolunteerRecordId],
    ) -> Result<HashMap<VolunteerRecordId, VolunteerRecord>, Self::Error> {
        app::volunteer_record::load_many(&self.state, &self.caller, ids).await
    }
}

impl Loader<PlacementsOf> for Scoped {
    type Value = Vec<Placement>;
    type Error = Error;

    async fn load(
        &self,
        keys: &[PlacementsOf],
    ) -> Result<HashMap<PlacementsOf, Vec<Placement>>, Self::Error> {
        let ids: Vec<VolunteerId> = keys.iter().map(|key| key.0).collect();
        let found = app::placement::load_many_of(&self.state, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, placements)| (PlacementsOf(id), placements))
            .collect())
    }
}

impl Loader<TrainingsOf> for Scoped {
    type Value = Vec<VolunteerTraining>;
    type Error = Error;

    async fn load(
        &self,
        keys: &[TrainingsOf],
    ) -> Result<HashMap<TrainingsOf, Vec<VolunteerTraining>>, Self::Error> {
        let ids: Vec<VolunteerId> = keys.iter().map(|key| key.0).collect();
        let found = app::volunteer::load_trainings(&self.state, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, trainings)| (TrainingsOf(id), trainings))
            .collect())
    }
}

impl Loader<MinutesOf> for Scoped {
    type Value = Minutes;
    type Error = Error;

    async fn load(&self, keys: &[MinutesOf]) -> Result<HashMap<MinutesOf, Minutes>, Self::Error> {
        let ids: Vec<VolunteerId> = keys.iter().map(|key| key.0).collect();
        let found = app::volunteer::load_totals(&self.state, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, minutes)| (MinutesOf(id), minutes))
            .collect())
    }
}
