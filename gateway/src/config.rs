//! Settings of the gateway. Every default is the safe one.

mod cache;
mod check;
mod cost;
mod persisted;
mod rate;
mod streams;
mod traffic;

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use serde::Deserialize;

pub use self::{
    cache::{Cache, CachedSubgraph, Share},
    cost::Cost,
    persisted::Persisted,
    rate::{Allowance, Rate},
    streams::Streams,
    traffic::{Breaker, Retry, Traffic},
};

/// All settings.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub source: Source,
    pub limits: Limits,
    pub traffic: Traffic,
    pub cache: Cache,
    pub streams: Streams,
    pub http: Http,
    pub features: Features,
    pub persisted: Persisted,
    pub rate: Rate,
    /// Check bearer tokens at the door. None checks them in front of the
    /// platform's own services, and leaves them to the subgraphs of a
    /// supergraph file, whose tokens may be anybody's.
    pub authenticate: Option<bool>,
    pub redis: Redis,
    pub tls: Tls,
    /// Where the last good schemas are kept, so that a restart can serve while
    /// a subgraph is away. None keeps nothing.
    pub state_dir: Option<PathBuf>,
}

impl Config {
    /// Whether bearer tokens are checked at the door.
    pub fn authenticates(&self) -> bool {
        self.authenticate
            .unwrap_or(matches!(self.source, Source::Subgraphs(_)))
    }
}

/// Where the graph comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Subgraphs that answer their own schema over gRPC: name → address, such
    /// as `procurement → http://127.0.0.1:7405`.
    Subgraphs(BTreeMap<String, String>),
    /// A supergraph file in the join spec, over HTTP subgraphs.
    Supergraph(PathBuf),
}

impl Default for Source {
    fn default() -> Self {
        Self::Subgraphs(BTreeMap::new())
    }
}

/// What one request may cost. Each refusal names its limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connections at once; more wait to be accepted.
    pub connections: usize,
    /// Milliseconds a connection may be silent or take for the headers of a
    /// request. Longer than load balancers keep theirs, so that it is they who
    /// close first.
    pub header_millis: u64,
    /// Milliseconds that the client of a connection may take nothing of what is
    /// sent to it.
    pub write_millis: u64,
    /// Bytes of a request body.
    pub body_bytes: usize,
    /// Milliseconds a request body may take to arrive.
    pub body_millis: u64,
    /// Bytes of a query string.
    pub url_bytes: usize,
    /// Operations in one batch, where `http.batching` is on.
    pub batch: usize,
    /// Price of one operation.
    pub cost: Cost,
    /// Lexical tokens of the document.
    pub tokens: usize,
    /// Nested fields, through fragments.
    pub depth: usize,
    /// Aliased fields, through fragments.
    pub aliases: usize,
    /// Fields at the root, through fragments.
    pub root_fields: usize,
    /// Directives in the document, through fragments.
    pub directives: usize,
    /// Fields after all fragments are opened.
    pub fields: usize,
    /// Nested fragment spreads.
    pub fragment_depth: usize,
    /// Bytes of one subgraph answer.
    pub response_bytes: usize,
    /// Errors in one response; the rest is counted only.
    pub errors: usize,
    /// Milliseconds a plan may take.
    pub plan_millis: u64,
    /// Milliseconds a request may take.
    pub request_millis: u64,
    /// Bytes of documents whose plans are kept.
    pub plan_cache_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            header_millis: 75_000,
            write_millis: 30_000,
            body_bytes: 1024 * 1024,
            body_millis: 10_000,
            url_bytes: 16 * 1024,
            batch: 10,
            cost: Cost::default(),
            tokens: 10_000,
            depth: 24,
            aliases: 100,
            root_fields: 50,
            directives: 100,
            fields: 2_000,
            fragment_depth: 24,
            response_bytes: 16 * 1024 * 1024,
            errors: 100,
            plan_millis: 2_000,
            request_millis: 30_000,
            plan_cache_bytes: 16 * 1024 * 1024,
        }
    }
}

impl Limits {
    pub const fn request(&self) -> Duration {
        Duration::from_millis(self.request_millis)
    }

    pub const fn body(&self) -> Duration {
        Duration::from_millis(self.body_millis)
    }
}

/// The HTTP side.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Refuse requests that a foreign page could send without a preflight.
    pub csrf: bool,
    /// Headers that only a preflighted (or same-origin) request can carry.
    pub csrf_headers: Vec<String>,
    /// Origins of browsers that may call, besides the gateway's own.
    pub cors_origins: Vec<String>,
    /// Whether those origins may send cookies and client certificates.
    pub cors_credentials: bool,
    /// Networks of proxies whose `X-Forwarded-For` is believed, such as
    /// `10.0.0.0/8`.
    pub trusted_proxies: Vec<String>,
    /// Take several operations in one request.
    pub batching: bool,
    /// Which status codes requests are answered with.
    pub statuses: Statuses,
    /// Milliseconds between readiness going false and the listener closing.
    pub drain_millis: u64,
    /// Folder of the GraphiQL packages (`node_modules` of the set-up).
    pub graphiql_assets: Option<PathBuf>,
}

/// Two readings of the GraphQL-over-HTTP draft, which has changed its mind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statuses {
    /// As of 2025 and as clients know it: a request error is 400, and 200 for a
    /// client that takes `application/json` only; partial data is 200.
    Compatible,
    /// As of August 2026: 422 for what is understood but invalid, 294 for
    /// partial data, and the same status whatever the client takes.
    Draft,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            csrf: true,
            csrf_headers: [
                "x-sanshe-preflight",
                "x-requested-with",
                "apollo-require-preflight",
            ]
            .map(str::to_owned)
            .to_vec(),
            cors_origins: Vec::new(),
            cors_credentials: false,
            trusted_proxies: Vec::new(),
            batching: false,
            statuses: Statuses::Compatible,
            drain_millis: 0,
            graphiql_assets: None,
        }
    }
}

/// The Redis for what may be lost. Without one everything stays in memory.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Redis {
    /// Such as `redis://127.0.0.1:6379`; it may hold a password.
    pub url: Option<String>,
    /// What all keys begin with.
    pub prefix: String,
    /// Milliseconds that one answer may take.
    pub answer_millis: u64,
}

impl Default for Redis {
    fn default() -> Self {
        Self {
            url: None,
            prefix: "sanshe.gateway".to_owned(),
            answer_millis: 100,
        }
    }
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Redis")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// TLS to subgraphs whose address is `https`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// PEM of the authorities that sign their certificates. None takes those
    /// that the system trusts.
    pub ca_file: Option<PathBuf>,
}

/// What is switched on.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Features {
    /// Answer `__schema` and `__type`, and `/schema.graphql`.
    pub introspection: bool,
    /// Serve GraphiQL.
    pub graphiql: bool,
    /// Answer `x-sanshe-explain: 1` with the plan summary. Development only:
    /// it names the subgraphs.
    pub explain: bool,
    /// Show messages of subgraph errors that carry no code of ours. Development
    /// only: they may hold internals.
    pub expose_subgraph_errors: bool,
    /// Seconds between looks at the schemas of the subgraphs or at the file.
    pub refresh_seconds: u64,
}

impl Default for Features {
    fn default() -> Self {
        Self {
            introspection: false,
            graphiql: false,
            explain: false,
            expose_subgraph_errors: false,
            refresh_seconds: 10,
        }
    }
}

impl Features {
    /// All that a developer wants and production must not have.
    pub const fn development() -> Self {
        Self {
            introspection: true,
            graphiql: true,
            explain: true,
            expose_subgraph_errors: true,
            refresh_seconds: 2,
        }
    }
}
