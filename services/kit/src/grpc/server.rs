//! One gRPC server per service: its subgraph, its domain calls, its health.

use std::{future::Future, time::Duration};

use anyhow::{Context, Result};
use rand::{TryRngCore as _, rngs::OsRng};
use tokio::net::TcpListener;
use tonic::{
    Response, Status,
    service::Routes,
    transport::{Server, server::TcpIncoming},
};

use crate::{deadline::Deadlines, error::Error};

/// What bounds requests and connections.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest a request may take.
    pub request: Duration,
    /// How old a connection becomes before its client is asked to open another
    /// one, about; none keeps it for good. A client holds on to one connection,
    /// and so to one pod: without an end a new replica would get no calls.
    pub connection_age: Option<Duration>,
}

impl Limits {
    /// Only requests are bounded.
    pub const fn of_requests(request: Duration) -> Self {
        Self {
            request,
            connection_age: None,
        }
    }
}

/// Serves until `stop` ends, then finishes what is under way.
///
/// A connection that is old enough takes no new calls; those under way end by
/// themselves, a call by its deadline and a subscription when its client goes.
pub async fn serve(
    routes: Routes,
    listener: TcpListener,
    limits: Limits,
    stop: impl Future<Output = ()> + Send,
) -> Result<()> {
    // The builder's own setting holds only for sockets that it binds itself;
    // without it an answer of several frames waits for the peer's late ACK.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let mut server = Server::builder();
    if let Some(age) = limits.connection_age {
        server = server.max_connection_age(spread(age, OsRng.try_next_u32().unwrap_or_default()));
    }
    server
        .timeout(limits.request)
        .http2_keepalive_interval(Some(Duration::from_secs(30)))
        .max_concurrent_streams(Some(1024))
        .layer(Deadlines(limits.request))
        .add_routes(routes)
        .serve_with_incoming_shutdown(incoming, stop)
        .await
        .context("the gRPC server failed")
}

/// Between nine and eleven tenths of `age`: processes that began together do
/// not lose all their connections together.
fn spread(age: Duration, random: u32) -> Duration {
    age.mul_f64(0.9 + 0.2 * f64::from(random) / f64::from(u32::MAX))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_of_connections_differs_by_a_tenth() {
        let age = Duration::from_mins(5);
        assert_eq!(spread(age, 0), Duration::from_secs(270));
        assert_eq!(spread(age, u32::MAX), Duration::from_secs(330));
        assert!(spread(age, 1 << 31).abs_diff(age) < Duration::from_secs(1));
    }
}
