//! One private server: started, shared, stopped.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use sqlx::Connection;

use super::{
    Addresses, Binaries, initialise::Initialise, passwords::Passwords, passwords::Role, roles,
    settings,
};
use crate::dev::{
    account::Account,
    folder, port,
    shared::Shared,
    tool::{self, last_lines},
};

/// How long a server may take to start or stop, in seconds.
const LIMIT: &str = "60";

/// How often another port is tried where one was taken in the meantime.
const ATTEMPTS: usize = 5;

/// Which server is wanted.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where it keeps its data.
    pub folder: PathBuf,
    /// Faster, and it may lose what it wrote.
    pub for_tests: bool,
    /// Its folder goes when it stops.
    pub ephemeral: bool,
}

impl Plan {
    /// The server of this checkout, which keeps its data.
    pub fn of_checkout() -> Result<Self> {
        let folder = folder::of_server("postgres", &Account::detect()?)?;
        Ok(Self {
            folder,
            for_tests: false,
            ephemeral: false,
        })
    }

    /// A server for one run of the tests, in a folder of its own.
    pub fn for_one_run() -> Result<Self> {
        Ok(Self {
            folder: folder::ephemeral("postgres")?,
            for_tests: true,
            ephemeral: true,
        })
    }
}

/// A server that runs, and that this process counts on until [`Cluster::close`].
#[derive(Debug)]
pub struct Cluster {
    plan: Plan,
    account: Account,
    binaries: Binaries,
    passwords: Passwords,
    shared: Shared,
    port: u16,
    /// Whether this process started it, rather than found it running.
    pub started: bool,
}

impl Cluster {
    /// Starts the server, or joins the one that runs.
    pub async fn open(plan: Plan) -> Result<Self> {
        let account = Account::detect()?;
        folder::make_passable(&plan.folder)?;
        let shared = Shared::open(&plan.folder)?;
        let turn = shared.turn().await?;
        let data = plan.folder.join("server/data");
        let binaries = Binaries::find(made_by(&data)?).await?;
        let passwords = if data.exists() {
            Passwords::read(&plan.folder)?
        } else {
            let passwords = Passwords::random()?;
            passwords.write(&plan.folder)?;
            Initialise {
                folder: &plan.folder,
                binaries: &binaries,
                account: &account,
                passwords: &passwords,
                for_tests: plan.for_tests,
            }
            .run()
            .await?;
            passwords
        };
        let mut cluster = Self {
            plan,
            account,
            binaries,
            passwords,
            shared,
            port: 0,
            started: false,
        };
        match running_on(&cluster.plan.folder)? {
            Some(port) if cluster.control("status").await.is_ok() => cluster.port = port,
            _ => cluster.start().await?,
        }
        cluster.shared.join()?;
        roles::make(&cluster.address(Role::Admin), &cluster.passwords).await?;
        drop(turn);
        Ok(cluster)
    }

    /// The address of the server for one role, with the database `postgres`.
    pub fn address(&self, role: Role) -> String {
        address(role, &self.passwords, self.port)
    }

    /// The addresses that the platform uses.
    pub fn addresses(&self) -> Addresses {
        Addresses {
            owner: self.address(Role::Owner),
            app: self.address(Role::App),
        }
    }

    /// Where it keeps its data.
    pub fn folder(&self) -> &Path {
        &self.plan.folder
    }

    /// Lets the server run on after this process, until it is asked to stop.
    pub fn keep(&self) -> Result<()> {
        self.shared.keep(true)
    }

    /// Leaves the server; the last one to leave stops it, unless it is kept.
    /// Answers whether it was stopped.
    pub async fn close(self) -> Result<bool> {
        let turn = self.shared.turn().await?;
        if !self.shared.leave()? || self.shared.kept() {
            return Ok(false);
        }
        self.stop().await?;
        drop(turn);
        Ok(true)
    }

    /// Stops the server of this folder where one runs, whoever uses it.
    /// Answers whether one ran.
    pub async fn stop_in(plan: Plan) -> Result<bool> {
        let data = plan.folder.join("server/data");
        let Some(made_by) = made_by(&data)? else {
            return Ok(false);
        };
        folder::make_passable(&plan.folder)?;
        let shared = Shared::open(&plan.folder)?;
        let turn = shared.turn().await?;
        let cluster = Self {
            account: Account::detect()?,
            binaries: Binaries::find(Some(made_by)).await?,
            passwords: Passwords::read(&plan.folder)?,
            shared,
            plan,
            port: 0,
            started: false,
        };
        cluster.shared.keep(false)?;
        let ran = cluster.control("status").await.is_ok();
        cluster.stop().await?;
        drop(turn);
        Ok(ran)
    }

    /// The address of the server of this folder, if one runs.
    pub async fn address_in(plan: &Plan, role: Role) -> Result<Option<String>> {
        if made_by(&plan.folder.join("server/data"))?.is_none() {
            return Ok(None);
        }
        let passwords = Passwords::read(&plan.folder)?;
        let Some(port) = running_on(&plan.folder)? else {
            return Ok(None);
        };
        let address = address(role, &passwords, port);
        Ok(sqlx::PgConnection::connect(&address)
            .await
            .is_ok()
            .then_some(address))
    }

