//! `graphql-sse` in distinct connections mode, over the real routes.

use axum::{
    Router,
    body::{Body, BodyDataStream},
};
use futures_util::{StreamExt as _, future::BoxFuture};
use gateway::{Authenticator, Config, Identity, Parts, config::Streams, http::router};
use http::{Method, Request, StatusCode, header};
use kernel::Refusal;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use tower::ServiceExt as _;

use crate::{
    desk::{Desk, RETURNED, within},
    servers::{By, config},
};

/// An event stream, piece by piece.
struct Reading {
    status: StatusCode,
    headers: http::HeaderMap,
    body: BodyDataStream,
    rest: String,
}

impl Reading {
    /// The next block; None at the end.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.rest.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.rest = rest;
                return Some(block);
            }
            let piece = within(self.body.next()).await?.unwrap();
            self.rest.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }

    /// The next event that is no heartbeat.
    async fn next(&mut self) -> Json {
        loop {
            let block = self.block().await.expect("the stream is over");
            if block == ":" {
                continue;
            }
            let json = block
                .strip_prefix("event: next\ndata: ")
                .expect("a next event");
            return serde_json::from_str(json).unwrap();
        }
    }

    async fn complete(&mut self) {
        let mut block = self.block().await;
        while block.as_deref() == Some(":") {
            block = self.block().await;
        }
        assert_eq!(block.as_deref(), Some("event: complete\ndata: "));
        assert_eq!(self.block().await, None, "nothing follows");
    }

    async fn text(mut self) -> String {
        while let Some(piece) = self.body.next().await {
            self.rest
                .push_str(std::str::from_utf8(&piece.unwrap()).unwrap());
        }
        self.rest
    }
}

async fn send(app: &Router, request: Request<Body>) -> Reading {
    let response = within(app.clone().oneshot(request)).await.unwrap();
    let (parts, body) = response.into_parts();
    Reading {
        status: parts.status,
        headers: parts.headers,
        body: body.into_data_stream(),
        rest: String::new(),
    }
}

async fn post(app: &Router, accept: &str, query: &str) -> Reading {
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, accept)
        .header(header::ACCEPT_LANGUAGE, "en")
        .body(Body::from(json!({ "query": query }).to_string()));
    send(app, request.unwrap()).await
}

const EVENTS: &str = "text/event-stream";

async fn open(desk: &Desk, streams: Streams) -> Router {
    let settings = Config {
        streams,
        ..config()
    };
    router(desk.gateway(By::Memory, settings).await)
}

#[tokio::test]
async fn a_subscription_is_a_stream_of_next_events_and_one_complete() {
    let desk = Desk::new();
    let app = open(&desk, Streams::default()).await;
    let mut reading = post(&app, EVENTS, RETURNED).await;
    assert_eq!(reading.status, StatusCode::OK);
    assert_eq!(
        reading.headers[header::CONTENT_TYPE],
        "text/event-stream; charset=utf-8"
    );
    assert_eq!(reading.headers[header::CACHE_CONTROL], "no-store");
    assert!(reading.headers.contains_key("x-request-id"));
    desk.until(1).await;
    desk.back("b1");
    desk.back("b2");
    assert_eq!(
        reading.next().await["data"]["returned"]["book"]["title"],
        "围城"
    );
    let answer = reading.next().await;
    assert_eq!(answer["errors"][0]["extensions"]["reason"], "BOOK_DAMAGED");
    desk.back("closed");
    reading.complete().await;
}

#[tokio::test]
async fn a_client_that_goes_away_ends_the_stream_of_the_subgraph() {
    let desk = Desk::new();
    let app = open(&desk, Streams::default()).await;
    let reading = post(&app, EVENTS, RETURNED).await;
    desk.until(1).await;
    drop(reading);
    desk.until(0).await;
}

#[tokio::test]
async fn queries_and_refusals_are_events_too_for_clients_that_take_nothing_else() {
    let desk = Desk::new();
    let app = open(&desk, Streams::default()).await;
    let mut reading = post(&app, EVENTS, "{ open }").await;
    assert_eq!(reading.next().await, json!({"data": {"open": true}}));
    reading.complete().await;

    let mut reading = post(&app, EVENTS, "subscription { nothing }").await;
    assert_eq!(reading.status, StatusCode::OK);
    let reason = &reading.next().await["errors"][0]["extensions"]["reason"];
    assert_eq!(reason, "GRAPHQL_VALIDATION_FAILED");
    reading.complete().await;
}

