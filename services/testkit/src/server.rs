//! The server that tests run against, and the two roles on it.

use std::str::FromStr;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, postgres::PgConnectOptions};

/// The role that owns databases and runs migrations.
pub const OWNER_ROLE: &str = "sanshe_owner";
/// The role that serves: rows only, no change of the schema.
pub const APP_ROLE: &str = "sanshe_app";

/// Locks of the whole server, held on the administrator's database.
const ROLES_LOCK: i64 = 0x5a53_0001;

/// A server that tests may fill with databases of their own.
#[derive(Clone, Debug)]
pub struct Server {
    admin: PgConnectOptions,
    url: String,
}

impl Server {
    /// The server named by `SANSHE_TEST_DATABASE_URL`: the address of an
    /// administrator, who may make roles and databases.
    pub fn from_environment() -> Self {
        let url = crate::environment("SANSHE_TEST_DATABASE_URL").expect(
            "SANSHE_TEST_DATABASE_URL is not set, and this test needs PostgreSQL: run `just test`, \
             or `sanshe postgres run -- cargo test …` / 此测试需要 PostgreSQL:请运行 `just test`",
        );
        Self::at(&url)
    }

    /// The server at this address.
    pub fn at(url: &str) -> Self {
        let admin = PgConnectOptions::from_str(url)
            .expect("SANSHE_TEST_DATABASE_URL is an address such as postgres://user@host/postgres");
        Self {
            admin,
            url: url.to_owned(),
        }
    }

    /// How the administrator connects.
    pub(crate) fn admin(&self) -> PgConnectOptions {
        self.admin.clone()
    }

    /// How a role connects to a database. The session acts as the role from
    /// its first statement, so no password of the role is needed.
    pub(crate) fn options(&self, database: &str, role: &str) -> PgConnectOptions {
        self.admin
            .clone()
            .database(database)
            .options([("role", role)])
    }

    /// The same as an address, for a process started by a test.
    pub(crate) fn address(&self, database: &str, role: &str) -> String {
        let (base, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let scheme = base.find("://").map_or(0, |at| at + 3);
        let host = base[scheme..]
            .find('/')
            .map_or(base.len(), |at| scheme + at);
        let separator = if query.is_empty() { "" } else { "&" };
        format!(
            "{}/{database}?{query}{separator}options=-c%20role%3D{role}",
            &base[..host]
        )
    }

    /// One connection as the administrator.
    pub(crate) async fn connect(&self) -> PgConnection {
        match PgConnection::connect_with(&self.admin).await {
            Ok(connection) => connection,
            Err(error) => panic!(
                "the test server cannot be reached ({error}): run `just test`, which starts one / \
                 无法连接测试数据库:请运行 `just test`"
            ),
        }
    }
}

/// Makes the two roles where they are missing.
pub(crate) async fn ensure_roles(admin: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(ROLES_LOCK)
        .execute(&mut *admin)
        .await?;
    for role in [OWNER_ROLE, APP_ROLE] {
        let known: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1)")
                .bind(role)
                .fetch_one(&mut *admin)
                .await?;
        if !known {
            admin
                .execute(AssertSqlSafe(format!("CREATE ROLE {role} NOLOGIN")))
                .await?;
        }
        // Somebody who may make roles but is no superuser has to be a member
        // to act as one.
        admin
            .execute(AssertSqlSafe(format!("GRANT {role} TO CURRENT_USER")))
            .await?;
    }
    sqlx::query("SELECT pg_advisory_unlock($1)")
        .bind(ROLES_LOCK)
        .execute(&mut *admin)
        .await?;
    Ok(())
}

/// Gives the runtime role rows, and nothing else, in everything that the
/// owner will make in this database. Runs as the owner.
pub(crate) async fn grant_rows(owner: &mut PgConnection, database: &str) -> sqlx::Result<()> {
    owner
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
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_acts_as_the_role_and_keeps_what_was_asked() {
        let server = Server::at("postgres://a:b@127.0.0.1:5/postgres?sslmode=disable");
        assert_eq!(
            server.address("t_1", APP_ROLE),
            "postgres://a:b@127.0.0.1:5/t_1?sslmode=disable&options=-c%20role%3Dsanshe_app"
        );
    }
}
