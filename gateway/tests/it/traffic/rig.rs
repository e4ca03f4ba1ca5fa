//! Two subgraphs within the process that do what a test says, and a clock that
//! stands still until it is moved.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures_util::future::BoxFuture;
use gateway::{
    Config, Gateway, Parts, RequestContext,
    config::Traffic,
    supergraph::{SubgraphSource, Way},
    transport::{Answer, MemoryTransport, TransportError},
};
use kernel::Kind;
use serde_json::Value as Json;

use crate::servers;

pub const A: &str = "type Query { a: Int } type Mutation { raise: Int }";
pub const B: &str = "type Query { b: Int }";

/// What a subgraph does with a call: its name, the document, the context.
pub type Behave =
    dyn Fn(&str, &str, RequestContext) -> BoxFuture<'static, Answer> + Send + Sync + 'static;

pub struct Rig {
    pub gateway: Gateway,
    asked: Arc<Mutex<Vec<String>>>,
    clock: Arc<Mutex<Instant>>,
}

impl Rig {
    pub async fn new(
        traffic: Traffic,
        behave: impl Fn(&str, &str, RequestContext) -> BoxFuture<'static, Answer>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let config = Config {
            traffic,
            ..servers::config()
        };
        Self::with(config, behave).await
    }

    pub async fn with(
        config: Config,
        behave: impl Fn(&str, &str, RequestContext) -> BoxFuture<'static, Answer>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let behave: Arc<Behave> = Arc::new(behave);
        let way = |name: &'static str, sdl: &str| {
            let (asked, behave) = (Arc::clone(&asked), Arc::clone(&behave));
            let transport = MemoryTransport::new(move |query, _, context| {
                asked.lock().unwrap().push(name.to_owned());
                behave(name, &query, context)
            });
            let way = Way::Memory {
                sdl: sdl.into(),
                transport: Arc::new(transport),
            };
            (name.to_owned(), ("http://in.process".to_owned(), way))
        };
        let ways = BTreeMap::from([way("a", A), way("b", B)]);
        let clock = Arc::new(Mutex::new(Instant::now()));
        let hand = Arc::clone(&clock);
        let parts = Parts {
            ticks: Some(Arc::new(move || *hand.lock().unwrap())),
            ..Parts::default()
        };
        let source = Arc::new(SubgraphSource::new(ways, None));
        let gateway = Gateway::with_source(config, parts, source);
        gateway.refresh().await.unwrap();
        Self {
            gateway,
            asked,
            clock,
        }
    }

    pub fn advance(&self, span: Duration) {
        *self.clock.lock().unwrap() += span;
    }

    pub async fn ask(&self, query: &str) -> Json {
        servers::ask(&self.gateway, query, &[]).await
    }

    /// How often a subgraph was called since the last look.
    pub fn calls(&self, of: &str) -> usize {
        let mut asked = self.asked.lock().unwrap();
        let before = asked.len();
        asked.retain(|name| name != of);
        before - asked.len()
    }
}

/// No wait between attempts.
pub fn traffic() -> Traffic {
    let mut traffic = Traffic::default();
    traffic.retry.wait_millis = 0;
    traffic
}

/// 1 for every field that was asked for, under its alias.
#[expect(clippy::unnecessary_wraps, reason = "it is what a subgraph answers")]
pub fn one(query: &str) -> Answer {
    let (_, fields) = query.split_once('{').unwrap();
    let fields = fields.trim_end_matches('}').split([' ', ',']);
    let data: serde_json::Map<_, _> = fields
        .filter(|field| !field.is_empty())
        .map(|field| {
            let key = field.split(':').next().unwrap_or(field);
            (key.to_owned(), 1.into())
        })
        .collect();
    Ok(serde_json::json!({ "data": data }).to_string().into())
}

pub fn down() -> Answer {
    Err(TransportError::new(
        Kind::Unavailable,
        "10.1.1.1:80 refused",
    ))
}

/// The first error's code and reason.
pub fn problem(answer: &Json) -> (&str, &str) {
    let extensions = &answer["errors"][0]["extensions"];
    (
        extensions["code"].as_str().unwrap_or_default(),
        extensions["reason"].as_str().unwrap_or_default(),
    )
}
