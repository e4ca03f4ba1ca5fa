//! Databases, roles and migrations. The role that migrates owns the schema;
//! the role that serves may only read and write rows.

use std::{
    borrow::Cow,
    sync::LazyLock,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, PgPool,
    migrate::{Migrate as _, Migrator},
};

/// The tables that every service has: outbox, inbox, jobs, audit, answers.
/// Their history is kept apart from the service's own.
pub static MIGRATOR: LazyLock<Migrator> = LazyLock::new(|| Migrator {
    table_name: Cow::Borrowed("_kit_migrations"),
    ..sqlx::migrate!("./migrations")
});

/// The runtime role; migrations grant to it by name.
const APP_ROLE: &str = "sanshe_app";

/// Creates the service's database where it is missing and lets the runtime
/// role use it, without any right to change the schema.
pub async fn provision(owner_url: &str, database: &str) -> Result<()> {
    anyhow::ensure!(
        database
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
        "a database's name is lower-case letters, digits and underscores"
    );
    let mut server = PgConnection::connect(owner_url)
        .await
        .context("the database server cannot be reached with the owner's address")?;
    let exists: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
            .bind(database)
            .fetch_one(&mut server)
            .await?;
    if !exists {
        server
            .execute(AssertSqlSafe(format!(
                "CREATE DATABASE {database} TEMPLATE template0 ENCODING 'UTF8'"
            )))
            .await
            .with_context(|| format!("the database {database} cannot be created"))?;
    }
    let mut url = url::Url::parse(owner_url)?;
    url.set_path(&format!("/{database}"));
    let mut inside = PgConnection::connect(url.as_str()).await?;
    inside
        .execute(AssertSqlSafe(format!(
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC;
             REVOKE ALL ON DATABASE {database} FROM PUBLIC;
             GRANT CONNECT ON DATABASE {database} TO {APP_ROLE};
             GRANT USAGE ON SCHEMA public TO {APP_ROLE};
             ALTER DEFAULT PRIVILEGES IN SCHEMA public
                 GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP_ROLE};
             ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {APP_ROLE};
             ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO {APP_ROLE};"
        )))
        .await
        .with_context(|| format!("the rights in {database} cannot be set"))?;
    Ok(())
}

/// Runs kit's migrations and then the service's, as the owner. A schema that
/// is newer than this binary is left as it is: migrations only expand, so the
/// release before runs on it, which is what a rollback needs.
pub async fn migrate(owner_url: &str, database: &str, migrator: &Migrator) -> Result<()> {
    let mut url = url::Url::parse(owner_url)?;
    url.set_path(database);
    let mut connection = PgConnection::connect(url.as_str())
        .await
        .with_context(|| format!("the database {database} cannot be reached"))?;
    tolerant(&MIGRATOR)
        .run_direct(None, &mut connection, false)
        .await
        .context("kit's migrations failed")?;
    tolerant(migrator)
        .run_direct(None, &mut connection, false)
        .await
        .with_context(|| format!("the migrations of {database} failed"))?;
    Ok(())
}

/// The same migrations, beside which later ones may have run.
fn tolerant(migrator: &Migrator) -> Migrator {
    Migrator {
        migrations: migrator.migrations.clone(),
        ignore_missing: true,
        locking: migrator.locking,
        no_tx: migrator.no_tx,
        table_name: migrator.table_name.clone(),
        create_schemas: migrator.create_schemas.clone(),
    }
}

/// Waits until the server answers, for a server that starts beside us.
pub async fn wait_until_reachable(url: &str, limit: Duration) -> Result<()> {
    let begun = Instant::now();
    loop {
        match PgConnection::connect(url).await {
            Ok(connection) => return Ok(connection.close().await?),
            Err(error) if begun.elapsed() >= limit => {
                return Err(error).context("the database server cannot be reached");
            }
            Err(error) => {
                tracing::info!(%error, "the database server does not answer yet");
                let never = tokio_util::sync::CancellationToken::new();
                crate::lifecycle::pause(&never, Duration::from_secs(1)).await;
            }
        }
    }
}

/// Waits until the schema is at least as new as this binary needs.
pub async fn wait_until_migrated(
    pool: &PgPool,
    migrator: &Migrator,
    limit: Duration,
) -> Result<()> {
    let newest = migrator.iter().map(|m| m.version).max().unwrap_or_default();
    let begun = Instant::now();
    loop {
        let seen: Result<i64, sqlx::Error> = async {
            let mut connection = pool.acquire().await?;
            let rows = connection.list_applied_migrations("_sqlx_migrations").await;
            Ok(rows
                .map(|rows| rows.iter().map(|row| row.version).max().unwrap_or_default())
                .unwrap_or_default())
        }
        .await;
        match seen {
            Ok(version) if version >= newest => return Ok(()),
            outcome if begun.elapsed() > limit => {
                let version = outcome.context("the database cannot be reached")?;
                anyhow::bail!(
                    "the schema is at {version}, this release needs {newest}: run `sanshe migrate`"
                );
            }
            _ => {
                let never = tokio_util::sync::CancellationToken::new();
                crate::lifecycle::pause(&never, Duration::from_millis(250)).await;
            }
        }
    }
}
