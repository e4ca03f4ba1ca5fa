//! Health and metrics.

use axum::{body::Body, extract::State, response::Response};
use http::{Method, StatusCode};

use super::{plain, reads_only};
use crate::gateway::Gateway;

const TEXT: &str = "text/plain; charset=utf-8";

/// 200 while the process runs.
pub async fn live(method: Method) -> Response {
    reads_only(&method)
        .unwrap_or_else(|| plain(StatusCode::OK, TEXT, "live\n"))
        .map(Body::from)
}

/// 200 only when requests can be served; false from the first moment of a stop.
pub async fn ready(State(gateway): State<Gateway>, method: Method) -> Response {
    let answer = || {
        if gateway.is_ready() {
            plain(StatusCode::OK, TEXT, "ready\n")
        } else {
            plain(StatusCode::SERVICE_UNAVAILABLE, TEXT, "not ready\n")
        }
    };
    reads_only(&method).unwrap_or_else(answer).map(Body::from)
}

/// Prometheus text, where the process renders it.
pub async fn metrics(State(gateway): State<Gateway>, method: Method) -> Response {
    let answer = || match gateway.metrics() {
        Some(text) => plain(
            StatusCode::OK,
            "text/plain; version=0.0.4; charset=utf-8",
            text,
        ),
        None => plain(StatusCode::NOT_FOUND, TEXT, "metrics are off\n"),
    };
    reads_only(&method).unwrap_or_else(answer).map(Body::from)
}
