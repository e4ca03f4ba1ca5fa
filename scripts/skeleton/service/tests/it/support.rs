//! The running service, and who calls it.

use std::sync::Arc;

use async_graphql::Request;
use __service__::{graphql, state::State};
use kit::{
    auth::{Caller, Role},
    graph::Prepare,
};
use serde_json::Value;
use testkit::service::{TestService, caller, execute};

pub const HERE: &str = "230103001001";
pub const ELSEWHERE: &str = "230102001001";

/// The service under test.
pub struct House {
    schema: graphql::Subgraph,
    prepare: Prepare,
    _service: TestService,
}

impl House {
    pub async fn open() -> Self {
        let service = TestService::start(&__service__::serve::DEFINITION, &[]).await;
        let state = State::new(service.core.clone());
        let prepare: Prepare = {
            let state = state.clone();
            Arc::new(move |request: Request, caller: &Caller| {
                graphql::prepare(&state, request, caller)
            })
        };
        Self {
            schema: graphql::schema(Some(state)),
            prepare,
            _service: service,
        }
    }

    pub async fn run(&self, caller: &Caller, query: &str, variables: Value) -> Value {
        execute(&self.schema, &self.prepare, caller, query, variables).await
    }
}

/// Civil affairs of a division.
pub fn official(division: &str) -> Caller {
    caller(Role::CivilAffairs, division)
}
