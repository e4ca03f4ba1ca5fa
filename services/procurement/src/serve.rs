//! Wiring: what this service declares, and how its parts fit. No logic.

use std::sync::Arc;

use anyhow::Result;
use kit::{
    gauges,
    service::{self, Core, Definition, Parts, Serving},
};
use sqlx::migrate::Migrator;
use tokio::net::TcpListener;

use crate::{app, graphql, grpc, state::State, store};

/// The migrations of this service.
pub static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

/// What this service declares about itself.
pub const DEFINITION: Definition = Definition {
    name: "procurement",
    migrator: &MIGRATOR,
    policy_schema: include_str!("../policies/schema.cedarschema"),
    policies: include_str!("../policies/policies.cedar"),
    sealed: store::SEALED,
};

/// The SDL of this subgraph.
pub fn sdl() -> String {
    kit::graph::sdl(&graphql::schema(None))
}

/// Serves until the stop. Boxed here: what is polled as a type of its own is
/// compiled once more by whoever calls it.
pub fn serve(core: Core, listener: TcpListener) -> Serving {
    Box::pin(serving(core, listener))
}

async fn serving(core: Core, listener: TcpListener) -> Result<()> {
    let state = State::new(core.clone())?;
    gauges::watch(&core, app::gauge::measure);
    let parts = Parts {
        schema: graphql::schema(Some(state.clone())),
        prepare: {
            let state = state.clone();
            Arc::new(move |request, caller| graphql::prepare(&state, request, caller))
        },
        routes: grpc::routes(&state),
        consumer: None,
        worker: None,
    };
    service::run(core, parts, listener).await
}
