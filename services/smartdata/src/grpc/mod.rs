//! What other services may ask of this one.
mod division;
mod exchange;
mod resident;

use tonic::service::Routes;

use crate::state::State;

/// All domain calls of this service.
pub fn routes(state: &State) -> Routes {
    Routes::new(division::server(state.clone()))
        .add_service(resident::server(state.clone()))
        .add_service(exchange::server(state.clone()))
}
