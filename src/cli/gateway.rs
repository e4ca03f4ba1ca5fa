//! `sanshe gateway`: the graph in a process of its own, over services that
//! answer gRPC or over any supergraph in the join spec.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{Context, Result};
use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use gateway::{
    Authenticator, Parts,
    config::{Config, Source},
};
use kernel::Ids;
use kit::{config::Settings, lifecycle, telemetry::Telemetry};
use tokio::net::TcpListener;

use super::settings;
use crate::door::Door;

/// The arguments of `sanshe gateway`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A supergraph over HTTP subgraphs, instead of the services.
    #[arg(long, value_name = "FILE")]
    supergraph: Option<PathBuf>,
    /// Where the graph is served.
    #[arg(long, default_value = "127.0.0.1:4000", value_name = "ADDR")]
    listen: SocketAddr,
    /// A TOML file of the gateway's settings; files `gateway_…` in the folder
    /// `SANSHE_SECRETS` win over it, and `SANSHE_GATEWAY_…` over both.
    #[arg(long, env = "SANSHE_GATEWAY_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Serves until SIGTERM or Ctrl-C, then drains.
pub async fn run(args: Args) -> Result<ExitCode> {
    let settings = Settings::load(None)?;
    let telemetry = Telemetry::install(&settings, "gateway")?;
    let metrics = telemetry.metrics();
    let mut figment = Figment::new();
    if let Some(file) = &args.config {
        anyhow::ensure!(file.exists(), "no settings file at {}", file.display());
        figment = figment.merge(Toml::file(file));
    }
    let mut config: Config = figment
        .merge(Serialized::defaults(kit::config::gateway_secrets()?))
        .merge(
            Env::prefixed("SANSHE_GATEWAY_")
                .filter(|key| key != "config")
                .split("__"),
        )
        .extract()
        .context("the gateway's settings cannot be read")?;
    if let Some(file) = args.supergraph {
        anyhow::ensure!(file.exists(), "no supergraph at {}", file.display());
        config.source = Source::Supergraph(file);
    } else if matches!(&config.source, Source::Subgraphs(known) if known.is_empty()) {
        anyhow::ensure!(
            !settings.peers.is_empty(),
            "the gateway knows no service: set SANSHE_PEERS__SMARTDATA and so on, or give \
             --supergraph / 网关未配置任何服务"
        );
        config.source = Source::Subgraphs(settings.peers.clone());
    }
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("cannot listen on {}", args.listen))?;
    let clock = settings::clock(&settings);
    let authenticator: Option<Arc<dyn Authenticator>> = if config.authenticates() {
        Some(Door::open(&settings.auth, clock.clone())?)
    } else {
        None
    };
    let parts = Parts {
        authenticator,
        ids: Some(Arc::new(Ids::new(clock.clone()))),
        clock: Some(clock),
        metrics: Some(Arc::new(move || metrics.render())),
        ..Parts::default()
    };
    gateway::run(config, parts, listener, lifecycle::stop_signal()).await?;
    Ok(ExitCode::SUCCESS)
}
