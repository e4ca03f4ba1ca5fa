//! For tests only: a fresh database per test, a frozen clock, snapshots
//! without what differs from run to run.
//!
//! | you need | take |
//! |---|---|
//! | PostgreSQL with a service's schema | [`TestDb::fresh`] |
//! | PostgreSQL for a whole platform | [`Databases::create`] |
//! | Redis, where the test run has one | [`TestRedis::fresh`] |
//! | Redis to be killed and started again | [`OwnRedis::start`] |
//! | a clock that moves only when told | [`frozen_clock`] |
//! | a service's real schema, callers and peers | [`service::TestService`] |
//! | who may do what, tried by everybody | [`access::check`] |
//! | JSON that can be compared with a snapshot | [`redact`] |
//!
//! The tests are run by `just test`, which starts a private server and sets
//! `SANSHE_TEST_DATABASE_URL` (and `SANSHE_TEST_REDIS_URL` where Redis is
//! installed). Production code cannot name this crate.

pub mod access;
mod clock;
mod db;
mod own_redis;
mod platform;
pub mod reads;
mod redact;
mod redis;
pub mod schema;
mod server;
pub mod service;
mod template;

pub use self::{
    clock::{frozen_clock, start},
    db::TestDb,
    own_redis::OwnRedis,
    platform::Databases,
    redact::redact,
    redis::TestRedis,
    server::{APP_ROLE, OWNER_ROLE},
};

/// What `just test` hands to the tests.
fn environment(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told of their servers by `just test`"
    )]
    let value = std::env::var(name);
    value.ok().filter(|value| !value.is_empty())
}

/// A name that no other test has.
fn random_hex() -> String {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    hex::encode(bytes)
}
