//! Until when the request lasts that a task works on. It is known from the
//! request itself to the last statement, without being handed down through
//! every call: reads take it from here.

use std::{
    future::Future,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tokio::task::futures::TaskLocalFuture;
use tower::{Layer, Service};

use crate::auth::timeout_of;

/// For work that no request brought.
pub const UNBOUNDED: Duration = Duration::from_secs(30);

tokio::task_local! {
    static UNTIL: Instant;
}

/// The deadline of the present request, where there is one.
pub fn current() -> Option<Instant> {
    UNTIL.try_with(|until| *until).ok()
}

/// How long the present request may still take; zero once that is over.
pub fn remaining() -> Duration {
    current().map_or(UNBOUNDED, |until| {
        until.saturating_duration_since(Instant::now())
    })
}

/// Runs `future` as part of a request that lasts until then.
pub fn within<F: Future>(until: Instant, future: F) -> TaskLocalFuture<Instant, F> {
    UNTIL.scope(until, future)
}

/// Gives every request of a gRPC server its deadline: the caller's
/// `grpc-timeout`, at most the limit of the server.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines(pub Duration);

impl<S> Layer<S> for Deadlines {
    type Service = Bounded<S>;

    fn layer(&self, inner: S) -> Bounded<S> {
        Bounded {
            inner,
            limit: self.0,
        }
    }
}

/// A server whose requests know their deadline.
#[derive(Clone, Debug)]
pub struct Bounded<S> {
    inner: S,
    limit: Duration,
}

impl<S, B> Service<http::Request<B>> for Bounded<S>
where
    S: Service<http::Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = TaskLocalFuture<Instant, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let asked = timeout_of(request.headers()).unwrap_or(self.limit);
        let until = Instant::now() + asked.min(self.limit);
        within(until, self.inner.call(request))
    }
}

#[cfg(test)]
mod tests {
    use tower::ServiceExt as _;

    use super::*;

    async fn seen(timeout: Option<&str>) -> Duration {
        let inner = tower::service_fn(|_: http::Request<()>| async {
            Ok::<_, std::convert::Infallible>(remaining())
        });
        let service = Deadlines(Duration::from_secs(20)).layer(inner);
        let mut request = http::Request::new(());
        if let Some(timeout) = timeout {
            let value = timeout.parse().unwrap();
            request.headers_mut().insert("grpc-timeout", value);
        }
        service.oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn a_request_lasts_as_long_as_its_caller_waits_and_no_longer_than_the_limit() {
        let second = Duration::from_secs(1);
        let near = |found: Duration, most: Duration| found <= most && found + second > most;
        assert!(near(seen(Some("7S")).await, 7 * second));
        assert!(near(seen(Some("1H")).await, 20 * second));
        assert!(near(seen(None).await, 20 * second));
        assert!(near(seen(Some("soon")).await, 20 * second));
        assert_eq!(seen(Some("0m")).await, Duration::ZERO);
        assert_eq!(remaining(), UNBOUNDED, "outside of any request");
    }
}
