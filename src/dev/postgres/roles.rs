//! The two roles of the platform on a server, and the addresses they use.

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::passwords::{Passwords, Role};

/// Where the platform finds its server; the database's name is added later.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// For the role that owns databases and runs migrations.
    pub owner: String,
    /// For the role that serves.
    pub app: String,
}

/// Makes the two roles on a private server, each with its password.
pub(super) async fn make(admin_url: &str, passwords: &Passwords) -> Result<()> {
    let mut admin = connect(admin_url).await?;
    for (role, rights) in [(Role::Owner, "LOGIN CREATEDB"), (Role::App, "LOGIN")] {
        ensure(&mut admin, role).await?;
        let (name, password) = (role.name(), passwords.of(role));
        admin
            .execute(AssertSqlSafe(format!(
                "ALTER ROLE {name} {rights} PASSWORD '{password}'"
            )))
            .await
            .with_context(|| format!("the role {name} cannot be set up"))?;
    }
    Ok(admin.close().await?)
}

/// Makes the two roles on a server that exists, given the address of somebody
/// who may. The roles get no password: sessions log in as the administrator
/// and act as the role from the first statement.
pub async fn on_existing(admin_url: &str) -> Result<Addresses> {
    let mut admin = connect(admin_url).await?;
    for role in [Role::Owner, Role::App] {
        ensure(&mut admin, role).await.with_context(|| {
            format!(
                "the role {} is missing on the server of SANSHE_DATABASE_URL and cannot be made: \
                 give the address of an administrator, or make it / 数据库缺少角色 {}",
                role.name(),
                role.name()
            )
        })?;
        let grant = format!("GRANT {} TO CURRENT_USER", role.name());
        admin.execute(AssertSqlSafe(grant)).await?;
    }
    admin
        .execute(AssertSqlSafe(format!(
            "ALTER ROLE {} CREATEDB",
            Role::Owner.name()
        )))
        .await?;
    admin.close().await?;
    Ok(Addresses {
        owner: acting_as(admin_url, Role::Owner),
        app: acting_as(admin_url, Role::App),
    })
}

async fn connect(url: &str) -> Result<PgConnection> {
    PgConnection::connect(url).await.context(
        "the database server cannot be reached: check SANSHE_DATABASE_URL / 无法连接数据库服务器",
    )
}

async fn ensure(admin: &mut PgConnection, role: Role) -> sqlx::Result<()> {
    let known: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1)")
            .bind(role.name())
            .fetch_one(&mut *admin)
            .await?;
    if !known {
        admin
            .execute(AssertSqlSafe(format!("CREATE ROLE {}", role.name())))
            .await?;
    }
    Ok(())
}

/// The same address, for sessions that act as this role.
fn acting_as(url: &str, role: Role) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}options=-c%20role%3D{}", role.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_own_settings() {
        assert_eq!(
            acting_as("postgres://a@h/postgres?sslmode=require", Role::App),
            "postgres://a@h/postgres?sslmode=require&options=-c%20role%3Dsanshe_app"
        );
        assert!(acting_as("postgres://a@h/postgres", Role::Owner).contains("?options="));
    }
}
