//! Subscriptions: the source stream of one subgraph, the joins of each event
//! from the others, and why a subscription ends.
//!
//! ```text
//! subgraph ── SubgraphTransport::subscribe ──▶ Events ── per event: execute, project ──▶ client
//!                                                │
//!                            Ending: token expired · supergraph changed · gateway stopping
//! ```
//!
//! Nothing is buffered here: [`Events::next`] takes an event from the subgraph
//! when the client has taken the one before. Each event has a deadline of its
//! own, is executed like a request, and is answered by the generation that the
//! subscription began with.

mod clients;
mod ending;
mod events;
mod expiry;
mod streams;

use std::time::Instant;

use kernel::refuse;

pub use self::{
    clients::{Client, Seat},
    events::{Event, Events},
    streams::Streams,
};
use crate::{
    context::RequestContext,
    error::Rejection,
    gateway::{Admitted, Carrier, Gateway},
    request::GraphRequest,
    response::Response,
};

/// What became of an operation over a transport that can stream.
pub enum Operation {
    /// It did not begin.
    Refused(Box<Rejection>),
    /// A query or a mutation.
    Answer(Response),
    /// A subscription.
    Events(Box<Events>),
}

impl Gateway {
    /// Runs any operation. A subscription is open when this answers.
    pub async fn operate(
        &self,
        request: GraphRequest,
        context: &RequestContext,
        carrier: Carrier,
    ) -> Operation {
        let started = Instant::now();
        let outcome = match self.admit(request, context, carrier).await {
            Ok(admitted) if admitted.is_subscription() => {
                let opened = self.subscribe(admitted, context).await;
                opened.map(|events| Operation::Events(Box::new(events)))
            }
            Ok(admitted) => {
                let response = self.complete(&admitted, context, None).await;
                self.measure(started, &admitted, &response);
                Self::record(started, admitted.kind(), &response, context);
                Ok(Operation::Answer(response))
            }
            Err(rejection) => Err(rejection),
        };
        outcome.unwrap_or_else(|rejection| {
            let response = Response::rejected(&rejection, context);
            Self::record(started, "none", &response, context);
            Operation::Refused(Box::new(rejection))
        })
    }

    async fn subscribe(
        &self,
        admitted: Admitted,
        context: &RequestContext,
    ) -> Result<Events, Rejection> {
        if self.streams().is_closing() {
            return Err(Rejection::unavailable(ending::stopping()));
        }
        let program = admitted.prepared.program.as_ref();
        let sources = program.map_or_else(Vec::new, |it| it.sources(&admitted.variables));
        // Conditions decide how many are left, so validation cannot see it all.
        let source = match sources.as_slice() {
            [one] if one.keys.len() == 1 => *one,
            [] => {
                return Err(refuse!(Invalid, "SUBSCRIPTION_EMPTY", field: "query",
                    zh: "订阅没有选择任何字段", en: "the subscription selects no field")
                .into());
            }
            _ => {
                return Err(refuse!(Invalid, "SUBSCRIPTION_ROOT_FIELDS", field: "query",
                    zh: "一个订阅只能有一个根字段", en: "a subscription has one root field")
                .into());
            }
        };
        let slot = source.call.slot;
        let upstream = events::open(&admitted, source, context).await?;
        Ok(Events::new(self.clone(), admitted, slot, context, upstream))
    }
}
