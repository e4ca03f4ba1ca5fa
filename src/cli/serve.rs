//! `sanshe serve <service>`: one service in a process of its own.

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use kit::{db, events::Bus, lifecycle, service::Core};
use tokio::net::TcpListener;

use super::settings;
use crate::services;

/// How long a service waits for `sanshe migrate` before it gives up.
const WAIT_FOR_SCHEMA: Duration = Duration::from_mins(5);

/// How long tasks may take to end once the listener is closed.
const WAIT_FOR_TASKS: Duration = Duration::from_secs(20);

/// The arguments of `sanshe serve`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which service.
    service: String,
    #[command(flatten)]
    settings: settings::SettingsFile,
}

/// Serves until SIGTERM or Ctrl-C, then drains.
pub async fn run(args: Args) -> Result<ExitCode> {
    let service = services::find(&args.service)?;
    let definition = service.definition;
    let (settings, _telemetry) = args.settings.begin(definition.name)?;
    anyhow::ensure!(
        !settings.database_url.is_empty(),
        "set SANSHE_DATABASE_URL / 请设置 SANSHE_DATABASE_URL"
    );
    let bus = if let Some(url) = &settings.redis_url {
        Bus::redis(url).context("SANSHE_REDIS_URL cannot be used")?
    } else {
        tracing::warn!("no SANSHE_REDIS_URL: events of this process reach no other process");
        Bus::in_process()
    };
    let clock = settings::clock(&settings);
    let listener = TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("cannot listen on {}", settings.listen))?;
    let core = Core::open(definition, Arc::clone(&settings), clock, bus)?;
    db::wait_until_migrated(core.db.pool(), definition.migrator, WAIT_FOR_SCHEMA).await?;

    let tasks = core.tasks.clone();
    let mut serving = (service.serve)(core, listener);
    tokio::select! {
        ended = &mut serving => ended?,
        () = lifecycle::stop_signal() => {
            tasks.stopping().cancel();
            serving.await?;
        }
    }
    if !tasks.stop(WAIT_FOR_TASKS).await {
        tracing::warn!("some tasks did not end in time");
    }
    Ok(ExitCode::SUCCESS)
}
