//! Databases for a whole platform under test, dropped when the test ends.

use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::{
    db::drop_database,
    server::{APP_ROLE, OWNER_ROLE, Server, ensure_roles},
};

/// One empty database for each service, with a prefix of their own.
#[derive(Debug)]
pub struct Databases {
    /// What their names begin with: `<prefix>_<service>`.
    pub prefix: String,
    names: Vec<String>,
    server: Server,
}

impl Databases {
    /// Makes a database for each of these services.
    pub async fn create(services: impl IntoIterator<Item = &str>) -> Self {
        let server = Server::from_environment();
        let prefix = format!("sanshe_test_{}", crate::random_hex());
        let mut admin = server.connect().await;
        ensure_roles(&mut admin)
            .await
            .expect("the roles can be made");
        let mut names = Vec::new();
        for service in services {
            let name = format!("{prefix}_{service}");
            admin
                .execute(AssertSqlSafe(format!(
                    "CREATE DATABASE {name} OWNER {OWNER_ROLE}"
                )))
                .await
                .expect("a database can be made");
            names.push(name);
        }
        admin.close().await.expect("the connection closes");
        Self {
            prefix,
            names,
            server,
        }
    }

    /// The server, as the role that owns.
    pub fn owner_url(&self) -> String {
        self.server.address("postgres", OWNER_ROLE)
    }

    /// The server, as the role that serves.
    pub fn app_url(&self) -> String {
        self.server.address("postgres", APP_ROLE)
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        for name in std::mem::take(&mut self.names) {
            let options = self.server.admin();
            let dropped = std::thread::spawn(move || drop_database(&options, &name)).join();
            if !matches!(dropped, Ok(Ok(()))) && !std::thread::panicking() {
                eprintln!("a platform's database was left behind: {dropped:?}");
            }
        }
    }
}
