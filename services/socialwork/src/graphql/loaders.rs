//! One statement for all entities of a request.

use std::collections::HashMap;

use async_graphql::dataloader::{DataLoader, Loader, NoCache};
use kernel::{
    Minutes,
    keys::{SocialWorkerId, VolunteerId},
};
use kit::{Error, auth::Caller};

use crate::{
    app,
    domain::{
        agency::{Agency, AgencyCheck, AgencyId, Dispatch},
        case::{Case, CaseId},
        placement::Placement,
        post::{Post, PostHolding, PostId},
        social_worker::SocialWorker,
        studio::{Studio, StudioId},
        supervision::{Supervision, SupervisionAlarm, SupervisionId, SupervisionSession},
        undertaking::{Measure, Undertaking, UndertakingId, UndertakingSession},
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

/// What belongs to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PartsOf(pub CaseId);

impl Loader<CaseId> for Scoped {
    type Value = Case;
    type Error = Error;

    async fn load(&self, ids: &[CaseId]) -> Result<HashMap<CaseId, Case>, Self::Error> {
        app::case::load_many(&self.state, &self.caller, ids).await
    }
}

impl Loader<PartsOf> for Scoped {
    type Value = app::case::Parts;
    type Error = Error;

    async fn load(
        &self,
        keys: &[PartsOf],
    ) -> Result<HashMap<PartsOf, app::case::Parts>, Self::Error> {
        let ids: Vec<CaseId> = keys.iter().map(|key| key.0).collect();
        let found = app::case::load_parts(&self.state, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, parts)| (PartsOf(id), parts))
            .collect())
    }
}

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

/// The posts of a studio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PostsOf(pub StudioId);

/// Who held a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HoldingsOf(pub PostId);

impl Loader<StudioId> for Scoped {
    type Value = Studio;
    type Error = Error;

    async fn load(&self, ids: &[StudioId]) -> Result<HashMap<StudioId, Studio>, Self::Error> {
        app::studio::load_many(&self.state, ids).await
    }
}

impl Loader<PostsOf> for Scoped {
    type Value = Vec<Post>;
    type Error = Error;

    async fn load(&self, keys: &[PostsOf]) -> Result<HashMap<PostsOf, Vec<Post>>, Self::Error> {
        let ids: Vec<StudioId> = keys.iter().map(|key| key.0).collect();
        let found = app::post::load_many_of(&self.state, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, posts)| (PostsOf(id), posts))
            .collect())
    }
}

impl Loader<HoldingsOf> for Scoped {
    type Value = Vec<PostHolding>;
    type Error = Error;

    async fn load(
        &self,
        keys: &[HoldingsOf],
    ) -> Result<HashMap<HoldingsOf, Vec<PostHolding>>, Self::Error> {
        let ids: Vec<PostId> = keys.iter().map(|key| key.0).collect();
        let found = app::post::load_holdings(&self.state, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, holdings)| (HoldingsOf(id), holdings))
            .collect())
    }
}

/// The sessions of a supervision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionsOf(pub SupervisionId);

/// The alarms of a supervision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AlarmsOf(pub SupervisionId);

impl Loader<SupervisionId> for Scoped {
    type Value = Supervision;
    type Error = Error;

    async fn load(
        &self,
        ids: &[SupervisionId],
    ) -> Result<HashMap<SupervisionId, Supervision>, Self::Error> {
        app::supervision::load_many(&self.state, &self.caller, ids).await
    }
}

impl Loader<SessionsOf> for Scoped {
    type Value = Vec<SupervisionSession>;
    type Error = Error;

    async fn load(
        &self,
        keys: &[SessionsOf],
    ) -> Result<HashMap<SessionsOf, Vec<SupervisionSession>>, Self::Error> {
        let ids: Vec<SupervisionId> = keys.iter().map(|key| key.0).collect();
        let found = app::supervision_session::load_many_of(&self.state, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, sessions)| (SessionsOf(id), sessions))
            .collect())
    }
}

impl Loader<AlarmsOf> for Scoped {
    type Value = Vec<SupervisionAlarm>;
    type Error = Error;

    async fn load(
        &self,
        keys: &[AlarmsOf],
    ) -> Result<HashMap<AlarmsOf, Vec<SupervisionAlarm>>, Self::Error> {
        let ids: Vec<SupervisionId> = keys.iter().map(|key| key.0).collect();
        let found = app::supervision::load_alarms(&self.state, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, alarms)| (AlarmsOf(id), alarms))
            .collect())
    }
}

/// What checks found of an agency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChecksOf(pub AgencyId);

/// Whom an agency has sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DispatchesOf(pub AgencyId);

impl Loader<AgencyId> for Scoped {
    type Value = Agency;
    type Error = Error;

    async fn load(&self, ids: &[AgencyId]) -> Result<HashMap<AgencyId, Agency>, Self::Error> {
        app::agency::load_many(&self.state, ids).await
    }
}

impl Loader<ChecksOf> for Scoped {
    type Value = Vec<AgencyCheck>;
    type Error = Error;

    async fn load(
        &self,
        keys: &[ChecksOf],
    ) -> Result<HashMap<ChecksOf, Vec<AgencyCheck>>, Self::Error> {
        let ids: Vec<AgencyId> = keys.iter().map(|key| key.0).collect();
        let found = app::agency::load_checks(&self.state, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, checks)| (ChecksOf(id), checks))
            .collect())
    }
}

impl Loader<DispatchesOf> for Scoped {
    type Value = Vec<Dispatch>;
    type Error = Error;

    async fn load(
        &self,
        keys: &[DispatchesOf],
    ) -> Result<HashMap<DispatchesOf, Vec<Dispatch>>, Self::Error> {
        let ids: Vec<AgencyId> = keys.iter().map(|key| key.0).collect();
        let found = app::agency::load_dispatches(&self.state, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, sent)| (DispatchesOf(id), sent))
            .collect())
    }
}

/// The measures of an undertaking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MeasuresOf(pub UndertakingId);

/// The sessions of an undertaking that were held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HeldOf(pub UndertakingId);

impl Loader<UndertakingId> for Scoped {
    type Value = Undertaking;
    type Error = Error;

    async fn load(
        &self,
        ids: &[UndertakingId],
    ) -> Result<HashMap<UndertakingId, Undertaking>, Self::Error> {
        app::undertaking::load_many(&self.state, ids).await
    }
}

impl Loader<MeasuresOf> for Scoped {
    type Value = Vec<Measure>;
    type Error = Error;

    async fn load(
        &self,
        keys: &[MeasuresOf],
    ) -> Result<HashMap<MeasuresOf, Vec<Measure>>, Self::Error> {
        let ids: Vec<UndertakingId> = keys.iter().map(|key| key.0).collect();
        let found = app::undertaking::load_measures(&self.state, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, measures)| (MeasuresOf(id), measures))
            .collect())
    }
}

impl Loader<HeldOf> for Scoped {
    type Value = Vec<UndertakingSession>;
    type Error = Error;

    async fn load(
        &self,
        keys: &[HeldOf],
    ) -> Result<HashMap<HeldOf, Vec<UndertakingSession>>, Self::Error> {
        let ids: Vec<UndertakingId> = keys.iter().map(|key| key.0).collect();
        let found = app::undertaking::load_sessions(&self.state, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, sessions)| (HeldOf(id), sessions))
            .collect())
    }
}
