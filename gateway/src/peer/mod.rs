//! A subgraph as the gateway has come to know it: whether it may be asked now,
//! how often again, and what is being asked already. It outlives generations,
//! so that a swap forgets no trouble.

mod breaker;
mod budget;
mod held;
mod reads;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::FutureExt as _;
use kernel::{Ids, Kind};

pub use self::breaker::State;
pub(crate) use self::reads::IMMATERIAL;
use self::{
    breaker::{Breaker, Verdict},
    budget::Budget,
    held::Held,
    reads::{ReadKey, Reads},
};
use crate::{
    cache::{Answers, Look},
    config::{Cache, Traffic},
    context::RequestContext,
    redis::Redis,
    transport::{Answer, SubgraphRequest, SubgraphTransport, TransportError, Trust},
};

/// Tells the monotonic time.
pub type Ticks = Arc<dyn Fn() -> Instant + Send + Sync>;

/// A call that had less time than this and ran out of it says nothing about
/// the subgraph: somebody else used the time up.
const FAIR_TIME: Duration = Duration::from_secs(1);

/// What all peers share.
struct Common {
    settings: Traffic,
    ticks: Ticks,
    ids: Arc<Ids>,
    held: Arc<Held>,
    answers: Arc<Answers>,
    /// Writes that have ended, whatever came of them.
    writes: AtomicU64,
}

/// One call to a subgraph.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    pub query: &'a str,
    pub variables: Bytes,
    pub context: &'a RequestContext,
    pub is_mutation: bool,
}

/// One subgraph.
pub struct Peer {
    name: String,
    common: Arc<Common>,
    breaker: Breaker,
    budget: Budget,
    reads: Arc<Reads>,
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Peer")
            .field("name", &self.name)
            .field("breaker", &self.breaker.state())
            .finish_non_exhaustive()
    }
}

/// Counts a write as ended, also where its caller goes away meanwhile.
struct Writing<'a>(&'a AtomicU64);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

impl Peer {
    /// Where the breaker stands.
    pub fn state(&self) -> State {
        self.breaker.state()
    }

    /// How many shared reads are under way.
    pub fn reads_under_way(&self) -> usize {
        self.reads.count()
    }

    /// Asks the subgraph, or joins who asks the same.
    pub async fn ask(
        self: &Arc<Self>,
        transport: &Arc<dyn SubgraphTransport>,
        ask: Ask<'_>,
    ) -> Answer {
        let notes = &ask.context.notes;
        if ask.is_mutation {
            let _writing = Writing(&self.common.writes);
            notes.keepable(None);
            return self.tried(transport, &ask).await;
        }
        let writes = self.common.writes.load(Ordering::Acquire);
        let (answers, now) = (&self.common.answers, &self.common.ticks);
        match answers.look(&self.name, &ask, writes, now()).await {
            Look::Pass => {
                notes.keepable(None);
                self.read(transport, &ask, writes).await
            }
            Look::Found(answer) => Ok(answer),
            Look::Missing(missing) => {
                let some = Ask {
                    variables: missing.variables().unwrap_or_else(|| ask.variables.clone()),
                    ..ask.clone()
                };
                let answer = self.read(transport, &some, writes).await?;
                if let Some(answer) = missing.complete(answer, now(), notes).await {
                    return Ok(answer);
                }
                // What was kept cannot be told apart from what went wrong.
                notes.keepable(None);
                self.read(transport, &ask, writes).await
            }
        }
    }

    /// Asks, together with those who ask the same.
    async fn read(
        self: &Arc<Self>,
        transport: &Arc<dyn SubgraphTransport>,
        ask: &Ask<'_>,
        writes: u64,
    ) -> Answer {
        if !self.common.settings.share_reads {
            return self.tried(transport, ask).await;
        }
        let key = ReadKey::new(ask.query, ask.variables.clone(), ask.context, writes);
        let (reading, joined) = self.reads.join(key, || {
            let (peer, transport) = (Arc::clone(self), Arc::clone(transport));
            let (query, variables) = (ask.query.to_owned(), ask.variables.clone());
            let context = ask.context.clone();
            async move {
                let ask = Ask {
                    query: &query,
                    variables,
                    context: &context,
                    is_mutation: false,
                };
                peer.tried(&transport, &ask).await
            }
            .boxed()
        });
        if !joined {
            return reading.await;
        }
        metrics::counter!("gateway.reads.shared", "subgraph" => self.name.clone()).increment(1);
        let answer = tokio::time::timeout(ask.context.remaining(), reading).await;
        match answer.unwrap_or_else(|_| Err(late())) {
            // Whoever began it had less time than we have.
            Err(error) if error.kind == Kind::Timeout && !ask.context.remaining().is_zero() => {
                self.tried(transport, ask).await
            }
            answer => answer,
        }
    }

