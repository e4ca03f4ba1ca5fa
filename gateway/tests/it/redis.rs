//! What gateways share through Redis, and how they do without. Where
//! `redis-server` is not installed there is nothing to share.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo};
use gateway::{
    config::{self, Allowance},
    redis::Redis,
};
use http::{Request, StatusCode, header};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use std::net::SocketAddr;

use crate::{
    http::{Answer, app_with, body, post, send},
    servers,
};

pub struct Server {
    folder: tempfile::TempDir,
    process: Child,
}

impl Server {
    pub async fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let process = launch(folder.path())?;
        let server = Self { folder, process };
        server.answers().await;
        Some(server)
    }

    pub fn settings(&self) -> config::Redis {
        config::Redis {
            url: Some(format!(
                "redis+unix://{}/redis.sock",
                self.folder.path().display()
            )),
            answer_millis: 5_000,
            ..config::Redis::default()
        }
    }

    fn client(&self) -> Redis {
        Redis::from_config(&self.settings()).unwrap().unwrap()
    }

    /// Each look is through a client of its own: one that was refused rests.
    async fn answers(&self) {
        for _ in 0..500 {
            if self.client().ping().await {
                return;
            }
            tokio::time::timeout(Duration::from_millis(20), std::future::pending::<()>())
                .await
                .unwrap_err();
        }
        panic!("redis does not answer");
    }

    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    async fn app(&self) -> Router {
        let mut settings = servers::config();
        settings.redis = self.settings();
        settings.rate.address = Some(Allowance {
            per_second: 0.001,
            burst: 3,
        });
        app_with(settings).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn launch(folder: &std::path::Path) -> Option<Child> {
    Command::new("redis-server")
        .args([
            "--port",
            "0",
            "--save",
            "",
            "--appendonly",
            "no",
            "--unixsocket",
        ])
        .arg(folder.join("redis.sock"))
        .arg("--dir")
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()
}

async fn from(app: &Router, peer: &str) -> Answer {
    let mut request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body("{ __typename }")))
        .unwrap();
    let peer: SocketAddr = format!("{peer}:1").parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    send(app, request).await
}

fn named(document: &str, with: bool) -> String {
    let hash = hex::encode(Sha256::digest(document));
    let mut request = json!({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}});
    if with {
        request["query"] = document.into();
    }
    request.to_string()
}

#[tokio::test]
async fn keeps_forgets_and_runs_scripts() {
    let Some(server) = Server::start().await else {
        return;
    };
    let redis = server.client();
    let minute = Duration::from_mins(1);
    assert_eq!(redis.get("a").await, Ok(None));
    redis.set("a", b"\xff\0", minute).await.unwrap();
    assert_eq!(redis.get("a").await.unwrap().unwrap().as_ref(), b"\xff\0");
    redis
        .delete(&["a".to_owned(), "b".to_owned()])
        .await
        .unwrap();
    assert_eq!(redis.get("a").await, Ok(None));
    let script =
        redis_script("redis.call('SET', KEYS[1], ARGV[1]); return redis.call('PTTL', KEYS[1])");
    let ttl: Result<i64, _> = redis.eval(&script, &["a"], &["x"]).await;
    assert_eq!(ttl, Ok(-1));
    assert_eq!(redis.get("a").await.unwrap().unwrap().as_ref(), b"x");
}

fn redis_script(text: &str) -> ::redis::Script {
    ::redis::Script::new(text)
}

#[tokio::test]
async fn gateways_count_a_caller_together_and_each_for_itself_without_redis() {
    let Some(mut server) = Server::start().await else {
        return;
    };
    let (one, other) = (server.app().await, server.app().await);
    for app in [&one, &other, &one] {
        assert_eq!(from(app, "192.0.2.1").await.status, StatusCode::OK);
    }
    for app in [&one, &other] {
        let answer = from(app, "192.0.2.1").await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.headers[header::RETRY_AFTER], "1000");
    }
    assert_eq!(from(&other, "192.0.2.2").await.status, StatusCode::OK);

    server.kill();
    for _ in 0..3 {
        assert_eq!(from(&one, "192.0.2.1").await.status, StatusCode::OK);
    }
    assert_eq!(
        from(&one, "192.0.2.1").await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[tokio::test]
async fn a_document_that_one_gateway_remembers_is_known_to_the_others() {
    let Some(mut server) = Server::start().await else {
        return;
    };
    let (one, other) = (server.app().await, server.app().await);
    let document = "query Shared { __typename }";
    let known = |answer: &Answer| answer.json()["data"]["__typename"] == "Query";
    assert!(!known(&post(&other, None, &named(document, false)).await));
    assert!(known(&post(&one, None, &named(document, true)).await));
    assert!(known(&post(&other, None, &named(document, false)).await));

    server.kill();
    assert!(
        known(&post(&other, None, &named(document, false)).await),
        "its memory has it"
    );
    let later = "query Later { __typename }";
    assert!(known(&post(&one, None, &named(later, true)).await));
    assert!(known(&post(&one, None, &named(later, false)).await));
    let answer = post(&other, None, &named(later, false)).await;
    assert_eq!(
        answer.json()["errors"][0]["message"],
        "PersistedQueryNotFound"
    );

    // Redis comes back empty, and is asked again after its rest.
    server.process = launch(server.folder.path()).unwrap();
    server.answers().await;
    let third = server.app().await;
    assert!(known(&post(&third, None, &named(later, true)).await));
}

#[tokio::test]
async fn a_document_that_is_not_the_one_of_its_hash_is_never_run() {
    let Some(server) = Server::start().await else {
        return;
    };
    let app = server.app().await;
    let document = "query Wanted { __typename }";
    let key = format!("apq.{}", hex::encode(Sha256::digest(document)));
    let poison = b"{ books { isbn } }";
    server
        .client()
        .set(&key, poison, Duration::from_mins(1))
        .await
        .unwrap();
    let answer: Json = post(&app, None, &named(document, false)).await.json();
    assert_eq!(answer["errors"][0]["message"], "PersistedQueryNotFound");
}
