//! `sanshe serve <service>`: one service in a process of its own.

use std::{pin::pin, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use kit::{
    admin::{self, Readiness},
    db::{self, Db},
    events::Bus,
    lifecycle,
    service::Core,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::settings;
use crate::services::{self, Service};

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
    let (settings, telemetry) = args.settings.begin(definition.name)?;
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
    let tasks = core.tasks.clone();
    let ended = CancellationToken::new();
    let admin = match settings.admin_listen {
        Some(address) => {
            let url = settings.database_of(&settings.database_url, definition.name)?;
            let readiness = Readiness::new(
                tasks.stopping(),
                Db::open(&url, &format!("{}-health", definition.name), 1)?,
            );
            let listener = TcpListener::bind(address)
                .await
                .with_context(|| format!("cannot listen on {address}"))?;
            let served = admin::serve(
                listener,
                readiness.clone(),
                telemetry.metrics(),
                ended.clone().cancelled_owned(),
            );
            Some((readiness, served))
        }
        None => None,
    };
    let (readiness, admin) = admin.unzip();
    let main = async {
        let outcome = serve(service, core, listener, readiness).await;
        if !tasks.stop(WAIT_FOR_TASKS).await {
            tracing::warn!("some tasks did not end in time");
        }
        // Last, so that a probe has an answer to the end.
        ended.cancel();
        outcome
    };
    match admin {
        Some(admin) => tokio::try_join!(main, admin).map(|_| ())?,
        None => main.await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Waits for the schema, serves, and drains at the stop.
async fn serve(
    service: &Service,
    core: Core,
    listener: TcpListener,
    readiness: Option<Readiness>,
) -> Result<()> {
    let mut stop = pin!(lifecycle::stop_signal());
    let migrator = service.definition.migrator;
    tokio::select! {
        migrated = db::wait_until_migrated(core.db.pool(), migrator, WAIT_FOR_SCHEMA) => migrated?,
        // The first process of a container has to listen, or nothing stops it.
        () = &mut stop => return Ok(()),
    }
    let tasks = core.tasks.clone();
    let mut serving = (service.serve)(core, listener);
    if let Some(readiness) = readiness {
        readiness.begin();
    }
    tokio::select! {
        ended = &mut serving => ended,
        () = &mut stop => {
            tasks.stopping().cancel();
            serving.await
        }
    }
}
