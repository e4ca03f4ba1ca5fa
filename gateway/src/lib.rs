//! The federated graph: composes the schemas of subgraphs, plans operations
//! over them, executes the plans and answers over HTTP. It knows no business
//! noun.
//!
//! | stage | module |
//! |---|---|
//! | receive, negotiate, refuse | [`http`] |
//! | authenticate | [`authenticate`] |
//! | parse, limit, validate, split, normalise, plan | [`plan`] |
//! | coerce variables | [`plan`] |
//! | execute: call, merge, rewrite | [`execute`], [`transport`] |
//! | project: `CollectFields`, nulls, introspection | [`project`] |
//! | respond | [`response`] |
//!
//! Beside the pipeline: [`compose`] makes a supergraph of subgraph schemas,
//! [`supergraph`] loads it as a generation, swaps it and keeps the last good
//! one, [`value`] is the tree that answers are merged in, [`config`] holds every
//! limit, [`serve`] runs it all and drains.
//!
//! To add a stage, give it a file and call it from [`gateway`]; to add a way to
//! subgraphs, implement [`transport::SubgraphTransport`].

pub mod authenticate;
pub mod compose;
pub mod config;
pub mod context;
pub mod error;
pub mod execute;
pub mod gateway;
pub mod http;
pub mod plan;
pub mod project;
pub mod request;
pub mod response;
pub mod serve;
pub mod supergraph;
mod trace;
pub mod transport;
pub mod value;

pub use authenticate::{Authenticator, Identity};
pub use config::Config;
pub use context::RequestContext;
pub use gateway::{Gateway, Parts};
pub use request::GraphRequest;
pub use response::Response;
pub use serve::{run, serve};
