//! Status, media types and refusals of the HTTP side.

use axum::{
    Router,
    body::{Body, to_bytes},
};
use futures_util::future::BoxFuture;
use gateway::{Authenticator, Config, Gateway, Identity, Parts, http::router};
use http::{Method, Request, StatusCode, header};
use kernel::{Refusal, refuse};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use tower::ServiceExt as _;

use crate::{
    library,
    servers::{By, config, gateway_with, memory},
};

const JSON: &str = "application/json; charset=utf-8";
const GRAPH: &str = "application/graphql-response+json; charset=utf-8";

async fn app() -> Router {
    app_with(config()).await
}

async fn app_with(config: Config) -> Router {
    router(gateway_with(library::all(), By::Memory, config).await)
}

struct Answer {
    status: StatusCode,
    media: String,
    headers: http::HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{}", self.text))
    }

    fn reason(&self) -> String {
        self.json()["errors"][0]["extensions"]["reason"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

async fn send(app: &Router, request: Request<Body>) -> Answer {
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = to_bytes(body, usize::MAX).await.unwrap();
    let media = parts.headers.get(header::CONTENT_TYPE);
    Answer {
        status: parts.status,
        media: media
            .map(|it| it.to_str().unwrap().to_owned())
            .unwrap_or_default(),
        headers: parts.headers,
        text: String::from_utf8(text.to_vec()).unwrap(),
    }
}

fn request(method: Method, uri: &str, headers: &[(&str, &str)], body: &str) -> Request<Body> {
    let mut builder = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(Body::from(body.to_owned())).unwrap()
}

async fn post(app: &Router, accept: Option<&str>, body: &str) -> Answer {
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(accept.map(|accept| ("accept", accept)));
    send(app, request(Method::POST, "/graphql", &headers, body)).await
}

fn body(query: &str) -> String {
    json!({ "query": query }).to_string()
}

#[tokio::test]
async fn answers_in_the_media_type_that_is_accepted() {
    let app = app().await;
    let query = body("{ __typename }");
    for (accept, media) in [
        (None, JSON),
        (Some("*/*"), JSON),
        (Some("application/*"), JSON),
        (Some("application/json"), JSON),
        (Some("application/graphql-response+json"), GRAPH),
        (
            Some(
                "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8",
            ),
            GRAPH,
        ),
    ] {
        let answer = post(&app, accept, &query).await;
        assert_eq!(
            (answer.status, answer.media.as_str()),
            (StatusCode::OK, media),
            "{accept:?}"
        );
        assert_eq!(answer.json(), json!({"data": {"__typename": "Query"}}));
    }
    let answer = post(&app, Some("image/png"), &query).await;
    assert_eq!(answer.status, StatusCode::NOT_ACCEPTABLE);
    assert_eq!(answer.reason(), "MEDIA_TYPE_NOT_ACCEPTABLE");
}

#[tokio::test]
async fn a_request_error_is_200_for_json_and_400_for_graphql_response() {
    let app = app().await;
    for (query, reason) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "query A { __typename } query B { __typename }",
            "OPERATION_NAME_REQUIRED",
        ),
        (
            "query($id: ID!) { member(id: $id) { name } }",
            "VARIABLE_MISSING",
        ),
    ] {
        let answer = post(&app, Some("application/json"), &body(query)).await;
        assert_eq!(
            (answer.status, answer.reason().as_str()),
            (StatusCode::OK, reason)
        );
        let answer = post(
            &app,
            Some("application/graphql-response+json"),
            &body(query),
        )
        .await;
        assert_eq!(
            (answer.status, answer.reason().as_str()),
            (StatusCode::BAD_REQUEST, reason)
        );
        assert!(answer.json().get("data").is_none());
    }
}

#[tokio::test]
async fn a_field_error_is_200_in_both() {
    let app = app().await;
    for accept in ["application/json", "application/graphql-response+json"] {
        let answer = post(&app, Some(accept), &body("{ me { name } }")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.json()["data"], json!({"me": null}));
    }
}

