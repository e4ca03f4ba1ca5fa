//! The pipeline: authenticate → outline → coerce → price → authorize → execute →
//! project.

use std::{
    sync::{Arc, OnceLock},
    time::Instant,
};

use bytes::Bytes;
use hive_router_query_planner::state::supergraph_state::OperationKind;
use http::StatusCode;
use kernel::refuse;
use serde_json::{Map, Value as Json};

use super::{Gateway, Inner};
use crate::{
    authenticate::authenticate,
    authorize::{self, Deciders},
    context::RequestContext,
    cost::Price,
    error::Rejection,
    execute::{self, Outcome, Surroundings},
    plan::{self, Prepared},
    project::{self, Projection},
    request::GraphRequest,
    response::{Response, write_response},
    stage,
    supergraph::Generation,
};

/// What carries a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carrier {
    /// Nothing may be changed by it: GET.
    pub reads_only: bool,
    /// It can bring many answers.
    pub streams: bool,
}

/// A request that may be executed.
pub(crate) struct Admitted {
    pub generation: Arc<Generation>,
    pub prepared: Arc<Prepared>,
    pub variables: Map<String, Json>,
    operation_name: Option<String>,
}

impl Admitted {
    pub fn kind(&self) -> &'static str {
        self.prepared.kind.as_str()
    }

    pub fn is_subscription(&self) -> bool {
        self.prepared.kind == OperationKind::Subscription
    }
}

impl Gateway {
    /// Answers one request. `queries_only` holds for GET.
    pub async fn execute(
        &self,
        request: GraphRequest,
        context: &RequestContext,
        queries_only: bool,
    ) -> Response {
        let started = Instant::now();
        let carrier = Carrier {
            reads_only: queries_only,
            streams: false,
        };
        let (kind, response) = match self.admit(request, context, carrier).await {
            Ok(admitted) => {
                let response = self.complete(&admitted, context, None).await;
                self.measure(started, &admitted, &response);
                (admitted.kind(), response)
            }
            Err(rejection) => ("none", Response::rejected(&rejection, context)),
        };
        Self::record(started, kind, &response, context);
        response
    }

    /// Measures an operation under its name.
    pub(crate) fn measure(&self, started: Instant, admitted: &Admitted, response: &Response) {
        let name = admitted.prepared.name.as_deref();
        let label = self.inner.operations.label(name);
        metrics::histogram!("gateway.operation.seconds",
            "operation" => label, "outcome" => response.outcome)
        .record(started.elapsed().as_secs_f64());
    }

    /// Measures an answer and writes its line.
    pub(crate) fn record(
        started: Instant,
        kind: &'static str,
        response: &Response,
        context: &RequestContext,
    ) {
        let elapsed = started.elapsed();
        metrics::histogram!("gateway.request.seconds",
            "kind" => kind, "outcome" => response.outcome)
        .record(elapsed.as_secs_f64());
        // The one line of a request: nothing of the document or the answer,
        // which may hold personal data.
        tracing::info!(
            request_id = %context.request_id,
            kind,
            outcome = response.outcome,
            bytes = response.body.len(),
            micros = elapsed.as_micros(),
            "request"
        );
    }

    /// Everything before the execution.
    pub(crate) async fn admit(
        &self,
        mut request: GraphRequest,
        context: &RequestContext,
        carrier: Carrier,
    ) -> Result<Admitted, Rejection> {
        let Inner { config, parts, .. } = &*self.inner;
        let identity = authenticate(parts.authenticator.as_deref(), context).await?;
        if let Some(identity) = &identity {
            context.notes.identified(identity);
        }
        let subject = identity.as_ref().map(|it| it.subject.as_str());
        self.inner.limiter.identity(context, subject).await?;
        let remember = self.inner.persisted.resolve(&mut request).await?;
        let generation = self.generation().ok_or_else(|| {
            Rejection::unavailable(refuse!(Unavailable, "SUPERGRAPH_NOT_READY",
                zh: "网关正在启动,请稍后再试", en: "the gateway is starting, try again shortly"))
        })?;
        let operation_name = request.operation_name.as_deref();
        let (document, limits) = (&request.query, &config.limits);
        let outline = plan::outline(&generation, document, operation_name, limits).await?;
        if let Some(document) = remember {
            self.inner.persisted.remember(document).await;
        }
        self.permit(&outline, carrier)?;
        let variables = plan::coerce(&generation.schema, &outline.variables, request.variables)?;
        self.afford(&generation, &outline, &variables, context)?;
        let deciders = Deciders {
            identity: identity.as_ref(),
            policies: parts.policies.as_deref(),
        };
        if !outline.guards.is_empty() {
            context.notes.personal();
        }
        let prepared = authorize::fit(
            &generation,
            outline,
            document,
            operation_name,
            limits,
            &variables,
            deciders,
            context,
        )
        .await?;
        Ok(Admitted {
            generation,
            prepared,
            variables,
            operation_name: request.operation_name,
        })
    }

