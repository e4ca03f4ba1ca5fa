use std::{net::SocketAddr, os::unix::fs::PermissionsExt as _, path::Path};

use ::http::{Request, StatusCode, header};
use axum::{Router, body::Body};
use kernel::{Clock as _, FileClock};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::*;
use crate::auth::{Actor, Jwks, Role};

fn options(folder: &Path) -> DevIssuerOptions {
    DevIssuerOptions {
        data: folder.to_owned(),
        audience: "sanshe".into(),
        clock: Arc::new(FileClock::new(folder.join("clock"))),
    }
}

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

async fn bound(folder: &Path) -> IssuerServer {
    DevIssuer::bind(loopback(), options(folder)).await.unwrap()
}

fn wang() -> Account {
    Account {
        name: "王芳".into(),
        title_zh: "社区工作者".into(),
        actor: Actor::new("u-1", [Role::CommunityStaff]),
    }
}

async fn send(router: &Router, request: Request<Body>) -> (StatusCode, Value) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

fn login(form: &str) -> Request<Body> {
    Request::post("/token")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()))
        .unwrap()
}

fn advance(body: &str) -> Request<Body> {
    Request::post("/clock")
        .body(Body::from(body.to_owned()))
        .unwrap()
}

#[tokio::test]
async fn refuses_to_listen_beyond_loopback() {
    let folder = tempfile::tempdir().unwrap();
    for address in ["0.0.0.0:0", "10.0.0.1:0", "[::]:0"] {
        let error = DevIssuer::bind(address.parse().unwrap(), options(folder.path()))
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("loopback only") && error.contains("回环"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn keeps_its_key_private_and_over_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let first = bound(folder.path()).await;
    let token = first.issuer().issue(&wang());
    let second = bound(folder.path()).await;
    assert_eq!(first.issuer().jwks_json(), second.issuer().jwks_json());
    let path = folder.path().join("issuer-key.pem");
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(!format!("{first:?}").contains("PRIVATE"));

    let keys = Jwks::fixed(&second.issuer().jwks_json()).unwrap();
    let clock = second.issuer().clock.clone();
    let verifier = Verifier::new(first.issuer().issuer(), "sanshe", keys, clock);
    assert_eq!(verifier.verify(&token).await.unwrap(), wang().actor);

    std::fs::write(&path, "not a key").unwrap();
    let error = DevIssuer::bind(loopback(), options(folder.path()))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("holds no Ed25519 key"),
        "{error:#}"
    );
}

#[tokio::test]
async fn publishes_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let jwks: Value =
        serde_json::from_str(&bound(folder.path()).await.issuer().jwks_json()).unwrap();
    let key = jwks["keys"][0].as_object().unwrap();
    assert!(key.contains_key("x") && key.contains_key("kid") && !key.contains_key("d"));
}

#[tokio::test]
async fn logs_in_an_account_that_was_written_after_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let server = bound(folder.path()).await;
    let verifier = server.issuer().verifier();
    let router = http::router(Arc::clone(&server.state));
    let form = "grant_type=password&username=%E7%8E%8B%E8%8A%B3&password=";
    let (status, body) = send(&router, login(form)).await;
    assert_eq!(
        (status, &body["error"]),
        (StatusCode::BAD_REQUEST, &json!("invalid_grant"))
    );

    write_accounts(&folder.path().join("accounts.json"), &[wang()]).unwrap();
    let (status, body) = send(&router, login(form)).await;
    assert_eq!(
        (status, &body["expires_in"]),
        (StatusCode::OK, &json!(3600))
    );
    let token = body["access_token"].as_str().unwrap();
    assert_eq!(verifier.verify(token).await.unwrap(), wang().actor);

    let (_, listed) = send(&router, get("/accounts")).await;
    assert_eq!(listed[0]["title_zh"], "社区工作者");
    std::fs::write(folder.path().join("accounts.json"), "{").unwrap();
    assert_eq!(
        send(&router, get("/accounts")).await.0,
        StatusCode::INTERNAL_SERVER_ERROR
    );
}

