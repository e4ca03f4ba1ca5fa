//! `sanshe keys`: which keys personal data is sealed with, and its renewal after
//! a rotation, with the role that owns the tables.

use std::process::ExitCode;

use anyhow::Result;

use super::{
    hand::{Who, connect, told},
    out,
    settings::{self, SettingsFile},
};
use crate::services;

/// The arguments of `sanshe keys`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// How many rows each version of the key holds.
    Count {
        #[command(flatten)]
        of: Of,
    },
    /// Seal again, with the current key, what earlier keys sealed. What it has
    /// done stays done: a second run goes on.
    Renew {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        who: Who,
    },
}

#[derive(Debug, clap::Args)]
struct Of {
    /// Only this service; all of them where none is named.
    service: Option<String>,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Counts or renews.
pub async fn run(args: Args) -> Result<ExitCode> {
    match args.verb {
        Verb::Count { of } => count(&of).await,
        Verb::Renew { of, who } => renew(&of, who).await,
    }
}

async fn count(of: &Of) -> Result<ExitCode> {
    let settings = of.settings.load()?;
    let owner = settings::owner_url(&settings)?;
    for service in services::chosen(of.service.as_deref())? {
        let mut connection = connect(&settings, owner, service.definition.name).await?;
        for sealed in service.definition.sealed {
            let versions = sealed.versions(&mut connection).await.map_err(told)?;
            for (version, rows) in versions {
                out::line(format_args!(
                    "{} {}.{}: version {version}: {rows} rows / 密钥版本 {version}:{rows} 行",
                    service.definition.name, sealed.table, sealed.column,
                ));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn renew(of: &Of, who: Who) -> Result<ExitCode> {
    let settings = of.settings.load()?;
    let keys = settings.pii.keys()?;
    let hand = who.hand(&settings);
    let owner = settings::owner_url(&settings)?;
    let mut shut = 0;
    for service in services::chosen(of.service.as_deref())? {
        let mut connection = connect(&settings, owner, service.definition.name).await?;
        for sealed in service.definition.sealed {
            let done = sealed
                .renew(&mut connection, &keys, &hand)
                .await
                .map_err(told)?;
            shut += done.shut;
            out::line(format_args!(
                "{} {}.{}: {} renewed, {} opened by no key / 已更新 {} 行,{} 行无密钥可解",
                service.definition.name,
                sealed.table,
                sealed.column,
                done.renewed,
                done.shut,
                done.renewed,
                done.shut,
            ));
        }
    }
    Ok(if shut == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
