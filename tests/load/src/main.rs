//! Clients of a graph that never rest: they count every request and every one
//! that failed, by kind, and print the counts each second as a line of JSON.
//! The cluster tests run them in a pod beside the platform.
//!
//! - [`client`]: one request, and what became of it
//! - [`tally`]: the counts of all, printed

mod client;
mod tally;

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use clap::Parser;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinSet,
    time,
};

use client::{Client, Operation};
use tally::Tally;

/// Asks a graph without pause, and counts what failed.
#[derive(Debug, Parser)]
#[command(name = "sanshe-load", version, about)]
struct Args {
    /// Where the graph is.
    #[arg(long, env = "LOAD_URL", value_name = "URL")]
    url: String,
    /// Clients that keep their connection, as a proxy does.
    #[arg(long, env = "LOAD_KEPT", default_value_t = 4)]
    kept: usize,
    /// Clients that open a connection for every request.
    #[arg(long, env = "LOAD_FRESH", default_value_t = 2)]
    fresh: usize,
    /// Clients that write, over kept connections.
    #[arg(long, env = "LOAD_WRITERS", default_value_t = 2)]
    writers: usize,
    /// How long each client rests between two requests, in milliseconds.
    #[arg(long, env = "LOAD_REST_MILLIS", default_value_t = 100)]
    rest_millis: u64,
    /// How long a client waits for an answer, in milliseconds; longer is a failure.
    #[arg(long, env = "LOAD_PATIENCE_MILLIS", default_value_t = 30_000)]
    patience_millis: u64,
    /// What is read.
    #[arg(long, env = "LOAD_QUERY")]
    query: String,
    /// What is written: a mutation of `$input`.
    #[arg(long, env = "LOAD_MUTATION", default_value = "")]
    mutation: String,
    /// Its input, as JSON; every request gets an idempotency key of its own.
    #[arg(long, env = "LOAD_INPUT", default_value = "{}")]
    input: String,
    /// The token of the writers.
    #[arg(long, env = "LOAD_TOKEN", hide_env_values = true, default_value = "")]
    token: String,
    /// What the idempotency keys begin with.
    #[arg(long, env = "LOAD_RUN", default_value = "load")]
    run: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let args = Args::parse();
    let tally = Arc::new(Tally::new());
    let patience = Duration::from_millis(args.patience_millis);
    let rest = Duration::from_millis(args.rest_millis);
    let read = Arc::new(Operation::read(&args.query));
    let write = Arc::new(Operation::write(
        &args.mutation,
        &args.input,
        &args.token,
        &args.run,
    )?);
    let writers = if args.mutation.is_empty() {
        0
    } else {
        args.writers
    };
    let (stop, stopped) = watch::channel(false);
    let mut clients = JoinSet::new();
    for (kind, count, kept, operation) in [
        ("kept", args.kept, true, &read),
        ("fresh", args.fresh, false, &read),
        ("write", writers, true, &write),
    ] {
        for number in 0..u32::try_from(count)? {
            let client = Client::new(&args.url, kept, patience);
            let (operation, tally) = (Arc::clone(operation), Arc::clone(&tally));
            let mut stopped = stopped.clone();
            clients.spawn(async move {
                // Not all at the same moment.
                let mut pause = rest / (number + 1);
                while time::timeout(pause, stopped.wait_for(|it| *it))
                    .await
                    .is_err()
                {
                    pause = rest;
                    tally.count(kind, client.ask(&operation).await);
                }
            });
        }
    }
    let mut terminate = signal(SignalKind::terminate())?;
    let mut second = time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            _ = second.tick() => tally.print(),
            _ = terminate.recv() => break,
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    stop.send_replace(true);
    while clients.join_next().await.is_some() {}
    tally.print();
    Ok(())
}
