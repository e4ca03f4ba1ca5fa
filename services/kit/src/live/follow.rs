//! A watched thing as the stream that a subscription answers.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{Stream, StreamExt as _, stream, stream::BoxStream};

use super::Watch;
use crate::error::Result;

/// The thing as it is now, and again after each change. An error is the last
/// item.
pub struct Following<T>(BoxStream<'static, Result<T>>);

impl<T: 'static> Following<T> {
    /// Turns each into what the edge shows.
    pub fn each<U: 'static>(self, turn: impl FnMut(T) -> U + Send + 'static) -> Following<U> {
        let mut turn = turn;
        Following(self.0.map(move |item| item.map(&mut turn)).boxed())
    }
}

impl<T> Stream for Following<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

/// Reads at once and after each change; `read` decides each time anew whether
/// the caller may. Changes that come while it reads are read for as well, so
/// a state may be shown twice and none is passed over.
pub fn follow<T, R, F>(watch: Watch, read: R) -> Following<T>
where
    T: Send + 'static,
    R: Fn() -> F + Send + Sync + 'static,
    F: Future<Output = Result<T>> + Send,
{
    struct State<R> {
        watch: Watch,
        read: R,
        first: bool,
    }
    let state = State {
        watch,
        read,
        first: true,
    };
    let stream = stream::unfold(Some(state), |state| async move {
        let mut state = state?;
        let changed = if std::mem::take(&mut state.first) {
            Ok(())
        } else {
            state.watch.changed().await
        };
        let item = match changed {
            Ok(()) => (state.read)().await,
            Err(error) => Err(error),
        };
        let next = item.is_ok().then_some(state);
        Some((item, next))
    });
    Following(stream.boxed())
}
