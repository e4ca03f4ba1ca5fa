//! One subscription as the responses that a client is sent.

use std::{panic::AssertUnwindSafe, time::Instant};

use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _, stream::BoxStream};
use http::StatusCode;
use kernel::{Kind, refuse};
use serde_json::{Map, Value as Json};
use tracing::Instrument as _;

use super::ending::Ending;
use crate::{
    context::RequestContext,
    error::{GraphError, Rejection},
    execute,
    gateway::{Admitted, Gateway},
    plan::Fetch,
    response::Response,
    transport::{Answer, SubgraphRequest, TransportError},
};

/// What a client is sent of a subscription.
#[derive(Debug)]
pub enum Event {
    Next(Response),
    /// The last: the subscription did not end by itself.
    Failed(Box<GraphError>),
}

/// The events of one subscription.
pub struct Events {
    gateway: Gateway,
    admitted: Admitted,
    /// Where the source's answers go.
    slot: usize,
    context: RequestContext,
    upstream: Option<BoxStream<'static, Answer>>,
    ending: Ending,
    began: Instant,
    sent: u64,
}

impl Events {
    pub(super) fn new(
        gateway: Gateway,
        admitted: Admitted,
        slot: usize,
        context: &RequestContext,
        upstream: BoxStream<'static, Answer>,
    ) -> Self {
        let ending = gateway
            .streams()
            .ending(admitted.generation.number, context.bearer());
        metrics::gauge!("gateway.subscriptions").increment(1);
        Self {
            gateway,
            admitted,
            slot,
            context: context.clone(),
            upstream: Some(upstream),
            ending,
            began: Instant::now(),
            sent: 0,
        }
    }

    /// The surroundings that its errors are written with.
    pub const fn context(&self) -> &RequestContext {
        &self.context
    }

    /// The next event; None after the last. Not to be dropped halfway: the
    /// event would be lost.
    pub async fn next(&mut self) -> Option<Event> {
        let upstream = self.upstream.as_mut()?;
        let answer = tokio::select! {
            biased;
            refusal = self.ending.reason() => {
                let reason = refusal.reason;
                return Some(self.fail(GraphError::new(refusal), reason));
            }
            answer = upstream.next() => answer,
        };
        match answer {
            Some(Ok(answer)) => {
                let event = (self.slot, answer);
                let response = join(&self.gateway, &self.admitted, &self.context, event).await;
                self.sent += 1;
                Some(Event::Next(response))
            }
            Some(Err(error)) => {
                let id = &self.context.request_id;
                tracing::warn!(request_id = %id, %error, "a subscription of a subgraph failed");
                Some(self.fail(execute::call_error(&error), "SUBGRAPH"))
            }
            None => {
                self.end("COMPLETE");
                None
            }
        }
    }

    fn fail(&mut self, error: GraphError, reason: &'static str) -> Event {
        self.end(reason);
        Event::Failed(Box::new(error))
    }

    fn end(&mut self, reason: &'static str) {
        if self.upstream.take().is_none() {
            return;
        }
        metrics::gauge!("gateway.subscriptions").decrement(1);
        metrics::counter!("gateway.subscriptions.ended", "reason" => reason).increment(1);
        tracing::info!(
            request_id = %self.context.request_id,
            reason,
            events = self.sent,
            seconds = self.began.elapsed().as_secs(),
            "a subscription ended"
        );
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.end("CLIENT");
    }
}

/// Joins what the other subgraphs know, with a deadline of its own.
async fn join(
    gateway: &Gateway,
    admitted: &Admitted,
    context: &RequestContext,
    event: (usize, Bytes),
) -> Response {
    let started = Instant::now();
    let context = RequestContext {
        deadline: started + gateway.config().limits.request(),
        ..context.clone()
    };
    let span = tracing::info_span!("gateway.event", request_id = %context.request_id);
    let work = gateway
        .complete(admitted, &context, Some(event))
        .instrument(span);
    // One event that breaks must not take the connection with it.
    let response = AssertUnwindSafe(work).catch_unwind().await;
    let response = response.unwrap_or_else(|_| broken(&context));
    Gateway::record(started, admitted.kind(), &response, &context);
    response
}

/// Asks the subgraph for its stream.
pub(super) async fn open(
    admitted: &Admitted,
    source: &Fetch,
    context: &RequestContext,
) -> Result<BoxStream<'static, Answer>, Rejection> {
    let service = &source.call.service;
    let opened = match admitted.generation.transports.get(service) {
        None => Err(TransportError::new(
            Kind::Unavailable,
            "there is no way to this subgraph",
        )),
        Some(transport) => {
            let variables = variables(&source.call.variables, &admitted.variables);
            let attempt = || async {
                let request = SubgraphRequest {
                    query: &source.call.document,
                    variables: variables.clone(),
                };
                let opening = transport.subscribe(request, context);
                tokio::time::timeout(context.remaining(), opening)
                    .await
                    .unwrap_or_else(|_| {
                        Err(TransportError::new(Kind::Timeout, "no stream in time"))
                    })
            };
            match attempt().await {
                // Over a connection that has just been closed; nothing began.
                Err(error) if error.kind == Kind::Unavailable => attempt().await,
                opened => opened,
            }
        }
    };
    opened.map_err(|error| {
        let id = &context.request_id;
        tracing::warn!(subgraph = %service, request_id = %id, %error, "no subscription");
        Rejection {
            status: StatusCode::OK,
            well_formed: true,
            errors: vec![execute::call_error(&error)],
        }
    })
}

fn variables(used: &[String], known: &Map<String, Json>) -> Bytes {
    let used = used
        .iter()
        .filter_map(|name| Some((name.clone(), known.get(name)?.clone())));
    let used: Map<String, Json> = used.collect();
    if used.is_empty() {
        return Bytes::new();
    }
    Json::Object(used).to_string().into()
}

fn broken(context: &RequestContext) -> Response {
    let refusal = refuse!(Internal, "EVENT_FAILED",
        zh: "处理事件时出错", en: "the event could not be processed");
    Response::rejected(&Rejection::unavailable(refusal), context)
}
