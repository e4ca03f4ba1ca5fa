//! `sanshe compose`: one supergraph from the schemas of the services, as the
//! gateway would make it.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use gateway::compose::{SubgraphSchema, compose};
use kernel::Fault;

use super::out;
use crate::services::SERVICES;

/// The arguments of `sanshe compose`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the supergraph goes; standard output where it is not given.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Composes, or says which subgraphs disagree and why.
pub fn run(args: Args) -> Result<ExitCode> {
    let subgraphs: Vec<SubgraphSchema> = SERVICES
        .iter()
        .map(|service| SubgraphSchema {
            name: service.definition.name.to_owned(),
            url: format!("http://{}", service.definition.name),
            sdl: (service.sdl)(),
        })
        .collect();
    let composed = compose(&subgraphs).map_err(|problems| {
        let refusal = gateway::compose::refusal(&problems);
        anyhow::anyhow!(
            "{} / {}",
            refusal.message(kernel::Lang::Zh),
            refusal.message(kernel::Lang::En)
        )
    })?;
    match args.out {
        Some(path) => fs::write(&path, composed.supergraph)
            .with_context(|| format!("{} cannot be written", path.display()))?,
        None => out::line(composed.supergraph.trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}
