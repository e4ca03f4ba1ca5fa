//! The federated graph: composes the schemas of subgraphs, plans operations
//! over them, executes the plans and answers over HTTP. It knows no business
//! noun.
//!
//! | stage | module |
//! |---|---|
//! | receive, negotiate, refuse | [`http`], [`shed`], [`rate`] |
//! | authenticate | [`authenticate`] |
//! | find a document by its name | [`persisted`] |
//! | parse, limit, validate, split, normalise, plan | [`plan`] |
//! | null what the caller may not have | [`authorize`] |
//! | coerce variables | [`plan`] |
//! | estimate what it costs | [`cost`] |
//! | execute: call, merge, rewrite | [`execute`], [`transport`] |
//! | project: `CollectFields`, nulls, introspection | [`project`] |
//! | respond | [`response`] |
//! | subscribe: source stream, joins of each event, end | [`subscribe`] |
//!
//! Beside the pipeline: [`peer`] guards each subgraph (breaker, retries, shared
//! reads), [`cache`] keeps answers that may be given again, [`compose`] makes a supergraph of subgraph schemas,
//! [`supergraph`] loads it as a generation, swaps it and keeps the last good
//! one, [`value`] is the tree that answers are merged in, [`config`] holds every
//! limit, [`serve`] runs it all and drains.
//!
//! To add a stage, give it a file and call it from [`gateway`]; to add a way to
//! subgraphs, implement [`transport::SubgraphTransport`].

pub mod authenticate;
pub mod authorize;
pub mod cache;
pub mod compose;
pub mod config;
pub mod context;
pub mod cost;
pub mod error;
pub mod execute;
pub mod gateway;
pub mod http;
mod listen;
pub mod notes;
mod operations;
mod patience;
pub mod peer;
pub mod persisted;
pub mod plan;
pub mod project;
pub mod rate;
pub mod redis;
pub mod request;
pub mod response;
pub mod serve;
pub mod shed;
mod stage;
mod strict;
pub mod subscribe;
pub mod supergraph;
mod trace;
pub mod transport;
pub mod value;

pub use authenticate::{Authenticator, Identity};
pub use authorize::Policies;
pub use config::Config;
pub use context::RequestContext;
pub use gateway::{Carrier, Gateway, Parts};
pub use request::GraphRequest;
pub use response::Response;
pub use serve::{run, serve};
