//! Outbox to inbox within one process.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;
use kit::events::{
    self, Backoff, Bus, Consumer, Event, HandlerError, NewEvent, Relay, dead_letters, inbox,
};
use sqlx::{PgConnection, PgPool};
use testkit::{TestDb, frozen_clock};
use uuid::Uuid;

use crate::support::{administrator, database, effects, effects_table, eventually, someone_waits};

pub const SUBJECT: &str = "eldercare.visit.settled";

pub fn event(aggregate_id: Uuid, said: &str) -> NewEvent {
    NewEvent {
        subject: SUBJECT,
        aggregate: "visit",
        aggregate_id,
        trace_id: None,
        at: testkit::start(),
        data: serde_json::json!({ "said": said }),
    }
}

pub async fn emit(pool: &PgPool, aggregate_id: Uuid, said: &str) -> i64 {
    let mut tx = pool.begin().await.unwrap();
    let sequence = events::append(&mut tx, &event(aggregate_id, said))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    sequence
}

/// Writes down what was said.
pub async fn note(conn: &mut PgConnection, event: &Event) -> Result<(), HandlerError> {
    let said = event.data["said"].as_str().unwrap();
    sqlx::query("INSERT INTO effects (what) VALUES ($1)")
        .bind(said)
        .execute(conn)
        .await?;
    Ok(())
}

fn consumer(db: &TestDb, bus: &Bus) -> Consumer {
    Consumer::new(
        "socialwork",
        db.app.clone(),
        bus.clone(),
        frozen_clock().shared(),
    )
}

fn relay(db: &TestDb, bus: &Bus) -> Relay {
    Relay::new(
        "eldercare",
        db.app.clone(),
        bus.clone(),
        frozen_clock().shared(),
    )
}

