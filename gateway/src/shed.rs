//! How many requests are served at once. The next ones wait a little, the rest
//! is turned away before anything of it is read, so that a gateway under too
//! much load still answers what it took on.

use std::time::Duration;

use kernel::{Refusal, refuse};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::config::Traffic;

/// The door.
#[derive(Debug)]
pub struct Shed {
    running: Semaphore,
    waiting: Semaphore,
    in_flight: usize,
    wait: Duration,
}

/// The right to be served; others get it when it is dropped.
#[must_use]
#[derive(Debug)]
pub struct Admitted<'s> {
    _permit: SemaphorePermit<'s>,
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        metrics::gauge!("gateway.in_flight").decrement(1.0);
    }
}

impl Shed {
    pub fn new(settings: &Traffic) -> Self {
        let most = |count: usize| count.min(Semaphore::MAX_PERMITS);
        Self {
            running: Semaphore::new(most(settings.in_flight.max(1))),
            waiting: Semaphore::new(most(settings.waiting)),
            in_flight: settings.in_flight.max(1),
            wait: settings.wait(),
        }
    }

    /// How many requests could be taken on at once.
    pub fn free(&self) -> usize {
        self.running.available_permits()
    }

    /// Takes a request on, at once or after a wait.
    pub async fn enter(&self) -> Result<Admitted<'_>, Refusal> {
        if let Ok(permit) = self.running.try_acquire() {
            return Ok(admitted(permit));
        }
        // The place in the queue is given back when the wait is over.
        let Ok(_place) = self.waiting.try_acquire() else {
            return Err(self.refuse("queue_full"));
        };
        match tokio::time::timeout(self.wait, self.running.acquire()).await {
            Ok(Ok(permit)) => Ok(admitted(permit)),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(self.refuse("waited")),
        }
    }

    fn refuse(&self, cause: &'static str) -> Refusal {
        metrics::counter!("gateway.shed", "cause" => cause).increment(1);
        let maximum = self.in_flight;
        refuse!(Unavailable, "OVERLOADED", field: "in_flight",
            zh: "系统繁忙(同时处理上限 {maximum} 个请求),请稍后再试",
            en: "too busy (at most {maximum} requests at once): try again shortly")
    }
}

fn admitted(permit: SemaphorePermit<'_>) -> Admitted<'_> {
    metrics::gauge!("gateway.in_flight").increment(1.0);
    Admitted { _permit: permit }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, poll};

    use super::*;

    fn shed(in_flight: usize, waiting: usize, wait_millis: u64) -> Shed {
        Shed::new(&Traffic {
            in_flight,
            waiting,
            wait_millis,
            ..Traffic::default()
        })
    }

    #[tokio::test]
    async fn the_next_one_waits_and_the_one_after_is_turned_away() {
        let shed = shed(1, 1, 60_000);
        let first = shed.enter().await.unwrap();
        let mut second = Box::pin(shed.enter());
        assert!(poll!(&mut second).is_pending());
        let refusal = shed.enter().now_or_never().unwrap().unwrap_err();
        assert_eq!(refusal.reason, "OVERLOADED");
        assert_eq!(refusal.field.as_deref(), Some("in_flight"));
        drop(first);
        let second = second.await.unwrap();
        assert_eq!(shed.free(), 0);
        drop(second);
        assert_eq!(shed.free(), 1);
    }

    #[tokio::test]
    async fn who_leaves_the_queue_makes_room_in_it() {
        let shed = shed(1, 1, 60_000);
        let first = shed.enter().await.unwrap();
        let mut second = Box::pin(shed.enter());
        assert!(poll!(&mut second).is_pending());
        drop(second);
        let mut third = Box::pin(shed.enter());
        assert!(poll!(&mut third).is_pending());
        drop(first);
        assert!(third.await.is_ok());
    }

    #[tokio::test]
    async fn no_wait_is_no_wait() {
        let shed = shed(1, 10, 0);
        let _first = shed.enter().await.unwrap();
        assert_eq!(shed.enter().await.unwrap_err().reason, "OVERLOADED");
    }
}
