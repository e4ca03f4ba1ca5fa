//! A way whose owner allows less time than the request has.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{future::BoxFuture, stream::BoxStream};
use kernel::Kind;

use super::{Answer, SubgraphRequest, SubgraphTransport, TransportError};
use crate::context::RequestContext;

/// Bounds each answer; a subscription is bounded by its client.
pub struct BoundedTransport {
    inner: Arc<dyn SubgraphTransport>,
    limit: Duration,
}

impl BoundedTransport {
    pub fn new(inner: Arc<dyn SubgraphTransport>, limit: Duration) -> Self {
        Self { inner, limit }
    }
}

impl SubgraphTransport for BoundedTransport {
    fn execute<'a>(
        &'a self,
        request: SubgraphRequest<'a>,
        context: &'a RequestContext,
    ) -> BoxFuture<'a, Answer> {
        if context.remaining() <= self.limit {
            return self.inner.execute(request, context);
        }
        Box::pin(async move {
            // The subgraph is told the shorter deadline as well.
            let mut context = context.clone();
            context.deadline = Instant::now() + self.limit;
            let answer = tokio::time::timeout(self.limit, self.inner.execute(request, &context));
            answer.await.unwrap_or_else(|_| {
                let detail = format!(
                    "no answer within the timeout of the subgraph, {:?}",
                    self.limit
                );
                Err(TransportError::new(Kind::Timeout, detail))
            })
        })
    }

    fn subscribe<'a>(
        &'a self,
        request: SubgraphRequest<'a>,
        context: &'a RequestContext,
    ) -> BoxFuture<'a, Result<BoxStream<'static, Answer>, TransportError>> {
        self.inner.subscribe(request, context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::MemoryTransport;

    #[tokio::test]
    async fn an_answer_that_is_late_is_a_timeout_though_the_request_has_time() {
        let never = MemoryTransport::new(|_, _, _| Box::pin(std::future::pending()));
        let way = BoundedTransport::new(Arc::new(never), Duration::from_millis(1));
        let headers = http::HeaderMap::new();
        let context = RequestContext::new(&headers, Duration::from_secs(30), String::new);
        let request = SubgraphRequest {
            query: "{a}",
            variables: bytes::Bytes::new(),
        };
        let error = way.execute(request, &context).await.unwrap_err();
        assert_eq!(error.kind, Kind::Timeout);
    }

    #[tokio::test]
    async fn the_subgraph_is_told_the_shorter_deadline() {
        let way = MemoryTransport::new(|_, _, context: RequestContext| {
            Box::pin(async move {
                assert!(context.remaining() <= Duration::from_secs(3));
                Ok(bytes::Bytes::from_static(b"{}"))
            })
        });
        let way = BoundedTransport::new(Arc::new(way), Duration::from_secs(3));
        let headers = http::HeaderMap::new();
        let context = RequestContext::new(&headers, Duration::from_secs(30), String::new);
        let request = SubgraphRequest {
            query: "{a}",
            variables: bytes::Bytes::new(),
        };
        assert!(way.execute(request, &context).await.is_ok());
    }
}
