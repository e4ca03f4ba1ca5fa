//! What a hostile client may send: each is refused by name, at once, and the
//! next request is served.

use std::{convert::Infallible, time::Duration};

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use serde_json::json;

use crate::{
    http::{app, app_with, body, post, request, send},
    servers::{By, ask, config, gateway_with},
};

async fn refused(text: Vec<u8>) -> (StatusCode, String) {
    let app = app().await;
    let hostile = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(text))
        .unwrap();
    let answer = send(&app, hostile).await;
    let after = post(&app, None, &body("{ __typename }")).await;
    assert_eq!(after.status, StatusCode::OK);
    (answer.status, answer.reason())
}

#[tokio::test]
async fn deep_json_is_refused() {
    for open in ["[", "{\"a\":", "{\"variables\":"] {
        let text = open.repeat(50_000).into_bytes();
        assert_eq!(
            refused(text).await,
            (StatusCode::BAD_REQUEST, "BODY_NOT_JSON".to_owned())
        );
    }
}

#[tokio::test]
async fn a_million_braces_are_refused() {
    let many = 1_000_000;
    let text = format!("{{\"query\":\"{}\"}}", "{".repeat(many)).into_bytes();
    assert_eq!(
        refused(text).await,
        (StatusCode::OK, "GRAPHQL_PARSE_FAILED".to_owned())
    );
    let text = format!("{{\"query\":\"{}\"}}", "{a".repeat(many / 2)).into_bytes();
    assert_eq!(
        refused(text).await,
        (StatusCode::OK, "LIMIT_EXCEEDED".to_owned())
    );
    assert_eq!(
        refused("{".repeat(many).into_bytes()).await,
        (StatusCode::BAD_REQUEST, "BODY_NOT_JSON".to_owned())
    );
    assert_eq!(
        refused("{".repeat(2 * many).into_bytes()).await,
        (StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED".to_owned())
    );
}

#[tokio::test]
async fn names_that_stand_twice_are_refused() {
    for text in [
        r#"{"query":"{ __typename }","query":"{ books { isbn } }"}"#,
        r#"{"query":"{ __typename }","variables":{"a":1,"a":2}}"#,
        r#"{"query":"{ __typename }","\u0071uery":"{ books { isbn } }"}"#,
    ] {
        assert_eq!(
            refused(text.as_bytes().to_vec()).await,
            (StatusCode::BAD_REQUEST, "PARAMETER_REPEATED".to_owned())
        );
    }
}

#[tokio::test]
async fn what_is_no_utf_8_is_refused() {
    for text in [
        &b"{\"query\":\"{ __typename }\xff\"}"[..],
        b"{\"query\":\"\xc0\xaf\"}",
        b"{\"query\":\"\xed\xa0\x80\"}",
        b"\xff\xfe{\0}\0",
        b"{\"query\":\"\\ud800\"}",
        b"\0\0\0\0",
    ] {
        let (status, reason) = refused(text.to_vec()).await;
        assert_eq!(
            (status, reason.as_str()),
            (StatusCode::BAD_REQUEST, "BODY_NOT_JSON")
        );
    }
}

#[tokio::test]
async fn compressed_bodies_are_refused_unopened() {
    let app = app().await;
    for encoding in [
        "gzip",
        "deflate",
        "br",
        "zstd",
        "identity, gzip",
        "GZIP",
        "x",
    ] {
        let headers = [
            ("content-type", "application/json"),
            ("content-encoding", encoding),
        ];
        let answer = send(&app, request(Method::POST, "/graphql", &headers, "\u{1f}")).await;
        assert_eq!(
            (answer.status, answer.reason().as_str()),
            (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "CONTENT_ENCODING_UNSUPPORTED"
            ),
            "{encoding}"
        );
    }
    let headers = [
        ("content-type", "application/json"),
        ("content-encoding", "identity"),
    ];
    let plain = body("{ __typename }");
    let answer = send(&app, request(Method::POST, "/graphql", &headers, &plain)).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_408() {
    let mut settings = config();
    settings.limits.body_millis = 1_000;
    let app = app_with(settings).await;
    let drip = futures_util::stream::unfold((), |()| async {
        tokio::time::advance(Duration::from_millis(300)).await;
        Some((Ok::<_, Infallible>(" "), ()))
    });
    let slow = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from_stream(drip))
        .unwrap();
    let answer = send(&app, slow).await;
    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (StatusCode::REQUEST_TIMEOUT, "BODY_TOO_SLOW")
    );
    assert_eq!(
        answer.json()["errors"][0]["extensions"]["field"],
        "body_millis"
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_is_400() {
    let app = app().await;
    let broken = futures_util::stream::iter([
        Ok("{\"query\":"),
        Err(std::io::Error::other("the line went dead")),
    ]);
    let broken = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from_stream(broken))
        .unwrap();
    let answer = send(&app, broken).await;
    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (StatusCode::BAD_REQUEST, "BODY_UNREADABLE")
    );
    assert!(!answer.text.contains("went dead"));
}

