//! Rate limits over HTTP: by the address a request comes from and by who calls.

use std::{net::SocketAddr, sync::Arc};

use axum::{Router, body::Body, extract::ConnectInfo};
use gateway::{
    Config, Gateway, Parts, config::Allowance, http::router, supergraph::SubgraphSource,
};
use http::{Request, StatusCode, header};

use crate::{
    http::{Answer, app_with, body, send},
    library,
    servers::{config, memory},
};

/// So slow that no test sees one become free.
const TWO: Allowance = Allowance {
    per_second: 0.001,
    burst: 2,
};

async fn from(app: &Router, peer: &str, headers: &[(&str, &str)], text: String) -> Answer {
    let mut builder = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    let mut request = builder.body(Body::from(text)).unwrap();
    let peer: SocketAddr = format!("{peer}:4711").parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    send(app, request).await
}

fn few() -> Config {
    let mut settings = config();
    settings.rate.address = Some(TWO);
    settings
}

fn typename() -> String {
    body("{ __typename }")
}

#[tokio::test]
async fn an_address_that_comes_too_often_is_told_when_to_come_again() {
    let app = app_with(few()).await;
    for _ in 0..2 {
        let answer = from(&app, "192.0.2.1", &[], typename()).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    let answer = from(&app, "192.0.2.1", &[], typename()).await;
    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED")
    );
    assert_eq!(answer.headers[header::RETRY_AFTER], "1000");
    let error = &answer.json()["errors"][0]["extensions"];
    assert_eq!(
        (error["code"].as_str(), error["field"].as_str()),
        (Some("RATE_LIMITED"), Some("rate.address"))
    );
    assert_eq!(
        from(&app, "192.0.2.2", &[], typename()).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn malformed_requests_count_too_and_forged_addresses_do_not_help() {
    let app = app_with(few()).await;
    for at in 0..2 {
        let forged = format!("198.51.100.{at}");
        let answer = from(
            &app,
            "192.0.2.1",
            &[("x-forwarded-for", &forged)],
            "x".to_owned(),
        )
        .await;
        assert_eq!(answer.reason(), "BODY_NOT_JSON");
    }
    let answer = from(
        &app,
        "192.0.2.1",
        &[("x-forwarded-for", "198.51.100.9")],
        typename(),
    )
    .await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn behind_a_proxy_of_ours_each_client_has_its_own() {
    let mut settings = few();
    settings.http.trusted_proxies = vec!["10.0.0.0/8".to_owned()];
    let app = app_with(settings).await;
    let ask = async |client: &str| {
        from(&app, "10.0.0.1", &[("x-forwarded-for", client)], typename())
            .await
            .status
    };
    for _ in 0..2 {
        assert_eq!(ask("198.51.100.1").await, StatusCode::OK);
    }
    assert_eq!(ask("198.51.100.1").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        ask("203.0.113.5, 198.51.100.1").await,
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(ask("198.51.100.2").await, StatusCode::OK);
}

#[tokio::test]
async fn a_batch_pays_for_each_of_its_operations() {
    let mut settings = few();
    settings.http.batching = true;
    let app = app_with(settings).await;
    let one = typename();
    let answer = from(&app, "192.0.2.1", &[], format!("[{one},{one},{one}]")).await;
    assert_eq!(answer.status, StatusCode::OK);
    let answers = answer.json();
    assert!(answers[1].get("data").is_some());
    assert_eq!(
        answers[2]["errors"][0]["extensions"]["reason"],
        "RATE_LIMITED"
    );
}

struct Door;

impl gateway::Authenticator for Door {
    fn authenticate<'a>(
        &'a self,
        token: &'a str,
    ) -> futures_util::future::BoxFuture<'a, Result<gateway::Identity, kernel::Refusal>> {
        // The subject, and what differs from token to token.
        let subject = token.split('.').next().unwrap().to_owned();
        Box::pin(async move {
            Ok(gateway::Identity {
                subject,
                scopes: Vec::new(),
                expires: i64::MAX,
            })
        })
    }
}

#[tokio::test]
async fn a_verified_subject_is_limited_wherever_it_calls_from() {
    let mut settings = config();
    settings.rate.identity = Some(TWO);
    let ways = library::all()
        .into_iter()
        .map(|it| (it.name.to_owned(), ("http://x".to_owned(), memory(it))));
    let source = SubgraphSource::new(ways.collect(), None);
    let parts = Parts {
        authenticator: Some(Arc::new(Door)),
        ..Parts::default()
    };
    let gateway = Gateway::with_source(settings, parts, Arc::new(source));
    gateway.refresh().await.unwrap();
    let app = router(gateway);
    let ask = async |last: u8, subject: &str| {
        let token = format!("Bearer {subject}.{last}");
        let peer = format!("192.0.2.{last}");
        from(&app, &peer, &[("authorization", &token)], typename()).await
    };
    assert_eq!(ask(1, "li").await.status, StatusCode::OK);
    assert_eq!(ask(2, "li").await.status, StatusCode::OK);
    let answer = ask(3, "li").await;
    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED")
    );
    assert_eq!(
        answer.json()["errors"][0]["extensions"]["field"],
        "rate.identity"
    );
    assert_eq!(ask(3, "wu").await.status, StatusCode::OK);
}
