//! Loaders: one SQL statement for all entities of a request.

use async_graphql::dataloader::{DataLoader, NoCache};
use futures_util::future::BoxFuture;
use tracing::Instrument as _;

use crate::deadline;

/// Wraps a loader. It lives as long as the request, so it may hold the caller
/// and needs no cache.
pub fn loader<L>(loader: L) -> DataLoader<L, NoCache>
where
    L: Send + Sync + 'static,
{
    #[expect(clippy::disallowed_methods, reason = "a batch ends with its request")]
    let spawn = tokio::spawn::<BoxFuture<'static, ()>>;
    DataLoader::new(loader, move |future: BoxFuture<'static, ()>| {
        // A batch is part of its request: it ends as early, and stands in its trace.
        let future = future.instrument(tracing::Span::current());
        match deadline::current() {
            Some(until) => spawn(Box::pin(deadline::within(until, future))),
            None => spawn(Box::pin(future)),
        };
    })
    .delay(std::time::Duration::ZERO)
}
