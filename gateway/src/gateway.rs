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
use kernel::{Ids, Refusal, SystemClock, refuse};

use crate::{
    authenticate::{Authenticator, authenticate},
    config::Config,
    context::RequestContext,
    cost::Price,
    error::Rejection,
    execute::{self, Outcome, Surroundings},
    http::Proxies,
    operations::Operations,
    peer::{Peers, Ticks},
    persisted::Persisted,
    plan::{self, Prepared},
    project::{self, Projection},
    rate::Limiter,
    redis::Redis,
    request::GraphRequest,
    response::{Response, write_response},
    shed::Shed,
    stage,
    supergraph::{Generation, Load, Slot, SupergraphSource, from_config},
};

/// What the process gives to the gateway.
#[derive(Clone, Default)]
pub struct Parts {
    /// Checks bearer tokens; None lets the services do it alone.
    pub authenticator: Option<Arc<dyn Authenticator>>,
    /// Makes request ids; None takes the system's clock.
    pub ids: Option<Arc<Ids>>,
    /// Renders `/metrics`.
    pub metrics: Option<Arc<dyn Fn() -> String + Send + Sync>>,
    /// Tells the monotonic time; None takes the system's.
    pub ticks: Option<Ticks>,
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
    parts: Parts,
    ids: Arc<Ids>,
    peers: Arc<Peers>,
    shed: Shed,
    operations: Operations,
    persisted: Persisted,
    limiter: Limiter,
    proxies: Proxies,
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
        config.check()?;
        let source = from_config(&config)?;
        Ok(Self::with_source(config, parts, source))
    }

    /// A gateway over any source.
    pub fn with_source(config: Config, parts: Parts, source: Arc<dyn SupergraphSource>) -> Self {
        let ids = parts
            .ids
            .clone()
            .unwrap_or_else(|| Arc::new(Ids::new(Arc::new(SystemClock))));
        let ticks = parts
            .ticks
            .clone()
            .unwrap_or_else(|| Arc::new(Instant::now));
        let peers = Peers::new(
            config.traffic.clone(),
            &config.cache,
            ticks,
            Arc::clone(&ids),
        );
        // Settings that cannot be used were refused before, or are passed over
        // on the safe side: no Redis, no trusted proxy.
        if let Err(error) = config.check() {
            tracing::error!(%error, "a setting is passed over");
        }
        let redis = Redis::from_config(&config.redis)
            .ok()
            .flatten()
            .map(Arc::new);
        let inner = Inner {
            shed: Shed::new(&config.traffic),
            operations: Operations::default(),
            peers: Arc::new(peers),
            persisted: Persisted::new(&config.persisted, redis.clone()),
            limiter: Limiter::new(config.rate, redis, Arc::new(Instant::now)),
            proxies: Proxies::new(&config.http.trusted_proxies).unwrap_or_default(),
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

    /// The door: how many requests are taken on.
    pub fn shed(&self) -> &Shed {
        &self.inner.shed
    }

    /// What is known of the subgraphs.
    pub fn peers(&self) -> &Peers {
        &self.inner.peers
    }

    /// How often callers may come.
    pub fn limiter(&self) -> &Limiter {
        &self.inner.limiter
    }

    /// The proxies that stand before us.
    pub fn proxies(&self) -> &Proxies {
        &self.inner.proxies
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
        self.inner.persisted.refresh().await?;
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
        let (config, peers) = (self.inner.config.clone(), Arc::clone(&self.inner.peers));
        let old = self.generation();
        let load = tokio::task::spawn_blocking(move || {
            let limits = &config.limits;
            let generation = Generation::load(number, sdl, transports, &peers, limits)?;
            // Whoever comes first after the swap finds the plans that were in use.
            if let Some(old) = old {
                plan::warm(&generation, &old, &config);
            }
            Ok::<_, Refusal>(generation)
        });
        let generation = load.await.map_err(|_| {
            refuse!(Internal, "SUPERGRAPH_UNUSABLE",
                zh: "载入超图时出错", en: "loading the supergraph broke down")
        })??;
        self.inner.slot.set(Arc::new(generation));
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
        context.priced = headers
            .get("x-sanshe-cost")
            .is_some_and(|value| value == "1");
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
        let (kind, response) = match self.answer(request, context, queries_only).await {
            Ok((kind, response)) => (kind.as_str(), response),
            Err(rejection) => ("none", Response::rejected(&rejection, context)),
        };
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
        response
    }

    async fn answer(
        &self,
        mut request: GraphRequest,
        context: &RequestContext,
        queries_only: bool,
    ) -> Result<(OperationKind, Response), Rejection> {
        let Inner { config, parts, .. } = &*self.inner;
        let begun = Instant::now();
        let identity = authenticate(parts.authenticator.as_deref(), context).await?;
        let subject = identity.as_ref().map(|it| it.subject.as_str());
        self.inner.limiter.identity(context, subject).await?;
        let remember = self.inner.persisted.resolve(&mut request).await?;
        let generation = self.generation().ok_or_else(|| {
            Rejection::unavailable(refuse!(Unavailable, "SUPERGRAPH_NOT_READY",
                zh: "网关正在启动,请稍后再试", en: "the gateway is starting, try again shortly"))
        })?;
        let operation_name = request.operation_name.as_deref();
        let prepared =
            plan::prepare(&generation, &request.query, operation_name, &config.limits).await?;
        if let Some(document) = remember {
            self.inner.persisted.remember(document).await;
        }
        self.permit(&prepared, queries_only)?;
        let variables = plan::coerce(&generation.schema, &prepared.variables, request.variables)?;
        self.afford(&generation, &prepared, &variables, context)?;
        let introspected = prepared.introspection.as_ref().map(|document| {
            let api = &generation.planner.consumer_schema.document;
            project::introspect(api, document, operation_name, &variables)
        });
        let slots = prepared.program.as_ref().map_or(0, |program| program.slots);
        let slots: Vec<OnceLock<Bytes>> =
            std::iter::repeat_with(OnceLock::new).take(slots).collect();
        let executing = Instant::now();
        let mut outcome = match &prepared.program {
            None => Outcome::default(),
            Some(program) => {
                let with = Surroundings {
                    generation: &generation,
                    context,
                    variables: &variables,
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
            prepared: &prepared,
            variables: &variables,
            introspected,
            max_errors: config.limits.errors,
        };
        let response = stage::timed("project", || {
            let mut data = Vec::with_capacity(256);
            project::project(&mut data, &projection, &outcome.data, &mut outcome.errors);
            write_response(data, &outcome, context, generation.number)
        });
        let label = self.inner.operations.label(prepared.name.as_deref());
        metrics::histogram!("gateway.operation.seconds",
            "operation" => label, "outcome" => response.outcome)
        .record(begun.elapsed().as_secs_f64());
        Ok((prepared.kind.clone(), response))
    }

    /// Refuses an operation that costs too much.
    fn afford(
        &self,
        generation: &Generation,
        prepared: &Prepared,
        variables: &serde_json::Map<String, serde_json::Value>,
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

    fn permit(&self, prepared: &Prepared, queries_only: bool) -> Result<(), Rejection> {
        if queries_only && !prepared.kind.is_query() {
            return Err(Rejection::malformed(
                StatusCode::METHOD_NOT_ALLOWED,
                refuse!(Invalid, "GET_QUERIES_ONLY",
                    zh: "GET 只能执行查询,其他操作请用 POST",
                    en: "GET runs queries only: use POST for other operations"),
            ));
        }
        if prepared.kind == OperationKind::Subscription {
            return Err(refuse!(Refused, "SUBSCRIPTIONS_UNSUPPORTED",
                zh: "此端点不支持订阅", en: "this endpoint carries no subscriptions")
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
