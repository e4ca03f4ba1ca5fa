//! What several of these tests need.

use std::{future::Future, time::Duration};

use sqlx::{AssertSqlSafe, Executor, PgConnection, PgPool};
use testkit::TestDb;
use tokio_util::sync::CancellationToken;

pub async fn database() -> TestDb {
    TestDb::fresh(&[&kit::db::MIGRATOR]).await
}

/// Runs statements as they are.
pub async fn script(pool: &PgPool, sql: &str) {
    pool.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
}

/// A table where handlers leave their traces, in order.
pub async fn effects_table(db: &TestDb) {
    script(
        &db.owner,
        "CREATE TABLE effects (nth bigserial PRIMARY KEY, what text NOT NULL);
         GRANT ALL ON effects TO sanshe_app; GRANT ALL ON effects_nth_seq TO sanshe_app;",
    )
    .await;
}

pub async fn effects(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar("SELECT what FROM effects ORDER BY nth")
        .fetch_all(pool)
        .await
        .unwrap()
}

/// Looks again and again until it is so; fails after twenty seconds.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let looking = async {
        let never = CancellationToken::new();
        while !is_so().await {
            kit::lifecycle::pause(&never, Duration::from_millis(20)).await;
        }
    };
    assert!(
        tokio::time::timeout(Duration::from_secs(20), looking)
            .await
            .is_ok(),
        "never: {what}"
    );
}

/// A session with the rights of the server's administrator, which sees what
/// the others are doing.
pub async fn administrator(db: &TestDb) -> PgConnection {
    let mut conn = db.owner.acquire().await.unwrap().detach();
    conn.execute("SET ROLE NONE").await.unwrap();
    conn
}

/// Waits until another session of this database waits for a lock.
pub async fn someone_waits(db: &TestDb) {
    let watch = tokio::sync::Mutex::new(administrator(db).await);
    eventually("a session waits for a lock", || async {
        let mut conn = watch.lock().await;
        let waiting: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .fetch_one(&mut *conn)
        .await
        .unwrap();
        waiting > 0
    })
    .await;
}