#[tokio::test]
async fn clients_that_like_json_better_get_events_only_for_subscriptions() {
    let desk = Desk::new();
    let app = open(&desk, Streams::default()).await;
    let both = "application/json, text/event-stream";
    let reading = post(&app, both, "{ open }").await;
    let media = "application/json; charset=utf-8";
    assert_eq!(reading.headers[header::CONTENT_TYPE], media);
    assert_eq!(reading.text().await, r#"{"data":{"open":true}}"#);
    let mut reading = post(&app, both, "subscription { count(to: 2) }").await;
    assert_eq!(reading.next().await, json!({"data": {"count": 1}}));
    assert_eq!(reading.next().await, json!({"data": {"count": 2}}));
    reading.complete().await;
}

#[tokio::test]
async fn a_get_may_subscribe_but_change_nothing_and_not_from_a_foreign_page() {
    let desk = Desk::new();
    let app = open(&desk, Streams::default()).await;
    let get = |query: &str, own: bool| {
        let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let mut request = Request::builder()
            .method(Method::GET)
            .uri(format!("/graphql?query={query}"))
            .header(header::ACCEPT, EVENTS);
        if own {
            request = request.header("x-sanshe-preflight", "1");
        }
        request.body(Body::empty()).unwrap()
    };
    let mut reading = send(&app, get("subscription { count(to: 1) }", true)).await;
    assert_eq!(reading.next().await, json!({"data": {"count": 1}}));
    reading.complete().await;
    let reading = send(&app, get("mutation { lend(number: 1) }", true)).await;
    assert_eq!(reading.status, StatusCode::METHOD_NOT_ALLOWED);
    let reading = send(&app, get("subscription { count(to: 1) }", false)).await;
    assert_eq!(reading.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn comments_keep_a_quiet_stream_alive() {
    let desk = Desk::new();
    let streams = Streams {
        heartbeat_millis: 20,
        ..Streams::default()
    };
    let app = open(&desk, streams).await;
    let mut reading = post(&app, EVENTS, RETURNED).await;
    assert_eq!(reading.block().await.as_deref(), Some(":"));
    assert_eq!(reading.block().await.as_deref(), Some(":"));
    desk.until(1).await;
    desk.back("b1");
    assert_eq!(reading.next().await["data"]["returned"]["place"], "架一");
}

#[tokio::test]
async fn connections_beyond_the_limit_are_refused_by_its_name() {
    let desk = Desk::new();
    let streams = Streams {
        connections: 1,
        ..Streams::default()
    };
    let app = open(&desk, streams).await;
    let first = post(&app, EVENTS, RETURNED).await;
    let second = post(&app, EVENTS, RETURNED).await;
    assert_eq!(second.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(second.headers.contains_key(header::RETRY_AFTER));
    let answer: Json = serde_json::from_str(&second.text().await).unwrap();
    let extensions = &answer["errors"][0]["extensions"];
    assert_eq!(extensions["reason"], "LIMIT_EXCEEDED");
    assert_eq!(extensions["field"], "streams.connections");
    drop(first);
    let third = post(&app, EVENTS, RETURNED).await;
    assert_eq!(third.status, StatusCode::OK);
}

#[tokio::test]
async fn a_stop_is_told_and_then_complete() {
    let desk = Desk::new();
    let gateway = desk.gateway(By::Memory, config()).await;
    let app = router(gateway.clone());
    let mut reading = post(&app, EVENTS, RETURNED).await;
    desk.until(1).await;
    gateway.streams().close();
    let answer = reading.next().await;
    assert_eq!(
        answer["errors"][0]["extensions"]["reason"],
        "GATEWAY_STOPPING"
    );
    reading.complete().await;
    let refused = post(&app, EVENTS, RETURNED).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
}

/// Lets so much time go by, while everything else does what it can: the clock
/// moves only when all of it waits.
async fn after(millis: u64) {
    let span = std::time::Duration::from_millis(millis);
    tokio::time::timeout(span, std::future::pending::<()>())
        .await
        .unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stops_reading_loses_its_place_when_its_time_is_over() {
    let desk = Desk::new();
    let limits = Streams {
        connections: 1,
        write_millis: 9_000,
        ..Streams::default()
    };
    let app = open(&desk, limits).await;
    let mut idle = post(&app, EVENTS, RETURNED).await;
    // Nothing has come for longer than that: this client is not slow.
    after(14_000).await;
    desk.back("b1");
    assert_eq!(idle.next().await["data"]["returned"]["place"], "架一");

    desk.back("b1");
    after(8_999).await;
    assert_eq!(desk.listeners(), 1);
    let refused = post(&app, EVENTS, RETURNED).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    after(2).await;
    assert_eq!(desk.listeners(), 0, "the stream of the subgraph is over");
    let again = post(&app, EVENTS, RETURNED).await;
    assert_eq!(again.status, StatusCode::OK);
    // What was on its way is there, and then nothing more.
    assert!(idle.text().await.contains("架一"));
}

/// `Bearer li.1` is a token of `li`.
struct Named;

impl Authenticator for Named {
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Identity, Refusal>> {
        let identity = Identity {
            subject: token.split('.').next().unwrap_or_default().to_owned(),
            scopes: Vec::new(),
            expires: i64::MAX,
        };
        Box::pin(async { Ok(identity) })
    }
}

#[tokio::test]
async fn streams_are_counted_by_who_the_token_names() {
    let desk = Desk::new();
    let settings = Config {
        streams: Streams {
            connections_per_identity: 1,
            ..Streams::default()
        },
        ..config()
    };
    let parts = Parts {
        authenticator: Some(Arc::new(Named)),
        ..Parts::default()
    };
    let app = router(desk.gateway_of(By::Memory, settings, parts).await);
    let by = async |token: &str| {
        let mut request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, EVENTS);
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = Body::from(json!({ "query": RETURNED }).to_string());
        send(&app, request.body(body).unwrap()).await
    };
    let li = by("li.1").await;
    assert_eq!(li.status, StatusCode::OK);
    let another = by("li.2").await;
    assert_eq!(another.status, StatusCode::TOO_MANY_REQUESTS);
    let told = another.text().await;
    assert!(told.contains("streams.connections_per_identity"), "{told}");
    let mut held = Vec::new();
    for token in ["wu.1", "", ""] {
        let other = by(token).await;
        assert_eq!(other.status, StatusCode::OK, "{token:?}");
        held.push(other);
    }
    drop(li);
    desk.until(3).await;
    assert_eq!(by("li.2").await.status, StatusCode::OK);
}
