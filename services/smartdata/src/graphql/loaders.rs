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
    domain::{division::Division, grid::Grid, happening::Happening, household::HouseholdId},
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
