//! `sanshe demo`: the demonstration community, and the linkage story, played
//! through the graph of a platform that runs.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};

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
}

/// Makes the demonstration, or plays its story.
pub async fn run(args: Args) -> Result<ExitCode> {
    let data = match args.data {
        Some(data) => data,
        None => folder::data()?.join("platform"),
    };
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
