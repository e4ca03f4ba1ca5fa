//! One statement for all entities of a request.

use std::collections::HashMap;

use async_graphql::dataloader::{DataLoader, Loader, NoCache};
use kernel::{
    DivisionCode, GridCode,
    keys::{GridId, ResidentId, TraceId},
};
use kit::{Error, auth::Caller};

use crate::{
    app::{
        self,
        household::Inhabited,
        resident::{Seen, Wanted},
    },
    domain::{
        address::{Address, AddressGrid, AddressId},
        asset::{Asset, AssetCount, AssetId},
        call::{Call, CallId},
        convenience_order::{ConvenienceOrder, ConvenienceOrderId},
        data_consent::{DataConsent, DataConsentId},
        data_resource::{DataResource, DataResourceId},
        division::Division,
        event::{Deferral, Event, EventClass, EventId, EventState},
        goal_target::{GoalTarget, GoalTargetId},
        grid::Grid,
        happening::Happening,
        household::HouseholdId,
        one_stop_case::{CaseId, CaseState, OneStopCase},
        patrol_task::{PatrolTask, PatrolTaskId},
        quality_challenge::{QualityChallenge, QualityChallengeId},
        service_item::ServiceItem,
        share_grant::{ShareGrant, ShareGrantId},
        share_request::{ShareRequest, ShareRequestId},
        step::Step,
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

/// The household a resident lives in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HomeOf(pub ResidentId);

/// The class of a code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClassOf(pub String);

/// The service of a code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ItemOf(pub String);

/// The grids of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GridsOf(pub AddressId);

/// The counts of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CountsOf(pub AssetId);

/// The moves of an event, or of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StepsOf<Id>(pub Id);

/// The deferrals of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeferralsOf(pub EventId);

impl Loader<DivisionCode> for Scoped {
    type Value = Division;
    type Error = Error;

    async fn load(
        &self,
        codes: &[DivisionCode],
    ) -> Result<HashMap<DivisionCode, Division>, Self::Error> {
        app::division::load_many(&self.state, codes).await
    }
}

impl Loader<GridId> for Scoped {
    type Value = Grid;
    type Error = Error;

    async fn load(&self, ids: &[GridId]) -> Result<HashMap<GridId, Grid>, Self::Error> {
        app::grid::load_many(&self.state, ids).await
    }
}

impl Loader<GridCode> for Scoped {
    type Value = Grid;
    type Error = Error;

    async fn load(&self, codes: &[GridCode]) -> Result<HashMap<GridCode, Grid>, Self::Error> {
        app::grid::load_many_by_code(&self.state, codes).await
    }
}

impl Loader<Wanted> for Scoped {
    type Value = Seen;
    type Error = Error;

    async fn load(&self, wanted: &[Wanted]) -> Result<HashMap<Wanted, Seen>, Self::Error> {
        app::resident::see::see(&self.state, &self.caller, wanted).await
    }
}

impl Loader<HouseholdId> for Scoped {
    type Value = Inhabited;
    type Error = Error;

    async fn load(
        &self,
        ids: &[HouseholdId],
    ) -> Result<HashMap<HouseholdId, Inhabited>, Self::Error> {
        app::household::load_many(&self.state, &self.caller, ids).await
    }
}

impl Loader<HomeOf> for Scoped {
    type Value = HouseholdId;
    type Error = Error;

    async fn load(&self, of: &[HomeOf]) -> Result<HashMap<HomeOf, HouseholdId>, Self::Error> {
        let residents: Vec<ResidentId> = of.iter().map(|home| home.0).collect();
        let found = app::household::of_residents(&self.state, &residents).await?;
        Ok(found
            .into_iter()
            .map(|(resident, household)| (HomeOf(resident), household))
            .collect())
    }
}

impl Loader<TraceId> for Scoped {
    type Value = Vec<Happening>;
    type Error = Error;

    async fn load(
        &self,
        traces: &[TraceId],
    ) -> Result<HashMap<TraceId, Vec<Happening>>, Self::Error> {
        app::happening::load_many_by_trace(&self.state, &self.caller, traces).await
    }
}

impl Loader<ClassOf> for Scoped {
    type Value = EventClass;
    type Error = Error;

    async fn load(&self, of: &[ClassOf]) -> Result<HashMap<ClassOf, EventClass>, Self::Error> {
        let codes: Vec<String> = of.iter().map(|of| of.0.clone()).collect();
        let found = app::event::load_classes(&self.state, &codes).await?;
        Ok(found
            .into_iter()
            .map(|(code, class)| (ClassOf(code), class))
            .collect())
    }
}

impl Loader<DeferralsOf> for Scoped {
    type Value = Vec<Deferral>;
    type Error = Error;

    async fn load(
        &self,
        of: &[DeferralsOf],
    ) -> Result<HashMap<DeferralsOf, Vec<Deferral>>, Self::Error> {
        let ids: Vec<EventId> = of.iter().map(|of| of.0).collect();
        let found = app::event::load_deferrals(&self.state, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, deferrals)| (DeferralsOf(id), deferrals))
            .collect())
    }
}

