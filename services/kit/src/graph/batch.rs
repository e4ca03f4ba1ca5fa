//! When a batch begins: not before the resolvers of its request have come as
//! far as they can, so that each loader asks once however many keys there are.
//!
//! A task of its own would begin on another thread while the resolvers still
//! add keys. Batches therefore run within their request's task, after it.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures_util::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use tracing::Instrument as _;

use crate::deadline;

type Batch = BoxFuture<'static, ()>;

#[derive(Clone, Default)]
struct Waiting(Arc<Mutex<Vec<Batch>>>);

tokio::task_local! {
    static WAITING: Waiting;
}

impl Waiting {
    fn take(&self) -> Vec<Batch> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Batch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a batch with the request that asks for it; outside of
/// [`with_batches`], as a task of its own.
pub(super) fn begin(batch: Batch) {
    let mut batch = Some(batch);
    let _ = WAITING.try_with(|waiting| waiting.lock().extend(batch.take()));
    let Some(alone) = batch else { return };
    // Still part of its request: it ends as early, and stands in its trace.
    let alone = alone.instrument(tracing::Span::current());
    let alone: Batch = match deadline::current() {
        Some(until) => Box::pin(deadline::within(until, alone)),
        None => Box::pin(alone),
    };
    #[expect(clippy::disallowed_methods, reason = "a batch ends with its request")]
    tokio::spawn(alone);
}

/// Notes whether a poll has woken its own task: a long list of resolvers does
/// so to be fair to others, and has more to do.
struct Woken {
    task: Waker,
    woken: AtomicBool,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        self.task.wake_by_ref();
    }
}

/// Runs a request and its batches; what is left of these ends with it.
pub async fn with_batches<F: Future>(request: F) -> F::Output {
    let waiting = Waiting::default();
    let mut request = pin!(WAITING.scope(waiting.clone(), request));
    let mut running = FuturesUnordered::new();
    poll_fn(|context| {
        loop {
            let noted = Arc::new(Woken {
                task: context.waker().clone(),
                woken: AtomicBool::new(false),
            });
            let waker = Waker::from(Arc::clone(&noted));
            let polled = request.as_mut().poll(&mut Context::from_waker(&waker));
            if let Poll::Ready(answer) = polled {
                return Poll::Ready(answer);
            }
            if !noted.woken.load(Ordering::SeqCst) {
                // It can go no further: now its batches are complete.
                running.extend(waiting.take());
            }
            match running.poll_next_unpin(context) {
                // Somebody has what they waited for.
                Poll::Ready(Some(())) => {}
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use async_graphql::dataloader::Loader;
    use futures_util::future::join_all;

    use super::*;

    /// Notes how many keys each batch had.
    #[derive(Clone, Default)]
    struct Sizes(Arc<Mutex<Vec<usize>>>);

    impl Loader<u32> for Sizes {
        type Value = u32;
        type Error = ();

        async fn load(&self, keys: &[u32]) -> Result<HashMap<u32, u32>, ()> {
            self.0.lock().unwrap().push(keys.len());
            tokio::task::yield_now().await;
            Ok(keys.iter().map(|key| (*key, key + 1000)).collect())
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn each_level_of_a_request_is_one_batch() {
        for _ in 0..50 {
            let sizes = Sizes::default();
            let loader = crate::graph::loader(sizes.clone());
            let twice = |key: u32| {
                let loader = &loader;
                async move {
                    // A resolver works before it asks.
                    std::hint::black_box((0..2000).sum::<u64>());
                    let first = loader.load_one(key).await.unwrap().unwrap();
                    loader.load_one(first).await.unwrap().unwrap()
                }
            };
            // Lists within lists wake themselves after a few of their items.
            let rows = (0..20).map(|row| join_all((0..40).map(move |at| row * 40 + at).map(twice)));
            let found = with_batches(join_all(rows)).await;
            assert_eq!(found[0][7], 2007);
            assert_eq!(*sizes.0.lock().unwrap(), [800, 800]);
        }
    }
}
