//! Watches, and when to look again.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::StreamExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use kernel::SharedClock;
use kube::{
    Api, Client, Resource, ResourceExt as _,
    core::PartialObjectMeta,
    runtime::{
        Controller,
        controller::Action,
        reflector::{ObjectRef, Store},
        watcher,
    },
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    crd::{Subgraph, Supergraph},
    edge::{Edge, Error},
    serve::{self, Health, Metrics},
};

/// A look without a cause, should a watch ever miss something.
const RESYNC: Duration = Duration::from_mins(10);

/// The longest pause between attempts that fail.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// What the process is given.
pub struct Parts {
    pub client: Client,
    pub namespace: String,
    pub clock: SharedClock,
    /// The name of the pod, for events.
    pub instance: Option<String>,
    pub metrics: Option<Metrics>,
}

/// What a controller shares with its looks.
struct Context {
    edge: Edge,
    failures: Mutex<HashMap<String, u32>>,
}

/// Runs until `shutdown`; a look that has begun ends.
pub async fn run(
    parts: Parts,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let edge = Edge::new(parts.client, parts.namespace, parts.clock, parts.instance);
    let (subgraphs, supergraphs) = (edge.api::<Subgraph>(), edge.api::<Supergraph>());
    let maps: Api<PartialObjectMeta<ConfigMap>> = edge.api();
    let context = Arc::new(Context {
        edge,
        failures: Mutex::default(),
    });

    let controller = Controller::new(subgraphs.clone(), watcher::Config::default());
    let known_subgraphs = controller.store();
    let (all, by_map) = (known_subgraphs.clone(), known_subgraphs.clone());
    let subgraph_looks = controller
        .watches(supergraphs.clone(), watcher::Config::default(), move |_| {
            every(&all)
        })
        .watches(maps.clone(), watcher::Config::default(), move |map| {
            concerned(&by_map, &map, |it: &Subgraph, name| {
                let from = it.spec.schema.config_map_ref.as_ref();
                from.is_some_and(|from| from.name == name)
            })
        })
        .graceful_shutdown_on(stop.clone().cancelled_owned())
        .run(look_at_subgraph, again, Arc::clone(&context))
        .for_each(|_| std::future::ready(()));

    let controller = Controller::new(supergraphs, watcher::Config::default());
    let known_supergraphs = controller.store();
    let (all, by_map) = (known_supergraphs.clone(), known_supergraphs.clone());
    let supergraph_looks = controller
        .watches(subgraphs, watcher::Config::default(), move |_| every(&all))
        .watches(maps, watcher::Config::default(), move |map| {
            concerned(&by_map, &map, |it: &Supergraph, name| {
                let is_version = map_is_version(name);
                is_version || it.spec.checks.operations.iter().any(|it| it == name)
            })
        })
        .graceful_shutdown_on(stop.clone().cancelled_owned())
        .run(look_at_supergraph, again, context)
        .for_each(|_| std::future::ready(()));

    let health = Health::default();
    let ready = async {
        // Dropped only at the stop.
        let _ = known_subgraphs.wait_until_ready().await;
        let _ = known_supergraphs.wait_until_ready().await;
        health.set_ready();
        tracing::info!("the resources are known");
    };
    let server = serve::serve(listener, health.clone(), parts.metrics, stop.clone());
    let stopping = async {
        shutdown.await;
        tracing::info!("stopping");
        stop.cancel();
    };
    let all = async { tokio::join!(server, ready, subgraph_looks, supergraph_looks).0 };
    tokio::pin!(all, stopping);
    tokio::select! {
        ended = &mut all => ended,
        () = &mut stopping => all.await,
    }
}

/// The names of versions carry the mark of their kind.
fn map_is_version(name: &str) -> bool {
    name.contains("-schema-")
}

async fn look_at_subgraph(subgraph: Arc<Subgraph>, context: Arc<Context>) -> Result<Action, Error> {
    let name = subgraph.name_any();
    let begun = Instant::now();
    let result = context.edge.subgraph(&name).await;
    measure("Subgraph", begun, result.is_ok());
    let found = result?;
    context.worked("Subgraph", &name);
    let interval = found
        .filter(|it| !it.spec.suspend)
        .and_then(|it| it.spec.schema.ask)
        .and_then(|ask| ask.interval.strip_suffix('s')?.parse().ok())
        .map(Duration::from_secs);
    Ok(Action::requeue(interval.unwrap_or(RESYNC)))
}

async fn look_at_supergraph(
    supergraph: Arc<Supergraph>,
    context: Arc<Context>,
) -> Result<Action, Error> {
    let name = supergraph.name_any();
    let begun = Instant::now();
    let result = context.edge.supergraph(&name).await;
    measure("Supergraph", begun, result.is_ok());
    result?;
    context.worked("Supergraph", &name);
    Ok(Action::requeue(RESYNC))
}

fn measure(kind: &'static str, begun: Instant, worked: bool) {
    let outcome = if worked { "ok" } else { "failed" };
    metrics::histogram!("operator.reconcile.seconds", "kind" => kind, "outcome" => outcome)
        .record(begun.elapsed().as_secs_f64());
}

impl Context {
    fn worked(&self, kind: &str, name: &str) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(&format!("{kind}/{name}"));
    }

    /// 1 s, 2 s, 4 s … 60 s.
    fn failed(&self, kind: &str, name: &str) -> Duration {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.entry(format!("{kind}/{name}")).or_default();
        let pause = Duration::from_secs(1 << (*count).min(6));
        *count += 1;
        pause.min(LONGEST_PAUSE)
    }
}

fn again<K>(of: Arc<K>, error: &Error, context: Arc<Context>) -> Action
where
    K: Resource<DynamicType = ()>,
{
    let (kind, name) = (K::kind(&()), of.name_any());
    let pause = context.failed(&kind, &name);
    let cause = std::error::Error::source(error)
        .map(ToString::to_string)
        .unwrap_or_default();
    tracing::warn!(%kind, %name, %error, cause, ?pause, "a look failed");
    Action::requeue(pause)
}

fn every<K>(known: &Store<K>) -> Vec<ObjectRef<K>>
where
    K: Resource<DynamicType = ()> + Clone + 'static,
{
    let known = known.state();
    known
        .iter()
        .map(|it| ObjectRef::from_obj(it.as_ref()))
        .collect()
}

/// Those that own a ConfigMap or read it.
fn concerned<K>(
    known: &Store<K>,
    map: &PartialObjectMeta<ConfigMap>,
    reads: impl Fn(&K, &str) -> bool,
) -> Vec<ObjectRef<K>>
where
    K: Resource<DynamicType = ()> + Clone + 'static,
{
    let name = map.name_any();
    let owns = |it: &K| {
        let (kind, owner) = (K::kind(&()), it.name_any());
        let owners = map.owner_references();
        owners
            .iter()
            .any(|found| found.kind == kind && found.name == owner)
    };
    let known = known.state();
    let concerned = known.iter().filter(|it| owns(it) || reads(it, &name));
    concerned
        .map(|it| ObjectRef::from_obj(it.as_ref()))
        .collect()
}