#[tokio::test]
async fn malformed_bodies_are_400_whatever_is_accepted() {
    let app = app().await;
    for (text, reason) in [
        ("", "BODY_NOT_JSON"),
        ("{", "BODY_NOT_JSON"),
        ("\"query\"", "BODY_NOT_OBJECT"),
        ("[{\"query\":\"{ __typename }\"}]", "BATCHING_OFF"),
        ("{}", "QUERY_MISSING"),
        ("{\"query\":1}", "QUERY_NOT_TEXT"),
        (
            "{\"query\":\"{ __typename }\",\"operationName\":1}",
            "OPERATION_NAME_NOT_TEXT",
        ),
        (
            "{\"query\":\"{ __typename }\",\"variables\":[]}",
            "PARAMETER_NOT_OBJECT",
        ),
        (
            "{\"query\":\"{ __typename }\",\"extensions\":\"\"}",
            "PARAMETER_NOT_OBJECT",
        ),
    ] {
        for accept in ["application/json", "application/graphql-response+json"] {
            let answer = post(&app, Some(accept), text).await;
            assert_eq!(
                (answer.status, answer.reason().as_str()),
                (StatusCode::BAD_REQUEST, reason),
                "{text}"
            );
        }
    }
}

#[tokio::test]
async fn only_json_in_utf_8_is_read() {
    let app = app().await;
    let query = body("{ __typename }");
    for media in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=gbk",
        "application/graphql",
    ] {
        let answer = send(
            &app,
            request(Method::POST, "/graphql", &[("content-type", media)], &query),
        )
        .await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{media}");
        assert_eq!(answer.reason(), "MEDIA_TYPE_UNSUPPORTED");
    }
    let answer = send(&app, request(Method::POST, "/graphql", &[], &query)).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let media = ("content-type", "application/json; charset=\"UTF-8\"");
    let answer = send(&app, request(Method::POST, "/graphql", &[media], &query)).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn get_runs_queries_only_and_needs_a_preflight_header() {
    let app = app().await;
    let safe = ("x-sanshe-preflight", "1");
    let uri = "/graphql?query=query(%24id%3AID!)%7Bmember(id%3A%24id)%7Bname%7D%7D&variables=%7B%22id%22%3A%22u2%22%7D";
    let answer = send(&app, request(Method::GET, uri, &[safe], "")).await;
    assert_eq!(answer.json(), json!({"data": {"member": {"name": "李四"}}}));
    let answer = send(&app, request(Method::GET, uri, &[], "")).await;
    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (StatusCode::FORBIDDEN, "CSRF_HEADER_MISSING")
    );
    let uri = "/graphql?query=mutation%7Blend(number%3A9)%7D";
    let answer = send(&app, request(Method::GET, uri, &[safe], "")).await;
    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (StatusCode::METHOD_NOT_ALLOWED, "GET_QUERIES_ONLY")
    );
    assert_eq!(answer.headers[header::ALLOW], "GET, POST");
    let answer = send(&app, request(Method::GET, "/graphql", &[safe], "")).await;
    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (StatusCode::BAD_REQUEST, "QUERY_MISSING")
    );
    let uri = "/graphql?query=%7B__typename%7D&variables=%7B";
    let answer = send(&app, request(Method::GET, uri, &[safe], "")).await;
    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (StatusCode::BAD_REQUEST, "PARAMETER_NOT_JSON")
    );
}

