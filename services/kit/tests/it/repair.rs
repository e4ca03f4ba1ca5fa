//! Acts of operators on what failed: each with its entry in the audit log.

use chrono::TimeDelta;
use kernel::{Clock as _, FrozenClock, Kind};
use kit::{
    events::{Bus, Consumer, HandlerError, dead_letters},
    jobs::{self, Enqueued, NewJob, Worker},
    repair::{self, Hand},
};
use serde_json::Value;
use sqlx::PgConnection;
use testkit::{TestDb, frozen_clock};
use uuid::Uuid;

use crate::support::database;

const WHO: &str = "运维值班台";

fn hand(clock: &FrozenClock) -> Hand {
    Hand {
        by: WHO.into(),
        why: "已修复上游地址".into(),
        request_id: Uuid::from_u128(7),
        at: clock.now(),
    }
}

/// An event that failed its only attempt.
async fn parked(db: &TestDb, clock: &FrozenClock) -> Uuid {
    let event = Uuid::from_u128(42);
    sqlx::query(
        "INSERT INTO kit.inbox (consumer, event_id, subject, aggregate, aggregate_id, event)
         VALUES ('socialwork', $1, 'communities.need.reported', 'need', $1,
             jsonb_build_object('id', $1::text, 'subject', 'communities.need.reported',
                 'aggregate', 'need', 'aggregate_id', $1::text, 'sequence', 1, 'version', 1,
                 'trace_id', null, 'at', '2026-01-01T00:00:00Z', 'data', '{}'::jsonb))",
    )
    .bind(event)
    .execute(&db.app)
    .await
    .unwrap();
    let failing = consumer(db, clock).on("communities.need.reported", |_, _| {
        Box::pin(async { Err(HandlerError::park("the address is wrong")) })
    });
    failing.run_due_once().await.unwrap();
    event
}

fn consumer(db: &TestDb, clock: &FrozenClock) -> Consumer {
    Consumer::new(
        "socialwork",
        db.app.clone(),
        Bus::in_process(),
        clock.shared(),
    )
}

async fn waiting(conn: &mut PgConnection) -> usize {
    dead_letters::list(conn, 10).await.unwrap().len()
}

/// What the audit log holds: who, what, on what, why, how.
async fn recorded(conn: &mut PgConnection) -> Vec<(String, String, String, String, Value)> {
    sqlx::query_as(
        "SELECT actor, action, resource_kind || '/' || resource_id, purpose, detail
         FROM kit.audit_log ORDER BY seq",
    )
    .fetch_all(conn)
    .await
    .unwrap()
}

fn entry(action: &str, resource: &str, detail: Value) -> (String, String, String, String, Value) {
    let text = str::to_owned;
    (
        text(WHO),
        text(action),
        text(resource),
        text("已修复上游地址"),
        detail,
    )
}

#[tokio::test]
async fn a_parked_event_is_handled_again_and_the_log_says_who_asked() {
    let (db, clock) = (database().await, frozen_clock());
    let event = parked(&db, &clock).await;
    let mut conn = db.app.acquire().await.unwrap();
    assert_eq!(waiting(&mut conn).await, 1);
    repair::retry_event(&mut conn, &hand(&clock), "socialwork", event)
        .await
        .unwrap();
    assert_eq!(waiting(&mut conn).await, 0);
    let healed = consumer(&db, &clock).on("communities.need.reported", |_, _| {
        Box::pin(async { Ok(()) })
    });
    assert_eq!(healed.run_due_once().await.unwrap(), 1);
    let detail = serde_json::json!({ "consumer": "socialwork" });
    assert_eq!(
        recorded(&mut conn).await,
        [entry("retryParkedEvent", &format!("Event/{event}"), detail)]
    );
}

#[tokio::test]
async fn a_dropped_event_has_no_effect_and_can_be_taken_back() {
    let (db, clock) = (database().await, frozen_clock());
    let event = parked(&db, &clock).await;
    let mut conn = db.app.acquire().await.unwrap();
    repair::drop_event(&mut conn, &hand(&clock), "socialwork", event)
        .await
        .unwrap();
    assert_eq!(waiting(&mut conn).await, 0);
    let error = repair::drop_event(&mut conn, &hand(&clock), "socialwork", event)
        .await
        .unwrap_err();
    assert_eq!(error.reason(), "EVENT_NOT_PARKED");
    let healed = || {
        consumer(&db, &clock).on("communities.need.reported", |_, _| {
            Box::pin(async { Ok(()) })
        })
    };
    assert_eq!(healed().run_due_once().await.unwrap(), 0);
    repair::retry_event(&mut conn, &hand(&clock), "socialwork", event)
        .await
        .unwrap();
    assert_eq!(healed().run_due_once().await.unwrap(), 1);
    let actions: Vec<_> = recorded(&mut conn)
        .await
        .into_iter()
        .map(|it| it.1)
        .collect();
    assert_eq!(actions, ["dropParkedEvent", "retryParkedEvent"]);
}

#[tokio::test]
async fn what_is_not_parked_is_refused_and_nothing_is_recorded() {
    let (db, clock) = (database().await, frozen_clock());
    let event = parked(&db, &clock).await;
    let mut conn = db.app.acquire().await.unwrap();
    for (consumer, event) in [("socialwork", Uuid::from_u128(1)), ("eldercare", event)] {
        let error = repair::retry_event(&mut conn, &hand(&clock), consumer, event)
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.reason()),
            (Kind::NotFound, "EVENT_NOT_PARKED")
        );
    }
    let error = repair::retry_job(&mut conn, &hand(&clock), 1)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (Kind::NotFound, "JOB_NOT_DEAD")
    );
    assert_eq!(recorded(&mut conn).await, []);
    assert_eq!(waiting(&mut conn).await, 1);
}

#[tokio::test]
async fn a_dead_job_runs_again_unless_a_newer_one_took_its_place() {
    let (db, clock) = (database().await, frozen_clock());
    let mut conn = db.app.acquire().await.unwrap();
    let job = NewJob::new("procurement", "close", &())
        .unwrap()
        .key("close:1")
        .max_attempts(1);
    let Enqueued::New(id) = jobs::enqueue(&mut conn, &job).await.unwrap() else {
        panic!("it is new");
    };
    let worker = || Worker::new("procurement", db.app.clone(), clock.shared());
    let failing = worker().on("close", |_, _| {
        Box::pin(async { Err(HandlerError::retry("the calendar is missing")) })
    });
    assert_eq!(failing.run_due_once().await.unwrap(), 1);
    clock.advance(TimeDelta::days(3));

    jobs::enqueue(&mut conn, &job).await.unwrap();
    let error = repair::retry_job(&mut conn, &hand(&clock), id)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (Kind::Refused, "JOB_REPLACED")
    );
    assert!(jobs::cancel(&mut conn, "close:1").await.unwrap());

    repair::retry_job(&mut conn, &hand(&clock), id)
        .await
        .unwrap();
    let healed = worker().on("close", |_, _| Box::pin(async { Ok(()) }));
    assert_eq!(healed.run_due_once().await.unwrap(), 1);
    assert!(
        jobs::list_dead(&mut conn, "procurement", 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        recorded(&mut conn).await,
        [entry(
            "retryDeadJob",
            &format!("Job/{id}"),
            serde_json::json!({})
        )]
    );
}
