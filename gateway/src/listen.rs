//! The listener. It bounds what a connection costs before there is a request:
//! how many there are, and how long one may take to say what it wants.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::ConnectInfo};
use http::Request;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::{config::Limits, patience::Patience};

/// The pause after the system could not give another connection.
const EXHAUSTED: Duration = Duration::from_secs(1);

/// Serves until `closing`, and then until what is in flight has ended.
pub async fn listen(
    listener: TcpListener,
    app: Router,
    limits: &Limits,
    closing: &CancellationToken,
) -> io::Result<()> {
    let patience = Duration::from_millis(limits.header_millis);
    let write_within = Duration::from_millis(limits.write_millis);
    let mut connections = JoinSet::new();
    while !closing.is_cancelled() {
        // Where there are too many, whoever comes waits in the system's queue.
        let has_room = connections.len() < limits.connections;
        tokio::select! {
            () = closing.cancelled() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept(), if has_room => match accepted {
                Ok((stream, peer)) => {
                    // Answers are written whole: nothing is gained by waiting for more.
                    let _ = stream.set_nodelay(true);
                    let stream = Patience::new(stream, write_within);
                    let closing = closing.clone();
                    connections.spawn(connection(stream, peer, app.clone(), patience, closing));
                }
                Err(error) if is_of_the_client(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "no connection can be accepted");
                    wait(EXHAUSTED, closing).await;
                }
            },
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
    Ok(())
}

async fn connection(
    stream: Patience<TcpStream>,
    peer: SocketAddr,
    app: Router,
    patience: Duration,
    closing: CancellationToken,
) {
    let asked = Arc::new(AtomicBool::new(false));
    let has_asked = Arc::clone(&asked);
    let service = app.map_request(move |mut request: Request<Incoming>| {
        has_asked.store(true, Ordering::Relaxed);
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(patience);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(patience))
        .keep_alive_timeout(patience);
    let serving = builder
        .serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service));
    tokio::pin!(serving);
    // The limit for headers counts once the version of HTTP is known; until
    // then, this one does.
    let silence = wait(patience, &closing);
    tokio::pin!(silence);
    let mut waiting = true;
    loop {
        tokio::select! {
            outcome = &mut serving => {
                if let Err(error) = outcome {
                    tracing::debug!(error, "a connection broke off");
                }
                return;
            }
            () = &mut silence, if waiting => {
                waiting = false;
                if closing.is_cancelled() {
                    serving.as_mut().graceful_shutdown();
                } else if !asked.load(Ordering::Relaxed) {
                    return;
                }
            }
            () = closing.cancelled(), if !waiting => {
                serving.as_mut().graceful_shutdown();
                break;
            }
        }
    }
    let _ = serving.await;
}

fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// Waits, but not beyond the stop.
async fn wait(span: Duration, stop: &CancellationToken) {
    // The result only says which of the two it was.
    let _ = tokio::time::timeout(span, stop.cancelled()).await;
}
