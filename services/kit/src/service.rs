//! The frame of a service: what it declares, what it is given, how it runs.
//!
//! A service crate declares a [`Definition`] and answers its [`Parts`]; this
//! module opens the database, keys, clock and peers, and serves until the
//! stop, draining first.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use async_graphql::{ObjectType, Schema, SubscriptionType};
use kernel::{IdempotencyKey, Ids, SharedClock, pii::PiiKeys};
use proto::graph::v1::subgraph_service_server::SubgraphServiceServer;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::migrate::Migrator;
use tokio::net::TcpListener;
use tonic::{metadata::MetadataMap, service::Routes};

use crate::{
    audit,
    auth::{Caller, Policies, Resource, Verifier},
    calendar,
    config::Settings,
    db::Db,
    error,
    events::{Bus, Consumer, Relay},
    gauges,
    graph::{Prepare, Subgraph},
    grpc::{self, Peer},
    idempotency,
    jobs::Worker,
    lifecycle::{Tasks, pause},
    live::{Live, Watch},
    sealed::SealedColumn,
};

/// What a service declares about itself.
pub struct Definition {
    /// Its name: the folder, the database, the subgraph.
    pub name: &'static str,
    /// Its migrations.
    pub migrator: &'static Migrator,
    /// Its Cedar schema (kinds and actions).
    pub policy_schema: &'static str,
    /// Its Cedar policies.
    pub policies: &'static str,
    /// Where it keeps personal data under a key.
    pub sealed: &'static [SealedColumn],
}

/// A service that serves until the stop.
pub type Serving = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// What every part of a service may use.
#[derive(Clone)]
pub struct Core {
    /// The service's name.
    pub name: &'static str,
    /// Its database.
    pub db: Db,
    /// The clock; nothing else tells the time.
    pub clock: SharedClock,
    /// Makes ids from that clock.
    pub ids: Arc<Ids>,
    /// Who may do what.
    pub policies: Arc<Policies>,
    /// Verifies tokens.
    pub verifier: Arc<Verifier>,
    /// Keys for personal data.
    pub pii: Arc<PiiKeys>,
    /// Carries events.
    pub bus: Bus,
    /// What changes, for subscribers.
    pub live: Live,
    /// The tasks of this service.
    pub tasks: Tasks,
    /// The settings.
    pub settings: Arc<Settings>,
}

impl Core {
    /// Opens what a service needs; nothing is contacted yet.
    pub fn open(
        definition: &Definition,
        settings: Arc<Settings>,
        clock: SharedClock,
        bus: Bus,
    ) -> Result<Self> {
        let name = definition.name;
        let url = settings.database_of(&settings.database_url, name)?;
        Ok(Self {
            name,
            db: Db::open(&url, name, settings.database_connections)?,
            ids: Arc::new(Ids::new(clock.clone())),
            policies: Arc::new(
                Policies::load(definition.policy_schema, definition.policies)
                    .with_context(|| format!("the policies of {name}"))?,
            ),
            verifier: Arc::new(Verifier::from_settings(&settings.auth, clock.clone())?),
            pii: Arc::new(settings.pii.keys()?),
            clock,
            bus,
            live: Live::default(),
            tasks: Tasks::new(),
            settings,
        })
    }

    /// Who calls, from the metadata of a gRPC request.
    pub async fn caller(&self, metadata: &MetadataMap) -> error::Result<Caller> {
        Caller::from_metadata(
            metadata,
            &self.verifier,
            Duration::from_millis(self.settings.request_timeout_ms),
        )
        .await
    }

    /// Refuses what the policies do not permit.
    pub fn authorize(
        &self,
        caller: &Caller,
        action: &str,
        resource: &Resource,
    ) -> error::Result<()> {
        self.policies
            .check(&caller.actor, action, resource)
            .map_err(error::Error::fault)
    }

    /// The same, of one thing by its id: what the caller may not even read is
    /// told as not there, so that nobody learns by trying what there is.
    pub fn authorize_seen(
        &self,
        caller: &Caller,
        (action, read): (&str, &str),
        resource: &Resource,
        unknown: impl FnOnce() -> error::Error,
    ) -> error::Result<()> {
        caller.signed_in(action)?;
        self.authorize(caller, action, resource).map_err(|denied| {
            if self.policies.allows(&caller.actor, read, resource) {
                denied
            } else {
                unknown()
            }
        })
    }

    /// What the same call was answered before; asked straight after the
    /// permission, see [`Db::answered`].
    pub async fn answered<T: DeserializeOwned>(
        &self,
        caller: &Caller,
        operation: &'static str,
        key: &IdempotencyKey,
        input: &impl Serialize,
    ) -> error::Result<Option<T>> {
        self.db
            .answered(caller, operation, key, input, self.clock.now())
            .await
    }

