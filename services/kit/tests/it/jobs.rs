//! Durable jobs: due by the injected clock, run once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;
use kernel::{Clock, FrozenClock};
use kit::jobs::{self, Enqueued, HandlerError, Job, NewJob, Worker};
use sqlx::{PgConnection, PgPool};
use testkit::{TestDb, frozen_clock};
use tokio::sync::Notify;

use crate::support::{database, effects, effects_table};

fn job(what: &str) -> NewJob {
    NewJob::new("procurement", "note", &what).unwrap()
}

async fn enqueue(pool: &PgPool, job: NewJob) -> Enqueued {
    jobs::enqueue(&mut pool.acquire().await.unwrap(), &job)
        .await
        .unwrap()
}

async fn note(conn: &mut PgConnection, job: &Job) -> Result<(), HandlerError> {
    let what: String = job.payload()?;
    sqlx::query("INSERT INTO effects (what) VALUES ($1)")
        .bind(what)
        .execute(conn)
        .await?;
    Ok(())
}

fn worker(db: &TestDb, clock: &FrozenClock) -> Worker {
    Worker::new("procurement", db.app.clone(), clock.shared())
}

fn noting(db: &TestDb, clock: &FrozenClock) -> Worker {
    worker(db, clock).on("note", |conn, job| Box::pin(note(conn, job)))
}

#[tokio::test]
async fn runs_a_timer_when_the_injected_clock_reaches_it_and_only_once() {
    let db = database().await;
    effects_table(&db).await;
    let clock = frozen_clock();
    let worker = noting(&db, &clock);
    enqueue(
        &db.app,
        job("in twenty days").run_at(clock.now() + TimeDelta::days(20)),
    )
    .await;
    assert_eq!(worker.run_due_once().await.unwrap(), 0);
    clock.advance(TimeDelta::days(20) - TimeDelta::seconds(1));
    assert_eq!(worker.run_due_once().await.unwrap(), 0);
    clock.advance(TimeDelta::seconds(1));
    assert_eq!(worker.run_due_once().await.unwrap(), 1);
    assert_eq!(worker.run_due_once().await.unwrap(), 0);
    assert_eq!(effects(&db.app).await, ["in twenty days"]);
}

#[tokio::test]
async fn leaves_no_job_behind_where_the_change_is_rolled_back() {
    let db = database().await;
    let mut tx = db.app.begin().await.unwrap();
    jobs::enqueue(&mut tx, &job("never")).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(
        noting(&db, &frozen_clock()).run_due_once().await.unwrap(),
        0
    );
}

#[tokio::test]
async fn keeps_one_live_job_per_key_that_can_be_moved_kept_and_withdrawn() {
    let db = database().await;
    effects_table(&db).await;
    let clock = frozen_clock();
    let worker = noting(&db, &clock);
    let tomorrow = clock.now() + TimeDelta::days(1);
    let Enqueued::New(id) = enqueue(&db.app, job("old").key("k").run_at(tomorrow)).await else {
        panic!("the key is new");
    };
    let later = tomorrow + TimeDelta::days(1);
    assert_eq!(
        enqueue(&db.app, job("x").key("k").keep_first()).await,
        Enqueued::Kept
    );
    assert_eq!(
        enqueue(&db.app, job("new").key("k").run_at(later)).await,
        Enqueued::Moved(id)
    );
    clock.set(tomorrow);
    assert_eq!(worker.run_due_once().await.unwrap(), 0);
    clock.set(later);
    assert_eq!(worker.run_due_once().await.unwrap(), 1);
    assert_eq!(effects(&db.app).await, ["new"]);

    enqueue(&db.app, job("withdrawn").key("k")).await;
    let mut conn = db.app.acquire().await.unwrap();
    assert!(jobs::cancel(&mut conn, "k").await.unwrap());
    assert!(!jobs::cancel(&mut conn, "k").await.unwrap());
    assert_eq!(worker.run_due_once().await.unwrap(), 0);
}

#[tokio::test]
async fn lets_a_handler_enqueue_its_own_key_again() {
    let db = database().await;
    let clock = frozen_clock();
    let worker = worker(&db, &clock).on("daily", |conn, job| {
        Box::pin(async move {
            let next = NewJob::new("procurement", "daily", &())?
                .key("daily")
                .run_at(job.run_at + TimeDelta::days(1));
            jobs::enqueue(conn, &next).await?;
            Ok(())
        })
    });
    let first = NewJob::new("procurement", "daily", &())
        .unwrap()
        .key("daily")
        .run_at(clock.now());
    enqueue(&db.app, first).await;
    for _ in 0..3 {
        assert_eq!(worker.run_due_once().await.unwrap(), 1);
        clock.advance(TimeDelta::days(1));
    }
}

#[tokio::test]
async fn runs_each_job_once_where_two_workers_compete() {
    let db = database().await;
    effects_table(&db).await;
    let clock = frozen_clock();
    for number in 0..60 {
        enqueue(&db.app, job(&number.to_string())).await;
    }
    let (a, b) = (noting(&db, &clock), noting(&db, &clock));
    let (ran_a, ran_b) = tokio::join!(a.run_due_once(), b.run_due_once());
    assert_eq!(ran_a.unwrap() + ran_b.unwrap(), 60);
    let mut seen: Vec<u32> = effects(&db.app)
        .await
        .iter()
        .map(|what| what.parse().unwrap())
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..60).collect::<Vec<_>>());
}

