//! `sanshe import divisions`: the national register from its CSV files, in one
//! transaction, with the role that owns the schema.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use kernel::china_date;
use smartdata::app::import::{self, Step};
use sqlx::{Connection, PgConnection};

use crate::cli::{out, settings};

/// The arguments of `sanshe import divisions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder with provinces.csv, cities.csv, areas.csv and streets.csv.
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    #[command(flatten)]
    settings: settings::SettingsFile,
}

/// Imports; a broken row is named and nothing is half loaded.
pub async fn run(args: Args) -> Result<ExitCode> {
    let settings = args.settings.load()?;
    let owner = super::owner(&settings).await?;
    let url = settings.database_of(&owner, "smartdata")?;
    let mut connection = PgConnection::connect(&url)
        .await
        .context("the database of smartdata cannot be reached: does the platform run?")?;
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template(
        "{wide_bar} {pos}/{len} {msg}",
    )?);
    let mut tell = |step: Step| match step {
        Step::Read(file) => bar.set_message(file),
        Step::Validated(rows) => {
            bar.set_length(rows as u64);
            bar.set_message("writing / 写入中");
        }
        Step::Copied(rows) => bar.inc(rows as u64),
        Step::Merging => bar.set_message("merging / 合并中"),
    };
    let today = china_date(settings::clock(&settings).now());
    let report = import::divisions(&mut connection, &args.from, today, &mut tell).await;
    bar.finish_and_clear();
    let report = report?;
    out::line(format_args!(
        "inserted / 新增 {}, changed / 变更 {}, unchanged / 未变 {}, withdrawn / 撤销 {}",
        report.inserted, report.changed, report.unchanged, report.withdrawn
    ));
    Ok(ExitCode::SUCCESS)
}
