//! Answers that a subgraph allows to be kept, and when they end.

use std::{
    collections::BTreeMap,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::poll;
use gateway::{
    Config, Gateway,
    cache::follow,
    config::{Cache, CachedSubgraph},
};
use serde_json::{Value as Json, json};
use tokio::sync::Notify;

use super::rig::{Rig, one, traffic};
use crate::servers;

fn settings(events: Option<&str>) -> Config {
    let of = CachedSubgraph {
        max_age_seconds: 60,
        events: events.map(str::to_owned),
        ..CachedSubgraph::default()
    };
    Config {
        traffic: traffic(),
        cache: Cache {
            subgraphs: BTreeMap::from([("a".to_owned(), of)]),
            ..Cache::default()
        },
        ..servers::config()
    }
}

/// Each answer is a number of its own and says `extensions`.
async fn rig(config: Config, extensions: &str) -> Rig {
    let (count, extensions) = (AtomicUsize::new(0), extensions.to_owned());
    Rig::with(config, move |_, query, _| {
        let answer = if query.contains("raise") {
            one(query)
        } else {
            let number = count.fetch_add(1, Ordering::SeqCst);
            let key = if query.contains('b') { "b" } else { "a" };
            Ok(format!(r#"{{"data":{{"{key}":{number}}},"extensions":{extensions}}}"#).into())
        };
        Box::pin(async { answer })
    })
    .await
}

async fn a(gateway: &Gateway, headers: &[(&'static str, &str)]) -> i64 {
    let answer: Json = servers::ask(gateway, "{ a }", headers).await;
    answer["data"]["a"].as_i64().unwrap()
}

const PUBLIC: &str = r#"{"cacheControl":{"maxAge":30,"scope":"PUBLIC"}}"#;
const PRIVATE: &str = r#"{"cacheControl":{"maxAge":30,"scope":"PRIVATE"}}"#;
const ONE: &[(&str, &str)] = &[("authorization", "Bearer 1")];
const TWO: &[(&str, &str)] = &[("authorization", "Bearer 2")];

#[tokio::test]
async fn what_is_for_everybody_is_given_to_everybody_as_long_as_the_subgraph_says() {
    let rig = rig(settings(None), PUBLIC).await;
    let gateway = &rig.gateway;
    assert_eq!(a(gateway, ONE).await, 0);
    assert_eq!(a(gateway, TWO).await, 0);
    assert_eq!(a(gateway, &[]).await, 0);
    // Not in another language.
    assert_eq!(a(gateway, &[("accept-language", "zh")]).await, 1);
    rig.advance(Duration::from_millis(29_999));
    assert_eq!(a(gateway, TWO).await, 0);
    rig.advance(Duration::from_millis(1));
    assert_eq!(a(gateway, TWO).await, 2);
}

#[tokio::test]
async fn what_is_for_the_caller_is_given_to_nobody_else() {
    let rig = rig(settings(None), PRIVATE).await;
    let gateway = &rig.gateway;
    assert_eq!(a(gateway, ONE).await, 0);
    assert_eq!(a(gateway, TWO).await, 1);
    assert_eq!(a(gateway, &[]).await, 2);
    assert_eq!(a(gateway, ONE).await, 0);
    assert_eq!(a(gateway, TWO).await, 1);
    let assisted = [ONE[0], ("x-sanshe-assisted-by", "w-1")];
    assert_eq!(a(gateway, &assisted).await, 3);
}

#[tokio::test]
async fn the_setting_bounds_what_the_subgraph_says() {
    let rig = rig(settings(None), r#"{"cacheControl":{"maxAge":86400}}"#).await;
    assert_eq!(a(&rig.gateway, ONE).await, 0);
    rig.advance(Duration::from_mins(1));
    assert_eq!(a(&rig.gateway, ONE).await, 1);
}

#[tokio::test]
async fn nothing_is_kept_without_a_hint_or_of_a_subgraph_that_is_not_named() {
    let rig = rig(settings(None), "{}").await;
    assert_eq!(a(&rig.gateway, ONE).await, 0);
    assert_eq!(a(&rig.gateway, ONE).await, 1);
    let rig = super::cache::rig(settings(None), PUBLIC).await;
    assert_eq!(rig.ask("{ b }").await, json!({"data": {"b": 0}}));
    assert_eq!(rig.ask("{ b }").await, json!({"data": {"b": 1}}));
}

#[tokio::test]
async fn a_write_and_an_event_end_what_is_kept() {
    let rig = rig(settings(None), PUBLIC).await;
    let gateway = &rig.gateway;
    assert_eq!(a(gateway, ONE).await, 0);
    rig.ask("mutation { raise }").await;
    assert_eq!(a(gateway, ONE).await, 1);
    gateway.peers().answers().forget("b");
    assert_eq!(a(gateway, ONE).await, 1, "nothing happened in it");
    gateway.peers().answers().forget("a");
    assert_eq!(a(gateway, ONE).await, 2);
}

#[tokio::test]
async fn an_answer_is_not_kept_where_something_happens_while_it_is_made() {
    let gate = Arc::new(Notify::new());
    let (wait, count) = (Arc::clone(&gate), Arc::new(Mutex::new(0)));
    let rig = Rig::with(settings(None), move |_, _, _| {
        let (wait, count) = (Arc::clone(&wait), Arc::clone(&count));
        Box::pin(async move {
            wait.notified().await;
            let mut count = count.lock().unwrap();
            *count += 1;
            Ok(format!(r#"{{"data":{{"a":{count}}},"extensions":{PUBLIC}}}"#).into())
        })
    })
    .await;
    let gateway = rig.gateway.clone();
    gate.notify_one();
    assert_eq!(a(&gateway, ONE).await, 1);
    gateway.peers().answers().forget("a");

    let mut asking = Box::pin(a(&gateway, ONE));
    assert!(poll!(&mut asking).is_pending());
    gateway.peers().answers().forget("a");
    gate.notify_one();
    assert_eq!(asking.await, 2);
    gate.notify_one();
    assert_eq!(a(&gateway, ONE).await, 3, "the second answer was outdated");
    assert_eq!(a(&gateway, ONE).await, 3);
}

#[tokio::test]
async fn nothing_kept_is_given_while_the_events_cannot_be_seen() {
    let rig = rig(settings(Some("events.a")), PUBLIC).await;
    assert_eq!(a(&rig.gateway, ONE).await, 0);
    assert_eq!(a(&rig.gateway, ONE).await, 1);
}

/// A Redis on a socket in a folder that goes with the test.
struct Server {
    process: Child,
    folder: tempfile::TempDir,
}

impl Server {
    /// None where Redis is not installed.
    fn start(folder: tempfile::TempDir) -> Option<Self> {
        let socket = folder.path().join("redis.sock");
        let process = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--unixsocket"])
            .arg(&socket)
            .stdout(Stdio::null())
            .spawn()
            .ok()?;
        Some(Self { process, folder })
    }

    fn url(&self) -> String {
        format!("redis+unix://{}/redis.sock", self.folder.path().display())
    }

    fn stop(mut self) -> tempfile::TempDir {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.folder
    }
}

/// Asks until the answer is as wanted; the time it takes decides nothing.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let looking = async {
        while !is_so().await {
            let _ =
                tokio::time::timeout(Duration::from_millis(5), std::future::pending::<()>()).await;
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(30), looking).await;
    assert!(ended.is_ok(), "never: {what}");
}

#[tokio::test]
async fn events_on_the_stream_end_what_is_kept_and_a_lost_redis_ends_all() {
    let Some(server) = Server::start(tempfile::tempdir().unwrap()) else {
        eprintln!("redis-server is not installed: not tested");
        return;
    };
    let url = server.url();
    let rig = rig(settings(Some("events.a")), PUBLIC).await;
    let gateway = rig.gateway.clone();
    let follower = gateway.clone();
    let address = url.clone();
    let following = servers::background(async move {
        loop {
            let _ = follow(follower.peers().answers(), &address).await;
            tokio::task::yield_now().await;
        }
    });
    let kept = async || a(&gateway, ONE).await == a(&gateway, ONE).await;
    until("it is kept once the events are seen", kept).await;

    let before = a(&gateway, ONE).await;
    let client = redis::Client::open(url.as_str()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut add = redis::cmd("XADD");
    add.arg("events.a").arg("*").arg("event").arg("x");
    let _: String = add.query_async(&mut connection).await.unwrap();
    until("the event ends it", async || {
        a(&gateway, ONE).await != before
    })
    .await;
    until("the next answer is kept", kept).await;

    // An emptied Redis may have held events that nobody saw.
    let before = a(&gateway, ONE).await;
    let _: String = redis::cmd("FLUSHALL")
        .query_async(&mut connection)
        .await
        .unwrap();
    until("emptying ends it", async || {
        a(&gateway, ONE).await != before
    })
    .await;

    until("it is kept again", kept).await;
    let folder = server.stop();
    until("nothing is given without Redis", async || !kept().await).await;
    let server = Server::start(folder).unwrap();
    until("it is kept again with Redis back", kept).await;
    following.abort();
    server.stop();
}
