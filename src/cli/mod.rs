//! The command line: one file per subcommand.

mod audit;
mod bid;
mod compose;
mod demo;
mod dev;
mod events;
mod gateway;
mod hand;
mod import;
mod jobs;
mod keys;
mod migrate;
mod operator;
mod out;
mod postgres;
mod query;
mod schema;
mod serve;
mod settings;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// 三社联动平台: communities, social organisations and social workers on one graph.
#[derive(Debug, Parser)]
#[command(name = "sanshe", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything in one process, for development.
    Dev(dev::Args),
    /// The graph alone.
    Gateway(gateway::Args),
    /// One service alone.
    Serve(serve::Args),
    /// The graph of a Kubernetes namespace: compose, check, publish.
    Operator(operator::Args),
    /// Make the databases and bring their schemas up to date.
    Migrate(migrate::Args),
    /// Write the schemas of the services from their code.
    Schema(schema::Args),
    /// Compose the schemas of the services into one supergraph.
    Compose(compose::Args),
    /// One question to a graph.
    Query(query::Args),
    /// The demonstration community and its story.
    Demo(demo::Args),
    /// Import registers.
    Import(import::Args),
    /// Check the logs of who did and read what.
    Audit(audit::Args),
    /// Events that a service could not handle.
    Events(events::Args),
    /// Jobs that failed for good.
    Jobs(jobs::Args),
    /// The keys that personal data is sealed with.
    Keys(keys::Args),
    /// What a bidder does before a bid is handed in.
    Bid(bid::Args),
    /// The private servers of development and tests.
    Postgres(postgres::Args),
}

/// Reads the command line and does what it says.
pub async fn run() -> Result<ExitCode> {
    match Cli::parse().command {
        Command::Dev(args) => dev::run(args).await,
        Command::Gateway(args) => gateway::run(args).await,
        Command::Serve(args) => serve::run(args).await,
        Command::Operator(args) => operator::run(args).await,
        Command::Migrate(args) => migrate::run(args).await,
        Command::Schema(args) => schema::run(args),
        Command::Compose(args) => compose::run(args),
        Command::Query(args) => query::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Import(args) => import::run(args).await,
        Command::Audit(args) => audit::run(args).await,
        Command::Events(args) => events::run(args).await,
        Command::Jobs(args) => jobs::run(args).await,
        Command::Keys(args) => keys::run(args).await,
        Command::Bid(args) => bid::run(args),
        Command::Postgres(args) => postgres::run(args).await,
    }
}
