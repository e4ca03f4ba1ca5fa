//! Subscriptions over each transport: joins, errors, and every way to end.

use std::sync::{Arc, Mutex};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use futures_util::{FutureExt as _, future::BoxFuture};
use gateway::{
    Config, Gateway, Parts,
    compose::{SubgraphSchema, compose},
    config::{Limits, Streams},
    subscribe::Operation,
    supergraph::{Fresh, Kept, Load, SupergraphSource},
};
use kernel::{Clock as _, FrozenClock, Refusal};
use serde_json::{Value as Json, json};

use crate::{
    desk::{Desk, RETURNED, failed, next, operate, subscribe, within},
    library,
    servers::{self, ALL, By, Mortal, ask, config, memory},
};

async fn refused(gateway: &Gateway, query: &str, headers: &[(&'static str, &str)]) -> String {
    match operate(gateway, query, Json::Null, headers).await {
        Operation::Refused(rejection) => rejection.reasons(),
        Operation::Answer(response) => panic!("{:?}", response.body),
        Operation::Events(_) => panic!("it was subscribed"),
    }
}

#[tokio::test]
async fn each_event_is_joined_with_what_other_subgraphs_know() {
    for by in ALL {
        let desk = Desk::new();
        let gateway = desk.gateway(by, config()).await;
        let mut events = subscribe(&gateway, RETURNED, &[]).await;
        desk.until(1).await;
        desk.back("b1");
        desk.back("b3");
        let first = json!({"data": {"returned": {
            "place": "架一",
            "book": {"title": "围城", "loans": [{"number": 1}, {"number": 2}]},
            "by": {"name": "张三"},
        }}});
        assert_eq!(next(&mut events).await, first, "{by:?}");
        let second = next(&mut events).await;
        assert_eq!(
            second["data"]["returned"]["book"]["loans"],
            json!([{"number": 3}])
        );
        desk.back("closed");
        assert!(within(events.next()).await.is_none(), "{by:?}");
        assert!(within(events.next()).await.is_none(), "after the end");
        desk.until(0).await;
    }
}

#[tokio::test]
async fn variables_conditions_and_aliases_hold_for_the_source() {
    let desk = Desk::new();
    let gateway = desk.gateway(By::Grpc, config()).await;
    let query = "subscription S($isbn: ID, $with: Boolean!) {
        back: returned(only: $isbn) { book { isbn title @include(if: $with) } __typename }
    }";
    let variables = json!({"isbn": "b3", "with": false});
    let Operation::Events(mut events) = operate(&gateway, query, variables, &[]).await else {
        panic!("no subscription");
    };
    desk.until(1).await;
    desk.back("b1");
    desk.back("b3");
    let expected = json!({"data": {"back": {"book": {"isbn": "b3"}, "__typename": "Return"}}});
    assert_eq!(next(&mut events).await, expected);
}

#[tokio::test]
async fn an_event_with_an_error_does_not_end_the_subscription() {
    for by in ALL {
        let desk = Desk::new();
        let gateway = desk.gateway(by, config()).await;
        let mut events = subscribe(&gateway, RETURNED, &[]).await;
        desk.until(1).await;
        desk.back("b2");
        desk.back("b1");
        let answer = next(&mut events).await;
        assert_eq!(answer["data"], Json::Null);
        assert_eq!(answer["errors"][0]["extensions"]["reason"], "BOOK_DAMAGED");
        assert_eq!(answer["errors"][0]["path"], json!(["returned"]));
        assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "{answer}");
        let answer = next(&mut events).await;
        assert_eq!(answer["data"]["returned"]["book"]["title"], "围城");
    }
}

#[tokio::test]
async fn a_subgraph_that_is_away_nulls_only_its_own_fields_of_an_event() {
    let desk = Desk::new();
    let (listener, address) = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    };
    let members = library::all().remove(1);
    let mortal = Mortal::grpc(members, listener);
    let mut addresses = std::collections::BTreeMap::new();
    for it in desk.library() {
        let name = it.name.to_owned();
        let url = if name == "members" {
            format!("http://{address}")
        } else {
            servers::grpc(it).await.0
        };
        addresses.insert(name, url);
    }
    let settings = Config {
        source: gateway::config::Source::Subgraphs(addresses),
        ..config()
    };
    let gateway = Gateway::new(settings, Parts::default()).unwrap();
    gateway.refresh().await.unwrap();
    let mut events = subscribe(&gateway, RETURNED, &[]).await;
    desk.until(1).await;
    mortal.kill();
    desk.back("b1");
    let answer = next(&mut events).await;
    assert_eq!(answer["data"]["returned"]["book"]["title"], "围城");
    assert_eq!(answer["data"]["returned"]["by"], Json::Null, "{answer}");
    assert_eq!(
        answer["errors"][0]["extensions"]["reason"],
        "SUBGRAPH_UNAVAILABLE"
    );
}

