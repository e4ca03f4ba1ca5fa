//! The whole platform in one process: six services and the gateway, over real
//! gRPC on loopback and a real PostgreSQL. `sanshe dev` runs it, and so do the
//! end-to-end tests, on ports of the system's choice.

pub mod calendar;
mod divisions;
mod keys;
mod running;

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use gateway::config::{Config, Features, Http, Source};
use kernel::{Clock as _, FileClock, SharedClock};
use kit::{
    auth::{DevIssuer, DevIssuerOptions},
    config::Settings,
    db,
    events::Bus,
    lifecycle::{Tasks, pause},
    service::Core,
};
use tokio::net::TcpListener;

use crate::{door::Door, services::SERVICES};
use running::Running;

/// What a platform needs to know.
#[derive(Clone)]
pub struct Options {
    /// PostgreSQL with the role that serves and the role that owns.
    pub database_url: String,
    pub owner_database_url: String,
    /// What the names of the databases begin with.
    pub database_prefix: String,
    /// Redis; without it events stay in this process.
    pub redis_url: Option<String>,
    /// Where keys, accounts, the clock and the last good schema are kept.
    pub data: PathBuf,
    /// Where the graph is served; port 0 lets the system choose.
    pub graph: SocketAddr,
    /// Where the development login is served; loopback only.
    pub issuer: SocketAddr,
    /// The packages of GraphiQL, where they were fetched.
    pub graphiql: Option<PathBuf>,
    /// What `/metrics` prints.
    pub metrics: Option<Metrics>,
}

/// Renders the metrics of this process.
pub type Metrics = Arc<dyn Fn() -> String + Send + Sync>;

/// A running platform.
pub struct Platform {
    /// `http://host:port/graphql`.
    pub graph: String,
    /// `http://host:port` of the development login.
    pub issuer: String,
    /// The gRPC address of each service.
    pub services: BTreeMap<&'static str, String>,
    /// The folder of [`Options::data`].
    pub data: PathBuf,
    /// Of its own: it stops before what it asks.
    gateway: Tasks,
    running: Vec<Running>,
    tasks: Tasks,
}

impl Platform {
    /// Creates and migrates the databases, then starts everything.
    pub async fn start(options: Options) -> Result<Self> {
        std::fs::create_dir_all(&options.data)?;
        for service in SERVICES {
            let definition = service.definition;
            let database = format!("{}_{}", options.database_prefix, definition.name);
            db::provision(&options.owner_database_url, &database).await?;
            db::migrate(&options.owner_database_url, &database, definition.migrator).await?;
        }

        let tasks = Tasks::new();
        let clock_file = Arc::new(FileClock::new(options.data.join("clock")));
        let issuer = DevIssuer::bind(
            options.issuer,
            DevIssuerOptions {
                data: options.data.clone(),
                audience: "sanshe".into(),
                clock: Arc::clone(&clock_file),
            },
        )
        .await?;

        let database = format!("{}_smartdata", options.database_prefix);
        let now = clock_file.now();
        for service in SERVICES {
            let database = format!("{}_{}", options.database_prefix, service.definition.name);
            calendar::ensure(&options.owner_database_url, &database, now).await?;
        }
        let today = kernel::china_date(now);
        divisions::ensure(&options.owner_database_url, &database, &options.data, today).await?;

        let mut listeners = Vec::new();
        let mut addresses = BTreeMap::new();
        for service in SERVICES {
            let listener = TcpListener::bind(("127.0.0.1", 0))
                .await
                .context("no free port")?;
            addresses.insert(
                service.definition.name,
                format!("http://{}", listener.local_addr()?),
            );
            listeners.push(listener);
        }
        let mut settings = Settings {
            database_url: options.database_url.clone(),
            database_prefix: options.database_prefix.clone(),
            auth: issuer.settings(),
            pii: keys::load_or_create(&options.data)?,
            audit_folder: Some(options.data.join("audit")),
            clock_file: Some(options.data.join("clock")),
            ..Settings::default()
        };
        for (name, address) in &addresses {
            settings.peers.insert((*name).to_owned(), address.clone());
        }
        let settings = Arc::new(settings);

        let issuer_address = format!("http://{}", issuer.address());
        let stopping = tasks.stopping();
        tasks.spawn("issuer", async move {
            if let Err(error) = issuer.serve(stopping).await {
                tracing::error!(error = format!("{error:#}"), "the development login failed");
            }
        });

        let bus = match &options.redis_url {
            Some(url) => Bus::redis(url).context("the address of Redis cannot be used")?,
            None => Bus::in_process(),
        };
        let clock: SharedClock = clock_file;
        let mut running = Vec::new();
        for (service, listener) in SERVICES.iter().zip(listeners) {
            let core = Core::open(
                service.definition,
                Arc::clone(&settings),
                clock.clone(),
                bus.clone(),
            )?;
            running.push(Running::start(
                core.clone(),
                (service.serve)(core, listener),
            ));
        }

        let graph = TcpListener::bind(options.graph)
            .await
            .with_context(|| format!("the graph cannot be served on {}", options.graph))?;
        let address = graph.local_addr()?;
        let config = Config {
            source: Source::Subgraphs(
                addresses
                    .iter()
                    .map(|(name, url)| ((*name).to_owned(), url.clone()))
                    .collect(),
            ),
            http: Http {
                graphiql_assets: options.graphiql,
                ..Http::default()
            },
            features: Features::development(),
            state_dir: Some(options.data.join("gateway")),
            ..Config::default()
        };
        let parts = gateway::Parts {
            authenticator: Some(Door::open(&settings.auth, clock.clone())?),
            ids: Some(Arc::new(kernel::Ids::new(clock.clone()))),
            clock: Some(clock),
            metrics: options.metrics,
            ..gateway::Parts::default()
        };
        let gateway = Tasks::new();
        let stopping = gateway.stopping();
        gateway.spawn("gateway", async move {
            let stop = async move { stopping.cancelled().await };
            if let Err(error) = gateway::run(config, parts, graph, stop).await {
                tracing::error!(error = format!("{error:#}"), "the gateway failed");
            }
        });
        Ok(Self {
            graph: format!("http://{address}/graphql"),
            issuer: issuer_address,
            services: addresses,
            data: options.data,
            gateway,
            running,
            tasks,
        })
    }

    /// Waits until the graph can be asked.
    pub async fn ready(&self, limit: Duration) -> Result<()> {
        let begun = std::time::Instant::now();
        let client = crate::demo::client::Client::new(self.graph.clone());
        loop {
            let answer = client.send("{ __typename }", serde_json::json!({})).await;
            match answer {
                Ok(answer) if answer.errors.is_empty() => return Ok(()),
                Ok(answer) if begun.elapsed() > limit => {
                    anyhow::bail!("the graph is not ready: {:?}", answer.errors)
                }
                Err(error) if begun.elapsed() > limit => return Err(error),
                _ => {}
            }
            anyhow::ensure!(
                pause(&self.tasks.stopping(), Duration::from_millis(100)).await,
                "the platform is stopping"
            );
        }
    }

    /// Stops the gateway first, so that what it has begun is still answered by
    /// the services, then these, then the login; waits for each.
    pub async fn stop(self) {
        let limit = Duration::from_secs(10);
        if !self.gateway.stop(limit).await {
            tracing::warn!("the gateway did not end in time");
        }
        for service in self.running {
            service.stop(limit).await;
        }
        if !self.tasks.stop(limit).await {
            tracing::warn!("some tasks did not end in time");
        }
    }
}
