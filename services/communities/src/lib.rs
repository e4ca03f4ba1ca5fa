//! Communities (社区): what residents need, what they decide, what came of it.
//!
//! | room | holds | may import |
//! |---|---|---|
//! | [`domain`] | types, state machines, rules | kernel |
//! | [`store`] | SQL on a connection | domain, kernel, sqlx |
//! | [`clients`] | other services over gRPC | proto, kit, domain |
//! | [`app`] | use cases: authorise, begin, decide, write, commit | domain, store, clients, kit |
//! | [`graphql`], [`grpc`], [`worker`] | the edges | app, domain types, kit, proto |
//! | [`serve`] | wiring | all |
//!
//! # Adding a noun
//!
//! Follow `need`: `domain/need.rs` (type, states and their moves, rules),
//! `migrations/…_create_needs.sql` (the same rules again, as constraints and a
//! transition table), `store/need.rs`, `app/need.rs`, `graphql/need.rs` merged
//! into the roots in `graphql/mod.rs`, a line in `policies/`, and
//! `tests/it/graphql_need.rs`.

// Every noun is one link in the types of the graph's roots.
#![recursion_limit = "256"]

pub mod app;
pub mod clients;
pub mod domain;
pub mod error;
pub mod graphql;
pub mod grpc;
pub mod serve;
pub mod state;
pub mod store;
pub mod worker;
