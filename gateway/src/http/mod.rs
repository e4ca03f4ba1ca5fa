//! The HTTP side: routes and what they share.

mod body;
mod cors;
mod csrf;
mod graphiql;
mod graphql;
mod health;
mod leave;
mod negotiate;
mod overload;
mod proxies;
mod read;
mod reply;
mod shield;
mod sse;
mod ws;

use axum::{Router, middleware, routing::any};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use http_body_util::Full;
use kernel::refuse;
use tower_http::catch_panic::CatchPanicLayer;

pub use self::{negotiate::MediaType, proxies::Proxies};
use crate::{gateway::Gateway, response::Response};

/// The methods of `/graphql`.
const ALLOW: &str = "GET, HEAD, POST, OPTIONS";

/// All routes of the gateway.
pub fn router(gateway: Gateway) -> Router {
    let door = middleware::from_fn_with_state(gateway.clone(), overload::admit);
    let mut router = Router::new()
        .route("/graphql", any(graphql::answer).layer(door))
        .route("/schema.graphql", any(graphiql::schema))
        .route("/health", any(health::ready))
        .route("/health/live", any(health::live))
        .route("/health/ready", any(health::ready))
        .route("/metrics", any(health::metrics));
    if gateway.config().features.graphiql {
        router = router
            .route("/", any(graphiql::page))
            .route("/graphiql", any(graphiql::page))
            .route("/graphiql/{file}", any(graphiql::file));
    }
    let cors = cors::layer(&gateway.config().http);
    let leaving = middleware::from_fn_with_state(gateway.clone(), leave::announce);
    let router = router.with_state(gateway).layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
        let body = r#"{"errors":[{"message":"内部错误 / internal error","extensions":{"code":"INTERNAL_SERVER_ERROR","reason":"PANIC"}}]}"#;
        plain(StatusCode::INTERNAL_SERVER_ERROR, "application/json; charset=utf-8", body)
            .map(Full::new)
    }));
    let router = router
        .layer(middleware::map_response(shield::cover))
        .layer(leaving);
    match cors {
        Some(cors) => router.layer(cors),
        None => router,
    }
}

/// A whole body of one type.
fn plain(status: StatusCode, media: &'static str, body: impl Into<Bytes>) -> http::Response<Bytes> {
    let mut response = http::Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

/// A GraphQL response in the media type that the client takes.
fn respond(response: Response, media: MediaType, request_id: &str) -> http::Response<Bytes> {
    // Older clients take any status but 200 for a broken transport.
    let status = match media {
        MediaType::Json if response.well_formed => StatusCode::OK,
        _ => response.status,
    };
    let mut answer = plain(status, media.header(), response.body);
    let headers = answer.headers_mut();
    if let Ok(id) = request_id.parse() {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    headers.insert(
        header::VARY,
        HeaderValue::from_static("accept, accept-language, authorization"),
    );
    let forbidden = HeaderValue::from_static("private, no-store");
    headers.insert(header::CACHE_CONTROL, forbidden);
    match status {
        StatusCode::UNAUTHORIZED => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            headers.insert(header::ALLOW, HeaderValue::from_static(ALLOW));
        }
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        _ => {}
    }
    answer
}

/// The refusal of a route that only reads.
fn reads_only(method: &Method) -> Option<http::Response<Bytes>> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    let refusal = refuse!(Invalid, "METHOD_NOT_ALLOWED", zh: "只支持 GET", en: "GET only");
    let body = format!("{} / {}\n", refusal.zh, refusal.en);
    let mut response = plain(
        StatusCode::METHOD_NOT_ALLOWED,
        "text/plain; charset=utf-8",
        body,
    );
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    Some(response)
}
