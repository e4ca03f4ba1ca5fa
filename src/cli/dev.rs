//! `sanshe dev`: the whole platform in one process, with a login for
//! development, until Ctrl-C. `./dev up` ends here.

use std::{
    fs::{File, OpenOptions},
    net::SocketAddr,
    path::{Path, PathBuf},
    pin::pin,
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, Result};
use kit::{auth::issuer::read_accounts, config::Settings, lifecycle, telemetry::Telemetry};

use super::{out, settings::SettingsFile};
use crate::{
    demo::{client::Client, desk::Desk, seed, world::World},
    dev::{folder, port, servers::Servers},
    platform::{Options, Platform},
};

/// How long the services and the gateway may take to agree on the graph.
const WAIT_FOR_GRAPH: Duration = Duration::from_mins(1);

/// The arguments of `sanshe dev`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the graph is served.
    #[arg(long, default_value = "127.0.0.1:4000", value_name = "ADDR")]
    listen: SocketAddr,
    /// Where the login for development is served; loopback only.
    #[arg(long, default_value = "127.0.0.1:7900", value_name = "ADDR")]
    issuer: SocketAddr,
    /// The folder of the query page's files, where they were fetched.
    #[arg(long, default_value = "assets/graphiql", value_name = "FOLDER")]
    graphiql: PathBuf,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Runs until Ctrl-C, and stops all that it started.
pub async fn run(args: Args) -> Result<ExitCode> {
    let settings = args.settings.load()?;
    let data = folder::data()?;
    let _alone = alone(&data)?;
    for address in [args.listen, args.issuer] {
        if address.ip().is_loopback() && address.port() != 0 {
            port::require(address.port())?;
        }
    }
    let telemetry = Telemetry::install(&quiet(&settings), "dev")?;
    let servers = Servers::open(&settings).await?;
    let outcome = serve(&args, &servers, &data, &telemetry).await;
    let closed = servers.close().await;
    outcome.and(closed)?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(args: &Args, servers: &Servers, data: &Path, telemetry: &Telemetry) -> Result<()> {
    let metrics = telemetry.metrics();
    let mut stop = pin!(lifecycle::stop_signal());
    let starting = Platform::start(Options {
        database_url: servers.postgres.app.clone(),
        owner_database_url: servers.postgres.owner.clone(),
        database_prefix: Settings::default().database_prefix,
        redis_url: servers.redis.clone(),
        data: data.join("platform"),
        graph: args.listen,
        issuer: args.issuer,
        graphiql: args.graphiql.is_dir().then(|| args.graphiql.clone()),
        metrics: Some(std::sync::Arc::new(move || metrics.render())),
    });
    let platform = tokio::select! {
        started = starting => started?,
        // Ctrl-C while it is still starting.
        () = &mut stop => return Ok(()),
    };
    tokio::select! {
        outcome = furnish(&platform) => outcome?,
        () = &mut stop => {
            platform.stop().await;
            return Ok(());
        }
    }
    greet(&platform, servers)?;
    stop.await;
    out::line("stopping / 正在停止 …");
    platform.stop().await;
    Ok(())
}

/// Waits for the graph; the first time, the demonstration moves in.
async fn furnish(platform: &Platform) -> Result<()> {
    platform.ready(WAIT_FOR_GRAPH).await?;
    if let Err(error) = demonstrate(platform).await {
        // A developer may be mending just this: the platform runs all the same.
        let error = format!("{error:#}");
        tracing::error!(error, "the demonstration could not be made");
    }
    Ok(())
}

async fn demonstrate(platform: &Platform) -> Result<()> {
    let desk = Desk::new(platform.issuer.clone(), &platform.data);
    let client = Client::new(platform.graph.clone());
    seed::ensure(
        &mut World::new(client, desk, "demo", |_| {}),
        &platform.data,
    )
    .await
}

/// The address, the demo accounts and a first query.
fn greet(platform: &Platform, servers: &Servers) -> Result<()> {
    let page = platform.graph.trim_end_matches("graphql");
    out::line(format_args!(
        "\n  三社联动平台 sanshe\n\n  graph  / 接口   {}",
        platform.graph
    ));
    out::line(format_args!("  page   / 页面   {page}"));
    out::line(format_args!("  login  / 登录   {}", platform.issuer));
    if servers.redis.is_none() {
        out::line("  events / 事件   in this process (no Redis) / 进程内");
    }
    let accounts = read_accounts(&platform.data.join("accounts.json"))?;
    if !accounts.is_empty() {
        out::line("\n  demo accounts / 演示账户");
    }
    for account in accounts {
        out::line(format_args!(
            "    {:<16} {}",
            account.name, account.title_zh
        ));
    }
    out::line(format_args!(
        "\n  first query / 第一个查询\n    curl -s {} -H 'content-type: application/json' \\\n      \
         -d '{{\"query\":\"{{ communities(first: 3) {{ nodes {{ name divisionCode households }} }} }}\"}}'\n\n  \
         Ctrl-C stops everything it started / 按 Ctrl-C 停止\n",
        platform.graph
    ));
    Ok(())
}

/// One platform per checkout: a second one would move the same clock.
fn alone(data: &Path) -> Result<File> {
    let path = data.join("platform.lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("{} cannot be opened", path.display()))?;
    file.try_lock().ok().context(
        "the platform already runs in this checkout: use it, or stop it with Ctrl-C in its window \
         / 本目录的平台已在运行",
    )?;
    Ok(file)
}

/// Only what matters to somebody at a terminal, unless the settings say more.
fn quiet(settings: &Settings) -> Settings {
    let mut settings = settings.clone();
    if settings.log == Settings::default().log {
        "warn,sqlx=error".clone_into(&mut settings.log);
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_platform_of_the_checkout_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let first = alone(folder.path()).unwrap();
        assert!(
            alone(folder.path())
                .unwrap_err()
                .to_string()
                .contains("already runs")
        );
        drop(first);
        alone(folder.path()).unwrap();
    }
}
