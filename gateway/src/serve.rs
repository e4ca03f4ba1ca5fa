//! From a listener to a drained process.

use std::{future::Future, time::Duration};

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    config::Config,
    gateway::{Gateway, Parts},
    http::router,
};

/// The pause between attempts to get a first supergraph.
const FIRST_RETRY: Duration = Duration::from_millis(500);

/// Builds a gateway and serves it until `shutdown`.
pub async fn run(
    config: Config,
    parts: Parts,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    let gateway = Gateway::new(config, parts).map_err(anyhow::Error::new)?;
    serve(gateway, listener, shutdown).await
}

/// Serves until `shutdown`, then drains: readiness goes false, after the drain
/// delay the listener closes, what is in flight ends.
pub async fn serve(
    gateway: Gateway,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    let closing = CancellationToken::new();
    let delay = Duration::from_millis(gateway.config().http.drain_millis);
    let server = axum::serve(listener, router(gateway.clone()))
        .with_graceful_shutdown(closing.clone().cancelled_owned());
    let stop = async {
        shutdown.await;
        gateway.drain();
        tracing::info!(?delay, "draining");
        pause(delay, &CancellationToken::new()).await;
        closing.cancel();
    };
    // A server that fails must end the others too.
    let server = async {
        let ended = server.into_future().await;
        closing.cancel();
        ended
    };
    let all = async { tokio::join!(server, watch(&gateway, &closing)).0 };
    tokio::pin!(all, stop);
    tokio::select! {
        ended = &mut all => ended,
        () = &mut stop => all.await,
    }
    .context("the HTTP server of the gateway failed")
}

/// Keeps the supergraph fresh: on a timer, and at once on SIGHUP.
async fn watch(gateway: &Gateway, closing: &CancellationToken) {
    let period = Duration::from_secs(gateway.config().features.refresh_seconds.max(1));
    let mut hangup = hangup();
    loop {
        let refreshed = gateway.refresh().await;
        metrics::gauge!("gateway.composition.failed").set(f64::from(u8::from(refreshed.is_err())));
        match refreshed {
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "no fresh supergraph");
                gateway.fall_back().await;
            }
        }
        let wait = if gateway.generation().is_some() {
            period
        } else {
            FIRST_RETRY
        };
        tokio::select! {
            () = pause(wait, closing) => {}
            () = next(&mut hangup) => tracing::info!("asked to look at the supergraph"),
        }
        if closing.is_cancelled() {
            return;
        }
    }
}

/// Waits, but not beyond the stop.
async fn pause(span: Duration, stop: &CancellationToken) {
    // The result only says which of the two it was.
    let _ = tokio::time::timeout(span, stop.cancelled()).await;
}

#[cfg(unix)]
type Hangup = Option<tokio::signal::unix::Signal>;
#[cfg(not(unix))]
type Hangup = Option<()>;

#[cfg(unix)]
fn hangup() -> Hangup {
    let signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup());
    signal
        .inspect_err(|error| tracing::warn!(%error, "cannot listen for SIGHUP"))
        .ok()
}

#[cfg(not(unix))]
const fn hangup() -> Hangup {
    None
}

#[cfg(unix)]
async fn next(hangup: &mut Hangup) {
    match hangup {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn next(_: &mut Hangup) {
    std::future::pending().await
}
