//! Documents by name: remembered, or known from a manifest.

use std::path::Path;

use axum::Router;
use gateway::{Config, Gateway, Parts, http::router, supergraph::SubgraphSource};
use http::{Method, StatusCode};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

use crate::{
    http::{Answer, app, app_with, post, request, send},
    library,
    servers::{config, memory},
};

const QUERY: &str = "query Shelf($isbn: ID!) { book(isbn: $isbn) { title } }";

fn hash(document: &str) -> String {
    hex::encode(Sha256::digest(document))
}

fn named(hash: &str) -> Json {
    json!({"variables": {"isbn": "b2"}, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}})
}

fn with_query(mut request: Json, query: &str) -> Json {
    request["query"] = query.into();
    request
}

async fn ask(app: &Router, request: &Json) -> Answer {
    post(app, Some("application/json"), &request.to_string()).await
}

fn code(answer: &Answer) -> String {
    answer.json()["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn remembers_a_document_that_came_with_its_hash() {
    let app = app().await;
    let hash = hash(QUERY);
    let answer = ask(&app, &named(&hash)).await;
    // Word for word, since client libraries look for it.
    assert_eq!(
        answer.json()["errors"][0]["message"],
        "PersistedQueryNotFound"
    );
    assert_eq!(
        (answer.status, code(&answer).as_str()),
        (StatusCode::OK, "PERSISTED_QUERY_NOT_FOUND")
    );
    let titled = json!({"data": {"book": {"title": "边城"}}});
    let answer = ask(&app, &with_query(named(&hash), QUERY)).await;
    assert_eq!(answer.json(), titled);
    assert_eq!(ask(&app, &named(&hash)).await.json(), titled);
    assert_eq!(ask(&app, &named(&hash.to_uppercase())).await.json(), titled);

    let extensions = format!(
        "%7B%22persistedQuery%22%3A%7B%22version%22%3A1%2C%22sha256Hash%22%3A%22{hash}%22%7D%7D"
    );
    let uri = format!("/graphql?variables=%7B%22isbn%22%3A%22b2%22%7D&extensions={extensions}");
    let headers = [("apollo-require-preflight", "true"), ("accept", "*/*")];
    assert_eq!(
        send(&app, request(Method::GET, &uri, &headers, ""))
            .await
            .json(),
        titled
    );
}

#[tokio::test]
async fn a_get_runs_no_mutation_by_its_hash() {
    let app = app().await;
    let mutation = "mutation { lend(number: 9) }";
    let hash = hash(mutation);
    let known = json!({"query": mutation, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}});
    assert_eq!(ask(&app, &known).await.status, StatusCode::OK);
    let uri = format!(
        "/graphql?extensions=%7B%22persistedQuery%22%3A%7B%22version%22%3A1%2C%22sha256Hash%22%3A%22{hash}%22%7D%7D"
    );
    let answer = send(
        &app,
        request(Method::GET, &uri, &[("x-sanshe-preflight", "1")], ""),
    )
    .await;
    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (StatusCode::METHOD_NOT_ALLOWED, "GET_QUERIES_ONLY")
    );
}

#[tokio::test]
async fn remembers_nothing_that_is_wrong() {
    let app = app().await;
    // Another document under the hash.
    let answer = ask(&app, &with_query(named(&hash(QUERY)), "{ __typename }")).await;
    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (StatusCode::BAD_REQUEST, "PERSISTED_QUERY_HASH_MISMATCH")
    );
    assert_eq!(
        code(&ask(&app, &named(&hash(QUERY))).await),
        "PERSISTED_QUERY_NOT_FOUND"
    );
    // A document that does not fit the graph.
    let wrong = "{ nothing }";
    assert_eq!(
        ask(&app, &with_query(named(&hash(wrong)), wrong))
            .await
            .reason(),
        "GRAPHQL_VALIDATION_FAILED"
    );
    assert_eq!(
        code(&ask(&app, &named(&hash(wrong))).await),
        "PERSISTED_QUERY_NOT_FOUND"
    );
    for persisted in [
        json!(1),
        json!({}),
        json!({"version": 2, "sha256Hash": hash(QUERY)}),
        json!({"version": 1, "sha256Hash": "ab"}),
        json!({"version": 1, "sha256Hash": 7}),
        json!({"version": 1, "sha256Hash": "g".repeat(64)}),
    ] {
        let answer = ask(&app, &json!({"extensions": {"persistedQuery": persisted}})).await;
        assert_eq!(
            (answer.status, answer.reason().as_str()),
            (StatusCode::BAD_REQUEST, "PERSISTED_QUERY_MALFORMED")
        );
    }
}

#[tokio::test]
async fn says_that_it_remembers_nothing_where_that_is_off() {
    let mut settings = config();
    settings.persisted.automatic = false;
    let app = app_with(settings).await;
    for request in [named(&hash(QUERY)), with_query(named(&hash(QUERY)), QUERY)] {
        let answer = ask(&app, &request).await;
        assert_eq!(
            answer.json()["errors"][0]["message"],
            "PersistedQueryNotSupported"
        );
        assert_eq!(code(&answer), "PERSISTED_QUERY_NOT_SUPPORTED");
    }
}

