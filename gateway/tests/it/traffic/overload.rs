//! More than can be served is turned away before it is read; what is held in
//! memory is bounded.

use std::sync::Arc;

use axum::{Router, body::Body};
use futures_util::{poll, stream};
use gateway::{config::Traffic, http::router};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value as Json, json};
use tokio::sync::Notify;
use tower::ServiceExt as _;

use super::rig::{Rig, one, problem, traffic};

fn post(body: Body) -> Request<Body> {
    Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT_LANGUAGE, "en")
        .body(body)
        .unwrap()
}

async fn read(response: http::Response<Body>) -> Json {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap()
}

async fn gated(settings: Traffic) -> (Rig, Router, Arc<Notify>) {
    let gate = Arc::new(Notify::new());
    let wait = Arc::clone(&gate);
    let rig = Rig::new(settings, move |_, query, _| {
        let (wait, answer) = (Arc::clone(&wait), one(query));
        Box::pin(async move {
            wait.notified().await;
            answer
        })
    })
    .await;
    let app = router(rig.gateway.clone());
    (rig, app, gate)
}

#[tokio::test]
async fn too_many_requests_are_answered_503_and_nothing_of_them_is_read() {
    let settings = Traffic {
        in_flight: 1,
        waiting: 0,
        ..traffic()
    };
    let (rig, app, gate) = gated(settings).await;
    let query = r#"{"query":"{ a }"}"#;
    let mut first = Box::pin(app.clone().oneshot(post(query.into())));
    assert!(poll!(&mut first).is_pending());
    assert_eq!(rig.gateway.shed().free(), 0);

    let unread = Body::from_stream(stream::once(async {
        panic!("the body of a refused request was read");
        #[expect(unreachable_code, reason = "names the type of the stream")]
        Ok::<_, std::io::Error>(bytes::Bytes::new())
    }));
    let refused = app.clone().oneshot(post(unread)).await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "1");
    assert!(refused.headers().contains_key("x-request-id"));
    let answer = read(refused).await;
    assert_eq!(problem(&answer), ("UNAVAILABLE", "OVERLOADED"));
    assert_eq!(answer["errors"][0]["extensions"]["field"], "in_flight");

    // Those who ask whether the gateway is well are not turned away.
    let health = Request::get("/health/ready").body(Body::empty()).unwrap();
    let health = app.clone().oneshot(health).await.unwrap();
    assert_eq!(health.status(), StatusCode::OK);

    gate.notify_one();
    assert_eq!(
        read(first.await.unwrap()).await,
        json!({"data": {"a": 1}}),
        "what was taken on is served"
    );
    gate.notify_one();
    let next = app.oneshot(post(query.into())).await.unwrap();
    assert_eq!(next.status(), StatusCode::OK, "then there is room again");
}

#[tokio::test]
async fn a_client_that_goes_away_makes_room() {
    let settings = Traffic {
        in_flight: 1,
        waiting: 0,
        ..traffic()
    };
    let (rig, app, _gate) = gated(settings).await;
    let mut first = Box::pin(app.clone().oneshot(post(r#"{"query":"{ a }"}"#.into())));
    assert!(poll!(&mut first).is_pending());
    assert_eq!(rig.gateway.shed().free(), 0);
    drop(first);
    assert_eq!(rig.gateway.shed().free(), 1);
}

#[tokio::test]
async fn answers_beyond_the_memory_for_them_are_refused_and_the_rest_is_intact() {
    let settings = Traffic {
        held_bytes: 1_000,
        ..traffic()
    };
    let rig = Rig::new(settings, |name, query, _| {
        let answer = if name == "a" {
            let pad = " ".repeat(1_000);
            Ok(format!(r#"{{"data":{{"a":1}}{pad}}}"#).into())
        } else {
            one(query)
        };
        Box::pin(async { answer })
    })
    .await;
    let answer = rig.ask("{ a b }").await;
    assert_eq!(problem(&answer), ("UNAVAILABLE", "OVERLOADED"));
    assert_eq!(answer["data"], json!({"a": null, "b": 1}));
    assert_eq!(
        rig.gateway.peers().held_bytes(),
        0,
        "nothing is held after the response"
    );
}
