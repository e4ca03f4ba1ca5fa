//! No statement outlives the request it is part of.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use async_graphql::dataloader::Loader;
use kernel::Kind;
use kit::{
    auth::{Actor, Caller, Role},
    db::Db,
    deadline,
    graph::loader,
};
use sqlx::PgConnection;

use crate::support::database;

async fn limit(conn: &mut PgConnection) -> u64 {
    let millis: i32 =
        sqlx::query_scalar("SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'")
            .fetch_one(conn)
            .await
            .unwrap();
    u64::try_from(millis).unwrap()
}

#[tokio::test]
async fn a_read_takes_its_limit_from_the_request_and_leaves_none_behind() {
    let test = database().await;
    let db = Db::from_pool(test.app.clone());
    let until = Instant::now() + Duration::from_secs(7);
    let found = deadline::within(until, async {
        let mut conn = db.read().await.unwrap();
        limit(&mut conn).await
    })
    .await;
    assert!((1..=7_000).contains(&found), "{found}");

    // Nobody else's statements are bounded by it.
    let mut conn = db.pool().acquire().await.unwrap();
    assert_eq!(limit(&mut conn).await, 0);
    drop(conn);
    let mut conn = db.read().await.unwrap();
    let unbounded = u64::try_from(deadline::UNBOUNDED.as_millis()).unwrap();
    assert!(limit(&mut conn).await > unbounded - 7_000, "no request");
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_cut_and_told_as_a_timeout() {
    let test = database().await;
    let db = Db::from_pool(test.app.clone());
    let until = Instant::now() + Duration::from_millis(50);
    let error = deadline::within(until, async {
        let mut conn = db.read().await.unwrap();
        let slow = sqlx::query("SELECT pg_sleep(600)");
        kit::db::classify(slow.execute(&mut *conn).await.unwrap_err())
    })
    .await;
    assert_eq!(error.kind(), Kind::Timeout);
    assert_eq!(error.reason(), "STATEMENT_TIMEOUT");
}

#[tokio::test]
async fn a_transaction_takes_its_limit_from_the_caller() {
    let test = database().await;
    let db = Db::from_pool(test.app.clone());
    let mut caller = Caller::of(Actor::new("somebody".to_owned(), [Role::Resident]));
    caller.deadline = Some(Instant::now() + Duration::from_secs(3));
    let mut tx = db.begin(&caller).await.unwrap();
    let found = limit(&mut tx).await;
    assert!((1..=3_000).contains(&found), "{found}");
    tx.commit().await.unwrap();
    let mut conn = db.pool().acquire().await.unwrap();
    assert_eq!(limit(&mut conn).await, 0);
}

/// Answers the deadline it runs under.
struct Until;

impl Loader<u8> for Until {
    type Value = Option<Instant>;
    type Error = Arc<str>;

    async fn load(&self, keys: &[u8]) -> Result<HashMap<u8, Self::Value>, Self::Error> {
        Ok(keys.iter().map(|key| (*key, deadline::current())).collect())
    }
}

#[tokio::test]
async fn a_batch_of_a_loader_runs_under_the_deadline_of_its_request() {
    let until = Instant::now() + Duration::from_secs(5);
    let loaded = deadline::within(until, async { loader(Until).load_one(1).await });
    assert_eq!(loaded.await.unwrap(), Some(Some(until)));
    assert_eq!(loader(Until).load_one(1).await.unwrap(), Some(None));
}