async fn unsent(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM kit.outbox WHERE sent_at IS NULL")
        .fetch_one(pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn writes_no_event_where_the_change_is_rolled_back() {
    let db = database().await;
    let mut tx = db.app.begin().await.unwrap();
    events::append(&mut tx, &event(Uuid::nil(), "never"))
        .await
        .unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(unsent(&db.app).await, 0);
    assert_eq!(emit(&db.app, Uuid::nil(), "first").await, 1);
}

#[tokio::test]
async fn gives_an_event_its_effect_once_though_it_is_sent_twice() {
    let db = database().await;
    effects_table(&db).await;
    let bus = Bus::in_process();
    let consumer = consumer(&db, &bus).on(SUBJECT, |conn, event| Box::pin(note(conn, event)));
    consumer.register();
    emit(&db.app, Uuid::nil(), "once").await;
    let relay = relay(&db, &bus);
    assert_eq!(relay.run_once().await.unwrap(), 1);
    assert_eq!(consumer.run_due_once().await.unwrap(), 1);
    // As after a crash between handing over and marking.
    sqlx::query("UPDATE kit.outbox SET sent_at = NULL")
        .execute(&db.app)
        .await
        .unwrap();
    assert_eq!(relay.run_once().await.unwrap(), 1);
    assert_eq!(consumer.run_due_once().await.unwrap(), 0);
    assert_eq!(effects(&db.app).await, ["once"]);
}

#[tokio::test]
async fn gives_one_effect_where_the_relay_is_killed_between_publish_and_mark() {
    let (producer, reader) = (database().await, database().await);
    effects_table(&reader).await;
    let bus = Bus::in_process();
    let consumer = consumer(&reader, &bus).on(SUBJECT, |conn, event| Box::pin(note(conn, event)));
    consumer.register();
    emit(&producer.app, Uuid::nil(), "once").await;

    // Stop the relay in the middle of handing over, and end its session there.
    let mut gate = reader.owner.begin().await.unwrap();
    sqlx::query("LOCK TABLE kit.inbox")
        .execute(&mut *gate)
        .await
        .unwrap();
    let sending = relay(&producer, &bus);
    let kill = async {
        someone_waits(&reader).await;
        let killed: Vec<bool> = sqlx::query_scalar(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND state = 'idle in transaction'
               AND pid <> pg_backend_pid()",
        )
        .fetch_all(&mut administrator(&producer).await)
        .await
        .unwrap();
        assert_eq!(killed, [true]);
        gate.rollback().await.unwrap();
    };
    let (sent, ()) = tokio::join!(sending.run_once(), kill);
    assert!(sent.is_err());
    assert_eq!(unsent(&producer.app).await, 1);

    assert_eq!(relay(&producer, &bus).run_once().await.unwrap(), 1);
    assert_eq!(consumer.run_due_once().await.unwrap(), 1);
    assert_eq!(effects(&reader.app).await, ["once"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_the_order_of_each_aggregate_with_two_relays() {
    const AGGREGATES: u128 = 6;
    const EACH: usize = 25;
    let (producer, reader) = (database().await, database().await);
    let bus = Bus::in_process();
    let consumer = consumer(&reader, &bus).on(SUBJECT, |_, _| Box::pin(async { Ok(()) }));
    consumer.register();
    let written = Arc::new(AtomicUsize::new(0));
    let write = |aggregate: u128| {
        let (pool, written) = (producer.app.clone(), written.clone());
        async move {
            for _ in 0..EACH {
                emit(&pool, Uuid::from_u128(aggregate), "x").await;
                written.fetch_add(1, Ordering::SeqCst);
            }
        }
    };
    let send = || async {
        let (relay, all) = (relay(&producer, &bus), AGGREGATES as usize * EACH);
        loop {
            let over = written.load(Ordering::SeqCst) == all;
            relay.run_once().await.unwrap();
            if over {
                return;
            }
        }
    };
    let writers = (0..AGGREGATES).map(write);
    tokio::join!(futures_util::future::join_all(writers), send(), send());

    assert_eq!(unsent(&producer.app).await, 0);
    for aggregate in 0..AGGREGATES {
        let arrived: Vec<i64> = sqlx::query_scalar(
            "SELECT (event->>'sequence')::bigint FROM kit.inbox
             WHERE aggregate_id = $1 ORDER BY position",
        )
        .bind(Uuid::from_u128(aggregate))
        .fetch_all(&reader.app)
        .await
        .unwrap();
        assert_eq!(arrived, (1..=25).collect::<Vec<i64>>());
    }
}

#[tokio::test]
async fn sends_again_what_was_sent_before_a_consumer_came() {
    let (producer, early, late) = (database().await, database().await, database().await);
    effects_table(&early).await;
    effects_table(&late).await;
    let bus = Bus::in_process();
    let relay = relay(&producer, &bus);
    emit(&producer.app, Uuid::nil(), "1").await;
    assert_eq!(relay.run_once().await.unwrap(), 1);
    let first = consumer(&early, &bus).on(SUBJECT, |conn, event| Box::pin(note(conn, event)));
    first.register();
    assert_eq!(relay.run_once().await.unwrap(), 1);
    emit(&producer.app, Uuid::nil(), "2").await;
    let second = Consumer::new("smartdata", late.app.clone(), bus, frozen_clock().shared())
        .on(SUBJECT, |conn, event| Box::pin(note(conn, event)));
    second.register();
    assert_eq!(relay.run_once().await.unwrap(), 2);
    assert_eq!(relay.run_once().await.unwrap(), 0);
    first.run_due_once().await.unwrap();
    second.run_due_once().await.unwrap();
    assert_eq!(effects(&early.app).await, ["1", "2"]);
    assert_eq!(effects(&late.app).await, ["1", "2"]);
}

#[tokio::test]
async fn parks_a_poison_event_and_lets_other_aggregates_pass() {
    let db = database().await;
    effects_table(&db).await;
    let clock = frozen_clock();
    let bus = Bus::in_process();
    let backoff = Backoff {
        attempts: 3,
        ..Backoff::default()
    };
    let consumer = Consumer::new("socialwork", db.app.clone(), bus.clone(), clock.shared())
        .backoff(backoff)
        .on(SUBJECT, |conn, event| {
            Box::pin(async move {
                note(conn, event).await?;
                match event.data["said"].as_str() {
                    Some("poison") => Err(HandlerError::retry("cannot digest this")),
                    _ => Ok(()),
                }
            })
        });
    consumer.register();
    let (sick, well) = (Uuid::from_u128(1), Uuid::from_u128(2));
    emit(&db.app, sick, "poison").await;
    emit(&db.app, sick, "after poison").await;
    emit(&db.app, well, "other").await;
    relay(&db, &bus).run_once().await.unwrap();

    // The failed one waits by the clock, and what follows it waits for it.
    consumer.run_due_once().await.unwrap();
    assert_eq!(effects(&db.app).await, ["other"]);
    assert_eq!(consumer.run_due_once().await.unwrap(), 0);
    clock.advance(TimeDelta::seconds(1));
    assert_eq!(consumer.run_due_once().await.unwrap(), 1);
    assert_eq!(effects(&db.app).await, ["other"]);
    clock.advance(TimeDelta::seconds(2));
    consumer.run_due_once().await.unwrap();
    assert_eq!(effects(&db.app).await, ["other", "after poison"]);

    let mut conn = db.app.acquire().await.unwrap();
    let parked = dead_letters::list(&mut conn, 10).await.unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!(
        (parked[0].reason.as_str(), parked[0].attempts),
        ("cannot digest this", 3)
    );
    assert_eq!(parked[0].event.data["said"], "poison");

    let healed = Consumer::new("socialwork", db.app.clone(), bus, clock.shared())
        .on(SUBJECT, |conn, event| Box::pin(note(conn, event)));
    let id = parked[0].event_id;
    let now = testkit::start();
    assert!(
        dead_letters::replay(&mut conn, "socialwork", id, now)
            .await
            .unwrap()
    );
    assert!(
        !dead_letters::replay(&mut conn, "socialwork", id, now)
            .await
            .unwrap()
    );
    assert_eq!(healed.run_due_once().await.unwrap(), 1);
    assert_eq!(effects(&db.app).await, ["other", "after poison", "poison"]);
    assert!(dead_letters::list(&mut conn, 10).await.unwrap().is_empty());
    assert!(inbox::is_done(&mut conn, "socialwork", id).await.unwrap());
}

#[tokio::test]
async fn undoes_the_effect_of_a_handler_that_panics_or_takes_too_long() {
    let db = database().await;
    effects_table(&db).await;
    let clock = frozen_clock();
    let bus = Bus::in_process();
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = tries.clone();
    let consumer = Consumer::new("socialwork", db.app.clone(), bus.clone(), clock.shared())
        .limit(Duration::from_millis(50))
        .on(SUBJECT, move |conn, event| {
            let attempt = counted.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move {
                note(conn, event).await?;
                match attempt {
                    0 => panic!("boom"),
                    1 => std::future::pending().await,
                    _ => Ok(()),
                }
            })
        });
    consumer.register();
    emit(&db.app, Uuid::nil(), "once").await;
    relay(&db, &bus).run_once().await.unwrap();
    for attempts in 1..=3 {
        assert_eq!(consumer.run_due_once().await.unwrap(), 1);
        assert_eq!(tries.load(Ordering::SeqCst), attempts);
        clock.advance(TimeDelta::minutes(5));
    }
    assert_eq!(effects(&db.app).await, ["once"]);
}

#[tokio::test]
async fn parks_at_once_what_can_never_be_read() {
    #[derive(serde::Deserialize)]
    struct Other {
        _missing: i64,
    }
    let db = database().await;
    let bus = Bus::in_process();
    let consumer = consumer(&db, &bus).on(SUBJECT, |_, event| {
        Box::pin(async move { event.data::<Other>().map(|_| ()) })
    });
    consumer.register();
    emit(&db.app, Uuid::nil(), "x").await;
    relay(&db, &bus).run_once().await.unwrap();
    consumer.run_due_once().await.unwrap();
    let parked = dead_letters::list(&mut db.app.acquire().await.unwrap(), 10)
        .await
        .unwrap();
    assert_eq!(parked[0].attempts, 1);
    assert!(
        parked[0]
            .reason
            .contains("eldercare.visit.settled version 1")
    );
}

#[tokio::test]
async fn counts_attempts_that_end_with_the_process() {
    let db = database().await;
    let bus = Bus::in_process();
    let consumer = consumer(&db, &bus).on(SUBJECT, |_, _| Box::pin(async { Ok(()) }));
    consumer.register();
    emit(&db.app, Uuid::nil(), "kills").await;
    relay(&db, &bus).run_once().await.unwrap();
    // Claimed ten times, and never answered: the lease of the last is over.
    sqlx::query("UPDATE kit.inbox SET attempts = 10, leased_until = now() - interval '1 second'")
        .execute(&db.app)
        .await
        .unwrap();
    consumer.run_due_once().await.unwrap();
    let parked = dead_letters::list(&mut db.app.acquire().await.unwrap(), 10)
        .await
        .unwrap();
    assert_eq!(parked[0].reason, "the last attempt ended without an answer");
}

#[tokio::test]
async fn gives_one_effect_where_two_replicas_handle_at_once() {
    let db = database().await;
    effects_table(&db).await;
    let bus = Bus::in_process();
    let replica = || {
        // A lease that is over at once: only the row's lock keeps the other off.
        consumer(&db, &bus)
            .lease(Duration::ZERO)
            .backoff(Backoff {
                attempts: i32::MAX,
                ..Backoff::default()
            })
            .on(SUBJECT, |conn, event| Box::pin(note(conn, event)))
    };
    let (a, b) = (replica(), replica());
    a.register();
    for number in 0..40 {
        emit(&db.app, Uuid::from_u128(number % 4), &number.to_string()).await;
    }
    relay(&db, &bus).run_once().await.unwrap();
    let drain =
        |consumer: Consumer| async move { while consumer.run_due_once().await.unwrap() > 0 {} };
    tokio::join!(drain(a), drain(b));
    let seen = effects(&db.app).await;
    assert_eq!(seen.len(), 40);
    for aggregate in 0..4 {
        let own: Vec<u32> = seen
            .iter()
            .map(|said| said.parse().unwrap())
            .filter(|number: &u32| number % 4 == aggregate)
            .collect();
        assert!(own.is_sorted(), "{own:?}");
    }
}

#[tokio::test]
async fn lets_the_runtime_role_change_nothing_an_event_says() {
    let db = database().await;
    emit(&db.app, Uuid::nil(), "x").await;
    let changed = sqlx::query("UPDATE kit.outbox SET data = '{}'")
        .execute(&db.app)
        .await;
    assert!(
        changed
            .unwrap_err()
            .to_string()
            .contains("permission denied")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_by_itself_and_stops_when_asked() {
    let db = database().await;
    effects_table(&db).await;
    let bus = Bus::in_process();
    let tasks = kit::lifecycle::Tasks::new();
    consumer(&db, &bus)
        .on(SUBJECT, |conn, event| Box::pin(note(conn, event)))
        .spawn(&tasks);
    relay(&db, &bus).spawn(&tasks);
    emit(&db.app, Uuid::nil(), "by itself").await;
    eventually("the effect", || async {
        effects(&db.app).await == ["by itself"]
    })
    .await;
    assert!(tasks.stop(Duration::from_secs(10)).await);
}
