//! A platform of its own for one test.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioExecutor;
use sanshe::{
    demo::{
        client::{Answer, Client},
        desk::Desk,
        world::World,
    },
    platform::{Metrics, Options, Platform},
    services::SERVICES,
};
use serde_json::Value;
use testkit::Databases;

/// The first of what each service lists for everybody.
pub const EVERYWHERE: &str = "{
    communities(first: 1) { edges { node { id } } }
    tenders(first: 1) { edges { node { id } } }
    organizations(first: 1) { edges { node { id } } }
    menuItems(first: 1) { edges { node { code } } }
    socialWorkers(first: 1) { edges { node { id } } }
    divisions(first: 1) { edges { node { code } } }
}";

/// Each error of an answer as its path and its code, sorted.
pub fn told(answer: &Answer) -> Vec<(String, String)> {
    let told = |error: &Value| {
        let path = error["path"].as_array().into_iter().flatten();
        let path = path.map(|step| format!("/{}", step.as_str().unwrap_or("@")));
        let code = error["extensions"]["code"].as_str().unwrap_or_default();
        (path.collect(), code.to_owned())
    };
    let mut errors: Vec<_> = answer.errors.iter().map(told).collect();
    errors.sort();
    errors
}

/// A platform on ports of the system's choice; its databases go with it.
pub struct House {
    pub platform: Platform,
    pub databases: Databases,
    pub data: tempfile::TempDir,
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
            databases,
            data,
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

/// What came over the wire.
#[derive(Debug)]
pub struct Wire {
    pub status: u16,
    pub kind: String,
    pub text: String,
}

impl Wire {
    /// The answer as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text))
    }
}

/// Posts bytes to the graph, as somebody who reads GraphQL's own media type.
pub async fn post(graph: &str, headers: &[(&str, String)], body: impl Into<Bytes>) -> Wire {
    let mut request = http::Request::post(graph)
        .header("content-type", "application/json")
        .header("accept", "application/graphql-response+json");
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = request.body(Full::new(body.into())).unwrap();
    let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
    let answer = client.request(request).await.unwrap();
    let kind = answer.headers().get("content-type");
    Wire {
        status: answer.status().as_u16(),
        kind: kind.map_or("", |kind| kind.to_str().unwrap()).to_owned(),
        text: String::from_utf8(
            answer
                .into_body()
                .collect()
                .await
                .unwrap()
                .to_bytes()
                .to_vec(),
        )
        .unwrap(),
    }
}
