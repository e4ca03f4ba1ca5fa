//! Loaders: one SQL statement for all entities of a request.

use async_graphql::dataloader::{DataLoader, NoCache};

/// Wraps a loader. It lives as long as the request, so it may hold the caller
/// and needs no cache.
pub fn loader<L>(loader: L) -> DataLoader<L, NoCache>
where
    L: Send + Sync + 'static,
{
    DataLoader::new(loader, super::batch::begin).delay(std::time::Duration::ZERO)
}