    /// The same where only peers can tell what a first call is about: the
    /// answer tells it for a repeated one, and the permission is asked of that.
    pub async fn answered_about<T: DeserializeOwned>(
        &self,
        caller: &Caller,
        operation: &'static str,
        key: &IdempotencyKey,
        input: &impl Serialize,
        resource: impl FnOnce(&T) -> Resource,
    ) -> error::Result<Option<T>> {
        caller.signed_in(operation)?;
        let before: Option<T> = self.answered(caller, operation, key, input).await?;
        if let Some(first) = &before {
            self.authorize(caller, operation, &resource(first))?;
        }
        Ok(before)
    }

    /// Watches one thing whose table tells of its changes.
    pub async fn watch(&self, kind: &'static str, id: uuid::Uuid) -> error::Result<Watch> {
        self.live.watch(self.db.pool(), &self.tasks, kind, id).await
    }

    /// Another service, by name.
    pub fn peer(&self, name: &str) -> Result<Peer> {
        let address = self.settings.peers.get(name).with_context(|| {
            format!(
                "no address of {name}: set SANSHE_PEERS__{}",
                name.to_ascii_uppercase()
            )
        })?;
        Peer::new(address)
    }
}

/// What a service is made of, once wired.
pub struct Parts<Q, M, S> {
    /// Its part of the graph.
    pub schema: Schema<Q, M, S>,
    /// Adds the loaders of one request.
    pub prepare: Prepare,
    /// Its domain calls for other services.
    pub routes: Routes,
    /// What it does on events of others.
    pub consumer: Option<Consumer>,
    /// What it does when timers fall due.
    pub worker: Option<Worker>,
}

/// Signs the head of the audit log now and then, where a folder is named.
fn keep_checkpoints(core: &Core) -> Result<()> {
    let Some(folder) = &core.settings.audit_folder else {
        return Ok(());
    };
    std::fs::create_dir_all(folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    let key = format!("{}.key", core.name);
    let signer = match &core.settings.audit_keys {
        Some(keys) => audit::Signer::load(&keys.join(key))?,
        None => audit::Signer::load_or_create(&folder.join(key))?,
    };
    let exported = folder.join(format!("{}.checkpoints", core.name));
    audit::Keeper::new(
        core.name,
        core.db.pool().clone(),
        core.clock.clone(),
        signer,
        exported,
    )
    .spawn(&core.tasks);
    gauges::watch(core, audit::gauge::measure);
    Ok(())
}

/// Serves until the stop: readiness turns false, the drain delay passes, the
/// listener closes, what is under way finishes, tasks end.
pub async fn run<Q, M, S>(core: Core, parts: Parts<Q, M, S>, listener: TcpListener) -> Result<()>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let (health, health_service) = tonic_health::server::health_reporter();
    health
        .set_service_status("", tonic_health::ServingStatus::Serving)
        .await;
    let subgraph = Subgraph::new(core.clone(), parts.schema, parts.prepare);
    let routes = parts
        .routes
        .add_service(SubgraphServiceServer::new(subgraph).max_decoding_message_size(4 << 20))
        .add_service(health_service);

    Relay::new(
        core.name,
        core.db.pool().clone(),
        core.bus.clone(),
        core.clock.clone(),
    )
    .spawn(&core.tasks);
    if let Some(consumer) = parts.consumer {
        consumer.spawn(&core.tasks);
    }
    if let Some(worker) = parts.worker {
        worker.spawn(&core.tasks);
    }

    idempotency::sweep(core.db.pool().clone(), &core.tasks);
    keep_checkpoints(&core)?;
    gauges::watch(&core, calendar::measure);

    let stopping = core.tasks.stopping();
    let drain = Duration::from_millis(core.settings.drain_delay_ms);
    let address = listener.local_addr()?;
    tracing::info!(service = core.name, %address, "serving");
    let stop = async move {
        stopping.cancelled().await;
        health
            .set_service_status("", tonic_health::ServingStatus::NotServing)
            .await;
        let never = tokio_util::sync::CancellationToken::new();
        pause(&never, drain).await;
    };
    let limits = grpc::Limits {
        request: Duration::from_millis(core.settings.request_timeout_ms),
        connection_age: match core.settings.connection_age_ms {
            0 => None,
            age => Some(Duration::from_millis(age)),
        },
    };
    grpc::serve(routes, listener, limits, stop).await?;
    tracing::info!(service = core.name, "stopped");
    Ok(())
}
