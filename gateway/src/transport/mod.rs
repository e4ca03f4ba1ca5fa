//! How an operation reaches a subgraph: gRPC, HTTP or within the process.

mod bounded;
mod channels;
mod grpc;
mod http;
mod memory;
mod sse;
mod tls;

use bytes::Bytes;
use futures_util::{future::BoxFuture, stream::BoxStream};
use kernel::Kind;

pub use self::{
    bounded::BoundedTransport, grpc::GrpcTransport, http::HttpTransport, memory::MemoryTransport,
    tls::Trust,
};
use crate::{context::RequestContext, error::Message};

/// One operation for a subgraph.
#[derive(Clone, Debug)]
pub struct SubgraphRequest<'a> {
    pub query: &'a str,
    /// A JSON object; empty means none.
    pub variables: Bytes,
}

/// Why a subgraph did not answer. The text is for the log only: it may hold an
/// address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {detail}")]
pub struct TransportError {
    pub kind: Kind,
    /// The subgraph's own reason, where it gave one.
    pub reason: Option<String>,
    /// The subgraph's sentence for the caller, where it gave one.
    pub message: Option<Message>,
    pub detail: String,
    /// Whether the operation certainly did not begin.
    pub not_started: bool,
}

impl TransportError {
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            reason: None,
            message: None,
            detail: detail.into(),
            not_started: false,
        }
    }
}

pub type Answer = Result<Bytes, TransportError>;

/// A way to a subgraph. Implementations keep their connections.
pub trait SubgraphTransport: Send + Sync + 'static {
    /// Runs a query or a mutation; answers the GraphQL response as JSON.
    fn execute<'a>(
        &'a self,
        request: SubgraphRequest<'a>,
        context: &'a RequestContext,
    ) -> BoxFuture<'a, Answer>;

    /// Runs a subscription; each item is one GraphQL response.
    fn subscribe<'a>(
        &'a self,
        request: SubgraphRequest<'a>,
        context: &'a RequestContext,
    ) -> BoxFuture<'a, Result<BoxStream<'static, Answer>, TransportError>> {
        let _ = (request, context);
        Box::pin(async {
            Err(TransportError::new(
                Kind::Refused,
                "this transport carries no subscriptions",
            ))
        })
    }
}
