//! The servers that a development platform stands on: those that the settings
//! name, otherwise private ones.

use anyhow::Result;
use kit::config::Settings;

use super::{
    postgres::{self, Addresses, Cluster},
    redis::{self, Redis},
};

/// PostgreSQL, and Redis where there is one.
#[derive(Debug)]
pub struct Servers {
    /// Where PostgreSQL is, for both roles.
    pub postgres: Addresses,
    /// Where Redis is; without it events stay in this process.
    pub redis: Option<String>,
    private_postgres: Option<Cluster>,
    private_redis: Option<Redis>,
}

impl Servers {
    /// Starts or joins what the settings do not name.
    ///
    /// `SANSHE_DATABASE_URL` with `SANSHE_OWNER_DATABASE_URL` are used as they
    /// are; alone it is the address of an administrator.
    pub async fn open(settings: &Settings) -> Result<Self> {
        let (postgres, private_postgres) = match &settings.owner_database_url {
            Some(owner) if !settings.database_url.is_empty() => {
                let app = settings.database_url.clone();
                (
                    Addresses {
                        owner: owner.clone(),
                        app,
                    },
                    None,
                )
            }
            _ if !settings.database_url.is_empty() => {
                (postgres::on_existing(&settings.database_url).await?, None)
            }
            _ => {
                let cluster = Cluster::open(postgres::Plan::of_checkout()?).await?;
                (cluster.addresses(), Some(cluster))
            }
        };
        let mut servers = Self {
            postgres,
            redis: settings.redis_url.clone(),
            private_postgres,
            private_redis: None,
        };
        if servers.redis.is_none() {
            match Self::open_redis().await {
                Ok(found) => {
                    servers.redis = found.as_ref().map(|redis| redis.url.clone());
                    servers.private_redis = found;
                }
                Err(error) => {
                    servers.close().await?;
                    return Err(error);
                }
            }
        }
        Ok(servers)
    }

    async fn open_redis() -> Result<Option<Redis>> {
        Redis::open(redis::Plan::of_checkout()?).await
    }

    /// Leaves them; those that nobody else uses stop.
    pub async fn close(self) -> Result<()> {
        let redis = match self.private_redis {
            Some(redis) => redis.close().await.map(drop),
            None => Ok(()),
        };
        if let Some(cluster) = self.private_postgres {
            cluster.close().await?;
        }
        redis
    }
}
