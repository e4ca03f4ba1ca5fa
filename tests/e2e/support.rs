//! A platform of its own for one test.

use std::time::Duration;

use sanshe::{
    demo::{client::Client, desk::Desk, world::World},
    platform::{Metrics, Options, Platform},
    services::SERVICES,
};
use testkit::Databases;

/// A platform on ports of the system's choice; its databases go with it.
pub struct House {
    pub platform: Platform,
    _databases: Databases,
    _data: tempfile::TempDir,
}

impl House {
    pub async fn open() -> Self {
        Self::with(None).await
    }

    /// A platform that prints these metrics.
    pub async fn measured(metrics: Metrics) -> Self {
        Self::with(Some(metrics)).await
    }

    async fn with(metrics: Option<Metrics>) -> Self {
        let databases =
            Databases::create(SERVICES.iter().map(|service| service.definition.name)).await;
        let data = tempfile::tempdir().unwrap();
        let any = ([127, 0, 0, 1], 0).into();
        let platform = Platform::start(Options {
            database_url: databases.app_url(),
            database_prefix: databases.prefix.clone(),
            owner_database_url: databases.owner_url(),
            redis_url: None,
            data: data.path().to_owned(),
            graph: any,
            issuer: any,
            graphiql: None,
            metrics,
        })
        .await
        .unwrap();
        platform.ready(Duration::from_mins(1)).await.unwrap();
        Self {
            platform,
            _databases: databases,
            _data: data,
        }
    }

    pub fn world(&self) -> World {
        World::new(
            Client::new(self.platform.graph.clone()),
            Desk::new(self.platform.issuer.clone(), &self.platform.data),
            "e2e",
            |line| eprintln!("{line}"),
        )
    }
}
