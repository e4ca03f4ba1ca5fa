//! How often PostgreSQL is asked: each reading use case and each transaction has
//! a span, and these are counted.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tracing::{
    Event, Metadata, Subscriber,
    span::{Attributes, Id, Record},
};

#[derive(Clone, Default)]
struct Reads(Arc<AtomicUsize>);

impl Subscriber for Reads {
    fn enabled(&self, of: &Metadata<'_>) -> bool {
        matches!(of.name(), "db.read" | "db.transaction")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(self.0.fetch_add(1, Ordering::SeqCst) as u64 + 1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// What a request answers, and how often PostgreSQL was asked for it. The test
/// has one thread, so all that the request does is seen.
pub async fn counted<T>(request: impl Future<Output = T>) -> (T, usize) {
    let reads = Reads::default();
    let seen = tracing::subscriber::set_default(reads.clone());
    let answer = request.await;
    drop(seen);
    (answer, reads.0.load(Ordering::SeqCst))
}