#[tokio::test]
async fn other_methods_are_405() {
    let app = app().await;
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = send(&app, request(method, "/graphql", &[], "")).await;
        assert_eq!(
            (answer.status, answer.reason().as_str()),
            (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED")
        );
        assert_eq!(answer.headers[header::ALLOW], "GET, POST");
    }
    let answer = send(&app, request(Method::POST, "/health/live", &[], "")).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn bodies_over_the_limit_are_413_and_name_it() {
    let mut settings = config();
    settings.limits.body_bytes = 64;
    let app = app_with(settings).await;
    let large = body(&format!("{{ __typename {} }}", " ".repeat(100)));
    let answer = post(&app, None, &large).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        answer.json()["errors"][0]["extensions"]["field"],
        "body_bytes"
    );
    // The same without an announced length.
    let stream = Body::from_stream(futures_util::stream::iter([
        Ok::<_, std::io::Error>(large.clone()),
        Ok(large),
    ]));
    let chunked = Request::post("/graphql")
        .header("content-type", "application/json")
        .body(stream)
        .unwrap();
    assert_eq!(
        send(&app, chunked).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[tokio::test]
async fn speaks_the_callers_language_and_returns_the_request_id() {
    let app = app().await;
    let ask = async |language: &str| {
        let headers = [
            ("content-type", "application/json"),
            ("accept-language", language),
            ("x-request-id", "abc"),
        ];
        send(
            &app,
            request(Method::POST, "/graphql", &headers, &body("{")),
        )
        .await
    };
    let answer = ask("zh-CN").await;
    assert!(answer.text.contains("查询语法错误"), "{}", answer.text);
    assert_eq!(answer.headers["x-request-id"], "abc");
    assert_eq!(answer.json()["errors"][0]["extensions"]["requestId"], "abc");
    assert!(ask("en").await.text.contains("syntax error at line 1"));
    let answer = post(&app, None, &body("{ __typename }")).await;
    assert_eq!(answer.headers["x-request-id"].len(), 36);
}

struct Door;

impl Authenticator for Door {
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Identity, Refusal>> {
        Box::pin(async move {
            if token.starts_with('u') {
                return Ok(Identity {
                    subject: token.to_owned(),
                    scopes: Vec::new(),
                    expires: i64::MAX,
                });
            }
            if token.starts_with('?') {
                return Err(
                    refuse!(Unavailable, "TOKEN_KEYS_UNAVAILABLE", zh: "暂时无法校验", en: "cannot be checked now"),
                );
            }
            Err(
                refuse!(Unauthenticated, "TOKEN_EXPIRED", zh: "令牌已过期", en: "the token has expired"),
            )
        })
    }
}

async fn guarded() -> Router {
    let ways = library::all()
        .into_iter()
        .map(|it| (it.name.to_owned(), ("http://x".to_owned(), memory(it))));
    let source = gateway::supergraph::SubgraphSource::new(ways.collect(), None);
    let parts = Parts {
        authenticator: Some(Arc::new(Door)),
        ..Parts::default()
    };
    let gateway = Gateway::with_source(config(), parts, Arc::new(source));
    gateway.refresh().await.unwrap();
    router(gateway)
}

#[tokio::test]
async fn broken_tokens_are_401_before_planning_and_no_token_is_anonymous() {
    let app = guarded().await;
    let json = ("content-type", "application/json");
    for (token, reason) in [
        ("Bearer old", "TOKEN_EXPIRED"),
        ("Bearer", "TOKEN_MALFORMED"),
        ("Basic dTE6", "TOKEN_MALFORMED"),
    ] {
        let headers = [json, ("authorization", token)];
        let answer = send(
            &app,
            request(Method::POST, "/graphql", &headers, &body("{ nothing }")),
        )
        .await;
        assert_eq!(
            (answer.status, answer.reason().as_str()),
            (StatusCode::UNAUTHORIZED, reason)
        );
        assert_eq!(
            answer.json()["errors"][0]["extensions"]["code"],
            "UNAUTHENTICATED"
        );
        assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer");
    }
    let headers = [json, ("authorization", "Bearer ?")];
    let answer = send(
        &app,
        request(Method::POST, "/graphql", &headers, &body("{ nothing }")),
    )
    .await;
    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "TOKEN_KEYS_UNAVAILABLE"),
        "that tokens cannot be checked is no fault of the token"
    );
    let headers = [json, ("authorization", "bearer u1")];
    let answer = send(
        &app,
        request(Method::POST, "/graphql", &headers, &body("{ me { name } }")),
    )
    .await;
    assert_eq!(
        answer.json()["data"]["me"],
        Json::Null,
        "the subgraph sees the header as it was sent"
    );
    let answer = send(
        &app,
        request(
            Method::POST,
            "/graphql",
            &[json],
            &body("{ books { isbn } }"),
        ),
    )
    .await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn is_ready_only_with_a_graph_and_until_it_drains() {
    let source =
        gateway::supergraph::FileSource::new("/nonexistent/supergraph.graphql".into(), None);
    let gateway = Gateway::with_source(config(), Parts::default(), Arc::new(source));
    let app = router(gateway);
    assert_eq!(
        send(&app, request(Method::GET, "/health/live", &[], ""))
            .await
            .status,
        StatusCode::OK
    );
    for path in ["/health", "/health/ready"] {
        let answer = send(&app, request(Method::GET, path, &[], "")).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    let answer = post(&app, None, &body("{ __typename }")).await;
    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "SUPERGRAPH_NOT_READY")
    );
    assert_eq!(answer.headers[header::RETRY_AFTER], "1");

    let gateway = gateway_with(library::all(), By::Memory, config()).await;
    let app = router(gateway.clone());
    assert_eq!(
        send(&app, request(Method::GET, "/health/ready", &[], ""))
            .await
            .status,
        StatusCode::OK
    );
    gateway.drain();
    assert_eq!(
        send(&app, request(Method::GET, "/health", &[], ""))
            .await
            .status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(
        post(&app, None, &body("{ __typename }")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn serves_the_schema_and_graphiql_only_where_switched_on() {
    let on = app().await;
    let answer = send(&on, request(Method::GET, "/schema.graphql", &[], "")).await;
    assert!(
        answer.text.contains("type Book implements Item"),
        "{}",
        answer.text
    );
    assert!(
        !answer.text.contains("join__") && !answer.text.contains("__schema"),
        "{}",
        answer.text
    );
    let page = send(&on, request(Method::GET, "/", &[], "")).await;
    assert!(page.text.contains("npm install"));
    let headers = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let answer = send(&on, request(Method::GET, "/graphql", &headers, "")).await;
    assert_eq!(
        (answer.status, &answer.headers[header::LOCATION]),
        (StatusCode::SEE_OTHER, &"/graphiql".parse().unwrap())
    );

    let off = app_with(Config::default()).await;
    for path in ["/", "/graphiql", "/schema.graphql", "/metrics"] {
        let answer = send(&off, request(Method::GET, path, &[], "")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn serves_graphiql_from_its_folder_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    for path in [
        "react/umd/react.production.min.js",
        "react-dom/umd/react-dom.production.min.js",
        "graphiql/graphiql.min.js",
        "graphiql/graphiql.min.css",
    ] {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "/* it */").unwrap();
    }
    std::fs::write(folder.path().join("secret"), "secret").unwrap();
    let mut settings = config();
    settings.http.graphiql_assets = Some(folder.path().to_owned());
    let app = app_with(settings).await;
    let page = send(&app, request(Method::GET, "/graphiql", &[], "")).await;
    assert!(page.text.contains("/graphiql/react.js"));
    assert!(page.headers.contains_key(header::CONTENT_SECURITY_POLICY));
    for file in [
        "react.js",
        "react-dom.js",
        "graphiql.js",
        "graphiql.css",
        "start.js",
    ] {
        let answer = send(
            &app,
            request(Method::GET, &format!("/graphiql/{file}"), &[], ""),
        )
        .await;
        assert_eq!(answer.status, StatusCode::OK, "{file}");
    }
    for file in ["secret", "..%2Fsecret", "%2e%2e%2fsecret"] {
        let answer = send(
            &app,
            request(Method::GET, &format!("/graphiql/{file}"), &[], ""),
        )
        .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{file}");
    }
}

#[tokio::test]
async fn answers_a_preflight_of_a_known_origin_only() {
    let mut settings = config();
    settings.http.cors_origins = vec!["https://portal.example".to_owned()];
    let app = app_with(settings).await;
    let ask = async |origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type"),
        ];
        send(&app, request(Method::OPTIONS, "/graphql", &headers, "")).await
    };
    assert_eq!(
        ask("https://portal.example").await.headers["access-control-allow-origin"],
        "https://portal.example"
    );
    assert!(
        !ask("https://evil.example")
            .await
            .headers
            .contains_key("access-control-allow-origin")
    );
}
