//! Calls that a closing connection did not take are sent over the next one.
//!
//! A server that closes a connection, because it is old or its process stops,
//! names the last call it took (HTTP/2 `GOAWAY`). What was sent after that one
//! was never looked at, so it is sent again, a write as well.

use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use proto::again::Again;
use tonic::{body::Body, transport::Channel};
use tower::{BoxError, Service, ServiceExt as _};

/// A channel that sends again what was not taken.
#[derive(Clone, Debug)]
pub struct Resending(Channel);

impl Resending {
    /// Around a channel.
    pub const fn new(channel: Channel) -> Self {
        Self(channel)
    }
}

impl Service<Request<Body>> for Resending {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        // Each attempt waits for the channel itself.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let mut channel = self.0.clone();
        Box::pin(async move {
            // A call of ours is one message, which is in memory anyhow.
            let (head, body) = request.into_parts();
            let message: Bytes = body.collect().await?.to_bytes();
            let request = Request::from_parts(head, message);
            let mut again = Again::new();
            loop {
                let request = request.clone().map(|message| Body::new(Full::new(message)));
                match channel.ready().await?.call(request).await {
                    Err(error) if again.permits(&error) => {}
                    answer => return Ok(answer?),
                }
            }
        })
    }
}
