//! A subgraph that keeps failing is left alone, and taken back when it is well.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use gateway::{
    config::{Breaker, Traffic},
    peer::State,
    transport::TransportError,
};
use kernel::Kind;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::json;

use super::rig::{Rig, down, one, problem, traffic};

fn settings() -> Traffic {
    Traffic {
        breaker: Breaker {
            failures: 3,
            calls: 5,
            open_millis: 2_000,
            ..Breaker::default()
        },
        ..traffic()
    }
}

async fn rig() -> (Rig, Arc<AtomicBool>) {
    let well = Arc::new(AtomicBool::new(false));
    let is_well = Arc::clone(&well);
    let rig = Rig::new(settings(), move |name, query, _| {
        let answer = if name == "b" || is_well.load(Ordering::SeqCst) {
            one(query)
        } else {
            down()
        };
        Box::pin(async { answer })
    })
    .await;
    (rig, well)
}

fn state(rig: &Rig, name: &str) -> State {
    rig.gateway.generation().unwrap().peers[name].state()
}

#[tokio::test]
async fn leaves_a_failing_subgraph_alone_and_takes_it_back() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let metrics = recorder.handle();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let shows = |line: &str| assert!(metrics.render().contains(line), "{}", metrics.render());

    let (rig, well) = rig().await;
    for _ in 0..3 {
        let answer = rig.ask("{ a b }").await;
        assert_eq!(problem(&answer), ("UNAVAILABLE", "SUBGRAPH_UNAVAILABLE"));
        assert_eq!(answer["data"], json!({"a": null, "b": 1}));
    }
    assert_eq!(rig.calls("a"), 3);

    let answer = rig.ask("{ a b }").await;
    assert_eq!(problem(&answer), ("UNAVAILABLE", "SUBGRAPH_BREAKER_OPEN"));
    assert_eq!(answer["errors"][0]["path"], json!(["a"]));
    assert_eq!(answer["data"], json!({"a": null, "b": 1}), "others go on");
    assert_eq!(rig.calls("a"), 0, "it is not asked");
    shows(r#"gateway_breaker_state{subgraph="a"} 2"#);
    shows(r#"gateway_breaker_opened{subgraph="a"} 1"#);
    shows(r#"gateway_breaker_refused{subgraph="a"} 1"#);

    // The probe fails: it stays alone for the whole time again.
    rig.advance(Duration::from_secs(2));
    assert_eq!(problem(&rig.ask("{ a }").await).1, "SUBGRAPH_UNAVAILABLE");
    assert_eq!(problem(&rig.ask("{ a }").await).1, "SUBGRAPH_BREAKER_OPEN");
    assert_eq!(rig.calls("a"), 1, "one probe");

    rig.advance(Duration::from_secs(2));
    well.store(true, Ordering::SeqCst);
    assert_eq!(rig.ask("{ a }").await["data"], json!({"a": 1}));
    assert_eq!(state(&rig, "a"), State::Closed);
    shows(r#"gateway_breaker_state{subgraph="a"} 0"#);
}

#[tokio::test]
async fn a_mutation_too_is_refused_by_an_open_breaker() {
    let (rig, _) = rig().await;
    for _ in 0..3 {
        rig.ask("{ a }").await;
    }
    rig.calls("a");
    let answer = rig.ask("mutation { raise }").await;
    assert_eq!(problem(&answer), ("UNAVAILABLE", "SUBGRAPH_BREAKER_OPEN"));
    assert_eq!(rig.calls("a"), 0);
}

#[tokio::test]
async fn no_caller_can_shut_a_subgraph_for_the_others() {
    for kind in [
        Kind::Invalid,
        Kind::Forbidden,
        Kind::RateLimited,
        Kind::Internal,
    ] {
        let rig = Rig::new(settings(), move |_, _, _| {
            Box::pin(async move { Err(TransportError::new(kind, "as asked")) })
        })
        .await;
        for _ in 0..20 {
            rig.ask("{ a }").await;
        }
        assert_eq!(rig.calls("a"), 20, "{kind}");
        assert_eq!(state(&rig, "a"), State::Closed, "{kind}");
    }
}

#[tokio::test]
async fn a_new_supergraph_forgets_no_trouble() {
    let (rig, _) = rig().await;
    for _ in 0..3 {
        rig.ask("{ a }").await;
    }
    let peers = rig.gateway.peers();
    let names = ["a".to_owned(), "c".to_owned()];
    let next = peers.of(names.iter());
    assert_eq!(next["a"].state(), State::Open);
    assert_eq!(next["c"].state(), State::Closed);
    // A subgraph that left and came back begins anew.
    peers.of(names[1..].iter());
    assert_eq!(peers.of(names.iter())["a"].state(), State::Closed);
}
