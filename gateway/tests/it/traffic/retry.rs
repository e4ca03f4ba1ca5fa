//! Reads that did not begin are asked again, within the budget; writes never.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use gateway::{config::Traffic, transport::TransportError};
use kernel::Kind;
use serde_json::json;

use super::rig::{Rig, one, problem, traffic};

fn never_begun(kind: Kind) -> TransportError {
    TransportError {
        not_started: true,
        ..TransportError::new(kind, "the connection was closed")
    }
}

fn settings() -> Traffic {
    let mut traffic = traffic();
    traffic.breaker.enabled = false;
    traffic
}

/// Fails the first `failures` calls.
async fn rig(traffic: Traffic, failures: usize, error: TransportError) -> Rig {
    let left = Arc::new(AtomicUsize::new(failures));
    Rig::new(traffic, move |_, query, _| {
        let fails = left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            })
            .is_ok();
        let answer = if fails {
            Err(error.clone())
        } else {
            one(query)
        };
        Box::pin(async { answer })
    })
    .await
}

#[tokio::test]
async fn a_read_that_did_not_begin_is_asked_once_more() {
    let rig = rig(settings(), 1, never_begun(Kind::Unavailable)).await;
    let answer = rig.ask("{ a }").await;
    assert_eq!(answer, json!({"data": {"a": 1}}));
    assert_eq!(rig.calls("a"), 2);
}

#[tokio::test]
async fn it_is_asked_as_often_as_is_set_and_no_more() {
    let mut traffic = settings();
    traffic.retry.retries = 2;
    let rig = rig(traffic, usize::MAX, never_begun(Kind::Unavailable)).await;
    let answer = rig.ask("{ a }").await;
    assert_eq!(problem(&answer), ("UNAVAILABLE", "SUBGRAPH_UNAVAILABLE"));
    assert_eq!(rig.calls("a"), 3);
}

#[tokio::test]
async fn a_mutation_is_never_asked_again() {
    let rig = rig(settings(), 1, never_begun(Kind::Unavailable)).await;
    let answer = rig.ask("mutation { raise }").await;
    assert_eq!(problem(&answer).0, "UNAVAILABLE");
    assert_eq!(rig.calls("a"), 1);
}

#[tokio::test]
async fn what_may_have_begun_is_not_asked_again() {
    for kind in [Kind::Timeout, Kind::Unavailable, Kind::Internal] {
        let rig = rig(settings(), 1, TransportError::new(kind, "broken off")).await;
        rig.ask("{ a }").await;
        assert_eq!(rig.calls("a"), 1, "{kind}");
    }
}

#[tokio::test]
async fn retries_stay_within_the_budget() {
    let mut traffic = settings();
    traffic.retry.burst = 5;
    traffic.retry.percent = 10;
    traffic.retry.floor_per_second = 1;
    let rig = rig(traffic, usize::MAX, never_begun(Kind::Unavailable)).await;
    for _ in 0..100 {
        rig.ask("{ a }").await;
    }
    // The burst of 5, and one for every ten of the reads; the first reads pay
    // into a bucket that is full.
    let retries = rig.calls("a") - 100;
    assert!((14..=15).contains(&retries), "{retries}");
    rig.advance(Duration::from_secs(3));
    for _ in 0..9 {
        rig.ask("{ a }").await;
    }
    let retries = rig.calls("a") - 9;
    assert!((3..=4).contains(&retries), "the floor pays 3: {retries}");
}
