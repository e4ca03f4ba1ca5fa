//! Identical reads under way are asked once. Two reads are identical only where
//! document, variables, and every header that a subgraph may look at are the
//! same, the caller's token included: nobody ever gets what was asked for
//! somebody else.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared, WeakShared},
};
use http::HeaderValue;

use crate::{
    context::{FORWARDED, RequestContext},
    transport::Answer,
};

/// Headers that name a request but change no answer.
pub(crate) const IMMATERIAL: [&str; 3] = ["x-request-id", "traceparent", "tracestate"];

/// A read under way. Whoever holds one drives it on, so it ends although the
/// one who began it has gone.
pub type Reading = Shared<BoxFuture<'static, Answer>>;

/// What makes two reads identical.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct ReadKey {
    query: Box<str>,
    variables: Bytes,
    /// In the order of [`FORWARDED`].
    headers: Vec<Option<HeaderValue>>,
    /// How many writes had ended: a read that began before a write ended is
    /// nothing for a caller who may know of that write.
    writes: u64,
}

impl ReadKey {
    pub fn new(query: &str, variables: Bytes, context: &RequestContext, writes: u64) -> Self {
        let material = FORWARDED
            .into_iter()
            .filter(|name| !IMMATERIAL.contains(name));
        Self {
            query: query.into(),
            variables,
            headers: material
                .map(|name| context.headers.get(name).cloned())
                .collect(),
            writes,
        }
    }
}

#[derive(Debug, Default)]
struct Open {
    by_key: HashMap<Arc<ReadKey>, (u64, WeakShared<BoxFuture<'static, Answer>>)>,
    begun: u64,
}

/// The reads of one subgraph that are under way.
#[derive(Debug, Default)]
pub struct Reads(Mutex<Open>);

/// Takes a read off the list when it has ended or everyone has gone.
struct Entry {
    reads: Arc<Reads>,
    key: Arc<ReadKey>,
    number: u64,
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut open = self.reads.open();
        let ours = |known: &(u64, _)| known.0 == self.number;
        if open.by_key.get(&self.key).is_some_and(ours) {
            open.by_key.remove(&self.key);
        }
    }
}

impl Reads {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many are under way.
    pub fn count(&self) -> usize {
        self.open().by_key.len()
    }

    /// Joins the identical read under way, or begins it; answers whether it was
    /// joined.
    pub fn join(
        self: &Arc<Self>,
        key: ReadKey,
        begin: impl FnOnce() -> BoxFuture<'static, Answer>,
    ) -> (Reading, bool) {
        let key = Arc::new(key);
        let mut open = self.open();
        if let Some(reading) = open.by_key.get(&key).and_then(|(_, weak)| weak.upgrade()) {
            return (reading, true);
        }
        open.begun += 1;
        let number = open.begun;
        let entry = Entry {
            reads: Arc::clone(self),
            key: Arc::clone(&key),
            number,
        };
        let work = begin();
        let reading = async move {
            let _entry = entry;
            work.await
        }
        .boxed()
        .shared();
        if let Some(weak) = reading.downgrade() {
            open.by_key.insert(key, (number, weak));
        }
        (reading, false)
    }
}
