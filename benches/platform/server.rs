//! The server that everything is measured on, and its own programs.

use std::{path::PathBuf, process::Stdio};

use anyhow::{Context as _, Result, ensure};
use kernel::{Clock as _, SystemClock};
use sanshe::dev::postgres::Binaries;
use sqlx::{Connection as _, PgConnection};
use testkit::TestDb;
use tokio::process::Command;

/// The server of this run.
pub struct Server {
    binaries: Binaries,
    url: String,
}

/// What this run was given.
pub fn given(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a measurement is told of its server and its data by `just bench`"
    )]
    let value = std::env::var(name);
    value.ok().filter(|value| !value.is_empty())
}

impl Server {
    /// The server that `just bench` started, and the client programs of its release.
    pub async fn given() -> Result<Self> {
        let url = given("SANSHE_TEST_DATABASE_URL")
            .context("SANSHE_TEST_DATABASE_URL is not set: run `just bench`")?;
        let mut admin = PgConnection::connect(&url).await?;
        let number: String = sqlx::query_scalar("SHOW server_version_num")
            .fetch_one(&mut admin)
            .await?;
        admin.close().await?;
        let major = number.parse::<u32>()? / 10_000;
        Ok(Self {
            binaries: Binaries::find(Some(major)).await?,
            url,
        })
    }

    /// What the numbers depend on.
    pub async fn describe(&self) -> Result<String> {
        let mut admin = PgConnection::connect(&self.url).await?;
        let mut told = Vec::new();
        for name in [
            "server_version",
            "fsync",
            "synchronous_commit",
            "full_page_writes",
            "shared_buffers",
        ] {
            let value: String = sqlx::query_scalar("SELECT current_setting($1)")
                .bind(name)
                .fetch_one(&mut admin)
                .await?;
            told.push(format!("{name} = {value}"));
        }
        admin.close().await?;
        let cores = std::thread::available_parallelism()?;
        let busy = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let busy = busy.split(' ').next().unwrap_or("unknown").to_owned();
        let today = SystemClock.now().format("%Y-%m-%d");
        Ok(format!(
            "{today}, both sides on one PostgreSQL ({}) and one machine: {}, {cores} cores, {} of memory \
             (load at the start: {busy}).",
            told.join(", "),
            fact("/proc/cpuinfo", "model name"),
            fact("/proc/meminfo", "MemTotal"),
        ))
    }

    /// Runs SQL and meta-commands with `psql` as the owner; answers what it said.
    pub async fn psql(&self, db: &TestDb, commands: &[&str]) -> Result<String> {
        let mut command = self.program("psql");
        command
            .args(["-X", "-v", "ON_ERROR_STOP=1", "-d"])
            .arg(db.owner_url());
        for one in commands {
            command.args(["-c", one]);
        }
        said(command).await
    }

    /// Runs `pgbench` as the owner; answers what it said.
    pub async fn pgbench(&self, db: &TestDb, arguments: &[&str]) -> Result<String> {
        let mut command = self.program("pgbench");
        command.args(arguments).arg(db.owner_url());
        said(command).await
    }

    fn program(&self, name: &str) -> Command {
        let packaged: PathBuf = self.binaries.program(name);
        // Distributions that split client and server keep the client on the path.
        let program = if packaged.exists() {
            packaged
        } else {
            name.into()
        };
        let mut command = Command::new(program);
        command.env("LC_ALL", "C").stdin(Stdio::null());
        command
    }
}

/// What the system says of itself, where it does.
fn fact(file: &str, name: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let value = line.and_then(|rest| rest.split_once(':'));
    value.map_or_else(
        || "unknown".to_owned(),
        |(_, value)| value.trim().to_owned(),
    )
}

async fn said(mut command: Command) -> Result<String> {
    let program = command.as_std().get_program().to_owned();
    let output = command
        .output()
        .await
        .with_context(|| format!("{} cannot be run", program.display()))?;
    ensure!(
        output.status.success(),
        "{} failed: {}",
        program.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}
