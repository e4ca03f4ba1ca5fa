//! One statement for all entities of a request.

use std::collections::HashMap;

use async_graphql::dataloader::{DataLoader, Loader, NoCache};
use kit::Error;

use crate::{
    app,
    domain::__noun__::{__Noun__, __Noun__Id},
    state::State,
};

/// Loads for one request. Add the caller for nouns that not everybody may read.
pub struct Scoped {
    pub state: State,
}

/// The loader of a request.
pub type Loaders = DataLoader<Scoped, NoCache>;

impl Loader<__Noun__Id> for Scoped {
    type Value = __Noun__;
    type Error = Error;

    async fn load(&self, ids: &[__Noun__Id]) -> Result<HashMap<__Noun__Id, __Noun__>, Error> {
        app::__noun__::load_many(&self.state, ids).await
    }
}
