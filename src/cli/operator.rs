//! `sanshe operator`: keeps the graph of a namespace; `sanshe operator withdraw`
//! takes it out before an operator goes; `sanshe operator crds` writes the
//! definitions of its resources.

use std::{fs, net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use kit::{lifecycle, telemetry::Telemetry};
use kube::Client;
use operator::withdraw::{Withdrawn, withdraw as take_out};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{out, settings};

/// The arguments of `sanshe operator`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// The namespace of the resources; the one of the pod or of the kubeconfig where it is not given.
    #[arg(long, env = "SANSHE_OPERATOR_NAMESPACE", value_name = "NAME")]
    namespace: Option<String>,
    /// Where health and metrics are served.
    #[arg(
        long,
        env = "SANSHE_OPERATOR_LISTEN",
        default_value = "127.0.0.1:4010",
        value_name = "ADDR"
    )]
    listen: SocketAddr,
    /// The name of the pod, for events.
    #[arg(long, env = "POD_NAME", value_name = "NAME")]
    instance: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Write the custom resource definitions.
    Crds(Crds),
    /// Take a graph out of a namespace before its operator goes: nothing stays behind that waits for one.
    Withdraw(Withdraw),
}

/// The arguments of `sanshe operator withdraw`.
#[derive(Debug, clap::Args)]
struct Withdraw {
    /// The name of the Supergraph, which is deleted.
    supergraph: String,
    /// Its namespace; the one of the pod or of the kubeconfig where it is not given.
    #[arg(long, env = "SANSHE_OPERATOR_NAMESPACE", value_name = "NAME")]
    namespace: Option<String>,
    /// How long the operator may take to let go of the subgraphs; then it is done here.
    #[arg(long, default_value = "60", value_name = "SECONDS")]
    wait: u64,
}

/// The arguments of `sanshe operator crds`.
#[derive(Debug, clap::Args)]
struct Crds {
    /// Write nothing; fail where a committed definition is out of date.
    #[arg(long)]
    check: bool,
    /// The folder of the definitions.
    #[arg(
        long,
        default_value = "charts/sanshe-crds/templates",
        value_name = "FOLDER"
    )]
    folder: PathBuf,
}

/// Runs until SIGTERM or Ctrl-C; a look that has begun ends.
pub async fn run(args: Args) -> Result<ExitCode> {
    match args.command {
        Some(Command::Crds(args)) => return crds(&args),
        Some(Command::Withdraw(args)) => return withdraw(args).await,
        None => {}
    }
    let settings = kit::config::Settings::load(None)?;
    let telemetry = Telemetry::install(&settings, "operator")?;
    let metrics = telemetry.metrics();
    let client = client().await?;
    let namespace = args
        .namespace
        .unwrap_or_else(|| client.default_namespace().to_owned());
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("cannot listen on {}", args.listen))?;
    tracing::info!(%namespace, listen = %args.listen, "the operator begins");
    let parts = operator::Parts {
        client,
        namespace,
        clock: settings::clock(&settings),
        instance: args.instance,
        metrics: Some(Arc::new(move || metrics.render())),
    };
    operator::run(parts, listener, lifecycle::stop_signal()).await?;
    Ok(ExitCode::SUCCESS)
}

async fn client() -> Result<Client> {
    Client::try_default()
        .await
        .context("no API server is known: run in a pod, or set KUBECONFIG / 未找到 API 服务器")
}

async fn withdraw(args: Withdraw) -> Result<ExitCode> {
    let client = client().await?;
    let namespace = args
        .namespace
        .unwrap_or_else(|| client.default_namespace().to_owned());
    let wait = Duration::from_secs(args.wait);
    let stop = CancellationToken::new();
    let withdrawing = take_out(client, &namespace, &args.supergraph, wait, &stop);
    tokio::pin!(withdrawing);
    let outcome = tokio::select! {
        outcome = &mut withdrawing => outcome?,
        () = lifecycle::stop_signal() => {
            stop.cancel();
            withdrawing.await?
        }
    };
    match outcome {
        Withdrawn::Released => out::line(format_args!(
            "{} is withdrawn, nothing is held / 已撤回,没有资源被占用",
            args.supergraph
        )),
        Withdrawn::Forced(names) => out::line(format_args!(
            "{} is withdrawn; no operator let go of {}, so it was done here / 已撤回;操作器未响应,已直接释放",
            args.supergraph,
            names.join(", ")
        )),
        Withdrawn::OthersLive(names) => anyhow::bail!(
            "the operator of {namespace} also keeps {}: delete them first / 命名空间中还有其他超图,请先删除",
            names.join(", ")
        ),
    }
    Ok(ExitCode::SUCCESS)
}

fn crds(args: &Crds) -> Result<ExitCode> {
    let mut stale = Vec::new();
    for (name, made) in operator::crd::files()? {
        let path = args.folder.join(name);
        if fs::read_to_string(&path).is_ok_and(|committed| committed == made) {
            continue;
        }
        if args.check {
            stale.push(path.display().to_string());
            continue;
        }
        fs::create_dir_all(&args.folder)
            .with_context(|| format!("{} cannot be made", args.folder.display()))?;
        fs::write(&path, made).with_context(|| format!("{} cannot be written", path.display()))?;
        out::line(format_args!("{} written / 已写入", path.display()));
    }
    anyhow::ensure!(
        stale.is_empty(),
        "out of date, run `just crds`: {} / 资源定义已过期",
        stale.join(", ")
    );
    Ok(ExitCode::SUCCESS)
}
