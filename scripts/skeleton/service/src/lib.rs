//! Service `__service__`: say here what it owns.
//!
//! | room | holds | may import |
//! |---|---|---|
//! | [`domain`] | types, state machines, rules | kernel |
//! | [`store`] | SQL on a connection | domain, kernel, sqlx |
//! | [`app`] | use cases: authorise, begin, decide, write, commit | domain, store, kit |
//! | [`graphql`], [`grpc`] | the edges | app, domain types, kit, proto |
//! | [`serve`] | wiring | all |
//!
//! To add a noun, follow `__noun__` through the rooms; see CONTRIBUTING.md.

pub mod app;
pub mod domain;
pub mod error;
pub mod graphql;
pub mod grpc;
pub mod serve;
pub mod state;
pub mod store;
