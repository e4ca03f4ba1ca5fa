//! Loaders of what social workers do together: cases, studios, supervision,
//! agencies, undertakings, courses, associations, teams.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use kit::Error;

use super::Scoped;
use crate::{
    app,
    domain::{
        agency::{Agency, AgencyCheck, AgencyId, Dispatch},
        association::{Association, AssociationId},
        case::{Case, CaseId},
        course::{Course, CourseId},
        post::{Post, PostHolding, PostId},
        studio::{Studio, StudioId},
        supervision::{Supervision, SupervisionAlarm, SupervisionId, SupervisionSession},
        undertaking::{Measure, Undertaking, UndertakingId, UndertakingSession},
        volunteer_team::{TeamActivity, TeamActivityId, VolunteerTeam, VolunteerTeamId},
    },
};

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

impl Loader<CourseId> for Scoped {
    type Value = Course;
    type Error = Error;

    async fn load(&self, ids: &[CourseId]) -> Result<HashMap<CourseId, Course>, Self::Error> {
        app::course::load_many(&self.state, ids).await
    }
}

impl Loader<AssociationId> for Scoped {
    type Value = Association;
    type Error = Error;

    async fn load(
        &self,
        ids: &[AssociationId],
    ) -> Result<HashMap<AssociationId, Association>, Self::Error> {
        app::association::load_many(&self.state, ids).await
    }
}

impl Loader<VolunteerTeamId> for Scoped {
    type Value = VolunteerTeam;
    type Error = Error;

    async fn load(
        &self,
        ids: &[VolunteerTeamId],
    ) -> Result<HashMap<VolunteerTeamId, VolunteerTeam>, Self::Error> {
        app::volunteer_team::load_many(&self.state, ids).await
    }
}

impl Loader<TeamActivityId> for Scoped {
    type Value = TeamActivity;
    type Error = Error;

    async fn load(
        &self,
        ids: &[TeamActivityId],
    ) -> Result<HashMap<TeamActivityId, TeamActivity>, Self::Error> {
        app::team_activity::load_many(&self.state, ids).await
    }
}
