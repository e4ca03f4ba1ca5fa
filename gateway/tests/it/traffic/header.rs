//! `cache-control` over HTTP: of a subgraph's answer, and of ours.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{Router, routing::post};
use gateway::{
    Config, Gateway, Parts,
    config::{Cache, CachedSubgraph},
    http::router,
    supergraph::{SubgraphSource, Way},
    transport::HttpTransport,
};
use http::{Method, header};
use serde_json::{Value as Json, json};

use crate::{
    http::{Answer, request, send},
    servers::{self, background, listen},
};

const SDL: &str = "type Query { a: Int b: Int @authenticated } type Mutation { raise: Int }";

/// A subgraph that says what a test wants, with a number of its own.
#[derive(Clone, Default)]
struct Subgraph {
    headers: Arc<Mutex<Vec<(&'static str, String)>>>,
    extensions: Arc<Mutex<Json>>,
    errors: Arc<Mutex<Option<Json>>>,
    count: Arc<AtomicUsize>,
}

impl Subgraph {
    fn answer(&self) -> axum::response::Response {
        let number = self.count.fetch_add(1, Ordering::SeqCst);
        let mut body = json!({"data": {"a": number, "b": number, "raise": number}});
        body["extensions"] = self.extensions.lock().unwrap().clone();
        if let Some(errors) = &*self.errors.lock().unwrap() {
            body["errors"] = errors.clone();
        }
        let mut response = http::Response::builder().header("content-type", "application/json");
        for (name, value) in &*self.headers.lock().unwrap() {
            response = response.header(*name, value);
        }
        response.body(body.to_string().into()).unwrap()
    }

    fn says(&self, cache_control: &str) {
        *self.headers.lock().unwrap() = vec![("cache-control", cache_control.to_owned())];
    }

    fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    async fn gateway(&self) -> Gateway {
        let (listener, address) = listen().await;
        let subgraph = self.clone();
        let app = Router::new().route("/", post(async move || subgraph.answer()));
        background(async move { axum::serve(listener, app).await.unwrap() });
        let transport = HttpTransport::connect(&format!("http://{address}/"), 1 << 20).unwrap();
        let way = Way::Memory {
            sdl: SDL.into(),
            transport: Arc::new(transport),
        };
        let ways = BTreeMap::from([("a".to_owned(), ("http://x".to_owned(), way))]);
        let mut config = Config {
            cache: Cache {
                subgraphs: BTreeMap::from([("a".to_owned(), CachedSubgraph::default())]),
                ..Cache::default()
            },
            ..servers::config()
        };
        config.features.explain = true;
        let source = Arc::new(SubgraphSource::new(ways, None));
        let gateway = Gateway::with_source(config, Parts::default(), source);
        gateway.refresh().await.unwrap();
        gateway
    }
}

async fn a(gateway: &Gateway, token: &str) -> i64 {
    let answer: Json = servers::ask(gateway, "{ a }", &[("authorization", token)]).await;
    answer["data"]["a"].as_i64().unwrap()
}

#[tokio::test]
async fn the_header_of_a_subgraph_says_how_long_and_for_whom() {
    for (said, same_caller, another_caller) in [
        ("public, max-age=30", true, true),
        ("max-age=30", true, false),
        ("private, max-age=30", true, false),
        ("no-store, max-age=30", false, false),
        ("public", false, false),
    ] {
        let subgraph = Subgraph::default();
        subgraph.says(said);
        let gateway = subgraph.gateway().await;
        let first = a(&gateway, "Bearer 1").await;
        assert_eq!(
            a(&gateway, "Bearer 1").await == first,
            same_caller,
            "{said}"
        );
        assert_eq!(
            a(&gateway, "Bearer 2").await == first,
            another_caller,
            "{said}"
        );
    }
}

#[tokio::test]
async fn of_header_and_extension_the_stricter_counts() {
    let subgraph = Subgraph::default();
    *subgraph.extensions.lock().unwrap() = json!({"cacheControl": {"maxAge": 30}});
    subgraph.says("no-store");
    let gateway = subgraph.gateway().await;
    assert_ne!(a(&gateway, "Bearer 1").await, a(&gateway, "Bearer 1").await);
    *subgraph.headers.lock().unwrap() = Vec::new();
    assert_eq!(a(&gateway, "Bearer 1").await, a(&gateway, "Bearer 2").await);
}

async fn get(app: &Router, query: &str, headers: &[(&str, &str)]) -> Answer {
    let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let mut all = vec![("x-sanshe-preflight", "1")];
    all.extend(headers);
    let uri = format!("/graphql?query={query}");
    send(app, request(Method::GET, &uri, &all, "")).await
}

fn control(answer: &Answer) -> &str {
    answer.headers[header::CACHE_CONTROL].to_str().unwrap()
}

#[tokio::test]
async fn our_answer_says_the_strictest_of_what_it_is_made_of() {
    let subgraph = Subgraph::default();
    subgraph.says("public, max-age=50");
    let app = router(subgraph.gateway().await);
    let answer = get(&app, "{ a }", &[]).await;
    assert_eq!(control(&answer), "public, max-age=50");
    let vary: Vec<_> = answer.headers.get_all(header::VARY).iter().collect();
    assert!(
        vary.iter()
            .any(|it| it.to_str().unwrap().contains("x-sanshe-channel"))
    );
    // What is kept has less time left, but never more than was said.
    let again = get(&app, "{ a }", &[]).await;
    assert!(["public, max-age=49", "public, max-age=50"].contains(&control(&again)));
    assert_eq!(subgraph.count(), 1);

    subgraph.says("private, max-age=50");
    assert_eq!(
        control(&get(&app, "{ x: a }", &[]).await),
        "private, max-age=50"
    );
    for headers in [("x-sanshe-explain", "1"), ("x-sanshe-cost", "1")] {
        let answer = get(&app, "{ a }", &[headers]).await;
        assert_eq!(control(&answer), "private, no-store", "{headers:?}");
    }
}

#[tokio::test]
async fn nobody_may_keep_what_nobody_spoke_of_or_what_is_not_whole() {
    let subgraph = Subgraph::default();
    let app = router(subgraph.gateway().await);
    assert_eq!(control(&get(&app, "{ a }", &[]).await), "private, no-store");
    assert_eq!(
        control(&get(&app, "{ __typename }", &[]).await),
        "private, no-store"
    );
    assert_eq!(
        control(&get(&app, "{ nothing }", &[]).await),
        "private, no-store"
    );
    subgraph.says("public, max-age=50");
    let body = json!({"query": "mutation { raise }"}).to_string();
    let raised = crate::http::post(&app, None, &body).await;
    assert_eq!(raised.json()["data"]["raise"], 1);
    assert_eq!(control(&raised), "private, no-store");
    let denied = get(&app, "{ a b }", &[]).await;
    assert_eq!(control(&denied), "private, no-store", "{}", denied.text);
    *subgraph.errors.lock().unwrap() = Some(json!([{"message": "x", "path": ["a"]}]));
    assert_eq!(
        control(&get(&app, "{ y: a }", &[]).await),
        "private, no-store"
    );
}
