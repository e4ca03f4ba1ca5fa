//! What the machinery around a service asks: is it alive, may it be asked,
//! what did it count. On a listener of its own, which clients never reach.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use std::{future::Future, time::Duration};

use anyhow::{Context as _, Result};
use axum::{Router, extract::State, routing::get};
use http::{StatusCode, header};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::db::Db;

/// Shorter than a probe waits.
const PING: Duration = Duration::from_secs(1);

/// Whether a service may be asked: it has begun, it does not stop, and its
/// database answers.
#[derive(Clone, Debug)]
pub struct Readiness {
    begun: Arc<AtomicBool>,
    stopping: CancellationToken,
    db: Db,
}

impl Readiness {
    /// Not ready until [`Readiness::begin`]. `db` is a pool for this question
    /// alone, so that a service under load stays in rotation.
    pub fn new(stopping: CancellationToken, db: Db) -> Self {
        Self {
            begun: Arc::default(),
            stopping,
            db,
        }
    }

    /// The schema is there and the service serves.
    pub fn begin(&self) {
        self.begun.store(true, Ordering::Release);
    }

    /// Why not, or nothing.
    pub async fn refusal(&self) -> Option<&'static str> {
        if self.stopping.is_cancelled() {
            return Some("stopping");
        }
        if !self.begun.load(Ordering::Acquire) {
            return Some("waiting for the schema");
        }
        match tokio::time::timeout(PING, self.db.ping()).await {
            Ok(true) => None,
            _ => Some("the database does not answer"),
        }
    }
}

#[derive(Clone)]
struct Told {
    readiness: Readiness,
    metrics: PrometheusHandle,
}

/// Serves until `stop` ends: it outlives the service, so that a probe always
/// has an answer.
pub async fn serve(
    listener: TcpListener,
    readiness: Readiness,
    metrics: PrometheusHandle,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let routes = Router::new()
        .route("/health/live", get(|| async { "live\n" }))
        .route("/health/ready", get(ready))
        .route("/metrics", get(scrape))
        .with_state(Told { readiness, metrics });
    axum::serve(listener, routes)
        .with_graceful_shutdown(stop)
        .await
        .context("the admin server failed")
}

async fn ready(State(told): State<Told>) -> (StatusCode, String) {
    match told.readiness.refusal().await {
        None => (StatusCode::OK, "ready\n".into()),
        Some(why) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("not ready: {why}\n"),
        ),
    }
}

async fn scrape(State(told): State<Told>) -> ([(header::HeaderName, &'static str); 1], String) {
    let text = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, text)], told.metrics.render())
}
