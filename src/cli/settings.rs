//! Settings and telemetry of a command that serves.

use std::{path::PathBuf, sync::Arc};

use anyhow::Result;
use kernel::{FileClock, SharedClock, SystemClock};
use kit::{config::Settings, telemetry::Telemetry};

/// The option that every command with settings has.
#[derive(Debug, clap::Args)]
pub struct SettingsFile {
    /// A TOML file of settings; `SANSHE_…` variables win over it.
    #[arg(long, env = "SANSHE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

impl SettingsFile {
    /// Reads the settings.
    pub fn load(&self) -> Result<Settings> {
        Settings::load(self.config.as_deref())
    }

    /// Reads the settings and begins logs, traces and metrics.
    pub fn begin(&self, process: &'static str) -> Result<(Arc<Settings>, Telemetry)> {
        let settings = self.load()?;
        let telemetry = Telemetry::install(&settings, process)?;
        Ok((Arc::new(settings), telemetry))
    }
}

/// The clock that the settings ask for: the system's, or in development one
/// that a file moves.
pub fn clock(settings: &Settings) -> SharedClock {
    match &settings.clock_file {
        Some(file) => Arc::new(FileClock::new(file)),
        None => SystemClock::shared(),
    }
}

/// The address of the role that owns the schemas.
pub fn owner_url(settings: &Settings) -> Result<&str> {
    settings.owner_database_url.as_deref().ok_or_else(|| {
        anyhow::anyhow!(
            "set SANSHE_OWNER_DATABASE_URL: the role that owns the schemas, not the one that serves \
             / 请设置 SANSHE_OWNER_DATABASE_URL(拥有数据库结构的角色)"
        )
    })
}