    /// Asks, and asks again where that is right.
    async fn tried(&self, transport: &Arc<dyn SubgraphTransport>, ask: &Ask<'_>) -> Answer {
        let now = &self.common.ticks;
        if !ask.is_mutation {
            self.budget.deposit();
        }
        let mut attempt = 0;
        loop {
            let error = match self.once(transport, ask).await {
                Ok(bytes) => return self.common.held.hold(bytes).ok_or_else(overloaded),
                Err(error) => error,
            };
            // Only a read, and only one that the subgraph has not begun: over a
            // connection that was just closed, or at a process that is leaving.
            let again = error.not_started
                && !ask.is_mutation
                && attempt < self.common.settings.retry.retries;
            if !again {
                return Err(error);
            }
            if !self.budget.withdraw(now()) {
                self.count_retry("refused");
                return Err(error);
            }
            let wait = self.budget.wait(attempt, self.random());
            if wait >= ask.context.remaining() {
                return Err(error);
            }
            pause(wait).await;
            self.count_retry("made");
            attempt += 1;
        }
    }

    async fn once(&self, transport: &Arc<dyn SubgraphTransport>, ask: &Ask<'_>) -> Answer {
        let now = &self.common.ticks;
        let ticket = self.breaker.admit(now()).ok_or_else(open)?;
        let request = SubgraphRequest {
            query: ask.query,
            variables: ask.variables.clone(),
        };
        let had = ask.context.remaining();
        let sending = transport.execute(request, ask.context);
        let answer = tokio::time::timeout(had, sending).await;
        let answer = answer.unwrap_or_else(|_| Err(late()));
        ticket.done(now(), verdict(&answer, had));
        answer
    }

    fn count_retry(&self, outcome: &'static str) {
        metrics::counter!("gateway.retries",
            "subgraph" => self.name.clone(), "outcome" => outcome)
        .increment(1);
    }

    /// 32 random bits, from the injected maker of ids.
    fn random(&self) -> u32 {
        u32::try_from(self.common.ids.next().as_u128() & u128::from(u32::MAX)).unwrap_or_default()
    }
}

/// What an outcome says about the subgraph. Errors that a request can bring
/// about by itself never open a breaker: nobody shall shut others out.
fn verdict(answer: &Answer, had: Duration) -> Verdict {
    match answer {
        Ok(_) => Verdict::Success,
        Err(error) => match error.kind {
            Kind::Unavailable => Verdict::Failure,
            Kind::Timeout if had >= FAIR_TIME => Verdict::Failure,
            _ => Verdict::Unknown,
        },
    }
}

fn late() -> TransportError {
    TransportError::new(Kind::Timeout, "no answer before the deadline")
}

fn open() -> TransportError {
    TransportError {
        reason: Some("SUBGRAPH_BREAKER_OPEN".to_owned()),
        ..TransportError::new(Kind::Unavailable, "it failed too often and is left alone")
    }
}

fn overloaded() -> TransportError {
    TransportError {
        reason: Some("OVERLOADED".to_owned()),
        ..TransportError::new(Kind::Unavailable, "held_bytes: too many answers are held")
    }
}

async fn pause(span: Duration) {
    if !span.is_zero() {
        // Always runs out: that is the wait.
        let _ = tokio::time::timeout(span, std::future::pending::<()>()).await;
    }
}

/// All peers of a gateway.
pub struct Peers {
    common: Arc<Common>,
    trust: Trust,
    known: Mutex<BTreeMap<String, Arc<Peer>>>,
}

impl std::fmt::Debug for Peers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Peers").finish_non_exhaustive()
    }
}

impl Peers {
    pub fn new(
        settings: Traffic,
        cache: &Cache,
        redis: Option<&Arc<Redis>>,
        trust: Trust,
        ticks: Ticks,
        ids: Arc<Ids>,
    ) -> Self {
        let held = Arc::new(Held::new(settings.held_bytes));
        let common = Common {
            settings,
            ticks,
            ids,
            held,
            answers: Arc::new(Answers::new(cache, redis)),
            writes: AtomicU64::new(0),
        };
        Self {
            common: Arc::new(common),
            trust,
            known: Mutex::default(),
        }
    }

    /// For a graph that is looked at and never served.
    pub fn unused() -> Self {
        let ids = Ids::new(kernel::SystemClock::shared());
        let ticks: Ticks = Arc::new(Instant::now);
        Self::new(
            Traffic::default(),
            &Cache::default(),
            None,
            Trust::default(),
            ticks,
            Arc::new(ids),
        )
    }

    /// Whose certificates of subgraphs are believed.
    pub const fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The answers kept.
    pub fn answers(&self) -> &Answers {
        &self.common.answers
    }

    /// The bytes of subgraph answers held now.
    pub fn held_bytes(&self) -> usize {
        self.common.held.bytes()
    }

    /// The peers of these names: those that are known keep what is known of
    /// them, those not named are forgotten.
    pub fn of<'n>(&self, names: impl Iterator<Item = &'n String>) -> BTreeMap<String, Arc<Peer>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let of: BTreeMap<_, _> = names
            .map(|name| {
                let peer = known.get(name).cloned();
                (name.clone(), peer.unwrap_or_else(|| self.peer(name)))
            })
            .collect();
        known.clone_from(&of);
        of
    }

    fn peer(&self, name: &str) -> Arc<Peer> {
        let (settings, now) = (&self.common.settings, (self.common.ticks)());
        Arc::new(Peer {
            name: name.to_owned(),
            common: Arc::clone(&self.common),
            breaker: Breaker::new(name, settings.breaker.clone(), now),
            budget: Budget::new(settings.retry.clone(), now),
            reads: Arc::default(),
        })
    }
}
