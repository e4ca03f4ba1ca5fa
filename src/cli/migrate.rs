//! `sanshe migrate`: makes the databases and brings their schemas up to date,
//! with the role that owns them.

use std::process::ExitCode;

use anyhow::Result;
use kit::db;

use super::{out, settings};
use crate::services;

/// The arguments of `sanshe migrate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this service; all of them where none is named.
    service: Option<String>,
    #[command(flatten)]
    settings: settings::SettingsFile,
}

/// Migrates one service or all.
pub async fn run(args: Args) -> Result<ExitCode> {
    let settings = args.settings.load()?;
    let owner = settings::owner_url(&settings)?;
    let chosen: Vec<_> = match &args.service {
        Some(name) => vec![services::find(name)?],
        None => services::SERVICES.iter().collect(),
    };
    for service in chosen {
        let definition = service.definition;
        let database = settings.database_name(definition.name);
        db::provision(owner, &database).await?;
        db::migrate(owner, &database, definition.migrator).await?;
        out::line(format_args!("{}: up to date / 已是最新", definition.name));
    }
    Ok(ExitCode::SUCCESS)
}
