//! Changes told by a real database, to more than one process.

use futures_util::FutureExt as _;
use kit::{
    lifecycle::Tasks,
    live::{Live, follow},
};
use sqlx::{Executor, PgPool};
use testkit::TestDb;
use uuid::Uuid;

use crate::support::{administrator, database, script};

const ID: Uuid = Uuid::from_u128(7);

async fn things() -> TestDb {
    let db = database().await;
    script(
        &db.owner,
        "CREATE TABLE things (id uuid PRIMARY KEY, n integer NOT NULL);
         GRANT ALL ON things TO sanshe_app;
         CREATE TRIGGER things_live AFTER INSERT OR UPDATE ON things
             FOR EACH ROW EXECUTE FUNCTION kit.notify_live('thing', 'id');",
    )
    .await;
    db
}

async fn set(pool: &PgPool, id: Uuid, n: i32) {
    sqlx::query("INSERT INTO things VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET n = $2")
        .bind(id)
        .bind(n)
        .execute(pool)
        .await
        .unwrap();
}

async fn n(pool: PgPool) -> kit::Result<i32> {
    Ok(sqlx::query_scalar("SELECT n FROM things WHERE id = $1")
        .bind(ID)
        .fetch_one(&pool)
        .await?)
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    let limit = std::time::Duration::from_secs(20);
    tokio::time::timeout(limit, future)
        .await
        .expect("it never came")
}

#[tokio::test]
async fn a_commit_reaches_the_subscribers_of_every_replica() {
    let db = things().await;
    let tasks = Tasks::new();
    let (one, other) = (Live::default(), Live::default());
    let mut here = one.watch(&db.app, &tasks, "thing", ID).await.unwrap();
    let mut there = other.watch(&db.app, &tasks, "thing", ID).await.unwrap();
    let mut tx = db.app.begin().await.unwrap();
    tx.execute("INSERT INTO things VALUES ('00000000-0000-0000-0000-000000000007', 1)")
        .await
        .unwrap();
    assert!(here.changed().now_or_never().is_none(), "not committed yet");
    tx.rollback().await.unwrap();
    set(&db.app, Uuid::from_u128(8), 1).await;
    set(&db.app, ID, 2).await;
    within(here.changed()).await.unwrap();
    within(there.changed()).await.unwrap();
    assert!(here.changed().now_or_never().is_none(), "once for a commit");
    tasks.stop(std::time::Duration::from_secs(5)).await;
}

#[tokio::test]
async fn follows_from_the_present_state_through_every_change() {
    use futures_util::StreamExt as _;
    let db = things().await;
    let tasks = Tasks::new();
    set(&db.app, ID, 1).await;
    let watch = Live::default()
        .watch(&db.app, &tasks, "thing", ID)
        .await
        .unwrap();
    let pool = db.app.clone();
    let mut following = follow(watch, move || n(pool.clone())).each(|n| n * 10);
    assert_eq!(within(following.next()).await.unwrap().unwrap(), 10);
    for (n, expected) in [(2, 20), (3, 30)] {
        set(&db.app, ID, n).await;
        let told = within(following.next()).await.unwrap().unwrap();
        assert_eq!(told, expected);
    }
    sqlx::query("DELETE FROM things")
        .execute(&db.owner)
        .await
        .unwrap();
    assert!(following.next().now_or_never().is_none());
    tasks.stop(std::time::Duration::from_secs(5)).await;
    let last = within(following.next()).await.unwrap();
    assert_eq!(last.unwrap_err().reason(), "CHANGES_INTERRUPTED");
    assert!(
        within(following.next()).await.is_none(),
        "an error is the last"
    );
}

#[tokio::test]
async fn a_lost_connection_ends_every_watch_and_the_next_ones_hear_again() {
    let db = things().await;
    let tasks = Tasks::new();
    let live = Live::default();
    let mut watch = live.watch(&db.app, &tasks, "thing", ID).await.unwrap();
    let mut admin = administrator(&db).await;
    let ended: i64 = sqlx::query_scalar(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    )
    .fetch_one(&mut admin)
    .await
    .unwrap();
    assert_eq!(ended, 1);
    let error = within(watch.changed()).await.unwrap_err();
    assert_eq!(error.reason(), "CHANGES_INTERRUPTED");
    let mut watch = live.watch(&db.app, &tasks, "thing", ID).await.unwrap();
    set(&db.app, ID, 2).await;
    within(watch.changed()).await.unwrap();
    tasks.stop(std::time::Duration::from_secs(5)).await;
}
