//! What other services may ask of this one.
mod organization;

use tonic::service::Routes;

use crate::state::State;

/// All domain calls of this service.
pub fn routes(state: &State) -> Routes {
    Routes::new(organization::server(state.clone()))
}