#[tokio::test]
async fn what_a_subgraph_refuses_is_told_and_over() {
    for by in ALL {
        let desk = Desk::new();
        let gateway = desk.gateway(by, config()).await;
        let headers = [("authorization", "Bearer nobody")];
        let mut events = subscribe(&gateway, RETURNED, &headers).await;
        let answer = next(&mut events).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["reason"], "LOGIN_REQUIRED",
            "{by:?}"
        );
        assert!(within(events.next()).await.is_none(), "{by:?}");
    }
}

#[tokio::test]
async fn documents_that_are_no_subscription_are_refused_with_a_reason() {
    let desk = Desk::new();
    let gateway = desk.gateway(By::Memory, config()).await;
    let two = "subscription { a: count(to: 1) b: count(to: 2) }";
    assert_eq!(
        refused(&gateway, two, &[]).await,
        "SUBSCRIPTION_ROOT_FIELDS"
    );
    let none = "subscription { count(to: 1) @skip(if: true) }";
    assert_eq!(refused(&gateway, none, &[]).await, "SUBSCRIPTION_EMPTY");
    let unknown = "subscription { nothing }";
    assert_eq!(
        refused(&gateway, unknown, &[]).await,
        "GRAPHQL_VALIDATION_FAILED"
    );
    let answer = ask(&gateway, "subscription { count(to: 1) }", &[]).await;
    let reason = &answer["errors"][0]["extensions"]["reason"];
    assert_eq!(reason, "SUBSCRIPTION_NEEDS_STREAM");
}

#[tokio::test]
async fn a_subgraph_that_dies_ends_its_subscriptions_with_an_error() {
    let desk = Desk::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mortal = Mortal::grpc(desk.subgraph(), listener);
    let settings = Config {
        source: gateway::config::Source::Subgraphs(
            [("desk".to_owned(), format!("http://{address}"))].into(),
        ),
        ..config()
    };
    let gateway = Gateway::new(settings, Parts::default()).unwrap();
    gateway.refresh().await.unwrap();
    let mut events = subscribe(&gateway, "subscription { returned { place } }", &[]).await;
    desk.until(1).await;
    mortal.kill();
    assert_eq!(failed(&mut events).await, "SUBGRAPH_UNAVAILABLE");
    assert!(within(events.next()).await.is_none());
    let away = refused(&gateway, "subscription { returned { place } }", &[]).await;
    assert_eq!(away, "SUBGRAPH_UNAVAILABLE");
}

