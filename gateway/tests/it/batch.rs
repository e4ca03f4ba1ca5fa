//! Several operations in one request: off, or within a limit.

use gateway::Config;
use http::{StatusCode, header};
use serde_json::{Value as Json, json};

use crate::{
    http::{Answer, GRAPH, JSON, app, app_with, post},
    servers::config,
};

fn on() -> Config {
    let mut settings = config();
    settings.http.batching = true;
    settings.limits.batch = 3;
    settings
}

async fn batch(settings: Config, accept: &str, entries: &Json) -> Answer {
    post(
        &app_with(settings).await,
        Some(accept),
        &entries.to_string(),
    )
    .await
}

#[tokio::test]
async fn is_off_unless_switched_on() {
    let entries = json!([{ "query": "{ __typename }" }]).to_string();
    let answer = post(&app().await, None, &entries).await;
    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (StatusCode::BAD_REQUEST, "BATCHING_OFF")
    );
}

#[tokio::test]
async fn answers_each_entry_in_its_place_whatever_becomes_of_the_others() {
    let entries = json!([
        { "query": "{ __typename }" },
        { "query": "{ nothing }" },
        { "variables": {} },
    ]);
    for (accept, media) in [
        ("application/json", JSON),
        ("application/graphql-response+json", GRAPH),
    ] {
        let answer = batch(on(), accept, &entries).await;
        assert_eq!(
            (answer.status, answer.media.as_str()),
            (StatusCode::OK, media)
        );
        let answers = answer.json();
        assert_eq!(answers[0], json!({"data": {"__typename": "Query"}}));
        let reason = |at: usize| answers[at]["errors"][0]["extensions"]["reason"].clone();
        assert_eq!(reason(1), "GRAPHQL_VALIDATION_FAILED");
        assert_eq!(reason(2), "QUERY_MISSING");
        assert_eq!(answers.as_array().unwrap().len(), 3);
    }
    let answer = batch(on(), "*/*", &json!([1, [], null])).await;
    let answers = answer.json();
    for at in 0..3 {
        assert_eq!(
            answers[at]["errors"][0]["extensions"]["reason"],
            "BODY_NOT_OBJECT"
        );
    }
}

#[tokio::test]
async fn more_than_the_limit_or_none_at_all_is_refused() {
    let one = json!({ "query": "{ __typename }" });
    let answer = batch(on(), "*/*", &json!([one, one, one, one])).await;
    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (StatusCode::BAD_REQUEST, "LIMIT_EXCEEDED")
    );
    assert_eq!(answer.json()["errors"][0]["extensions"]["field"], "batch");
    let answer = batch(on(), "*/*", &json!([])).await;
    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (StatusCode::BAD_REQUEST, "BATCH_EMPTY")
    );
}

#[tokio::test]
async fn each_entry_has_its_own_price() {
    let app = app_with(on()).await;
    let entries = json!([
        { "query": "{ books { title } }" },
        { "query": "{ __typename }" },
    ]);
    let request = http::Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-sanshe-cost", "1")
        .body(axum::body::Body::from(entries.to_string()))
        .unwrap();
    let answers = crate::http::send(&app, request).await.json();
    assert_eq!(answers[0]["extensions"]["cost"]["estimated"], 10);
    assert_eq!(answers[1]["extensions"]["cost"]["estimated"], 0);
}
