//! From a listener to a drained process.

use std::{future::Future, time::Duration};

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    cache,
    config::{CachedSubgraph, Config},
    gateway::{Gateway, Parts},
    http::router,
    listen::listen,
};

/// The pause between attempts to get a first supergraph.
const FIRST_RETRY: Duration = Duration::from_millis(500);

/// How long WebSockets may take to close at the stop.
const GOODBYE: Duration = Duration::from_secs(5);

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
    let app = router(gateway.clone());
    let stop = async {
        shutdown.await;
        gateway.drain();
        tracing::info!(?delay, "draining");
        pause(delay, &CancellationToken::new()).await;
        // The listener waits for streams that go on, so they are ended first.
        gateway.streams().close();
        closing.cancel();
    };
    // A server that fails must end the others too.
    let server = async {
        let ended = listen(listener, app, &gateway.config().limits, &closing).await;
        closing.cancel();
        ended
    };
    let watching = watch(&gateway, &closing);
    let all = async { tokio::join!(server, watching, follow(&gateway, &closing)).0 };
    tokio::pin!(all, stop);
    let ended = tokio::select! {
        ended = &mut all => ended,
        () = &mut stop => all.await,
    };
    gateway.streams().ended(GOODBYE).await;
    ended.context("the HTTP server of the gateway failed")
}

/// Keeps the supergraph fresh: on a timer, and at once on SIGHUP.
async fn watch(gateway: &Gateway, closing: &CancellationToken) {
    let period = Duration::from_secs(gateway.config().features.refresh_seconds.max(1));
    let mut hangup = hangup();
    // What is wrong is said once, however often it is found: the gauge says that it still is.
    let mut wrong = None;
    loop {
        let refreshed = gateway.refresh().await;
        metrics::gauge!("gateway.composition.failed").set(f64::from(u8::from(refreshed.is_err())));
        match refreshed {
            Ok(_) if wrong.take().is_some() => tracing::info!("the supergraph is fresh again"),
            Ok(_) => {}
            Err(error) => {
                let found = error.to_string();
                if wrong.as_ref() != Some(&found) {
                    tracing::warn!(error = found, "no fresh supergraph");
                    wrong = Some(found);
                }
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

/// Follows the events that end kept answers.
async fn follow(gateway: &Gateway, closing: &CancellationToken) {
    let config = gateway.config();
    let followed = |of: &CachedSubgraph| of.events.is_some();
    if !config.cache.subgraphs.values().any(followed) {
        return;
    }
    let Some(url) = &config.redis.url else {
        tracing::warn!("no answer of a subgraph with events is kept: redis.url is not set");
        return;
    };
    let answers = gateway.peers().answers();
    loop {
        tokio::select! {
            () = closing.cancelled() => return,
            outcome = cache::follow(answers, url) => if let Err(error) = outcome {
                tracing::warn!(%error, "the events of subgraphs cannot be followed; nothing kept is given");
            },
        }
        pause(FIRST_RETRY, closing).await;
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
