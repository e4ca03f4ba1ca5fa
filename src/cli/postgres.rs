//! `sanshe postgres`: the private servers of development and tests.
//!
//! `run -- cargo test` is what `just test` uses: it starts a PostgreSQL (and a
//! Redis where one is installed) for this one command, hands over their
//! addresses, and stops both however the command ends.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use clap::{Args as Arguments, Subcommand};

use super::out;
use crate::dev::{
    postgres::{Cluster, Plan, Role},
    redis::{self, Redis},
};

/// The arguments of `sanshe postgres`.
#[derive(Debug, Arguments)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Start the server and let it run until `stop`.
    Start {
        /// In a folder of its own, which goes when it stops.
        #[arg(long)]
        ephemeral: bool,
        /// Faster, and it may lose what it wrote.
        #[arg(long, requires = "ephemeral")]
        for_tests: bool,
    },
    /// Stop the server that `start` started.
    Stop {
        /// The folder of an ephemeral server, as `start` printed it.
        #[arg(long)]
        folder: Option<PathBuf>,
    },
    /// Print the address of the running server.
    Url {
        /// For which role.
        #[arg(long, value_enum, default_value = "owner")]
        role: Role,
    },
    /// Run a command with servers of its own for tests.
    Run {
        /// The command and its arguments.
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
}

/// Runs the verb.
pub async fn run(args: Args) -> Result<ExitCode> {
    match args.verb {
        Verb::Start {
            ephemeral: false, ..
        } => start().await,
        Verb::Start { for_tests, .. } => start_ephemeral(for_tests).await,
        Verb::Stop { folder } => stop(folder).await,
        Verb::Url { role } => url(role).await,
        Verb::Run { command } => run_command(&command).await,
    }
}

async fn start() -> Result<ExitCode> {
    let cluster = Cluster::open(Plan::of_checkout()?).await?;
    cluster.keep()?;
    out::line(cluster.address(Role::Owner));
    cluster.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// Prints lines that a shell can evaluate.
async fn start_ephemeral(for_tests: bool) -> Result<ExitCode> {
    let cluster = Cluster::open(Plan {
        for_tests,
        ..Plan::for_one_run()?
    })
    .await?;
    cluster.keep()?;
    out::line(format_args!(
        "SANSHE_TEST_DATABASE_URL={}",
        cluster.address(Role::Admin)
    ));
    let redis = redis::Plan {
        folder: cluster.folder().join("redis"),
        ephemeral: true,
    };
    if let Some(redis) = Redis::open(redis).await? {
        redis.keep()?;
        out::line(format_args!("SANSHE_TEST_REDIS_URL={}", redis.url));
        redis.close().await?;
    }
    out::line(format_args!(
        "SANSHE_TEST_POSTGRES={}",
        cluster.folder().display()
    ));
    cluster.close().await?;
    Ok(ExitCode::SUCCESS)
}

async fn stop(folder: Option<PathBuf>) -> Result<ExitCode> {
    let plan = match folder {
        Some(folder) => {
            anyhow::ensure!(folder.exists(), "there is no {}", folder.display());
            let redis = redis::Plan {
                folder: folder.join("redis"),
                ephemeral: true,
            };
            Redis::stop_in(redis).await?;
            Plan {
                folder,
                for_tests: true,
                ephemeral: true,
            }
        }
        None => Plan::of_checkout()?,
    };
    let ran = Cluster::stop_in(plan).await?;
    out::line(if ran {
        "stopped / 已停止"
    } else {
        "it was not running / 未在运行"
    });
    Ok(ExitCode::SUCCESS)
}

/// The owner's address of the private server of this checkout.
pub async fn running_owner() -> Result<String> {
    let address = Cluster::address_in(&Plan::of_checkout()?, Role::Owner).await?;
    address.context(
        "no database is named and the private one does not run: set SANSHE_OWNER_DATABASE_URL, or \
         start the platform with `./dev up` / 未指定数据库,且本目录的数据库未运行",
    )
}

async fn url(role: Role) -> Result<ExitCode> {
    let address = Cluster::address_in(&Plan::of_checkout()?, role).await?;
    out::line(address.context("the server does not run: `sanshe postgres start` / 数据库未运行")?);
    Ok(ExitCode::SUCCESS)
}

async fn run_command(command: &[String]) -> Result<ExitCode> {
    // Ctrl-C reaches the command as well; we only have to outlive it. The
    // handler stays for the rest of the process.
    let mut interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let cluster = Cluster::open(Plan::for_one_run()?).await?;
    let ended = async {
        let redis = Redis::open(redis::Plan::for_one_run()?).await?;
        let mut child = tokio::process::Command::new(&command[0]);
        child
            .args(&command[1..])
            .env("SANSHE_TEST_DATABASE_URL", cluster.address(Role::Admin))
            .kill_on_drop(true);
        if let Some(redis) = &redis {
            child.env("SANSHE_TEST_REDIS_URL", &redis.url);
        }
        let outcome = async {
            let mut child = child
                .spawn()
                .with_context(|| format!("{} cannot be run", command[0]))?;
            loop {
                tokio::select! {
                    status = child.wait() => return Ok::<_, anyhow::Error>(status?),
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => child.start_kill()?,
                }
            }
        }
        .await;
        if let Some(redis) = redis {
            redis.close().await?;
        }
        outcome
    }
    .await;
    cluster.close().await?;
    let code = ended?
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1);
    Ok(ExitCode::from(code))
}
