//! One gRPC server per service: its subgraph, its domain calls, its health.

use std::{future::Future, time::Duration};

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tonic::{
    Response, Status,
    service::Routes,
    transport::{Server, server::TcpIncoming},
};

use crate::{deadline::Deadlines, error::Error};

/// Serves until `stop` ends, then finishes what is under way.
pub async fn serve(
    routes: Routes,
    listener: TcpListener,
    request_limit: Duration,
    stop: impl Future<Output = ()> + Send,
) -> Result<()> {
    // The builder's own setting holds only for sockets that it binds itself;
    // without it an answer of several frames waits for the peer's late ACK.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    Server::builder()
        .timeout(request_limit)
        .http2_keepalive_interval(Some(Duration::from_secs(30)))
        .max_concurrent_streams(Some(1024))
        .layer(Deadlines(request_limit))
        .add_routes(routes)
        .serve_with_incoming_shutdown(incoming, stop)
        .await
        .context("the gRPC server failed")
}

/// Turns a use case's outcome into a gRPC answer; the one place that logs it.
pub fn answer<T>(
    operation: &'static str,
    outcome: Result<T, Error>,
) -> Result<Response<T>, Status> {
    outcome.map(Response::new).map_err(|error| {
        error.log(operation);
        super::status::write(&error)
    })
}
