//! Health and metrics over HTTP.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use anyhow::Context as _;
use axum::{Router, http::StatusCode, routing::get};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Renders the metrics of the process.
pub type Metrics = Arc<dyn Fn() -> String + Send + Sync>;

/// Whether the resources are known.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<AtomicBool>);

impl Health {
    pub fn set_ready(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn status(&self) -> StatusCode {
        if self.0.load(Ordering::Relaxed) {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// `/health/live`, `/health/ready` and `/metrics`, until `stop`.
pub async fn serve(
    listener: TcpListener,
    health: Health,
    metrics: Option<Metrics>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let router = Router::new()
        .route("/health/live", get(|| async { StatusCode::OK }))
        .route("/health/ready", get(move || async move { health.status() }))
        .route(
            "/metrics",
            get(move || async move { metrics.map(|render| render()).unwrap_or_default() }),
        );
    axum::serve(listener, router)
        .with_graceful_shutdown(stop.cancelled_owned())
        .await
        .context("the HTTP server of the operator failed")
}
