//! What other services may ask of this one.
mod contract;
mod need;

use tonic::service::Routes;

use crate::state::State;

/// All domain calls of this service.
pub fn routes(state: &State) -> Routes {
    Routes::new(need::server(state.clone())).add_service(contract::server(state.clone()))
}
