//! Social work (社会工作): who serves, what entitles them, what they served.
//!
//! | room | holds | may import |
//! |---|---|---|
//! | [`domain`] | types and rules | kernel |
//! | [`store`] | SQL on a connection | domain, kernel, sqlx |
//! | [`clients`] | other services over gRPC | proto, kit, domain |
//! | [`app`] | use cases: authorise, begin, decide, write, commit | domain, store, clients, kit |
//! | [`graphql`], [`grpc`], [`worker`] | the edges | app, domain types, kit, proto |
//! | [`serve`] | wiring | all |
//!
//! # Adding a noun
//!
//! Follow `volunteer`: `domain/volunteer.rs` (type and rules),
//! `migrations/…_create_volunteers.sql` (the same rules again, as constraints
//! and triggers), `store/volunteer.rs`, `app/volunteer.rs`,
//! `graphql/volunteer.rs` merged into the roots in `graphql/mod.rs`, lines in
//! `policies/`, and `tests/it/graphql_volunteer.rs`.

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