    /// Executes, projects and writes; `event` is the answer of the source of a
    /// subscription, and its slot.
    pub(crate) async fn complete(
        &self,
        admitted: &Admitted,
        context: &RequestContext,
        event: Option<(usize, Bytes)>,
    ) -> Response {
        let config = &self.inner.config;
        let Admitted {
            generation,
            prepared,
            variables,
            operation_name,
        } = admitted;
        let introspected = prepared.introspection.as_ref().map(|document| {
            let api = &generation.planner.consumer_schema.document;
            project::introspect(api, document, operation_name.as_deref(), variables)
        });
        let slots = prepared.program.as_ref().map_or(0, |program| program.slots);
        let slots: Vec<OnceLock<Bytes>> =
            std::iter::repeat_with(OnceLock::new).take(slots).collect();
        if let Some((slot, answer)) = event {
            // Nothing else fills the slot of a source.
            let _ = slots[slot].set(answer);
        }
        let executing = Instant::now();
        let mut outcome = match &prepared.program {
            None => Outcome::with_capacity(1),
            Some(program) => {
                let with = Surroundings {
                    generation,
                    context,
                    variables,
                    slots: &slots,
                    max_errors: config.limits.errors,
                    expose: config.features.expose_subgraph_errors,
                };
                execute::run(program, with).await
            }
        };
        stage::record("execute", executing);
        let projection = Projection {
            schema: &generation.schema,
            prepared,
            introspected,
            max_errors: config.limits.errors,
        };
        stage::timed("project", || {
            let mut data =
                Vec::with_capacity(slots.iter().filter_map(OnceLock::get).map(Bytes::len).sum());
            let root = outcome.tree.view(outcome.data);
            let (absent, errors) = (&outcome.absent, &mut outcome.errors);
            project::project(&mut data, &projection, root, absent, errors);
            write_response(data, &outcome, context, generation.number)
        })
    }

    /// Refuses an operation that costs too much.
    fn afford(
        &self,
        generation: &Generation,
        prepared: &Prepared,
        variables: &Map<String, Json>,
        context: &RequestContext,
    ) -> Result<(), Rejection> {
        let settings = &self.inner.config.limits.cost;
        let estimated = prepared
            .formula
            .price(&generation.costs, settings, variables)?;
        let price = Price::new(estimated, settings);
        context.notes.priced(price);
        price.check()
    }

    fn permit(&self, prepared: &Prepared, carrier: Carrier) -> Result<(), Rejection> {
        let subscribes = prepared.kind == OperationKind::Subscription;
        let reads = prepared.kind.is_query() || (subscribes && carrier.streams);
        if carrier.reads_only && !reads {
            return Err(Rejection::malformed(
                StatusCode::METHOD_NOT_ALLOWED,
                refuse!(Invalid, "GET_QUERIES_ONLY",
                    zh: "GET 只能执行查询,其他操作请用 POST",
                    en: "GET runs queries only: use POST for other operations"),
            ));
        }
        if subscribes && !carrier.streams {
            return Err(refuse!(Refused, "SUBSCRIPTION_NEEDS_STREAM",
                zh: "订阅请使用 WebSocket(graphql-transport-ws)或 Accept: text/event-stream",
                en: "subscribe over WebSocket (graphql-transport-ws) or with Accept: text/event-stream")
            .into());
        }
        if prepared.introspection.is_some() && !self.inner.config.features.introspection {
            return Err(refuse!(Forbidden, "INTROSPECTION_OFF",
                zh: "未启用内省", en: "introspection is off")
            .into());
        }
        Ok(())
    }
}
