//! Procurement (政府购买服务): from a need that residents decided to the payment
//! for what was delivered; public, sealed where the law says so, computable again.
//!
//! | room | holds | may import |
//! |---|---|---|
//! | [`domain`] | types, state machines, rules | kernel |
//! | [`store`] | SQL on a connection | domain, kernel, sqlx |
//! | [`clients`] | other services over gRPC | proto, kit, domain |
//! | [`app`] | use cases: authorise, begin, decide, write, commit | domain, store, clients, kit |
//! | [`graphql`], [`grpc`] | the edges | app, domain types, kit, proto |
//! | [`serve`] | wiring | all |
//!
//! # Adding a noun
//!
//! Follow `milestone`: `domain/milestone.rs` (type, states and their moves,
//! rules), `migrations/…_create_contracts.sql` (the same rules again, as
//! constraints, a transition table and triggers), `store/milestone.rs`,
//! `app/milestone.rs`, `graphql/milestone.rs` merged into the roots in
//! `graphql/mod.rs`, a line in `policies/`, and `tests/it/graphql_contract.rs`.

pub mod app;
pub mod clients;
pub mod domain;
pub mod error;
pub mod graphql;
pub mod grpc;
pub mod serve;
pub mod state;
pub mod store;
