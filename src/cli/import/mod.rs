//! `sanshe import`: registers and calendars, with the role that owns the
//! databases.

mod calendar;
mod divisions;

use std::process::ExitCode;

use anyhow::Result;
use kit::config::Settings;

/// The arguments of `sanshe import`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Provinces, cities, counties and townships.
    Divisions(divisions::Args),
    /// The working days of a year, as its notice has them.
    Calendar(calendar::Args),
}

/// Imports; what is broken is named and nothing is half loaded.
pub async fn run(args: Args) -> Result<ExitCode> {
    match args.what {
        What::Divisions(args) => divisions::run(args).await,
        What::Calendar(args) => calendar::run(args).await,
    }
}

/// The address of the role that owns; the private server of this checkout,
/// where nothing else is named.
async fn owner(settings: &Settings) -> Result<String> {
    match &settings.owner_database_url {
        Some(url) => Ok(url.clone()),
        None => crate::cli::postgres::running_owner().await,
    }
}