impl Loader<ItemOf> for Scoped {
    type Value = ServiceItem;
    type Error = Error;

    async fn load(&self, of: &[ItemOf]) -> Result<HashMap<ItemOf, ServiceItem>, Self::Error> {
        let codes: Vec<String> = of.iter().map(|of| of.0.clone()).collect();
        let found = app::service_item::load_many(&self.state, &self.caller, &codes).await?;
        Ok(found
            .into_iter()
            .map(|(code, item)| (ItemOf(code), item))
            .collect())
    }
}

impl Loader<GridsOf> for Scoped {
    type Value = Vec<AddressGrid>;
    type Error = Error;

    async fn load(
        &self,
        of: &[GridsOf],
    ) -> Result<HashMap<GridsOf, Vec<AddressGrid>>, Self::Error> {
        let ids: Vec<AddressId> = of.iter().map(|of| of.0).collect();
        let found = app::address::load_grids(&self.state, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, grids)| (GridsOf(id), grids))
            .collect())
    }
}

impl Loader<CountsOf> for Scoped {
    type Value = Vec<AssetCount>;
    type Error = Error;

    async fn load(
        &self,
        of: &[CountsOf],
    ) -> Result<HashMap<CountsOf, Vec<AssetCount>>, Self::Error> {
        let ids: Vec<AssetId> = of.iter().map(|of| of.0).collect();
        let found = app::asset::load_counts(&self.state, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, counts)| (CountsOf(id), counts))
            .collect())
    }
}

/// Loads the moves of nouns that are handled in steps.
macro_rules! in_steps {
    ($($room:ident: $id:ty => $state:ty),+ $(,)?) => {$(
        impl Loader<StepsOf<$id>> for Scoped {
            type Value = Vec<Step<$id, $state>>;
            type Error = Error;

            async fn load(
                &self,
                of: &[StepsOf<$id>],
            ) -> Result<HashMap<StepsOf<$id>, Self::Value>, Self::Error> {
                let ids: Vec<$id> = of.iter().map(|of| of.0).collect();
                let found = app::$room::load_steps(&self.state, &ids).await?;
                Ok(found.into_iter().map(|(id, steps)| (StepsOf(id), steps)).collect())
            }
        }
    )+};
}

in_steps! {
    event: EventId => EventState,
    one_stop_case: CaseId => CaseState,
}

/// Loads a noun by its id, as far as the caller may read it.
macro_rules! for_the_caller {
    ($($room:ident: $id:ty => $noun:ty),+ $(,)?) => {$(
        impl Loader<$id> for Scoped {
            type Value = $noun;
            type Error = Error;

            async fn load(&self, ids: &[$id]) -> Result<HashMap<$id, $noun>, Self::Error> {
                app::$room::load_many(&self.state, &self.caller, ids).await
            }
        }
    )+};
}

for_the_caller! {
    event: EventId => Event,
    patrol_task: PatrolTaskId => PatrolTask,
    share_request: ShareRequestId => ShareRequest,
    share_grant: ShareGrantId => ShareGrant,
    data_consent: DataConsentId => DataConsent,
    one_stop_case: CaseId => OneStopCase,
    convenience_order: ConvenienceOrderId => ConvenienceOrder,
    call: CallId => Call,
    address: AddressId => Address,
    asset: AssetId => Asset,
    quality_challenge: QualityChallengeId => QualityChallenge,
}

impl Loader<DataResourceId> for Scoped {
    type Value = DataResource;
    type Error = Error;

    async fn load(
        &self,
        ids: &[DataResourceId],
    ) -> Result<HashMap<DataResourceId, DataResource>, Self::Error> {
        app::data_resource::load_many(&self.state, ids).await
    }
}

impl Loader<GoalTargetId> for Scoped {
    type Value = GoalTarget;
    type Error = Error;

    async fn load(
        &self,
        ids: &[GoalTargetId],
    ) -> Result<HashMap<GoalTargetId, GoalTarget>, Self::Error> {
        app::goal_target::load_many(&self.state, ids).await
    }
}
