//! A circuit breaker: a subgraph that keeps failing is not asked for a while,
//! so that callers do not wait for it and it is not kept down by being asked.
//!
//! ```text
//! closed ── enough failures among the latest calls ──▶ open
//!    ▲                                                  │ after a while
//!    └── the probe succeeds ── half-open: one probe ◀───┘
//!                                   └── the probe fails ──▶ open
//! ```

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use crate::config::Breaker as Settings;

/// Where a breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Closed,
    HalfOpen,
    Open,
}

impl State {
    /// The value of the gauge `gateway.breaker.state`.
    const fn gauge(self) -> f64 {
        match self {
            Self::Closed => 0.0,
            Self::HalfOpen => 1.0,
            Self::Open => 2.0,
        }
    }
}

/// How a call went, as far as the breaker is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Success,
    Failure,
    /// It says nothing about the subgraph: a caller who gave up, or a refusal.
    Unknown,
}

#[derive(Debug)]
struct Inner {
    state: State,
    /// The latest calls while closed: when, and whether they failed.
    latest: VecDeque<(Instant, bool)>,
    opened_at: Instant,
    /// Whether a probe is under way.
    probing: bool,
    /// Counts changes of state: the outcome of a call that began before a
    /// change decides nothing after it.
    epoch: u64,
}

/// The breaker of one subgraph.
#[derive(Debug)]
pub struct Breaker {
    subgraph: String,
    settings: Settings,
    inner: Mutex<Inner>,
}

impl Breaker {
    pub fn new(subgraph: &str, settings: Settings, now: Instant) -> Self {
        let breaker = Self {
            subgraph: subgraph.to_owned(),
            inner: Mutex::new(Inner {
                state: State::Closed,
                latest: VecDeque::with_capacity(settings.calls),
                opened_at: now,
                probing: false,
                epoch: 0,
            }),
            settings,
        };
        breaker.show(State::Closed);
        breaker
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn state(&self) -> State {
        self.inner().state
    }

    /// Lets a call through, or not. The ticket takes its outcome.
    pub fn admit(&self, now: Instant) -> Option<Ticket<'_>> {
        let mut ticket = Ticket {
            breaker: self,
            epoch: 0,
            probe: false,
        };
        if !self.settings.enabled {
            return Some(ticket);
        }
        let mut inner = self.inner();
        if inner.state == State::Open
            && now.saturating_duration_since(inner.opened_at) >= self.settings.open()
        {
            self.turn(&mut inner, State::HalfOpen);
        }
        match inner.state {
            State::Closed => {}
            State::HalfOpen if !inner.probing => {
                inner.probing = true;
                ticket.probe = true;
            }
            State::HalfOpen | State::Open => {
                drop(inner);
                metrics::counter!("gateway.breaker.refused", "subgraph" => self.subgraph.clone())
                    .increment(1);
                return None;
            }
        }
        ticket.epoch = inner.epoch;
        Some(ticket)
    }

    fn settle(&self, epoch: u64, now: Instant, verdict: Verdict) {
        if !self.settings.enabled || verdict == Verdict::Unknown {
            return;
        }
        let mut inner = self.inner();
        if inner.epoch != epoch {
            return;
        }
        let failed = verdict == Verdict::Failure;
        match inner.state {
            State::Closed => {
                if inner.latest.len() >= self.settings.calls {
                    inner.latest.pop_front();
                }
                inner.latest.push_back((now, failed));
                let window = self.settings.window();
                while let Some((at, _)) = inner.latest.front()
                    && now.saturating_duration_since(*at) > window
                {
                    inner.latest.pop_front();
                }
                let failures = inner.latest.iter().filter(|(_, failed)| *failed).count();
                if failed && failures >= self.settings.failures {
                    self.open(&mut inner, now);
                }
            }
            State::HalfOpen if failed => self.open(&mut inner, now),
            State::HalfOpen => self.turn(&mut inner, State::Closed),
            State::Open => {}
        }
    }

    fn open(&self, inner: &mut Inner, now: Instant) {
        inner.opened_at = now;
        self.turn(inner, State::Open);
        metrics::counter!("gateway.breaker.opened", "subgraph" => self.subgraph.clone())
            .increment(1);
    }

    fn turn(&self, inner: &mut Inner, state: State) {
        inner.state = state;
        inner.epoch += 1;
        inner.probing = false;
        inner.latest.clear();
        self.show(state);
        let subgraph = &self.subgraph;
        match state {
            State::Open => tracing::warn!(%subgraph, "the breaker opened"),
            State::HalfOpen => tracing::info!(%subgraph, "the breaker lets a probe through"),
            State::Closed => tracing::info!(%subgraph, "the breaker closed"),
        }
    }

    fn show(&self, state: State) {
        metrics::gauge!("gateway.breaker.state", "subgraph" => self.subgraph.clone())
            .set(state.gauge());
    }
}

/// The right to make one call.
#[must_use]
#[derive(Debug)]
pub struct Ticket<'b> {
    breaker: &'b Breaker,
    epoch: u64,
    probe: bool,
}