#[tokio::test]
async fn huge_numbers_and_many_variables_are_held_to_their_types() {
    let app = app().await;
    let many: serde_json::Map<_, _> = (0..20_000)
        .map(|at| (format!("v{at}"), json!(at)))
        .collect();
    let text = json!({"query": "{ __typename }", "variables": many}).to_string();
    assert_eq!(
        post(&app, None, &text).await.json()["data"]["__typename"],
        "Query"
    );
    for number in ["1e400", "-1e400"] {
        let text = format!("{{\"query\":\"{{ __typename }}\",\"variables\":{{\"a\":{number}}}}}");
        assert_eq!(post(&app, None, &text).await.reason(), "BODY_NOT_JSON");
    }
}

#[tokio::test]
async fn a_refusal_names_nothing_that_was_not_asked() {
    let app = app().await;
    for query in [
        "{ boks { title } }",
        "{ books { titel } }",
        "{ book(isbn: \"b1\", ibsn: \"b1\") { title } }",
        "{ books }",
        "query($a: Bok) { __typename }",
        "{ ... on Bok { title } }",
        "{ books @inclde(if: true) { title } }",
    ] {
        let answer = post(&app, None, &body(query)).await;
        let text = &answer.text;
        assert!(text.contains("errors"), "{query}: {text}");
        assert!(!text.contains("Did you mean"), "{query}: {text}");
        for hidden in ["\\\"books\\\"", "\\\"isbn\\\"", "LostCard", "join__"] {
            assert!(
                query.contains(hidden.trim_matches(['\\', '"'])) || !text.contains(hidden),
                "{query}: {text}"
            );
        }
    }
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_browsers_obey() {
    let app = app().await;
    let answers = [
        post(&app, None, &body("{ __typename }")).await,
        post(&app, None, "x").await,
        send(&app, request(Method::GET, "/health", &[], "")).await,
        send(&app, request(Method::GET, "/nowhere", &[], "")).await,
        send(&app, request(Method::OPTIONS, "/graphql", &[], "")).await,
    ];
    for answer in answers {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            (
                "content-security-policy",
                "default-src 'none'; frame-ancestors 'none'",
            ),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.headers[name], value);
        }
    }
}

#[tokio::test]
async fn other_origins_get_what_is_listed_and_no_wildcard() {
    let mut settings = config();
    settings.http.cors_origins = vec!["https://portal.example".to_owned(), "*".to_owned()];
    settings.http.cors_credentials = true;
    let app = app_with(settings).await;
    let preflight = async |origin: &str, header: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", header),
        ];
        send(&app, request(Method::OPTIONS, "/graphql", &headers, "")).await
    };
    let answer = preflight("https://portal.example", "authorization").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.headers["access-control-allow-origin"],
        "https://portal.example"
    );
    assert_eq!(answer.headers["access-control-allow-credentials"], "true");
    let allowed = answer.headers["access-control-allow-headers"]
        .to_str()
        .unwrap()
        .to_owned();
    for name in [
        "authorization",
        "content-type",
        "x-sanshe-preflight",
        "apollo-require-preflight",
        "x-sanshe-cost",
    ] {
        assert!(allowed.contains(name), "{name}: {allowed}");
    }
    for origin in [
        "https://evil.example",
        "null",
        "https://portal.example.evil.example",
        "*",
    ] {
        let answer = preflight(origin, "authorization").await;
        assert!(
            !answer.headers.contains_key("access-control-allow-origin"),
            "{origin}"
        );
    }
    // The answer itself says whose it is, so that caches keep them apart.
    let headers = [
        ("content-type", "application/json"),
        ("origin", "https://portal.example"),
    ];
    let answer = send(
        &app,
        request(Method::POST, "/graphql", &headers, &body("{ __typename }")),
    )
    .await;
    assert_eq!(
        answer.headers["access-control-allow-origin"],
        "https://portal.example"
    );
    let vary: Vec<_> = answer
        .headers
        .get_all(header::VARY)
        .iter()
        .map(|it| it.to_str().unwrap().to_ascii_lowercase())
        .collect();
    assert!(
        vary.join(",").contains("origin") && vary.join(",").contains("accept"),
        "{vary:?}"
    );
}

#[tokio::test]
async fn introspection_is_off_unless_switched_on() {
    let gateway = gateway_with(
        crate::library::all(),
        By::Memory,
        gateway::Config::default(),
    )
    .await;
    for query in [
        "{ __schema { types { name } } }",
        "{ __type(name: \"Book\") { name } }",
        "{ ... { __schema { types { name } } } }",
    ] {
        let answer = ask(&gateway, query, &[]).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["reason"],
            "INTROSPECTION_OFF"
        );
        assert!(answer.get("data").is_none());
    }
}
