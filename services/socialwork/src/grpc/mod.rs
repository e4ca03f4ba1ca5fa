//! What other services may ask of this one.
mod worker;

use tonic::service::Routes;

use crate::state::State;

/// All domain calls of this service.
pub fn routes(state: &State) -> Routes {
    Routes::new(worker::server(state.clone()))
}
