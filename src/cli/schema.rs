//! `sanshe schema`: writes `services/*/schema.graphql` from the code, or with
//! `--check` says where what is committed differs.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};

use super::out;
use crate::services::SERVICES;

/// The arguments of `sanshe schema`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write nothing; fail where a committed schema is out of date.
    #[arg(long)]
    check: bool,
    /// The folder of the services.
    #[arg(long, default_value = "services", value_name = "FOLDER")]
    services: PathBuf,
}

/// Writes or checks every schema.
pub fn run(args: Args) -> Result<ExitCode> {
    let mut stale = Vec::new();
    for service in SERVICES {
        let name = service.definition.name;
        let path = args.services.join(name).join("schema.graphql");
        let made = (service.sdl)();
        if fs::read_to_string(&path).is_ok_and(|committed| committed == made) {
            continue;
        }
        if args.check {
            stale.push(path.display().to_string());
        } else {
            fs::write(&path, made)
                .with_context(|| format!("{} cannot be written", path.display()))?;
            out::line(format_args!("{} written / 已写入", path.display()));
        }
    }
    anyhow::ensure!(
        stale.is_empty(),
        "out of date, run `just schema`: {} / 模式文件已过期",
        stale.join(", ")
    );
    Ok(ExitCode::SUCCESS)
}
