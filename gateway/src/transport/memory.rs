//! A subgraph within the process: tests, benchmarks and single-process use.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::{Answer, SubgraphRequest, SubgraphTransport};
use crate::context::RequestContext;

type Handler =
    dyn Fn(String, Bytes, RequestContext) -> BoxFuture<'static, Answer> + Send + Sync + 'static;

/// Calls a function instead of a server.
#[derive(Clone)]
pub struct MemoryTransport {
    handler: Arc<Handler>,
}

impl MemoryTransport {
    /// `handler` gets the document, the variables as JSON and the context.
    pub fn new<F>(handler: F) -> Self
    where
        F: Fn(String, Bytes, RequestContext) -> BoxFuture<'static, Answer> + Send + Sync + 'static,
    {
        Self {
            handler: Arc::new(handler),
        }
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
}