impl Ticket<'_> {
    /// Hands in how the call went.
    pub fn done(self, now: Instant, verdict: Verdict) {
        self.breaker.settle(self.epoch, now, verdict);
    }
}

impl Drop for Ticket<'_> {
    /// A probe that decided nothing, because its caller went away, makes room
    /// for the next one.
    fn drop(&mut self) {
        if self.probe {
            let mut inner = self.breaker.inner();
            if inner.epoch == self.epoch {
                inner.probing = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn breaker(now: Instant) -> Breaker {
        let settings = Settings {
            enabled: true,
            failures: 3,
            calls: 5,
            window_millis: 10_000,
            open_millis: 2_000,
        };
        Breaker::new("s", settings, now)
    }

    fn call(breaker: &Breaker, now: Instant, verdict: Verdict) -> bool {
        breaker
            .admit(now)
            .map(|ticket| ticket.done(now, verdict))
            .is_some()
    }

    fn opened(now: Instant) -> Breaker {
        let breaker = breaker(now);
        for _ in 0..3 {
            assert!(call(&breaker, now, Verdict::Failure));
        }
        assert_eq!(breaker.state(), State::Open);
        breaker
    }

    #[test]
    fn opens_after_enough_failures_among_the_latest_calls() {
        let now = Instant::now();
        let breaker = breaker(now);
        // Two of any five fail: it stays closed.
        for index in 0..20 {
            let failed = index % 5 < 2;
            call(
                &breaker,
                now,
                if failed {
                    Verdict::Failure
                } else {
                    Verdict::Success
                },
            );
        }
        assert_eq!(breaker.state(), State::Closed);
        call(&breaker, now, Verdict::Failure);
        call(&breaker, now, Verdict::Unknown);
        call(&breaker, now, Verdict::Failure);
        assert_eq!(breaker.state(), State::Closed);
        call(&breaker, now, Verdict::Failure);
        assert_eq!(breaker.state(), State::Open);
        assert!(!call(&breaker, now, Verdict::Success));
    }

    #[test]
    fn forgets_failures_older_than_the_window() {
        let now = Instant::now();
        let breaker = breaker(now);
        call(&breaker, now, Verdict::Failure);
        call(&breaker, now, Verdict::Failure);
        call(&breaker, now + 11 * SECOND, Verdict::Failure);
        assert_eq!(breaker.state(), State::Closed);
    }

    #[test]
    fn lets_one_probe_through_and_closes_when_it_succeeds() {
        let now = Instant::now();
        let breaker = opened(now);
        assert!(breaker.admit(now + SECOND).is_none());
        let later = now + 2 * SECOND;
        let probe = breaker.admit(later).unwrap();
        assert_eq!(breaker.state(), State::HalfOpen);
        assert!(breaker.admit(later).is_none(), "one probe at a time");
        probe.done(later, Verdict::Success);
        assert_eq!(breaker.state(), State::Closed);
        // What failed before it opened no longer counts.
        call(&breaker, later, Verdict::Failure);
        call(&breaker, later, Verdict::Failure);
        assert_eq!(breaker.state(), State::Closed);
    }

    #[test]
    fn a_failed_probe_opens_it_again_for_the_whole_time() {
        let now = Instant::now();
        let breaker = opened(now);
        let later = now + 2 * SECOND;
        call(&breaker, later, Verdict::Failure);
        assert_eq!(breaker.state(), State::Open);
        assert!(breaker.admit(later + SECOND).is_none());
        assert!(breaker.admit(later + 2 * SECOND).is_some());
    }

    #[test]
    fn a_probe_whose_caller_went_away_makes_room_for_the_next() {
        let now = Instant::now();
        let breaker = opened(now);
        let later = now + 2 * SECOND;
        drop(breaker.admit(later).unwrap());
        assert!(breaker.admit(later).is_some());
        let probe = breaker.admit(later).unwrap();
        probe.done(later, Verdict::Unknown);
        assert!(breaker.admit(later).is_some());
    }

    #[test]
    fn what_began_before_it_opened_decides_nothing_afterwards() {
        let now = Instant::now();
        let breaker = breaker(now);
        let (early, late) = (breaker.admit(now).unwrap(), breaker.admit(now).unwrap());
        for _ in 0..3 {
            call(&breaker, now, Verdict::Failure);
        }
        early.done(now, Verdict::Success);
        assert_eq!(breaker.state(), State::Open);
        let probe = breaker.admit(now + 2 * SECOND).unwrap();
        late.done(now + 2 * SECOND, Verdict::Failure);
        assert_eq!(breaker.state(), State::HalfOpen, "only the probe decides");
        probe.done(now + 2 * SECOND, Verdict::Success);
        assert_eq!(breaker.state(), State::Closed);
    }

    #[test]
    fn switched_off_it_lets_everything_through() {
        let now = Instant::now();
        let settings = Settings {
            enabled: false,
            failures: 1,
            ..Settings::default()
        };
        let breaker = Breaker::new("s", settings, now);
        for _ in 0..100 {
            assert!(call(&breaker, now, Verdict::Failure));
        }
    }
}