    async fn start(&mut self) -> Result<()> {
        let server = self.plan.folder.join("server");
        let remembered = self.plan.folder.join("port");
        let mut wanted = fs::read_to_string(&remembered)
            .ok()
            .and_then(|text| text.parse().ok());
        let mut attempt = 1;
        loop {
            self.port = port::free(wanted.take())?;
            let settings = settings::render(self.port, &server.join("run"), self.plan.for_tests);
            fs::write(server.join("sanshe.conf"), settings)?;
            self.account.own(&server.join("sanshe.conf"))?;
            let _ = fs::remove_file(server.join("log"));
            let Err(error) = self.control("start").await else {
                break;
            };
            let log = fs::read_to_string(server.join("log")).unwrap_or_default();
            if attempt == ATTEMPTS || !log.contains("Address already in use") {
                return Err(error).with_context(|| {
                    format!(
                        "PostgreSQL did not start; its log says: {}",
                        last_lines(&log, 4)
                    )
                });
            }
            attempt += 1;
        }
        fs::write(remembered, self.port.to_string())?;
        self.started = true;
        Ok(())
    }

    async fn stop(&self) -> Result<()> {
        if self.control("status").await.is_ok() {
            self.control("stop")
                .await
                .context("PostgreSQL did not stop")?;
        }
        if self.plan.ephemeral {
            fs::remove_dir_all(&self.plan.folder)
                .with_context(|| format!("{} cannot be removed", self.plan.folder.display()))?;
        }
        Ok(())
    }

    /// One verb of `pg_ctl`.
    async fn control(&self, verb: &str) -> Result<String> {
        let mut command: Command = tool::clean(&self.binaries.program("pg_ctl"));
        command
            .current_dir(self.plan.folder.join("server"))
            .args(["-D", "data", verb]);
        match verb {
            // Its output must not be ours to wait for: the server would hold it.
            "start" => drop(command.args(["--wait", "-t", LIMIT, "-l", "log", "-s"])),
            "stop" => drop(command.args(["--wait", "-t", LIMIT, "-m", "fast", "-s"])),
            _ => {}
        }
        self.account.apply(&mut command);
        tool::run(command).await
    }
}

/// The port in the file that a running server keeps.
fn running_on(folder: &Path) -> Result<Option<u16>> {
    match fs::read_to_string(folder.join("server/data/postmaster.pid")) {
        Ok(text) => Ok(text
            .lines()
            .nth(3)
            .and_then(|line| line.trim().parse().ok())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).context("the server's state cannot be read"),
    }
}

fn address(role: Role, passwords: &Passwords, port: u16) -> String {
    format!(
        "postgres://{}:{}@127.0.0.1:{port}/postgres",
        role.name(),
        passwords.of(role)
    )
}

/// The major release that made the data, if there is any.
fn made_by(data: &Path) -> Result<Option<u32>> {
    match fs::read_to_string(data.join("PG_VERSION")) {
        Ok(text) => Ok(Some(text.trim().parse().context("PG_VERSION is damaged")?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(error).with_context(|| format!("{} cannot be read: who owns it?", data.display()))
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Executor, PgConnection};

    use super::*;

    #[tokio::test]
    async fn is_shared_by_two_and_stopped_by_the_last() {
        let plan = Plan::for_one_run().unwrap();
        let first = Cluster::open(plan.clone()).await.unwrap();
        let second = Cluster::open(plan.clone()).await.unwrap();
        assert!(first.started && !second.started);
        assert_eq!(first.address(Role::App), second.address(Role::App));
        assert!(!first.close().await.unwrap());
        let address = second.address(Role::App);
        PgConnection::connect(&address)
            .await
            .unwrap()
            .close()
            .await
            .unwrap();
        assert!(second.close().await.unwrap());
        assert!(PgConnection::connect(&address).await.is_err());
        assert!(!plan.folder.exists());
    }

    #[tokio::test]
    async fn keeps_its_data_and_its_port_and_runs_on_where_asked_to() {
        let plan = Plan {
            ephemeral: false,
            ..Plan::for_one_run().unwrap()
        };
        let first = Cluster::open(plan.clone()).await.unwrap();
        let address = first.address(Role::Owner);
        let mut owner = PgConnection::connect(&address).await.unwrap();
        owner.execute("CREATE DATABASE kept").await.unwrap();
        owner.close().await.unwrap();
        first.close().await.unwrap();

        let again = Cluster::open(plan.clone()).await.unwrap();
        assert!(again.started);
        assert_eq!(again.address(Role::Owner), address);
        let kept = format!("{}/kept", address.strip_suffix("/postgres").unwrap());
        PgConnection::connect(&kept)
            .await
            .unwrap()
            .close()
            .await
            .unwrap();
        again.keep().unwrap();
        assert!(!again.close().await.unwrap());
        assert!(
            Cluster::stop_in(Plan {
                ephemeral: true,
                ..plan
            })
            .await
            .unwrap()
        );
    }

    #[tokio::test]
    async fn the_serving_role_may_change_no_schema() {
        let cluster = Cluster::open(Plan::for_one_run().unwrap()).await.unwrap();
        let mut app = PgConnection::connect(&cluster.address(Role::App))
            .await
            .unwrap();
        for forbidden in [
            "CREATE DATABASE x",
            "CREATE ROLE x",
            "CREATE TABLE public.x (a int)",
        ] {
            assert!(app.execute(forbidden).await.is_err(), "{forbidden}");
        }
        app.close().await.unwrap();
        cluster.close().await.unwrap();
    }
}
