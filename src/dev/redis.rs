//! A private Redis for development and tests, where `redis-server` is
//! installed. Without it events stay inside one process.
//!
//! It keeps nothing on disk: what it carries is in the outbox of each service
//! until it was delivered.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use redis::aio::MultiplexedConnection;

use super::{
    account::Account,
    folder, port, secret,
    shared::{Shared, wait},
    tool,
};

/// How long it may take to start or stop.
const LIMIT: Duration = Duration::from_mins(1);

/// Which Redis is wanted.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where its settings and its log are.
    pub folder: PathBuf,
    /// Its folder goes when it stops.
    pub ephemeral: bool,
}

impl Plan {
    /// The Redis of this checkout.
    pub fn of_checkout() -> Result<Self> {
        let folder = folder::of_server("redis", &Account::detect()?)?;
        Ok(Self {
            folder,
            ephemeral: false,
        })
    }

    /// A Redis for one run of the tests.
    pub fn for_one_run() -> Result<Self> {
        Ok(Self {
            folder: folder::ephemeral("redis")?,
            ephemeral: true,
        })
    }
}

/// A Redis that runs, and that this process counts on until [`Redis::close`].
#[derive(Debug)]
pub struct Redis {
    plan: Plan,
    shared: Shared,
    /// Its address, with the password.
    pub url: String,
    /// Whether this process started it.
    pub started: bool,
}

impl Redis {
    /// Starts it or joins the one that runs; none where it is not installed.
    pub async fn open(plan: Plan) -> Result<Option<Self>> {
        let Some(program) = tool::find("redis-server") else {
            return Ok(None);
        };
        let account = Account::detect()?;
        folder::make_passable(&plan.folder)?;
        let shared = Shared::open(&plan.folder)?;
        let turn = shared.turn().await?;
        let (url, started) = match running(&plan.folder).await {
            Some(url) => (url, false),
            None => (start(&program, &plan.folder, &account).await?, true),
        };
        shared.join()?;
        drop(turn);
        Ok(Some(Self {
            plan,
            shared,
            url,
            started,
        }))
    }

    /// Lets it run on after this process, until it is asked to stop.
    pub fn keep(&self) -> Result<()> {
        self.shared.keep(true)
    }

    /// Where its settings and its log are.
    pub fn folder(&self) -> &Path {
        &self.plan.folder
    }

    /// Leaves it; the last one to leave stops it, unless it is kept.
    pub async fn close(self) -> Result<bool> {
        let turn = self.shared.turn().await?;
        if !self.shared.leave()? || self.shared.kept() {
            return Ok(false);
        }
        stop(&self.plan, &self.url).await?;
        drop(turn);
        Ok(true)
    }

    /// Stops the one of this folder where it runs, whoever uses it.
    pub async fn stop_in(plan: Plan) -> Result<bool> {
        if !plan.folder.exists() {
            return Ok(false);
        }
        folder::make_passable(&plan.folder)?;
        let shared = Shared::open(&plan.folder)?;
        let turn = shared.turn().await?;
        shared.keep(false)?;
        let found = running(&plan.folder).await;
        match &found {
            Some(url) => stop(&plan, url).await?,
            None => clear(&plan)?,
        }
        drop(turn);
        Ok(found.is_some())
    }
}

/// The address of the one that answers, if one does.
async fn running(folder: &Path) -> Option<String> {
    let url = fs::read_to_string(folder.join("url")).ok()?;
    connect(&url).await.ok().map(|_| url)
}

async fn start(program: &Path, folder: &Path, account: &Account) -> Result<String> {
    let run = folder.join("server");
    if !run.exists() {
        folder::make_private(&run, account)?;
    }
    let (port, password) = (port::free(None)?, secret::random(20)?);
    let settings = run.join("redis.conf");
    secret::write(&settings, &render(port, &password))?;
    account.own(&settings)?;
    let mut command = tool::clean(program);
    command.current_dir(&run).arg("redis.conf");
    account.apply(&mut command);
    tool::run(command).await.context("Redis did not start")?;

    let url = format!("redis://:{password}@127.0.0.1:{port}");
    let begun = Instant::now();
    while let Err(error) = connect(&url).await {
        if begun.elapsed() > LIMIT {
            let log = fs::read_to_string(run.join("log")).unwrap_or_default();
            let said = tool::last_lines(&log, 3);
            return Err(error)
                .with_context(|| format!("Redis did not start; its log says: {said}"));
        }
        wait(Duration::from_millis(20)).await;
    }
    secret::write(&folder.join("url"), &url)?;
    Ok(url)
}

async fn stop(plan: &Plan, url: &str) -> Result<()> {
    if let Ok(mut connection) = connect(url).await {
        // It answers by closing the connection.
        let _: Result<(), _> = redis::cmd("SHUTDOWN")
            .arg("NOSAVE")
            .exec_async(&mut connection)
            .await;
        let begun = Instant::now();
        while connect(url).await.is_ok() {
            anyhow::ensure!(begun.elapsed() < LIMIT, "Redis did not stop");
            wait(Duration::from_millis(20)).await;
        }
    }
    clear(plan)
}

fn clear(plan: &Plan) -> Result<()> {
    let _ = fs::remove_file(plan.folder.join("url"));
    if plan.ephemeral {
        fs::remove_dir_all(&plan.folder)
            .with_context(|| format!("{} cannot be removed", plan.folder.display()))?;
    }
    Ok(())
}

/// A connection over which the server has answered.
async fn connect(url: &str) -> redis::RedisResult<MultiplexedConnection> {
    let mut connection = redis::Client::open(url)?
        .get_multiplexed_async_connection()
        .await?;
    redis::cmd("PING").exec_async(&mut connection).await?;
    Ok(connection)
}

fn render(port: u16, password: &str) -> String {
    format!(
        "bind 127.0.0.1\n\
         port {port}\n\
         requirepass {password}\n\
         daemonize yes\n\
         logfile log\n\
         save \"\"\n\
         appendonly no\n\
         databases 512\n\
         maxmemory-policy noeviction\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listens_on_loopback_with_a_password_and_keeps_nothing() {
        let settings = render(6, "pw");
        for line in [
            "bind 127.0.0.1\n",
            "requirepass pw\n",
            "save \"\"\n",
            "appendonly no\n",
        ] {
            assert!(settings.contains(line), "{line}");
        }
    }

    #[tokio::test]
    async fn starts_shares_and_stops_where_it_is_installed() {
        let plan = Plan::for_one_run().unwrap();
        let Some(first) = Redis::open(plan.clone()).await.unwrap() else {
            return;
        };
        let second = Redis::open(plan.clone()).await.unwrap().unwrap();
        assert!(first.started && !second.started);
        assert_eq!(first.url, second.url);
        assert!(!first.close().await.unwrap());
        let url = second.url.clone();
        assert!(second.close().await.unwrap());
        assert!(connect(&url).await.is_err());
        assert!(!plan.folder.exists());
    }
}
