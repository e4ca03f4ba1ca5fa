//! What the development issuer answers.
//!
//! | request | answer |
//! |---|---|
//! | `GET /.well-known/openid-configuration`, `GET /jwks.json` | what verifiers read |
//! | `GET /accounts` | who can be logged in as |
//! | `POST /token` (`grant_type=password&username=…`) | a token |
//! | `GET /clock`, `POST /clock {"advance_seconds": n}` | the time of the platform |

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Request, State as Shared},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use kernel::Clock as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{TOKEN_SECONDS, account, server::State};

/// A demonstration may look decades ahead, not to the end of the calendar.
const FARTHEST_SECONDS: i64 = 50 * 366 * 86_400;

pub(super) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(configuration))
        .route("/jwks.json", get(jwks))
        .route("/accounts", get(accounts))
        .route("/token", post(token))
        .route("/clock", get(clock).post(advance))
        .layer(middleware::from_fn(loopback_only))
        .with_state(state)
}

/// A web page from elsewhere must not log in through the browser of whoever
/// runs the platform: neither by its own origin nor by a name that leads here.
async fn loopback_only(request: Request, next: Next) -> Response {
    if !is_ours(request.headers()) {
        return refusal(
            StatusCode::FORBIDDEN,
            "access_denied",
            "仅限本机访问 / this machine only",
        );
    }
    let origin = request.headers().get(header::ORIGIN).cloned();
    let preflight = request.method() == Method::OPTIONS;
    let mut response = if preflight {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    if let Some(origin) = origin {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::VARY, HeaderValue::from_static("origin"));
        if preflight {
            let methods = HeaderValue::from_static("GET, POST");
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
            let allowed = HeaderValue::from_static("content-type");
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        }
    }
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn is_ours(headers: &HeaderMap) -> bool {
    let text = |name| {
        headers
            .get(name)
            .map(|value: &HeaderValue| value.to_str().unwrap_or("?"))
    };
    let host = text(header::HOST).is_none_or(is_loopback_host);
    let origin = text(header::ORIGIN).is_none_or(|origin| {
        origin
            .split_once("://")
            .is_some_and(|(_, host)| is_loopback_host(host))
    });
    host && origin
}

fn is_loopback_host(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

async fn configuration(Shared(state): Shared<Arc<State>>) -> Json<Value> {
    let issuer = state.issuer.issuer();
    Json(json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/jwks.json"),
        "token_endpoint": format!("{issuer}/token"),
        "grant_types_supported": ["password"],
        "response_types_supported": ["token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "token_endpoint_auth_methods_supported": ["none"],
    }))
}

async fn jwks(Shared(state): Shared<Arc<State>>) -> Json<Value> {
    Json(state.issuer.key.jwks())
}

async fn accounts(Shared(state): Shared<Arc<State>>) -> Response {
    match account::read_accounts(&state.accounts) {
        Ok(accounts) => Json(accounts).into_response(),
        Err(error) => failure(&error),
    }
}

async fn token(Shared(state): Shared<Arc<State>>, headers: HeaderMap, body: Bytes) -> Response {
    let is_form = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let form: HashMap<_, _> = url::form_urlencoded::parse(&body).into_owned().collect();
    let bad = |error, text: &str| refusal(StatusCode::BAD_REQUEST, error, text);
    if !is_form {
        return bad("invalid_request", "应为表单 / the body must be a form");
    }
    if form
        .get("grant_type")
        .is_none_or(|grant| grant != "password")
    {
        return bad(
            "unsupported_grant_type",
            "只支持 grant_type=password / only password is supported",
        );
    }
    let Some(name) = form.get("username").filter(|name| !name.is_empty()) else {
        return bad("invalid_request", "缺少 username / username is missing");
    };
    let accounts = match account::read_accounts(&state.accounts) {
        Ok(accounts) => accounts,
        Err(error) => return failure(&error),
    };
    match accounts.iter().find(|account| account.name == *name) {
        Some(account) => Json(json!({
            "access_token": state.issuer.issue(account),
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
        }))
        .into_response(),
        None => bad(
            "invalid_grant",
            "没有这个演示账号,见 /accounts / no such account, see /accounts",
        ),
    }
}

async fn clock(Shared(state): Shared<Arc<State>>) -> Response {
    match state.clock.offset() {
        Ok(offset) => time(&state, offset),
        Err(error) => failure(&error.into()),
    }
}

#[derive(Deserialize)]
struct Advance {
    advance_seconds: i64,
}

async fn advance(Shared(state): Shared<Arc<State>>, body: Bytes) -> Response {
    let bad = |text: &str| refusal(StatusCode::BAD_REQUEST, "invalid_request", text);
    let Ok(Advance {
        advance_seconds: seconds,
    }) = serde_json::from_slice(&body)
    else {
        return bad("应为 {\"advance_seconds\": 整数} / expected {\"advance_seconds\": integer}");
    };
    if seconds < 0 {
        // Deadlines that were kept would be open again.
        return bad("时间只能前进 / time moves forward only");
    }
    let _moving = state
        .moving
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let moved = state.clock.offset().and_then(|offset| {
        let next = offset.saturating_add(seconds);
        if next > FARTHEST_SECONDS {
            return Ok(None);
        }
        state.clock.set_offset(next).map(|()| Some(next))
    });
    match moved {
        Ok(Some(offset)) => time(&state, offset),
        Ok(None) => bad("时间超出范围 / that is too far ahead"),
        Err(error) => failure(&error.into()),
    }
}

fn time(state: &State, offset: i64) -> Response {
    Json(json!({ "now": state.clock.now(), "offset_seconds": offset })).into_response()
}

fn refusal(status: StatusCode, error: &str, description: &str) -> Response {
    (
        status,
        Json(json!({ "error": error, "error_description": description })),
    )
        .into_response()
}

fn failure(error: &anyhow::Error) -> Response {
    tracing::error!(
        error = format!("{error:#}"),
        "the development issuer failed"
    );
    refusal(
        StatusCode::INTERNAL_SERVER_ERROR,
        "server_error",
        &format!("{error:#}"),
    )
}
