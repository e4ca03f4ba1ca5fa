//! `sanshe import calendar`: the yearly notice of holidays and swapped days, for
//! every service that counts working days.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result};
use kit::calendar;
use sqlx::{Connection as _, PgConnection};

use crate::{
    cli::{out, settings},
    platform::calendar::read,
    services::SERVICES,
};

/// The arguments of `sanshe import calendar`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The year of the notice.
    #[arg(long)]
    year: i32,
    /// A CSV file with the columns day, working (true or false) and name: the
    /// days off, and the weekend days that are worked.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The notice, by its full name.
    #[arg(long)]
    source: String,
    #[command(flatten)]
    settings: settings::SettingsFile,
}

/// Imports into the database of every service; each has all of the year or
/// none of it, and the command may be repeated.
pub async fn run(args: Args) -> Result<ExitCode> {
    let file = &args.from;
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} 无法读取 / cannot be read", file.display()))?;
    let year = read(args.year, &args.source, &text)
        .with_context(|| format!("{} 未导入 / was not imported", file.display()))?;
    let settings = args.settings.load()?;
    let owner = super::owner(&settings).await?;
    let now = settings::clock(&settings).now();
    for service in SERVICES {
        let name = service.definition.name;
        let url = settings.database_of(&owner, name)?;
        let mut connection = PgConnection::connect(&url)
            .await
            .with_context(|| format!("{name}: 数据库无法连接 / the database cannot be reached"))?;
        calendar::import(&mut connection, &year, now)
            .await
            .map_err(|error| anyhow::anyhow!("{error:?}"))
            .with_context(|| format!("{name}: 未导入 / was not imported"))?;
        out::line(format_args!(
            "{name}: {} 年 {} 天 / {} days of {}",
            year.year(),
            year.days().len(),
            year.days().len(),
            year.year()
        ));
    }
    Ok(ExitCode::SUCCESS)
}
