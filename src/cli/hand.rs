//! What the commands of an operator share: whose database, who acts.

use anyhow::{Context as _, Result};
use kernel::{Clock as _, Ids, Lang};
use kit::{config::Settings, repair::Hand};
use sqlx::{Connection as _, PgConnection};

use super::settings::{self, SettingsFile};
use crate::services;

/// Which service's database.
#[derive(Debug, clap::Args)]
pub struct Of {
    /// Which service.
    pub service: String,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Who acts; it is written into the audit log of the service.
#[derive(Debug, clap::Args)]
pub struct Who {
    /// Who acts: a desk or a staff number.
    #[arg(long, value_name = "WHO", value_parser = said)]
    by: String,
    /// Why, for the auditor.
    #[arg(long, value_name = "TEXT", value_parser = said)]
    why: String,
}

fn said(text: &str) -> Result<String, &'static str> {
    match text.trim() {
        "" => Err("must not be empty / 不能为空"),
        text if text.chars().count() > 200 => Err("at most 200 characters / 最多 200 个字符"),
        text => Ok(text.to_owned()),
    }
}

impl Of {
    /// Connects with the role that serves, where it is given.
    pub async fn open(&self) -> Result<(&'static str, Settings, PgConnection)> {
        let name = services::find(&self.service)?.definition.name;
        let settings = self.settings.load()?;
        let base = if settings.database_url.is_empty() {
            settings::owner_url(&settings)?
        } else {
            &settings.database_url
        };
        let connection = connect(&settings, base, name).await?;
        Ok((name, settings, connection))
    }
}

/// Connects to the database of a service, with the role of an address.
pub async fn connect(settings: &Settings, base: &str, service: &str) -> Result<PgConnection> {
    PgConnection::connect(&settings.database_of(base, service)?)
        .await
        .with_context(|| format!("the database of {service} cannot be reached"))
}

impl Who {
    /// The hand that acts now.
    pub fn hand(self, settings: &Settings) -> Hand {
        let clock = settings::clock(settings);
        Hand {
            by: self.by,
            why: self.why,
            request_id: Ids::new(clock.clone()).next(),
            at: clock.now(),
        }
    }
}

/// An error of the runtime in both languages; a command line sets no language.
pub fn told(error: kit::Error) -> anyhow::Error {
    anyhow::anyhow!("{} / {}", error.message(Lang::Zh), error.message(Lang::En))
}
