//! One call to a subgraph: its variables, its guard, metrics, and the answer
//! parsed where it lies.

use std::time::Instant;

use bytes::Bytes;
use kernel::Kind;
use tracing::Instrument as _;

use super::{CallReport, Execution, errors};
use crate::{
    context::RequestContext,
    error::GraphError,
    peer::Ask,
    plan::Call,
    trace,
    transport::{Answer, TransportError},
    value::{Node, write_string},
};

impl<'a> Execution<'a> {
    /// The variables of a call: the client's that it uses, and its own lists of
    /// representations, which are JSON already.
    pub(super) fn variables(&self, call: &Call, own: &[(&str, Vec<u8>)]) -> Bytes {
        let mut out = Vec::new();
        let mut member = |name: &str, json: &[u8]| {
            out.push(if out.is_empty() { b'{' } else { b',' });
            write_string(&mut out, name);
            out.push(b':');
            out.extend_from_slice(json);
        };
        for (name, json) in own {
            member(name, json);
        }
        for name in &call.variables {
            if let Some(value) = self.with.variables.get(name) {
                member(name, value.to_string().as_bytes());
            }
        }
        if !out.is_empty() {
            out.push(b'}');
        }
        out.into()
    }

    /// Calls and reads the answer.
    pub(super) async fn call(
        &self,
        call: &'a Call,
        variables: Bytes,
        representations: usize,
    ) -> Result<Node, Box<GraphError>> {
        let started = Instant::now();
        let span = tracing::info_span!("gateway.call", subgraph = %call.service, representations);
        let answer = self.send(call, variables).instrument(span).await;
        let elapsed = started.elapsed();
        let answer = match answer {
            Ok(bytes) => Ok(self.with.slots[call.slot].get_or_init(|| bytes)),
            Err(error) => {
                let (service, id) = (&call.service, &self.with.context.request_id);
                tracing::warn!(subgraph = %service, request_id = %id, %error, "a subgraph call failed");
                Err(Box::new(errors::of_call(&error)))
            }
        };
        let answer = answer.and_then(|bytes| self.read(call, bytes));
        let outcome = answer
            .as_ref()
            .map_or_else(|error| error.code.clone(), |_| "OK".to_owned());
        metrics::histogram!("gateway.subgraph.seconds",
            "subgraph" => call.service.clone(), "outcome" => outcome)
        .record(elapsed.as_secs_f64());
        self.outcome().calls.push(CallReport {
            service: call.service.clone(),
            level: call.level,
            kind: if call.document.contains("_entities") {
                "entities"
            } else {
                "root"
            },
            representations,
            micros: u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
            ok: answer.is_ok(),
        });
        answer
    }

    /// Reads an answer where it lies.
    pub(super) fn read(&self, call: &Call, bytes: &'a [u8]) -> Result<Node, Box<GraphError>> {
        let tree = &mut self.outcome().tree;
        let read = tree.read(bytes);
        match read {
            Ok(answer) if tree.view(answer).is_object() => Ok(answer),
            read => {
                let error = read.err();
                tracing::error!(subgraph = %call.service, ?error, "a subgraph answer is no GraphQL");
                Err(Box::new(errors::of_answer()))
            }
        }
    }

    async fn send(&self, call: &Call, variables: Bytes) -> Answer {
        let generation = self.with.generation;
        let ways = generation.transports.get(&call.service);
        let (Some(transport), Some(peer)) = (ways, generation.peers.get(&call.service)) else {
            return Err(TransportError::new(
                Kind::Unavailable,
                "there is no way to this subgraph",
            ));
        };
        let traced = trace::pass_on(&tracing::Span::current(), &self.with.context.headers);
        let own = traced.map(|headers| RequestContext {
            headers,
            ..self.with.context.clone()
        });
        let ask = Ask {
            query: &call.document,
            variables,
            context: own.as_ref().unwrap_or(self.with.context),
            is_mutation: call.is_mutation,
        };
        peer.ask(transport, ask).await
    }
}