#[tokio::test]
async fn refuses_logins_it_does_not_know() {
    let folder = tempfile::tempdir().unwrap();
    let router = http::router(Arc::clone(&bound(folder.path()).await.state));
    let cases = [
        ("", "unsupported_grant_type"),
        ("grant_type=refresh_token", "unsupported_grant_type"),
        ("grant_type=password", "invalid_request"),
        ("grant_type=password&username=nobody", "invalid_grant"),
    ];
    for (form, error) in cases {
        let (status, body) = send(&router, login(form)).await;
        assert_eq!(
            (status, &body["error"]),
            (StatusCode::BAD_REQUEST, &json!(error)),
            "{form}"
        );
    }
    let json = Request::post("/token").body(Body::from("{}")).unwrap();
    assert_eq!(send(&router, json).await.1["error"], "invalid_request");
}

#[tokio::test]
async fn moves_the_clock_forward_only() {
    let folder = tempfile::tempdir().unwrap();
    let server = bound(folder.path()).await;
    let router = http::router(Arc::clone(&server.state));
    let before = server.state.clock.now();
    let (status, body) = send(&router, advance(r#"{"advance_seconds": 86400}"#)).await;
    assert_eq!(
        (status, &body["offset_seconds"]),
        (StatusCode::OK, &json!(86_400))
    );
    assert!(server.state.clock.now() - before >= chrono::TimeDelta::days(1));
    for bad in [
        "",
        "{}",
        r#"{"advance_seconds":-1}"#,
        r#"{"advance_seconds":9e18}"#,
        r#"{"advance_seconds":9223372036854775807}"#,
    ] {
        assert_eq!(
            send(&router, advance(bad)).await.0,
            StatusCode::BAD_REQUEST,
            "{bad}"
        );
    }
    assert_eq!(
        send(&router, get("/clock")).await.1["offset_seconds"],
        86_400
    );
}

#[tokio::test]
async fn answers_no_page_from_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let router = http::router(Arc::clone(&bound(folder.path()).await.state));
    let asked = |name, value: &str| {
        let mut request = get("/accounts");
        request.headers_mut().insert(name, value.parse().unwrap());
        request
    };
    for bad in [
        "http://evil.example",
        "null",
        "http://127.0.0.1.evil.example",
        "http://localhost.x",
    ] {
        assert_eq!(
            send(&router, asked(header::ORIGIN, bad)).await.0,
            StatusCode::FORBIDDEN,
            "{bad}"
        );
    }
    assert_eq!(
        send(&router, asked(header::HOST, "rebound.example:7900"))
            .await
            .0,
        StatusCode::FORBIDDEN
    );
    for good in [
        "http://127.0.0.1:4000",
        "http://localhost:4000",
        "http://[::1]:4000",
    ] {
        let response = router
            .clone()
            .oneshot(asked(header::ORIGIN, good))
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(
            response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN],
            good
        );
    }
}

#[tokio::test]
async fn services_verify_over_http_what_it_issued() {
    let folder = tempfile::tempdir().unwrap();
    let server = bound(folder.path()).await;
    let clock: SharedClock = server.state.clock.clone();
    let verifier = Verifier::from_settings(&server.settings(), clock).unwrap();
    let token = server.issuer().issue(&wang());
    let state = Arc::clone(&server.state);
    let stopping = CancellationToken::new();
    let serving = server.serve(stopping.clone());
    let asking = async {
        let actor = verifier.verify(&token).await.unwrap();
        let (_, discovery) = send(
            &http::router(state),
            get("/.well-known/openid-configuration"),
        )
        .await;
        stopping.cancel();
        (actor, discovery)
    };
    let (served, (actor, discovery)) = tokio::join!(serving, asking);
    served.unwrap();
    assert_eq!(actor, wang().actor);
    assert!(
        discovery["jwks_uri"]
            .as_str()
            .unwrap()
            .ends_with("/jwks.json")
    );
}
