//! What other services may ask of this one.
mod community;
mod proposal;

use tonic::service::Routes;

use crate::state::State;

/// All domain calls of this service.
pub fn routes(state: &State) -> Routes {
    Routes::new(community::server(state.clone())).add_service(proposal::server(state.clone()))
}
