//! Answers that subgraphs allow to be given again.
//!
//! An answer is found again only under the same document and variables, and
//!
//! * what is for everybody under the same language, channel and purpose;
//! * what is for the caller alone under every header that a subgraph sees, the
//!   token included;
//! * in both cases only while nothing was written through this gateway, and
//!   while the subgraph has announced no event since the read began.
//!
//! The state an answer belongs to is looked up before the subgraph is asked:
//! what changes while it answers makes the answer one that is never found.

mod feed;
mod hint;

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::HeaderValue;

pub use self::feed::follow;
use self::hint::{Hint, Scope};
use crate::{
    config,
    context::FORWARDED,
    peer::{Ask, IMMATERIAL},
    value::Tree,
};

/// Headers that tell callers apart.
const PERSONAL: [&str; 2] = ["authorization", "x-sanshe-assisted-by"];

/// What an entry takes beside its texts.
const FIXED_BYTES: usize = 256;

/// What an answer is found by.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    subgraph: Box<str>,
    query: Box<str>,
    variables: Bytes,
    scope: Scope,
    headers: Vec<Option<HeaderValue>>,
    state: State,
}

/// What has happened so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct State {
    writes: u64,
    events: u64,
}

#[derive(Clone, Debug)]
struct Kept {
    answer: Bytes,
    until: Instant,
}

/// The events of one subgraph, as far as they are known here.
#[derive(Debug)]
struct Following {
    settings: config::CachedSubgraph,
    events: AtomicU64,
    /// Whether all events are seen as they come.
    live: AtomicBool,
}

/// The answers kept.
#[derive(Debug)]
pub struct Answers {
    kept: moka::sync::Cache<Key, Kept>,
    subgraphs: BTreeMap<String, Following>,
}

impl Answers {
    pub fn new(settings: &config::Cache) -> Self {
        let kept = moka::sync::Cache::builder()
            .max_capacity(settings.bytes)
            .weigher(|key: &Key, kept: &Kept| {
                let bytes = key.query.len() + key.variables.len() + kept.answer.len() + FIXED_BYTES;
                u32::try_from(bytes).unwrap_or(u32::MAX)
            })
            .build();
        let following = |settings: &config::CachedSubgraph| Following {
            events: AtomicU64::new(0),
            // Without a stream there is nothing to miss.
            live: AtomicBool::new(settings.events.is_none()),
            settings: settings.clone(),
        };
        let subgraphs = settings.subgraphs.iter();
        Self {
            kept,
            subgraphs: subgraphs
                .map(|(name, settings)| (name.clone(), following(settings)))
                .collect(),
        }
    }

    /// Where the answer of a read would be kept, as things stand now; None
    /// where it must be asked for and not be kept.
    pub fn spot<'a>(
        &'a self,
        subgraph: &'a str,
        ask: &'a Ask<'a>,
        writes: u64,
    ) -> Option<Spot<'a>> {
        let of = self.subgraphs.get(subgraph)?;
        let events = of.events.load(Ordering::Acquire);
        of.live.load(Ordering::Acquire).then_some(Spot {
            answers: self,
            subgraph,
            ask,
            max_age: of.settings.max_age(),
            state: State { writes, events },
        })
    }

    /// Something happened in a subgraph: nothing kept of it is given any more.
    pub fn forget(&self, subgraph: &str) {
        if let Some(of) = self.subgraphs.get(subgraph) {
            of.events.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// The streams that are to be followed, and whose they are.
    fn streams(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut streams: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, of) in &self.subgraphs {
            if let Some(stream) = &of.settings.events {
                streams.entry(stream).or_default().push(name);
            }
        }
        streams
    }

    /// Says whether the events of all followed subgraphs are seen as they come.
    fn live(&self, live: bool) {
        for (name, of) in &self.subgraphs {
            if of.settings.events.is_some() {
                // What may have been missed ends what was kept before.
                self.forget(name);
                of.live.store(live, Ordering::Release);
            }
        }
    }
}

/// The place of one answer.
#[derive(Clone, Debug)]
pub struct Spot<'a> {
    answers: &'a Answers,
    subgraph: &'a str,
    ask: &'a Ask<'a>,
    max_age: Duration,
    state: State,
}

impl Spot<'_> {
    fn key(&self, scope: Scope) -> Key {
        let material = FORWARDED.into_iter().filter(|name| {
            let personal = PERSONAL.contains(name);
            !IMMATERIAL.contains(name) && (scope == Scope::Private || !personal)
        });
        let headers = &self.ask.context.headers;
        Key {
            subgraph: self.subgraph.into(),
            query: self.ask.query.into(),
            variables: self.ask.variables.clone(),
            scope,
            headers: material.map(|name| headers.get(name).cloned()).collect(),
            state: self.state,
        }
    }

    /// What is kept here and still holds.
    pub fn find(&self, now: Instant) -> Option<Bytes> {
        let found = [Scope::Public, Scope::Private]
            .into_iter()
            .find_map(|scope| {
                let kept = self.answers.kept.get(&self.key(scope));
                kept.filter(|kept| now < kept.until)
            });
        let outcome = if found.is_some() { "hit" } else { "miss" };
        metrics::counter!("gateway.cache.reads",
            "subgraph" => self.subgraph.to_owned(), "outcome" => outcome)
        .increment(1);
        found.map(|kept| kept.answer)
    }

    /// Keeps an answer, where its subgraph allows it.
    pub fn keep(&self, answer: &Bytes, now: Instant) {
        let mut tree = Tree::new();
        let Ok(root) = tree.read(answer) else {
            return;
        };
        let Some(hint) = Hint::of(tree.view(root)) else {
            return;
        };
        let kept = Kept {
            // A copy of its own: what is kept counts here, and not as memory of
            // requests under way.
            answer: Bytes::copy_from_slice(answer),
            until: now + hint.max_age.min(self.max_age),
        };
        self.answers.kept.insert(self.key(hint.scope), kept);
    }
}
