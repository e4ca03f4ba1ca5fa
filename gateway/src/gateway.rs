//! The gateway: what it is made of, and the graph it serves. `answer.rs` is its
//! pipeline.

mod answer;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};

use http::HeaderMap;
use kernel::{Ids, Refusal, SharedClock, SystemClock, refuse};

pub(crate) use self::answer::Admitted;
pub use self::answer::Carrier;
use crate::{
    authenticate::Authenticator,
    authorize::Policies,
    config::Config,
    context::RequestContext,
    http::Proxies,
    operations::Operations,
    peer::{Peers, Ticks},
    persisted::Persisted,
    plan,
    rate::Limiter,
    redis::Redis,
    shed::Shed,
    subscribe::Streams,
    supergraph::{Generation, Load, Slot, SupergraphSource, from_config},
    transport::Trust,
};

/// What the process gives to the gateway.
#[derive(Clone, Default)]
pub struct Parts {
    /// Checks bearer tokens; None lets the services do it alone.
    pub authenticator: Option<Arc<dyn Authenticator>>,
    /// Decides `@policy`; None lets none hold.
    pub policies: Option<Arc<dyn Policies>>,
    /// Makes request ids; None takes the system's clock.
    pub ids: Option<Arc<Ids>>,
    /// Tells when tokens run out; None takes the system's.
    pub clock: Option<SharedClock>,
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
    streams: Streams,
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
        let clock = parts.clock.clone().unwrap_or_else(SystemClock::shared);
        let ids = parts
            .ids
            .clone()
            .unwrap_or_else(|| Arc::new(Ids::new(clock.clone())));
        let ticks = parts
            .ticks
            .clone()
            .unwrap_or_else(|| Arc::new(Instant::now));
        // Settings that cannot be used were refused before, or are passed over
        // on the safe side: no Redis, no trusted proxy.
        if let Err(error) = config.check() {
            tracing::error!(%error, "a setting is passed over");
        }
        let redis = Redis::from_config(&config.redis)
            .ok()
            .flatten()
            .map(Arc::new);
        let peers = Peers::new(
            config.traffic.clone(),
            &config.cache,
            redis.as_ref(),
            Trust::new(config.tls.ca_file.clone()),
            ticks,
            Arc::clone(&ids),
        );
        let inner = Inner {
            streams: Streams::new(config.streams.clone(), clock),
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

    /// Who checks tokens here.
    pub(crate) fn authenticator(&self) -> Option<&dyn Authenticator> {
        self.inner.parts.authenticator.as_deref()
    }

    /// What subscriptions share.
    pub fn streams(&self) -> &Streams {
        &self.inner.streams
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
        !self.is_draining() && self.generation().is_some()
    }

    /// Whether it was taken out of rotation.
    pub fn is_draining(&self) -> bool {
        self.inner.draining.load(Ordering::Acquire)
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
        context.priced = headers
            .get("x-sanshe-cost")
            .is_some_and(|value| value == "1");
        context
    }
}
