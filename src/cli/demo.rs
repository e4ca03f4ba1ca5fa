//! `sanshe demo`: the demonstration community, and the linkage story, played
//! through the graph of a platform that runs. For one that has no login of its
//! own, such as one in a cluster, there is the login alone.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{Context, Result};
use kernel::FileClock;
use kit::{
    auth::{DevIssuer, DevIssuerOptions},
    config::Settings,
    lifecycle::{self, Tasks},
};

use super::out;
use crate::{
    demo::{client::Client, desk::Desk, seed, story, world::World},
    dev::folder,
};

/// The arguments of `sanshe demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// The graph of a running platform.
    #[arg(
        long,
        global = true,
        default_value = "http://127.0.0.1:4000/graphql",
        value_name = "URL"
    )]
    graph: String,
    /// Its login for development.
    #[arg(
        long,
        global = true,
        default_value = "http://127.0.0.1:7900",
        value_name = "URL"
    )]
    issuer: String,
    /// Its data folder; the one of this checkout unless said otherwise.
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Plays the story from a need to its rating, and prints each step.
    Story,
    /// The login for development alone, at the address of `--issuer`, until
    /// Ctrl-C: for a platform that runs elsewhere and trusts it. It gives a
    /// token to everybody on this machine.
    Login,
}

/// Makes the demonstration, or plays its story.
pub async fn run(args: Args) -> Result<ExitCode> {
    let data = match args.data {
        Some(data) => data,
        None => folder::data()?.join("platform"),
    };
    if matches!(args.what, Some(What::Login)) {
        return login(&args.issuer, data).await;
    }
    let desk = Desk::new(args.issuer, &data);
    let run = format!("demo-{}", crate::dev::secret::random(4)?);
    let mut world = World::new(Client::new(args.graph), desk, "demo", |line| {
        out::line(line);
    });
    seed::ensure(&mut world, &data)
        .await
        .context("the demonstration cannot be made: does the platform run (`./dev up`)?")?;
    if let Some(What::Story) = args.what {
        world.begin(run);
        story::play(&mut world).await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Serves the login, with its accounts, its key and its clock in `data`.
async fn login(issuer: &str, data: PathBuf) -> Result<ExitCode> {
    let url = url::Url::parse(issuer).context("--issuer is no URL")?;
    let address = url
        .socket_addrs(|| None)
        .ok()
        .and_then(|all| all.into_iter().find(std::net::SocketAddr::is_ipv4))
        .with_context(|| format!("--issuer {issuer} is no address of this machine"))?;
    std::fs::create_dir_all(&data)?;
    let clock = Arc::new(FileClock::new(data.join("clock")));
    let options = DevIssuerOptions {
        data,
        audience: Settings::default().auth.audience,
        clock,
    };
    let server = DevIssuer::bind(address, options).await?;
    let tasks = Tasks::new();
    let stopping = tasks.stopping();
    let told = format!("login / 登录   {}", server.settings().issuer);
    out::line(told);
    let serving = server.serve(stopping.clone());
    tokio::pin!(serving);
    tokio::select! {
        outcome = &mut serving => outcome?,
        () = lifecycle::stop_signal() => {
            stopping.cancel();
            serving.await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
