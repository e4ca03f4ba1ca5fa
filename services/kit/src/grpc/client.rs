//! Calls to other services, on behalf of the caller: the caller's own token
//! and deadline travel along.

use std::time::Duration;

use anyhow::Context;
use tonic::{
    Request, Status,
    transport::{Channel, Endpoint},
};

use crate::{auth::Caller, error::Result};

/// Another service.
#[derive(Clone, Debug)]
pub struct Peer {
    channel: Channel,
}

impl Peer {
    /// Connects lazily: a peer that is down makes its calls fail, not our start.
    pub fn new(address: &str) -> anyhow::Result<Self> {
        let endpoint = Endpoint::from_shared(address.to_owned())
            .with_context(|| format!("{address} is no gRPC address"))?
            .connect_timeout(Duration::from_secs(2))
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_while_idle(true)
            .tcp_nodelay(true);
        Ok(Self {
            channel: endpoint.connect_lazy(),
        })
    }

    /// The channel that generated clients take.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// A request in the caller's name.
    pub fn request<T>(caller: &Caller, message: T) -> Result<Request<T>> {
        let mut request = Request::new(message);
        caller.write_metadata(request.metadata_mut());
        request.set_timeout(caller.remaining());
        Ok(request)
    }

    /// Reads once, and once more where the first try did not reach the peer.
    /// Only for reads: a repeated read changes nothing.
    pub async fn read<T, F, Fut>(attempt: F) -> Result<T>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<tonic::Response<T>, Status>>,
    {
        match attempt().await {
            Err(status) if status.code() == tonic::Code::Unavailable => {
                Ok(attempt().await?.into_inner())
            }
            other => Ok(other?.into_inner()),
        }
    }
}
