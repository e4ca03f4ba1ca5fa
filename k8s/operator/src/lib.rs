//! Subgraphs and supergraphs as Kubernetes resources: a department applies a
//! `Subgraph`, the city keeps one `Supergraph`, and the gateway serves what
//! composes, breaks nobody and was published.
//!
//! A pure middle with thin edges:
//!
//! | module | what it does | IO |
//! |---|---|---|
//! | [`crd`] | the two resources, their validation, their YAML | no |
//! | [`version`], [`release`], [`text`] | what ConfigMaps hold: one version of a subgraph, one published supergraph | no |
//! | [`diff`], [`operations`] | what a change takes away, and who uses it | no |
//! | [`judge`] | which changes may enter the graph, and why others may not | no |
//! | [`plan`] | state → actions | no |
//! | [`edge`] | reads the state, asks subgraphs, carries actions out | yes |
//! | [`controller`], [`serve`] | watches, retries, health, stop | yes |
//! | [`withdraw`] | takes a graph out before its operator goes | yes |
//!
//! To add a rule: put it into `plan` with a test there; `edge` learns of it only
//! where the rule needs something that is not read yet, or a new action.

pub mod controller;
pub mod crd;
pub mod diff;
pub mod edge;
pub mod judge;
pub mod operations;
pub mod plan;
pub mod release;
pub mod serve;
pub mod text;
pub mod version;
pub mod withdraw;

pub use controller::{Parts, run};
pub use crd::{Subgraph, Supergraph};

/// The field manager of everything that the operator writes.
pub const MANAGER: &str = "sanshe-operator";

/// Prefix of our labels and annotations, and the API group.
pub const GROUP: &str = "graph.sanshe.cn";

/// A ConfigMap holds 1 MiB; the rest is left for names and annotations. A longer
/// text is packed.
pub const MAX_TEXT: usize = 1_000_000;
