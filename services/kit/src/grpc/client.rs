//! Calls to other services, on behalf of the caller: the caller's own token
//! and deadline travel along.

use std::{
    io::{Error, ErrorKind},
    time::Duration,
};

use anyhow::Context;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tonic::{
    Request, Status,
    transport::{Endpoint, Uri},
};

use super::{Resending, status};
use crate::{auth::Caller, error::Result, lifecycle::pause};

/// Pauses between attempts at a connection that is refused.
const AGAIN: [Duration; 3] = [
    Duration::from_millis(5),
    Duration::from_millis(20),
    Duration::from_millis(80),
];

/// Opens a connection. One that is refused carried nothing, so it is tried
/// again, for writes as well: behind the address of a Service the next attempt
/// reaches another pod than the one that has just gone.
async fn connect(uri: Uri) -> std::io::Result<TokioIo<TcpStream>> {
    let host = uri
        .host()
        .ok_or_else(|| Error::new(ErrorKind::InvalidInput, "an address without a host"))?;
    // An IPv6 address stands in brackets in a URI, and nowhere else.
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = uri.port_u16().unwrap_or(80);
    let mut pauses = AGAIN.into_iter();
    loop {
        match TcpStream::connect((host, port)).await {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(TokioIo::new(stream));
            }
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                let Some(wait) = pauses.next() else {
                    return Err(error);
                };
                pause(&CancellationToken::new(), wait).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Another service.
#[derive(Clone, Debug)]
pub struct Peer {
    channel: Resending,
}

impl Peer {
    /// Connects lazily: a peer that is down makes its calls fail, not our start.
    pub fn new(address: &str) -> anyhow::Result<Self> {
        let endpoint = Endpoint::from_shared(address.to_owned())
            .with_context(|| format!("{address} is no gRPC address"))?
            .connect_timeout(Duration::from_secs(2))
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_while_idle(true);
        Ok(Self {
            channel: Resending::new(
                endpoint.connect_with_connector_lazy(tower::service_fn(connect)),
            ),
        })
    }

    /// The channel that generated clients take.
    pub fn channel(&self) -> Resending {
        self.channel.clone()
    }

    /// A request in the caller's name.
    pub fn request<T>(caller: &Caller, message: T) -> Result<Request<T>> {
        let mut request = Request::new(message);
        caller.write_metadata(request.metadata_mut());
        request.set_timeout(caller.remaining());
        Ok(request)
    }

    /// Reads once, and once more where the first try did not reach the peer, or
    /// the connection broke before its answer. Only for reads: a repeated read
    /// changes nothing.
    pub async fn read<T, F, Fut>(attempt: F) -> Result<T>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<tonic::Response<T>, Status>>,
    {
        match attempt().await {
            Err(status) if status::is_lost(&status) => Ok(attempt().await?.into_inner()),
            other => Ok(other?.into_inner()),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::poll;
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_refused_connection_is_tried_again() {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let uri: Uri = format!("http://{address}").parse().unwrap();
        let mut connecting = Box::pin(connect(uri.clone()));
        // Nobody is there yet.
        assert!(poll!(&mut connecting).is_pending());
        let next = TcpListener::bind(address).await.unwrap();
        connecting.await.unwrap();
        drop(next);
        let error = connect(uri).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused, "not for ever");
    }
}