#[tokio::test]
async fn an_event_stream_that_is_cut_off_is_no_end() {
    let desk = Desk::new();
    let (listener, address) = servers::listen().await;
    let cut = || async {
        let body = "event: next\ndata: {\"data\":{\"count\":1}}\n\nevent: next\ndata: {\"da";
        ([("content-type", "text/event-stream")], body)
    };
    let app = axum::Router::new().route("/query", axum::routing::post(cut));
    servers::background(async move { axum::serve(listener, app).await.unwrap() });
    let schema = SubgraphSchema {
        name: "desk".to_owned(),
        url: format!("http://{address}/query"),
        sdl: desk.subgraph().sdl,
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("supergraph.graphql");
    std::fs::write(&path, compose(&[schema]).unwrap().supergraph).unwrap();
    let settings = Config {
        source: gateway::config::Source::Supergraph(path),
        ..config()
    };
    let gateway = Gateway::new(settings, Parts::default()).unwrap();
    gateway.refresh().await.unwrap();
    let mut events = subscribe(&gateway, "subscription { count(to: 2) }", &[]).await;
    assert_eq!(next(&mut events).await, json!({"data": {"count": 1}}));
    assert_eq!(failed(&mut events).await, "SUBGRAPH_UNAVAILABLE");
}

#[tokio::test]
async fn subscriptions_never_keep_a_call_waiting() {
    let desk = Desk::new();
    let gateway = desk.gateway(By::Grpc, config()).await;
    let mut all = Vec::new();
    for _ in 0..120 {
        all.push(subscribe(&gateway, "subscription { returned { place } }", &[]).await);
    }
    desk.until(120).await;
    let answer = within(ask(&gateway, "{ open }", &[])).await;
    assert_eq!(answer, json!({"data": {"open": true}}));
    desk.back("b1");
    for events in &mut all {
        assert_eq!(next(events).await["data"]["returned"]["place"], "架一");
    }
    drop(all);
    desk.until(0).await;
}

fn token(expires: i64) -> String {
    let payload = URL_SAFE_NO_PAD.encode(json!({"sub": "u1", "exp": expires}).to_string());
    format!("Bearer e30.{payload}.c2ln")
}

#[tokio::test]
async fn a_token_that_expires_ends_the_subscription() {
    let desk = Desk::new();
    let clock = FrozenClock::at(chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let parts = Parts {
        clock: Some(clock.shared()),
        ..Parts::default()
    };
    let gateway = desk.gateway_of(By::Memory, config(), parts).await;
    let until = token((clock.now() + TimeDelta::minutes(5)).timestamp());
    let headers = [("authorization", until.as_str())];
    let mut events = subscribe(&gateway, RETURNED, &headers).await;
    desk.until(1).await;
    desk.back("b1");
    assert_eq!(next(&mut events).await["data"]["returned"]["place"], "架一");
    assert!(events.next().now_or_never().is_none(), "it waits");
    clock.advance(TimeDelta::minutes(5));
    desk.back("b3");
    assert_eq!(failed(&mut events).await, "TOKEN_EXPIRED");
    desk.until(0).await;
}

/// Graphs one after another.
struct Graphs(Mutex<Vec<Vec<library::Subgraph>>>);

impl SupergraphSource for Graphs {
    fn load(&self) -> BoxFuture<'_, Result<Load, Refusal>> {
        let subgraphs = self.0.lock().unwrap().remove(0);
        let mut schemas = Vec::new();
        let mut transports = gateway::supergraph::Transports::new();
        for it in subgraphs {
            schemas.push(SubgraphSchema {
                name: it.name.to_owned(),
                url: "http://in.process".to_owned(),
                sdl: it.sdl.clone(),
            });
            transports.insert(it.name.to_owned(), memory(it).transport());
        }
        let sdl = compose(&schemas).unwrap().supergraph;
        Box::pin(std::future::ready(Ok(Load::Fresh(Fresh {
            sdl,
            transports,
            kept: None,
        }))))
    }

    fn accepted(&self, _: &Kept) {}
}

async fn swapping(desk: &Desk, swap_millis: u64) -> Gateway {
    let settings = Config {
        streams: Streams {
            swap_millis,
            ..Streams::default()
        },
        ..config()
    };
    let graphs = vec![desk.library(), vec![desk.subgraph()]];
    let source = Arc::new(Graphs(Mutex::new(graphs)));
    let gateway = Gateway::with_source(settings, Parts::default(), source);
    gateway.refresh().await.unwrap();
    gateway
}

#[tokio::test]
async fn a_swap_ends_subscriptions_with_a_reason_after_a_while() {
    let desk = Desk::new();
    let gateway = swapping(&desk, 0).await;
    let mut events = subscribe(&gateway, RETURNED, &[]).await;
    gateway.refresh().await.unwrap();
    assert_eq!(failed(&mut events).await, "SUPERGRAPH_CHANGED");
    desk.until(0).await;
    let mut events = subscribe(&gateway, "subscription { returned { place } }", &[]).await;
    desk.until(1).await;
    desk.back("b1");
    assert_eq!(next(&mut events).await["data"]["returned"]["place"], "架一");
}

#[tokio::test]
async fn until_then_the_old_graph_answers() {
    let desk = Desk::new();
    let gateway = swapping(&desk, 3_600_000).await;
    let mut events = subscribe(&gateway, RETURNED, &[]).await;
    gateway.refresh().await.unwrap();
    desk.until(1).await;
    desk.back("b1");
    let answer = next(&mut events).await;
    assert_eq!(
        answer["data"]["returned"]["book"]["title"], "围城",
        "{answer}"
    );
}

#[tokio::test]
async fn a_stop_ends_subscriptions_and_takes_no_more() {
    let desk = Desk::new();
    let gateway = desk.gateway(By::Memory, config()).await;
    let mut events = subscribe(&gateway, RETURNED, &[]).await;
    gateway.streams().close();
    assert_eq!(failed(&mut events).await, "GATEWAY_STOPPING");
    assert_eq!(refused(&gateway, RETURNED, &[]).await, "GATEWAY_STOPPING");
}

#[tokio::test]
async fn each_event_has_a_deadline_of_its_own() {
    let desk = Desk::new();
    let settings = Config {
        limits: Limits {
            // Over before the first event, were it one for all.
            request_millis: 200,
            ..Limits::default()
        },
        ..config()
    };
    let gateway = desk.gateway(By::Grpc, settings).await;
    let mut events = subscribe(&gateway, RETURNED, &[]).await;
    desk.until(1).await;
    let begun = std::time::Instant::now();
    while begun.elapsed() < std::time::Duration::from_millis(250) {
        tokio::task::yield_now().await;
    }
    desk.back("b1");
    let answer = next(&mut events).await;
    assert_eq!(answer["data"]["returned"]["by"]["name"], "张三", "{answer}");
}