/// Settings with a manifest of one operation.
fn listed(folder: &Path, only: bool) -> Config {
    let manifest = folder.join("operations.json");
    let operation = json!({"id": hash(QUERY), "name": "Shelf", "type": "query", "body": QUERY});
    let text = json!({"format": "apollo-persisted-query-manifest", "version": 1, "operations": [operation]});
    std::fs::write(&manifest, text.to_string()).unwrap();
    let mut settings = config();
    settings.persisted.manifest = Some(manifest);
    settings.persisted.only = only;
    settings
}

#[tokio::test]
async fn serves_the_operations_of_a_manifest_by_every_name_that_clients_use() {
    let folder = tempfile::tempdir().unwrap();
    let titled = json!({"data": {"book": {"title": "边城"}}});
    for only in [false, true] {
        let app = app_with(listed(folder.path(), only)).await;
        let hash = hash(QUERY);
        let variables = json!({"isbn": "b2"});
        for request in [
            named(&hash),
            json!({"documentId": hash, "variables": variables}),
            json!({"documentId": format!("sha256:{hash}"), "variables": variables}),
            json!({"query": QUERY, "variables": variables}),
            json!({"query": QUERY, "documentId": hash, "variables": variables}),
        ] {
            assert_eq!(ask(&app, &request).await.json(), titled, "{only} {request}");
        }
        let uri =
            format!("/graphql?documentId=sha256:{hash}&variables=%7B%22isbn%22%3A%22b2%22%7D");
        let headers = [("x-sanshe-preflight", "1"), ("accept", "*/*")];
        assert_eq!(
            send(&app, request(Method::GET, &uri, &headers, ""))
                .await
                .json(),
            titled
        );
        let other = json!({"query": "{ __typename }", "documentId": hash});
        assert_eq!(
            ask(&app, &other).await.reason(),
            "PERSISTED_QUERY_HASH_MISMATCH"
        );
    }
}

#[tokio::test]
async fn serves_nothing_else_where_only_these_are_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let app = app_with(listed(folder.path(), true)).await;
    let other = "{ __typename }";
    for (request, expected) in [
        (json!({"query": other}), "QUERY_NOT_IN_SAFELIST"),
        (
            with_query(named(&hash(other)), other),
            "QUERY_NOT_IN_SAFELIST",
        ),
        (
            json!({"query": "{ __schema { types { name } } }"}),
            "QUERY_NOT_IN_SAFELIST",
        ),
        (
            json!({"query": format!("{QUERY} ")}),
            "QUERY_NOT_IN_SAFELIST",
        ),
        (
            json!({"documentId": "sha256:ab"}),
            "PERSISTED_QUERY_NOT_IN_LIST",
        ),
        (named(&hash(other)), "PERSISTED_QUERY_NOT_IN_LIST"),
    ] {
        let answer = post(
            &app,
            Some("application/graphql-response+json"),
            &request.to_string(),
        )
        .await;
        assert_eq!(
            (answer.status, code(&answer).as_str()),
            (StatusCode::FORBIDDEN, expected),
            "{request}"
        );
        let error = &answer.json()["errors"][0]["extensions"];
        assert_eq!(
            (&error["reason"], &error["field"]),
            (&json!("OPERATION_NOT_LISTED"), &json!("persisted.only"))
        );
    }
    let open = app_with(listed(folder.path(), false)).await;
    let answer = ask(&open, &json!({"documentId": "nobody"})).await;
    assert_eq!(code(&answer), "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(
        ask(&open, &json!({"query": other})).await.json()["data"]["__typename"],
        "Query"
    );
}

fn unready(settings: Config) -> Gateway {
    let ways = library::all()
        .into_iter()
        .map(|it| (it.name.to_owned(), ("http://x".to_owned(), memory(it))));
    let source = SubgraphSource::new(ways.collect(), None);
    Gateway::with_source(settings, Parts::default(), Arc::new(source))
}

#[tokio::test]
async fn a_manifest_is_read_again_and_a_broken_one_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let settings = listed(folder.path(), true);
    let path = settings.persisted.manifest.clone().unwrap();
    let good = std::fs::read(&path).unwrap();

    // Before the first good one nothing is served at all.
    std::fs::write(&path, "{").unwrap();
    let gateway = unready(settings);
    let refusal = gateway.refresh().await.unwrap_err();
    assert_eq!(refusal.reason, "MANIFEST_BROKEN");
    assert!(!gateway.is_ready());
    let app = router(gateway.clone());
    assert_eq!(
        code(&ask(&app, &json!({"query": QUERY})).await),
        "QUERY_NOT_IN_SAFELIST"
    );

    std::fs::write(&path, &good).unwrap();
    gateway.refresh().await.unwrap();
    assert!(
        ask(&app, &named(&hash(QUERY)))
            .await
            .json()
            .get("data")
            .is_some()
    );

    std::fs::write(&path, "{ broken").unwrap();
    gateway.refresh().await.unwrap();
    assert!(
        ask(&app, &named(&hash(QUERY)))
            .await
            .json()
            .get("data")
            .is_some()
    );

    let other = "{ __typename }";
    std::fs::write(&path, json!({"typename": other}).to_string()).unwrap();
    gateway.refresh().await.unwrap();
    assert_eq!(
        ask(&app, &json!({"documentId": "typename"})).await.json()["data"]["__typename"],
        "Query"
    );
    assert_eq!(
        code(&ask(&app, &named(&hash(QUERY))).await),
        "PERSISTED_QUERY_NOT_IN_LIST"
    );
}
