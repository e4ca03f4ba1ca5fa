//! Incubation (社会组织孵化): which organisations there are, registered or
//! filed, what they are worth and what they can take on.
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
//! Follow `capability`: `domain/capability.rs` (type and rules),
//! `migrations/…_create_certifications.sql` (the same rules again, as
//! constraints and triggers), `store/capability.rs`, `app/capability.rs`,
//! `graphql/capability.rs` merged into the roots in `graphql/mod.rs`, a line
//! in `policies/`, and `tests/it/graphql_capability.rs`.

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
