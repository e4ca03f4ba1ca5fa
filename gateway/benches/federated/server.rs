//! The two that are compared: the gateway, and a handler that makes the same
//! subgraph calls and answers what it was given beforehand.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Router, body::Body, extract::State, routing::post};
use bytes::Bytes;
use futures_util::future::join_all;
use gateway::{
    Config, Gateway, GraphRequest, Parts, RequestContext,
    config::{Features, Traffic},
    plan,
    supergraph::{SubgraphSource, Way},
    transport::{MemoryTransport, SubgraphRequest, SubgraphTransport},
};
use http::{HeaderMap, HeaderValue, header};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::Value as Json;
use tokio::net::TcpListener;

use crate::graph;

const ANSWER_BYTES: usize = 16 << 20;

/// One call of the plan, as a subgraph saw it.
#[derive(Clone)]
struct Call {
    subgraph: String,
    query: String,
    variables: Bytes,
}

type Ways = BTreeMap<String, (String, Way)>;

fn config() -> Config {
    Config {
        traffic: Traffic {
            share_reads: false,
            ..Traffic::default()
        },
        ..Config::default()
    }
}

/// The subgraphs within this process; `seen` takes note of every call.
fn memory(seen: Option<Arc<Mutex<Vec<Call>>>>) -> Ways {
    let way = |(name, sdl): (&'static str, String)| {
        let seen = seen.clone();
        let transport = MemoryTransport::new(move |query, variables, _| {
            if let Some(seen) = &seen {
                seen.lock().unwrap().push(Call {
                    subgraph: name.to_owned(),
                    query: query.clone(),
                    variables: variables.clone(),
                });
            }
            let answer = graph::answer(name, &query, &variables);
            Box::pin(std::future::ready(Ok(answer)))
        });
        let way = Way::Memory {
            sdl: sdl.into(),
            transport: Arc::new(transport),
        };
        (name.to_owned(), ("http://in.process".to_owned(), way))
    };
    graph::subgraphs().into_iter().map(way).collect()
}

fn ways(by: &str, addresses: &str) -> Ways {
    if by == "memory" {
        return memory(None);
    }
    let addresses: BTreeMap<String, String> = serde_json::from_str(addresses).unwrap();
    let of = addresses.iter().filter_map(|(name, address)| {
        let name = name.strip_prefix(&format!("{by}."))?;
        let way = Way::connect(address, ANSWER_BYTES).unwrap();
        Some((name.to_owned(), (address.clone(), way)))
    });
    of.collect()
}

async fn over(ways: Ways, config: Config) -> Gateway {
    let source = Arc::new(SubgraphSource::new(ways, None));
    let gateway = Gateway::with_source(config, Parts::default(), source);
    gateway.refresh().await.unwrap();
    gateway
}

/// A gateway whose subgraphs are functions.
pub async fn in_process() -> Gateway {
    over(memory(None), config()).await
}

fn headers(token: usize) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let token = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    headers.insert(header::AUTHORIZATION, token);
    headers
}

/// One request without HTTP.
pub async fn ask(gateway: &Gateway, token: usize) -> Bytes {
    let context = gateway.context(&headers(token));
    let request = GraphRequest::new(graph::QUERY);
    gateway.execute(request, &context, false).await.body
}

async fn listen() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    listener
}

/// Serves the gateway as a process of the house does, metrics included.
pub async fn gateway(by: &str, addresses: &str) {
    metrics::set_global_recorder(PrometheusBuilder::new().build_recorder()).unwrap();
    let gateway = over(ways(by, addresses), config()).await;
    let listener = listen().await;
    gateway::serve(gateway, listener, std::future::pending())
        .await
        .unwrap();
}

/// The calls of the plan, level by level.
async fn calls() -> Vec<Vec<Call>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let config = Config {
        features: Features::development(),
        ..config()
    };
    let gateway = over(memory(Some(Arc::clone(&seen))), config).await;
    let mut headers = headers(0);
    headers.insert("x-sanshe-explain", HeaderValue::from_static("1"));
    let context = gateway.context(&headers);
    let request = GraphRequest::new(graph::QUERY);
    let answer = gateway.execute(request, &context, false).await.body;
    let answer: Json = serde_json::from_slice(&answer).unwrap();
    let mut left = std::mem::take(&mut *seen.lock().unwrap());
    let mut levels: BTreeMap<u64, Vec<Call>> = BTreeMap::new();
    for report in answer["extensions"]["explain"]["calls"].as_array().unwrap() {
        // One call per subgraph and level; the reports come in the same order.
        let at = left
            .iter()
            .position(|call| call.subgraph == report["service"].as_str().unwrap())
            .unwrap();
        let level = report["level"].as_u64().unwrap();
        levels.entry(level).or_default().push(left.remove(at));
    }
    assert!(left.is_empty());
    levels.into_values().collect()
}

struct Floor {
    levels: Vec<Vec<Call>>,
    transports: BTreeMap<String, Arc<dyn SubgraphTransport>>,
}

async fn floor_answer(
    State(floor): State<Arc<Floor>>,
    headers: HeaderMap,
    body: Bytes,
) -> http::Response<Body> {
    assert!(!body.is_empty());
    let fresh_id = || "floor".to_owned();
    let context = RequestContext::new(&headers, Duration::from_secs(30), fresh_id);
    for level in &floor.levels {
        let calls = level.iter().map(|call| {
            let request = SubgraphRequest {
                query: &call.query,
                variables: call.variables.clone(),
            };
            floor.transports[&call.subgraph].execute(request, &context)
        });
        for answer in join_all(calls).await {
            answer.unwrap();
        }
    }
    http::Response::builder()
        .header("content-type", "application/json")
        .body(Body::from(graph::expected().clone()))
        .unwrap()
}

/// Serves the floor.
pub async fn floor(by: &str, addresses: &str) {
    let ways = ways(by, addresses);
    let floor = Floor {
        levels: calls().await,
        transports: ways
            .into_iter()
            .map(|(name, (_, way))| (name, way.transport()))
            .collect(),
    };
    let app = Router::new()
        .route("/graphql", post(floor_answer))
        .with_state(Arc::new(floor));
    let listener = listen().await;
    axum::serve(listener, app).await.unwrap();
}

/// How long the first request of an operation waits for its plan.
pub async fn cold_plan() -> String {
    let gateway = in_process().await;
    let (generation, limits) = (gateway.generation().unwrap(), &gateway.config().limits);
    let mut micros: Vec<u128> = Vec::new();
    for number in 0..200 {
        let document = graph::QUERY.replacen("Shelves", &format!("Shelves{number}"), 1);
        let begun = Instant::now();
        plan::outline(&generation, &document, None, limits)
            .await
            .unwrap();
        micros.push(begun.elapsed().as_micros());
    }
    micros.sort_unstable();
    format!(
        "cold plan (parse, validate, plan; 200 documents): p50 {} µs, p99 {} µs",
        micros[100], micros[198]
    )
}
