//! `sanshe audit verify`: reads a service's whole log and says whether it is
//! as it was written, and if not, where and how it was changed.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use kernel::Lang;
use kit::audit::{self, Trust, checkpoint};

use super::{
    hand::{connect, told},
    out, settings,
};
use crate::services;

/// The arguments of `sanshe audit`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Check the whole log against itself and its exported checkpoints.
    Verify {
        /// Which service's log.
        service: String,
        /// The exported checkpoints; those in the database where none is given,
        /// which whoever can change the log may have changed as well.
        #[arg(long, value_name = "FILE")]
        checkpoints: Option<PathBuf>,
        /// The public keys that are believed, one per line.
        #[arg(long, value_name = "FILE")]
        trust: PathBuf,
        #[command(flatten)]
        settings: settings::SettingsFile,
    },
}

/// Verifies; a log that was changed ends with exit code 1.
pub async fn run(args: Args) -> Result<ExitCode> {
    let Verb::Verify {
        service,
        checkpoints,
        trust,
        settings,
    } = args.verb;
    let name = services::find(&service)?.definition.name;
    let settings = settings.load()?;
    let keys = fs::read_to_string(&trust)
        .with_context(|| format!("{} cannot be read", trust.display()))?;
    let keys = Trust::parse(&keys).with_context(|| trust.display().to_string())?;
    let base = match settings.owner_database_url.as_deref() {
        Some(url) => url,
        None => &settings.database_url,
    };
    let mut connection = connect(&settings, base, name).await?;
    let known = match &checkpoints {
        Some(path) => {
            let text = fs::read_to_string(path)
                .with_context(|| format!("{} cannot be read", path.display()))?;
            checkpoint::read_exported(&text)?
        }
        None => checkpoint::stored(&mut connection).await?,
    };
    let report = audit::verify(&mut connection, name, &known, &keys)
        .await
        .map_err(told)?;
    out::line(format_args!(
        "{name}: {} entries / 条, {} checkpoints / 个检查点",
        report.entries, report.checkpoints
    ));
    for finding in &report.findings {
        out::line(format_args!(
            "{} #{}: {} / {}",
            finding.reason,
            finding.seq,
            finding.message(Lang::Zh),
            finding.message(Lang::En)
        ));
    }
    if report.is_sound() {
        out::line("sound / 完好");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}
