//! A fresh database for one test, dropped when the test ends.

use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, PgPool,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    server::{APP_ROLE, OWNER_ROLE, Server},
    template,
};

/// A database of its own, with the schema of the given migrations.
///
/// ```ignore
/// let db = TestDb::fresh(&[&kit::db::MIGRATOR, &MIGRATOR]).await;
/// let mut connection = db.app.acquire().await.unwrap();
/// ```
#[derive(Debug)]
pub struct TestDb {
    /// The role that owns the schema: for what a test sets up or tampers with.
    pub owner: PgPool,
    /// The role that serves: what the product itself may do.
    pub app: PgPool,
    name: String,
    server: Server,
}

impl TestDb {
    /// Copies the template of these migrations; the first test to ask for
    /// them makes it.
    pub async fn fresh(migrators: &[&Migrator]) -> Self {
        let server = Server::from_environment();
        let name = format!("sanshe_test_{}", crate::random_hex());
        if let Err(error) = create(&server, &name, migrators).await {
            panic!("no fresh database for the test: {error}");
        }
        let pool = |role| {
            PgPoolOptions::new()
                .max_connections(8)
                .connect_lazy_with(server.options(&name, role))
        };
        Self {
            owner: pool(OWNER_ROLE),
            app: pool(APP_ROLE),
            name,
            server,
        }
    }

    /// The database's name on the server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its address for the role that owns the schema.
    pub fn owner_url(&self) -> String {
        self.server.address(&self.name, OWNER_ROLE)
    }

    /// Its address for the role that serves.
    pub fn app_url(&self) -> String {
        self.server.address(&self.name, APP_ROLE)
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let (options, name) = (self.server.admin(), std::mem::take(&mut self.name));
        // The test's runtime may be ending and can wait for nothing: another
        // thread, with a runtime of its own, drops the database.
        let dropped = std::thread::spawn(move || drop_database(&options, &name)).join();
        if !matches!(dropped, Ok(Ok(()))) && !std::thread::panicking() {
            eprintln!("a test's database was left behind: {dropped:?}");
        }
    }
}

async fn create(server: &Server, name: &str, migrators: &[&Migrator]) -> sqlx::Result<()> {
    let mut admin = server.connect().await;
    let template = template::ensure(server, &mut admin, migrators).await?;
    admin
        .execute(AssertSqlSafe(format!(
            "CREATE DATABASE {name} OWNER {OWNER_ROLE} TEMPLATE {template} STRATEGY file_copy"
        )))
        .await?;
    // Rights on a database are not copied with it.
    admin
        .execute(AssertSqlSafe(format!(
            "REVOKE ALL ON DATABASE {name} FROM PUBLIC;
             GRANT CONNECT ON DATABASE {name} TO {APP_ROLE};"
        )))
        .await?;
    admin.close().await
}

pub(crate) fn drop_database(options: &PgConnectOptions, name: &str) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime
        .block_on(async {
            let mut admin = PgConnection::connect_with(options).await?;
            admin
                .execute(AssertSqlSafe(format!(
                    "DROP DATABASE IF EXISTS {name} WITH (FORCE)"
                )))
                .await?;
            admin.close().await
        })
        .map_err(|error: sqlx::Error| error.to_string())
}
