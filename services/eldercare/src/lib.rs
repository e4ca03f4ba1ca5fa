//! Elder care (居家养老): who needs what, what it costs them, who came, and the
//! minutes that volunteers earn and elders spend.
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
//! # How an order becomes minutes
//!
//! `placeOrder` decides the tier by rule, keeps the price, and puts an elder's
//! minutes on hold; `assignVisit` … `checkOut` record the visit; `confirmVisit`
//! settles it in one transaction: the volunteer earns, the hold is paid, the
//! event leaves. The database refuses each illegal step by itself.

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
