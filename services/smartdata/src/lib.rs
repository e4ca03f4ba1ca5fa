//! Smart-community data (智慧社区): where people live, who they are, who looked.
//!
//! The only service with personal data. Others hold a resident's id and ask
//! here whether the person is verified and lives where they say.
//!
//! | room | holds | may import |
//! |---|---|---|
//! | [`domain`] | types, state machines, rules | kernel |
//! | [`store`] | SQL on a connection | domain, kernel, sqlx |
//! | [`app`] | use cases: authorise, begin, decide, write, commit | domain, store, kit |
//! | [`graphql`], [`grpc`] | the edges | app, domain types, kit, proto |
//! | [`worker`] | what events of others cause | app, kit |
//! | [`serve`] | wiring | all |
//!
//! # Reading personal data
//!
//! Personal fields are sealed in the database and opened in one place,
//! `app/resident/see.rs`, which also decides who may look and writes every
//! look of another person to `access_log` and to the audit log, in the
//! transaction of the read. A new personal field is one variant of
//! [`domain::resident::PersonalField`], one sealed column, and one line there.

pub mod app;
pub mod domain;
pub mod error;
pub mod graphql;
pub mod grpc;
pub mod serve;
pub mod state;
pub mod store;
pub mod worker;
