//! A subgraph within the process: tests, benchmarks and single-process use.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use futures_util::{future::BoxFuture, stream::BoxStream};
use kernel::Kind;

use super::{Answer, SubgraphRequest, SubgraphTransport, TransportError};
use crate::context::RequestContext;

type Handler =
    dyn Fn(String, Bytes, RequestContext) -> BoxFuture<'static, Answer> + Send + Sync + 'static;

type Subscriber =
    dyn Fn(String, Bytes, RequestContext) -> BoxStream<'static, Answer> + Send + Sync + 'static;

/// Calls a function instead of a server.
#[derive(Clone)]
pub struct MemoryTransport {
    handler: Arc<Handler>,
    subscriber: Option<Arc<Subscriber>>,
}

impl MemoryTransport {
    /// `handler` gets the document, the variables as JSON and the context.
    pub fn new<F>(handler: F) -> Self
    where
        F: Fn(String, Bytes, RequestContext) -> BoxFuture<'static, Answer> + Send + Sync + 'static,
    {
        Self {
            handler: Arc::new(handler),
            subscriber: None,
        }
    }

    /// With a function for subscriptions as well.
    #[must_use]
    pub fn streaming<F>(mut self, subscriber: F) -> Self
    where
        F: Fn(String, Bytes, RequestContext) -> BoxStream<'static, Answer> + Send + Sync + 'static,
    {
        self.subscriber = Some(Arc::new(subscriber));
        self
    }
}

impl fmt::Debug for MemoryTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MemoryTransport")
    }
}

impl SubgraphTransport for MemoryTransport {
    fn execute<'a>(
        &'a self,
        request: SubgraphRequest<'a>,
        context: &'a RequestContext,
    ) -> BoxFuture<'a, Answer> {
        (self.handler)(request.query.to_owned(), request.variables, context.clone())
    }

    fn subscribe<'a>(
        &'a self,
        request: SubgraphRequest<'a>,
        context: &'a RequestContext,
    ) -> BoxFuture<'a, Result<BoxStream<'static, Answer>, TransportError>> {
        let opened = match &self.subscriber {
            Some(subscriber) => Ok(subscriber(
                request.query.to_owned(),
                request.variables,
                context.clone(),
            )),
            None => Err(TransportError::new(
                Kind::Refused,
                "this subgraph has no subscriptions",
            )),
        };
        Box::pin(std::future::ready(opened))
    }
}
