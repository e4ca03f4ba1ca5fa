//! `sanshe migrate`: makes the databases and brings their schemas up to date,
//! with the role that owns them.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context as _, Result};
use kit::{config::Settings, db, service::Definition};

use super::{out, settings};
use crate::services;

/// The arguments of `sanshe migrate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this service; all of them where none is named.
    service: Option<String>,
    /// Try for so many seconds to reach the server.
    #[arg(long, default_value_t = 0, value_name = "SECONDS")]
    wait: u64,
    /// Change nothing; fail where a schema is older than this release needs.
    /// The role that serves is enough.
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    settings: settings::SettingsFile,
}

/// Migrates one service or all.
pub async fn run(args: Args) -> Result<ExitCode> {
    let settings = args.settings.load()?;
    let chosen = services::chosen(args.service.as_deref())?;
    let limit = Duration::from_secs(args.wait);
    if args.check {
        for service in chosen {
            check(&settings, service.definition, limit).await?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let owner = settings::owner_url(&settings)?;
    db::wait_until_reachable(owner, limit).await?;
    for service in chosen {
        let definition = service.definition;
        let database = settings.database_name(definition.name);
        db::provision(owner, &database).await?;
        db::migrate(owner, &database, definition.migrator).await?;
        out::line(format_args!("{}: up to date / 已是最新", definition.name));
    }
    Ok(ExitCode::SUCCESS)
}

async fn check(settings: &Settings, definition: &Definition, limit: Duration) -> Result<()> {
    let name = definition.name;
    let base = if settings.database_url.is_empty() {
        settings::owner_url(settings)?
    } else {
        &settings.database_url
    };
    let db = db::Db::open(&settings.database_of(base, name)?, name, 1)?;
    db::wait_until_migrated(db.pool(), definition.migrator, limit)
        .await
        .with_context(|| format!("{name} cannot be served / 无法提供服务"))?;
    out::line(format_args!("{name}: new enough / 版本满足"));
    Ok(())
}
