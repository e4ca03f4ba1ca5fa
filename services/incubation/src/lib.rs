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
//! Follow `adviser`: `domain/adviser.rs` (type and rules),
//! `migrations/…_create_advisers.sql` (the same rules again, as constraints
//! and triggers), `store/adviser.rs` (one `record!`), `app/adviser.rs` (verbs on
//! an `Ask`: permission, replay, lock, audit and commit are done there),
//! `graphql/adviser.rs` (the forms of `graphql/shape`) merged into the roots in
//! `graphql/mod.rs`, a line in `policies/`, `tests/it/graphql_….rs`, and a line
//! in `tests/it/access_lines.rs`. States that move have `moves!` in the domain
//! and their rows in `state_transitions`; a test compares the two.
//!
//! `organization` and `capability` are older and written out.

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
