//! Identical reads under way are asked once, and nobody gets another's answer.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{FutureExt as _, future::join_all, poll};
use gateway::{GraphRequest, RequestContext, config::Traffic, transport::Answer};
use serde_json::{Value as Json, json};
use tokio::sync::Notify;

use super::rig::{Rig, one, problem, traffic};
use crate::servers;

/// A rig whose subgraph `a` answers nobody until `open`; each answer names the
/// token it was asked with.
struct Gated {
    rig: Rig,
    gate: Arc<Notify>,
    begun: Arc<AtomicUsize>,
}

impl Gated {
    async fn new(traffic: Traffic) -> Self {
        let (gate, begun) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
        let (wait, count) = (Arc::clone(&gate), Arc::clone(&begun));
        let rig = Rig::new(traffic, move |_, query, context| {
            let (wait, count) = (Arc::clone(&wait), Arc::clone(&count));
            let query = query.to_owned();
            Box::pin(async move {
                if query.contains("{raise") {
                    return one(&query);
                }
                count.fetch_add(1, Ordering::SeqCst);
                wait.notified().await;
                number_of(&context)
            })
        })
        .await;
        // Plans are made before, so that a request polled once has called.
        let gated = Self { rig, gate, begun };
        gated.rig.gateway.generation().unwrap();
        gated.warm("{ a }").await;
        gated.warm("mutation { raise }").await;
        gated
    }

    async fn warm(&self, query: &str) {
        let gate = Arc::clone(&self.gate);
        let asking = self.rig.ask(query);
        let opening = async {
            // One permit is kept for who waits later.
            gate.notify_one();
        };
        tokio::join!(asking, opening);
        self.gate.notify_one();
        self.gate.notified().await;
        self.rig.calls("a");
        self.begun.store(0, Ordering::SeqCst);
    }

    fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }

    fn context(&self, headers: &[(&'static str, &str)]) -> RequestContext {
        servers::context(&self.rig.gateway, headers)
    }

    async fn ask(&self, context: RequestContext) -> Json {
        let request = GraphRequest::new("{ a }");
        let response = self.rig.gateway.execute(request, &context, false).await;
        serde_json::from_slice(&response.body).unwrap()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it is what a subgraph answers")]
fn number_of(context: &RequestContext) -> Answer {
    let token = context.bearer().unwrap_or("0").to_owned();
    Ok(format!(r#"{{"data":{{"a":{token}}}}}"#).into())
}

const SAME: &[(&str, &str)] = &[("authorization", "Bearer 7")];

#[tokio::test]
async fn identical_reads_of_one_caller_are_asked_once() {
    let gated = Gated::new(traffic()).await;
    let asking = join_all((0..5).map(|_| gated.ask(gated.context(SAME))));
    let opening = async {
        while gated.begun() == 0 {
            tokio::task::yield_now().await;
        }
        // All five were polled before this one got its turn.
        gated.gate.notify_one();
    };
    let (answers, ()) = tokio::join!(asking, opening);
    for answer in answers {
        assert_eq!(answer, json!({"data": {"a": 7}}));
    }
    assert_eq!(gated.rig.calls("a"), 1);
    let generation = gated.rig.gateway.generation().unwrap();
    assert_eq!(generation.peers["a"].reads_under_way(), 0);
    // What has ended is not given again.
    gated.gate.notify_one();
    gated.ask(gated.context(SAME)).await;
    assert_eq!(gated.rig.calls("a"), 1);
}

#[tokio::test]
async fn nothing_is_shared_between_callers_or_across_headers_that_matter() {
    for header in [
        ("authorization", "Bearer 8"),
        ("accept-language", "zh"),
        ("x-sanshe-channel", "kiosk"),
        ("x-sanshe-purpose", "visit"),
        ("x-sanshe-assisted-by", "w-1"),
    ] {
        let gated = Gated::new(traffic()).await;
        let mut other = SAME.to_vec();
        other.push(header);
        let mut one = Box::pin(gated.ask(gated.context(SAME)));
        let mut two = Box::pin(gated.ask(gated.context(&other)));
        assert!(poll!(&mut one).is_pending() && poll!(&mut two).is_pending());
        assert_eq!(gated.begun(), 2, "{header:?}");
        gated.gate.notify_waiters();
        assert_eq!(one.await["data"]["a"], 7);
        let expected = if header.0 == "authorization" { 8 } else { 7 };
        assert_eq!(two.await["data"]["a"], expected);
    }
}

#[tokio::test]
async fn a_name_of_the_request_keeps_nobody_apart() {
    let gated = Gated::new(traffic()).await;
    let mut named = SAME.to_vec();
    named.push(("x-request-id", "another"));
    let mut one = Box::pin(gated.ask(gated.context(SAME)));
    let mut two = Box::pin(gated.ask(gated.context(&named)));
    assert!(poll!(&mut one).is_pending() && poll!(&mut two).is_pending());
    assert_eq!(gated.begun(), 1);
}

#[tokio::test]
async fn who_began_the_read_may_go_away() {
    let gated = Gated::new(traffic()).await;
    let mut leader = Box::pin(gated.ask(gated.context(SAME)));
    let mut follower = Box::pin(gated.ask(gated.context(SAME)));
    assert!(poll!(&mut leader).is_pending() && poll!(&mut follower).is_pending());
    assert_eq!(gated.begun(), 1);
    drop(leader);
    gated.gate.notify_waiters();
    assert_eq!(follower.await, json!({"data": {"a": 7}}));
    assert_eq!(gated.rig.calls("a"), 1);
}

#[tokio::test]
async fn a_read_that_everybody_left_is_begun_anew() {
    let gated = Gated::new(traffic()).await;
    let mut first = Box::pin(gated.ask(gated.context(SAME)));
    assert!(poll!(&mut first).is_pending());
    drop(first);
    let generation = gated.rig.gateway.generation().unwrap();
    assert_eq!(generation.peers["a"].reads_under_way(), 0);
    let mut second = Box::pin(gated.ask(gated.context(SAME)));
    assert!(poll!(&mut second).is_pending());
    assert_eq!(gated.begun(), 2);
}

#[tokio::test]
async fn who_has_more_time_than_the_one_who_began_is_not_timed_out() {
    let gated = Gated::new(traffic()).await;
    let mut hurried = gated.context(SAME);
    hurried.deadline = Instant::now() + Duration::from_millis(20);
    let follower = async {
        let mut asking = Box::pin(gated.ask(gated.context(SAME)));
        assert!(poll!(&mut asking).is_pending());
        assert_eq!(gated.begun(), 1, "it has joined");
        let opening = async {
            while gated.begun() < 2 {
                tokio::task::yield_now().await;
            }
            gated.gate.notify_waiters();
        };
        tokio::join!(asking, opening).0
    };
    let (late, answer) = tokio::join!(gated.ask(hurried), follower);
    assert_eq!(problem(&late), ("TIMEOUT", "SUBGRAPH_TIMEOUT"));
    assert_eq!(answer, json!({"data": {"a": 7}}));
}

#[tokio::test]
async fn a_read_that_began_before_a_write_ended_is_not_shared_afterwards() {
    let gated = Gated::new(traffic()).await;
    let mut before = Box::pin(gated.ask(gated.context(SAME)));
    assert!(poll!(&mut before).is_pending());
    assert_eq!(
        gated.rig.ask("mutation { raise }").await["data"]["raise"],
        1
    );
    let mut after = Box::pin(gated.ask(gated.context(SAME)));
    assert!(poll!(&mut after).is_pending());
    assert_eq!(gated.begun(), 2);
}

#[tokio::test]
async fn mutations_are_never_shared() {
    let log = Arc::new(Mutex::new(0));
    let count = Arc::clone(&log);
    let rig = Rig::new(traffic(), move |_, query, _| {
        *count.lock().unwrap() += 1;
        let answer = one(query);
        async {
            tokio::task::yield_now().await;
            answer
        }
        .boxed()
    })
    .await;
    join_all((0..3).map(|_| rig.ask("mutation { raise }"))).await;
    assert_eq!(*log.lock().unwrap(), 3);
}

#[tokio::test]
async fn switched_off_every_read_is_asked() {
    let settings = Traffic {
        share_reads: false,
        ..traffic()
    };
    let gated = Gated::new(settings).await;
    let mut one = Box::pin(gated.ask(gated.context(SAME)));
    let mut two = Box::pin(gated.ask(gated.context(SAME)));
    assert!(poll!(&mut one).is_pending() && poll!(&mut two).is_pending());
    assert_eq!(gated.begun(), 2);
}