#[tokio::test]
async fn tries_again_with_growing_waits_and_keeps_the_dead_with_their_error() {
    let db = database().await;
    effects_table(&db).await;
    let clock = frozen_clock();
    let failing = worker(&db, &clock).on("note", |conn, job| {
        Box::pin(async move {
            note(conn, job).await?;
            Err(HandlerError::retry("the peer is down"))
        })
    });
    enqueue(&db.app, job("later").max_attempts(3)).await;
    for wait in [1, 2, 4] {
        assert_eq!(failing.run_due_once().await.unwrap(), 1);
        assert_eq!(
            failing.run_due_once().await.unwrap(),
            0,
            "it waits by the clock"
        );
        clock.advance(TimeDelta::seconds(wait));
    }
    assert_eq!(failing.run_due_once().await.unwrap(), 0, "it is dead");
    assert!(effects(&db.app).await.is_empty());

    let mut conn = db.app.acquire().await.unwrap();
    let dead = jobs::list_dead(&mut conn, "procurement", 10).await.unwrap();
    assert_eq!((dead.len(), dead[0].attempts), (1, 3));
    assert_eq!(dead[0].last_error.as_deref(), Some("the peer is down"));
    assert!(
        jobs::revive(&mut conn, dead[0].id, clock.now())
            .await
            .unwrap()
    );
    assert_eq!(noting(&db, &clock).run_due_once().await.unwrap(), 1);
    assert_eq!(effects(&db.app).await, ["later"]);
}

#[tokio::test]
async fn gives_up_at_once_on_a_payload_that_does_not_fit() {
    let db = database().await;
    let clock = frozen_clock();
    enqueue(&db.app, NewJob::new("procurement", "note", &17).unwrap()).await;
    noting(&db, &clock).run_due_once().await.unwrap();
    let mut conn = db.app.acquire().await.unwrap();
    let dead = jobs::list_dead(&mut conn, "procurement", 10).await.unwrap();
    assert!(
        dead[0]
            .last_error
            .as_deref()
            .unwrap()
            .starts_with("payload of note")
    );
}

#[tokio::test]
async fn leaves_kinds_it_does_not_know_to_a_release_that_does() {
    let db = database().await;
    let clock = frozen_clock();
    enqueue(&db.app, NewJob::new("procurement", "future", &()).unwrap()).await;
    assert_eq!(noting(&db, &clock).run_due_once().await.unwrap(), 0);
    let newer = worker(&db, &clock).on("future", |_, _| Box::pin(async { Ok(()) }));
    assert_eq!(newer.run_due_once().await.unwrap(), 1);
}

/// As a worker leaves a job that is killed right after claiming it.
async fn abandon(pool: &PgPool) {
    sqlx::query(
        "UPDATE kit.jobs SET state = 'running', attempts = attempts + 1, claim = claim + 1,
             leased_until = now() - interval '1 second'",
    )
    .execute(pool)
    .await
    .unwrap();
}

#[tokio::test]
async fn sweeps_the_job_of_a_worker_that_vanished() {
    let db = database().await;
    effects_table(&db).await;
    let clock = frozen_clock();
    enqueue(&db.app, job("swept").max_attempts(2)).await;
    abandon(&db.app).await;
    assert_eq!(noting(&db, &clock).run_due_once().await.unwrap(), 1);
    assert_eq!(effects(&db.app).await, ["swept"]);
}

#[tokio::test]
async fn stops_giving_a_job_to_workers_that_it_kills() {
    let db = database().await;
    enqueue(&db.app, job("deadly").max_attempts(1)).await;
    abandon(&db.app).await;
    assert_eq!(
        noting(&db, &frozen_clock()).run_due_once().await.unwrap(),
        0
    );
    let mut conn = db.app.acquire().await.unwrap();
    let dead = jobs::list_dead(&mut conn, "procurement", 10).await.unwrap();
    assert_eq!(dead[0].last_error.as_deref(), Some("the worker vanished"));
}

#[tokio::test]
async fn steals_nothing_from_a_handler_that_is_slow_but_alive() {
    let db = database().await;
    effects_table(&db).await;
    let clock = frozen_clock();
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let runs = Arc::new(AtomicUsize::new(0));
    let (b, g, r) = (begun.clone(), go_on.clone(), runs.clone());
    // A lease that is over at once, as after a long pause of the process.
    let slow = worker(&db, &clock)
        .lease(Duration::ZERO)
        .on("note", move |conn, job| {
            let (begun, go_on, runs) = (b.clone(), g.clone(), r.clone());
            Box::pin(async move {
                runs.fetch_add(1, Ordering::SeqCst);
                begun.notify_one();
                go_on.notified().await;
                note(conn, job).await
            })
        });
    enqueue(&db.app, job("slow")).await;
    let other = async {
        begun.notified().await;
        assert_eq!(noting(&db, &clock).run_due_once().await.unwrap(), 0);
        go_on.notify_one();
    };
    let (ran, ()) = tokio::join!(slow.run_due_once(), other);
    assert_eq!((ran.unwrap(), runs.load(Ordering::SeqCst)), (1, 1));
    assert_eq!(effects(&db.app).await, ["slow"]);
}
