//! The pipeline: authenticate → prepare → coerce → execute → project.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};

use bytes::Bytes;
use hive_router_query_planner::state::supergraph_state::OperationKind;
use http::{HeaderMap, StatusCode};
use kernel::{Ids, Refusal, SharedClock, SystemClock, refuse};
use serde_json::{Map, Value as Json};

use crate::{
    authenticate::{Authenticator, authenticate},
    config::Config,
    context::RequestContext,
    error::Rejection,
    execute::{self, Outcome, Surroundings},
    plan::{self, Prepared},
    project::{self, Projection},
    request::GraphRequest,
    response::{Response, write_response},
    subscribe::Streams,
    supergraph::{Generation, Load, Slot, SupergraphSource, from_config},
};

/// What the process gives to the gateway.
#[derive(Clone, Default)]
pub struct Parts {
    /// Checks bearer tokens; None lets the services do it alone.
    pub authenticator: Option<Arc<dyn Authenticator>>,
    /// Makes request ids; None takes the system's clock.
    pub ids: Option<Arc<Ids>>,
    /// Tells when tokens run out; None takes the system's.
    pub clock: Option<SharedClock>,
    /// Renders `/metrics`.
    pub metrics: Option<Arc<dyn Fn() -> String + Send + Sync>>,
}

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

/// The gateway: cheap to clone, one per process.
#[derive(Clone)]
pub struct Gateway {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    source: Arc<dyn SupergraphSource>,
    slot: Slot,
    generations: AtomicU64,
    draining: AtomicBool,
    streams: Streams,
    parts: Parts,
    ids: Arc<Ids>,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Gateway")
            .field("generation", &self.generation())
            .finish()
    }
}

impl Gateway {
    /// A gateway over the source that the configuration names. It serves after
    /// the first [`Gateway::refresh`] that succeeds.
    pub fn new(config: Config, parts: Parts) -> Result<Self, Refusal> {
        let source = from_config(&config)?;
        Ok(Self::with_source(config, parts, source))
    }

    /// A gateway over any source.
    pub fn with_source(config: Config, parts: Parts, source: Arc<dyn SupergraphSource>) -> Self {
        let clock = parts.clock.clone().unwrap_or_else(SystemClock::shared);
        let ids = parts
            .ids
            .clone()
            .unwrap_or_else(|| Arc::new(Ids::new(clock.clone())));
        let inner = Inner {
            streams: Streams::new(config.streams.clone(), clock),
            config,
            source,
            slot: Slot::default(),
            generations: AtomicU64::new(0),
            draining: AtomicBool::new(false),
            parts,
            ids,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The text of `/metrics`.
    pub fn metrics(&self) -> Option<String> {
        self.inner.parts.metrics.as_ref().map(|render| render())
    }

    /// Who checks tokens here.
    pub(crate) fn authenticator(&self) -> Option<&dyn Authenticator> {
        self.inner.parts.authenticator.as_deref()
    }

    /// What subscriptions share.
    pub fn streams(&self) -> &Streams {
        &self.inner.streams
    }

    /// The generation in use.
    pub fn generation(&self) -> Option<Arc<Generation>> {
        self.inner.slot.get()
    }

    /// Whether requests can be served now.
    pub fn is_ready(&self) -> bool {
        !self.inner.draining.load(Ordering::Acquire) && self.generation().is_some()
    }

    /// Takes the gateway out of rotation; it still serves.
    pub fn drain(&self) {
        self.inner.draining.store(true, Ordering::Release);
    }

    /// Looks for a new supergraph and swaps to it; answers whether it did. A
    /// failure leaves the generation in use untouched.
    pub async fn refresh(&self) -> Result<bool, Refusal> {
        let fresh = match self.inner.source.load().await? {
            Load::Unchanged => return Ok(false),
            Load::Fresh(fresh) => fresh,
        };
        let same = self.generation().is_some_and(|it| it.sdl == fresh.sdl);
        if !same {
            self.swap(fresh.sdl, fresh.transports).await?;
        }
        if let Some(kept) = &fresh.kept {
            self.inner.source.accepted(kept);
        }
        Ok(!same)
    }

    /// Serves the last good supergraph, where one is kept and none is in use.
    pub async fn fall_back(&self) -> bool {
        if self.generation().is_some() {
            return false;
        }
        let Some(fresh) = self.inner.source.last_good() else {
            return false;
        };
        match self.swap(fresh.sdl, fresh.transports).await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(%error, "the last good supergraph cannot be used");
                false
            }
        }
    }

    async fn swap(
        &self,
        sdl: String,
        transports: crate::supergraph::Transports,
    ) -> Result<(), Refusal> {
        let number = self.inner.generations.fetch_add(1, Ordering::Relaxed) + 1;
        let limits = self.inner.config.limits.clone();
        let load =
            tokio::task::spawn_blocking(move || Generation::load(number, sdl, transports, &limits));
        let generation = load.await.map_err(|_| {
            refuse!(Internal, "SUPERGRAPH_UNUSABLE",
                zh: "载入超图时出错", en: "loading the supergraph broke down")
        })??;
        self.inner.slot.set(Arc::new(generation));
        self.inner.streams.swapped(number);
        metrics::gauge!("gateway.generation").set(f64::from(u32::try_from(number).unwrap_or(0)));
        tracing::info!(generation = number, "a supergraph is in use");
        Ok(())
    }

    /// The surroundings of a request with these headers.
    pub fn context(&self, headers: &HeaderMap) -> RequestContext {
        let fresh_id = || self.inner.ids.next().to_string();
        let mut context =
            RequestContext::new(headers, self.inner.config.limits.request(), fresh_id);
        let asked = headers
            .get("x-sanshe-explain")
            .is_some_and(|value| value == "1");
        context.explain = asked && self.inner.config.features.explain;
        context
    }

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
                (admitted.kind(), response)
            }
            Err(rejection) => ("none", Response::rejected(&rejection, context)),
        };
        Self::record(started, kind, &response, context);
        response
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
        request: GraphRequest,
        context: &RequestContext,
        carrier: Carrier,
    ) -> Result<Admitted, Rejection> {
        let Inner { config, parts, .. } = &*self.inner;
        authenticate(parts.authenticator.as_deref(), context).await?;
        let generation = self.generation().ok_or_else(|| {
            Rejection::unavailable(refuse!(Unavailable, "SUPERGRAPH_NOT_READY",
                zh: "网关正在启动,请稍后再试", en: "the gateway is starting, try again shortly"))
        })?;
        let operation_name = request.operation_name.as_deref();
        let prepared =
            plan::prepare(&generation, &request.query, operation_name, &config.limits).await?;
        self.permit(&prepared, carrier)?;
        let variables = plan::coerce(&generation.schema, &prepared.variables, request.variables)?;
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
        let mut outcome = match &prepared.program {
            None => Outcome::default(),
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
        let projection = Projection {
            schema: &generation.schema,
            prepared,
            variables,
            introspected,
            max_errors: config.limits.errors,
        };
        let mut data = Vec::with_capacity(256);
        project::project(&mut data, &projection, &outcome.data, &mut outcome.errors);
        write_response(data, &outcome, context, generation.number)
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
