//! One prepared database per set of migrations; each test copies it.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, migrate::Migrator};

use crate::server::{OWNER_ROLE, Server, ensure_roles, grant_rows};

/// The name of the template of these migrations: the same migrations, the
/// same name, in every test process of this build.
fn name_of(migrators: &[&Migrator]) -> String {
    let mut hasher = DefaultHasher::new();
    for migrator in migrators {
        migrator.table_name.hash(&mut hasher);
        for migration in migrator.iter() {
            migration.version.hash(&mut hasher);
            migration.checksum.hash(&mut hasher);
        }
    }
    format!("sanshe_template_{:016x}", hasher.finish())
}

/// Makes the template where it is missing, and answers its name.
///
/// Test processes run side by side: one of them builds while the others wait
/// on the lock. It is built under another name and renamed when whole, so
/// that a build that was killed leaves nothing that looks finished.
pub(crate) async fn ensure(
    server: &Server,
    admin: &mut PgConnection,
    migrators: &[&Migrator],
) -> sqlx::Result<String> {
    let name = name_of(migrators);
    if exists(admin, &name).await? {
        return Ok(name);
    }
    sqlx::query("SELECT pg_advisory_lock(hashtextextended($1, 0))")
        .bind(&name)
        .execute(&mut *admin)
        .await?;
    if !exists(admin, &name).await? {
        ensure_roles(admin).await?;
        let draft = format!("{name}_draft");
        admin
            .execute(AssertSqlSafe(format!(
                "DROP DATABASE IF EXISTS {draft} WITH (FORCE)"
            )))
            .await?;
        admin
            .execute(AssertSqlSafe(format!(
                "CREATE DATABASE {draft} OWNER {OWNER_ROLE} TEMPLATE template0 ENCODING 'UTF8'"
            )))
            .await?;
        let mut owner = PgConnection::connect_with(&server.options(&draft, OWNER_ROLE)).await?;
        grant_rows(&mut owner, &draft).await?;
        for migrator in migrators {
            if let Err(error) = migrator.run_direct(None, &mut owner, false).await {
                panic!(
                    "the migrations in {} do not run: {error}",
                    migrator.table_name
                );
            }
        }
        owner.close().await?;
        admin
            .execute(AssertSqlSafe(format!(
                "ALTER DATABASE {draft} RENAME TO {name}"
            )))
            .await?;
    }
    sqlx::query("SELECT pg_advisory_unlock(hashtextextended($1, 0))")
        .bind(&name)
        .execute(&mut *admin)
        .await?;
    Ok(name)
}

async fn exists(admin: &mut PgConnection, name: &str) -> sqlx::Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(name)
        .fetch_one(admin)
        .await
}
