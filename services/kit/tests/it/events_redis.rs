//! Outbox to inbox through Redis, and what happens when Redis does not behave.

use std::time::Duration;

use kit::{
    events::{Bus, Consumer, Relay},
    lifecycle::Tasks,
};
use sqlx::PgPool;
use testkit::{OwnRedis, TestDb, frozen_clock};
use uuid::Uuid;

use crate::{
    events::{SUBJECT, emit, note},
    support::{database, effects, effects_table, eventually},
};

fn consumer(db: &TestDb, bus: Bus) -> Consumer {
    Consumer::new("socialwork", db.app.clone(), bus, frozen_clock().shared())
        .on(SUBJECT, |conn, event| Box::pin(note(conn, event)))
}

fn relay(db: &TestDb, bus: Bus) -> Relay {
    Relay::new("eldercare", db.app.clone(), bus, frozen_clock().shared())
}

async fn saw(pool: &PgPool, expected: &[&str]) {
    let what = format!("effects {expected:?}");
    eventually(&what, || async { effects(pool).await == expected }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn delivers_once_though_redis_is_emptied() {
    let Some(redis) = OwnRedis::start().await else {
        return;
    };
    let (producer, reader) = (database().await, database().await);
    effects_table(&reader).await;
    let tasks = Tasks::new();
    consumer(&reader, redis.bus()).spawn(&tasks);
    let relay = relay(&producer, redis.bus());
    emit(&producer.app, Uuid::nil(), "1").await;
    emit(&producer.app, Uuid::nil(), "2").await;
    assert_eq!(relay.run_once().await.unwrap(), 2);
    saw(&reader.app, &["1", "2"]).await;

    redis.command("FLUSHALL").await;
    emit(&producer.app, Uuid::nil(), "3").await;
    assert_eq!(
        relay.run_once().await.unwrap(),
        3,
        "everything that is kept goes again"
    );
    saw(&reader.app, &["1", "2", "3"]).await;
    assert!(tasks.stop(Duration::from_secs(10)).await);
    assert_eq!(effects(&reader.app).await, ["1", "2", "3"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn delivers_events_that_redis_lost_before_anyone_read_them() {
    let Some(redis) = OwnRedis::start().await else {
        return;
    };
    let (producer, reader) = (database().await, database().await);
    effects_table(&reader).await;
    let relay = relay(&producer, redis.bus());
    emit(&producer.app, Uuid::nil(), "1").await;
    assert_eq!(relay.run_once().await.unwrap(), 1);
    redis.command("FLUSHALL").await;
    // Nothing new is written: the relay notices by itself.
    assert_eq!(relay.run_once().await.unwrap(), 1);
    let tasks = Tasks::new();
    consumer(&reader, redis.bus()).spawn(&tasks);
    saw(&reader.app, &["1"]).await;
    assert!(tasks.stop(Duration::from_secs(10)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_the_order_where_redis_comes_back_with_an_older_snapshot() {
    let Some(mut redis) = OwnRedis::start().await else {
        return;
    };
    let (producer, reader) = (database().await, database().await);
    effects_table(&reader).await;
    let relay = relay(&producer, redis.bus());
    emit(&producer.app, Uuid::nil(), "1").await;
    assert_eq!(relay.run_once().await.unwrap(), 1);
    redis.command("SAVE").await;
    emit(&producer.app, Uuid::nil(), "2").await;
    assert_eq!(relay.run_once().await.unwrap(), 1);

    redis.kill();
    emit(&producer.app, Uuid::nil(), "3").await;
    assert!(relay.run_once().await.is_err(), "redis is down");
    redis.restart().await;
    eventually("the relay sends again", || async {
        relay.run_once().await.is_ok()
    })
    .await;
    let tasks = Tasks::new();
    consumer(&reader, redis.bus()).spawn(&tasks);
    saw(&reader.app, &["1", "2", "3"]).await;
    assert!(tasks.stop(Duration::from_secs(10)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn takes_over_what_another_replica_read_and_could_not_store() {
    let Some(redis) = OwnRedis::start().await else {
        return;
    };
    let (producer, reader) = (database().await, database().await);
    effects_table(&reader).await;
    let relay = relay(&producer, redis.bus());
    emit(&producer.app, Uuid::nil(), "1").await;
    relay.run_once().await.unwrap();
    // A replica reads, and dies before it stores anything.
    let client = redis::Client::open(redis.url()).unwrap();
    let mut dead = client.get_multiplexed_async_connection().await.unwrap();
    redis::pipe()
        .cmd("XGROUP")
        .arg(&["CREATE", "sanshe.events.eldercare", "socialwork", "0"])
        .cmd("XREADGROUP")
        .arg(&[
            "GROUP",
            "socialwork",
            "dead",
            "STREAMS",
            "sanshe.events.eldercare",
            ">",
        ])
        .exec_async(&mut dead)
        .await
        .unwrap();
    emit(&producer.app, Uuid::nil(), "2").await;
    relay.run_once().await.unwrap();
    let tasks = Tasks::new();
    consumer(&reader, redis.bus()).spawn(&tasks);
    consumer(&reader, redis.bus()).spawn(&tasks);
    saw(&reader.app, &["1", "2"]).await;
    assert!(tasks.stop(Duration::from_secs(10)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_on_after_redis_was_down() {
    let Some(mut redis) = OwnRedis::start().await else {
        return;
    };
    let (producer, reader) = (database().await, database().await);
    effects_table(&reader).await;
    let tasks = Tasks::new();
    consumer(&reader, redis.bus()).spawn(&tasks);
    relay(&producer, redis.bus()).spawn(&tasks);
    emit(&producer.app, Uuid::nil(), "1").await;
    saw(&reader.app, &["1"]).await;
    redis.kill();
    emit(&producer.app, Uuid::nil(), "2").await;
    redis.restart().await;
    saw(&reader.app, &["1", "2"]).await;
    assert!(tasks.stop(Duration::from_secs(10)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trims_only_old_entries_that_every_group_has_acknowledged() {
    let Some(redis) = OwnRedis::start().await else {
        return;
    };
    let producer = database().await;
    let client = redis::Client::open(redis.url()).unwrap();
    let mut raw = client.get_multiplexed_async_connection().await.unwrap();
    let stream = "sanshe.events.eldercare";
    for id in ["1-1", "1-2", "1-3"] {
        redis::cmd("XADD")
            .arg(&[stream, id, "event", "{}"])
            .exec_async(&mut raw)
            .await
            .unwrap();
    }
    for (group, acknowledged) in [("a", vec!["1-1", "1-2", "1-3"]), ("b", vec!["1-1", "1-3"])] {
        redis::pipe()
            .cmd("XGROUP")
            .arg(&["CREATE", stream, group, "0"])
            .cmd("XREADGROUP")
            .arg(&["GROUP", group, "inbox", "STREAMS", stream, ">"])
            .cmd("XACK")
            .arg(&[stream, group])
            .arg(acknowledged)
            .exec_async(&mut raw)
            .await
            .unwrap();
    }
    let tasks = Tasks::new();
    relay(&producer, redis.bus()).spawn(&tasks);
    let length = || {
        let mut raw = raw.clone();
        async move {
            redis::cmd("XLEN")
                .arg(stream)
                .query_async::<i64>(&mut raw)
                .await
                .unwrap()
        }
    };
    eventually("the first entry goes", || async { length().await == 2 }).await;
    assert!(tasks.stop(Duration::from_secs(10)).await);
    assert_eq!(length().await, 2, "group b still needs the second");
}
