//! One call to a subgraph, as far as answers that are kept can serve it.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{
    Answers, Entity, Kept, Key, SharedLook, State, Subgraph,
    body::Body,
    entities::{self, Batch},
    events::Asked,
    hint::{Hint, Scope},
    key::Keys,
    shared::Found,
};
use crate::{notes::Notes, peer::Ask};

const SCOPES: [Scope; 2] = [Scope::Public, Scope::Private];

/// What is known before the subgraph is asked.
#[derive(Debug)]
pub enum Look<'a> {
    /// Nothing is kept of this subgraph, or not now.
    Pass,
    /// The whole answer.
    Found(Bytes),
    /// The subgraph must be asked.
    Missing(Box<Missing<'a>>),
}

/// One thing that can be kept: a whole answer, or an entity.
#[derive(Debug)]
struct Thing {
    /// By scope, in the order of [`SCOPES`].
    keys: [Key; 2],
    entity: Option<Entity>,
    kept: Option<Bytes>,
}

/// What is missing, and where it will be kept.
#[derive(Debug)]
pub struct Missing<'a> {
    answers: &'a Answers,
    of: &'a Subgraph,
    name: &'a str,
    things: Vec<Thing>,
    /// Which of the things are asked for.
    wanted: Vec<usize>,
    batch: Option<Batch>,
    asked: Asked,
    state: State,
    /// The time of Redis, where it answered.
    at: Option<u64>,
    /// The strictest of what was found.
    found: Option<Hint>,
}

impl Answers {
    /// Looks for what a read would bring. `writes` counts the writes that have
    /// ended in this process.
    pub async fn look<'a>(
        &'a self,
        name: &'a str,
        ask: &Ask<'_>,
        writes: u64,
        now: Instant,
    ) -> Look<'a> {
        let Some(of) = self.subgraphs.get(name) else {
            return Look::Pass;
        };
        let Some(asked) = of.events.now() else {
            return Look::Pass;
        };
        let keys = Keys::new(name, ask);
        let batch = Batch::read(ask.query, &ask.variables);
        let thing = |parts: [&[u8]; 2], entity| Thing {
            keys: SCOPES.map(|scope| keys.of(scope, parts)),
            entity,
            kept: None,
        };
        let things = match &batch {
            None => vec![thing([b"whole", &ask.variables], None)],
            Some(batch) => {
                let items = batch.items.iter().map(|item| {
                    let text = std::str::from_utf8(item).unwrap_or_default();
                    thing([&batch.rest, item], Entity::read(text))
                });
                items.collect()
            }
        };
        let mut missing = Missing {
            answers: self,
            of,
            name,
            things,
            wanted: Vec::new(),
            batch,
            asked,
            state: State {
                writes,
                lost: asked.lost,
            },
            at: None,
            found: None,
        };
        missing.remember(now);
        if !missing.wanted.is_empty() {
            missing.ask_redis(now).await;
        }
        missing.outcome(&ask.context.notes)
    }
}

impl<'a> Missing<'a> {
    /// Takes what this process keeps.
    fn remember(&mut self, now: Instant) {
        for index in 0..self.things.len() {
            let thing = &self.things[index];
            let memory = &self.answers.memory;
            let kept = thing.keys.iter().find_map(|key| {
                let kept = memory.find(key, self.state, now)?;
                let holds = self.of.events.holds(kept.position, thing.entity.as_ref());
                holds.then_some(kept)
            });
            match kept {
                Some(kept) => {
                    let left = kept.until.duration_since(now);
                    self.take(index, kept.text, kept.hint.scope, left);
                }
                None => self.wanted.push(index),
            }
        }
        self.count("hit", self.things.len() - self.wanted.len());
    }

    /// Takes what other gateways have kept.
    async fn ask_redis(&mut self, now: Instant) {
        let scopes: Vec<_> = (0..SCOPES.len())
            .filter(|which| self.of.shares(SCOPES[*which]).is_some())
            .collect();
        let Some(shared) = scopes.first().and_then(|_| self.of.shares(Scope::Public)) else {
            return;
        };
        let pairs = self.wanted.iter();
        let pairs = pairs.flat_map(|index| scopes.iter().map(move |which| (*index, *which)));
        let pairs: Vec<(usize, usize)> = pairs.collect();
        let keys = pairs
            .iter()
            .map(|(index, which)| self.things[*index].keys[*which]);
        let keys: Vec<Key> = keys.collect();
        let Some(SharedLook { found, at }) = shared.look(&keys, self.state).await else {
            return;
        };
        self.at = Some(at);
        for ((index, which), found) in pairs.into_iter().zip(found) {
            let thing = &self.things[index];
            let Some(found) = found.filter(|_| thing.kept.is_none()) else {
                continue;
            };
            let holds = self.of.events.holds(found.position, thing.entity.as_ref());
            if !holds || !is_json(&found) {
                continue;
            }
            let left = found.left.min(self.of.events.settings.max_age());
            let kept = Kept {
                text: found.text.clone(),
                hint: Hint {
                    max_age: left,
                    scope: SCOPES[which],
                },
                until: now + left,
                position: found.position,
                state: self.state,
            };
            self.answers.memory.keep(thing.keys[which], kept);
            self.take(index, found.text, SCOPES[which], left);
        }
        let before = self.wanted.len();
        let things = &self.things;
        self.wanted.retain(|index| things[*index].kept.is_none());
        self.count("shared", before - self.wanted.len());
    }

    fn take(&mut self, index: usize, text: Bytes, scope: Scope, left: Duration) {
        self.things[index].kept = Some(text);
        let hint = Hint {
            max_age: left,
            scope,
        };
        self.found = Some(self.found.map_or(hint, |found| found.and(hint)));
    }

    fn outcome(mut self, notes: &Notes) -> Look<'a> {
        self.count("miss", self.wanted.len());
        if !self.wanted.is_empty() {
            return Look::Missing(Box::new(self));
        }
        notes.keepable(self.found);
        let whole = match &self.batch {
            None => self.things.pop().and_then(|thing| thing.kept),
            Some(_) => entities::whole(&self.kept(), &[], None),
        };
        // Nothing is missing, so it is all there.
        whole.map_or(Look::Pass, Look::Found)
    }

    fn kept(&self) -> Vec<Option<Bytes>> {
        self.things.iter().map(|thing| thing.kept.clone()).collect()
    }

    fn count(&self, outcome: &'static str, many: usize) {
        if many > 0 {
            let (subgraph, many) = (self.name.to_owned(), u64::try_from(many).unwrap_or(1));
            metrics::counter!("gateway.cache.reads", "subgraph" => subgraph, "outcome" => outcome)
                .increment(many);
        }
    }

    /// The variables that ask for what is missing; None where that is all.
    pub fn variables(&self) -> Option<Bytes> {
        let batch = self.batch.as_ref()?;
        let some = self.wanted.len() < self.things.len();
        some.then(|| batch.variables(&self.wanted).into())
    }

    /// The whole answer, of what the subgraph said to those variables; keeps
    /// what it allows to be kept. None where the answer must be asked for as a
    /// whole.
    pub async fn complete(self, answer: Bytes, now: Instant, notes: &Notes) -> Option<Bytes> {
        let body = Body::read(&answer);
        let hint = body.as_ref().and_then(Hint::of).map(|hint| Hint {
            max_age: hint.max_age.min(self.of.events.settings.max_age()),
            ..hint
        });
        let all = match (hint, self.found) {
            (Some(hint), Some(found)) => Some(hint.and(found)),
            (hint, None) => hint,
            (None, Some(_)) => None,
        };
        let whole = if self.wanted.len() == self.things.len() {
            answer.clone()
        } else {
            entities::whole(&self.kept(), &self.wanted, Some(body.as_ref()?))?
        };
        notes.keepable(all);
        if let (Some(hint), Some(body)) = (hint, &body) {
            self.keep(hint, body, &answer, now).await;
        }
        Some(whole)
    }

    async fn keep(&self, hint: Hint, body: &Body<'_>, answer: &Bytes, now: Instant) {
        let texts: Vec<&[u8]> = match &self.batch {
            None => vec![answer],
            Some(_) => match body.entities(self.wanted.len()) {
                Some((_, entities)) => entities.iter().map(|it| it.get().as_bytes()).collect(),
                None => return,
            },
        };
        let which = usize::from(hint.scope == Scope::Private);
        let mut shared = Vec::new();
        for (index, text) in self.wanted.iter().zip(texts) {
            let key = self.things[*index].keys[which];
            let kept = Kept {
                // A copy of its own: what is kept counts here, and not as memory
                // of requests under way.
                text: Bytes::copy_from_slice(text),
                hint,
                until: now + hint.max_age,
                position: self.asked.position,
                state: self.state,
            };
            self.answers.memory.keep(key, kept);
            shared.push((key, text));
        }
        if let (Some(store), Some(at)) = (self.of.shares(hint.scope), self.at) {
            store
                .keep_all(&shared, at, self.asked.position, hint.max_age)
                .await;
        }
    }
}

/// What others wrote is looked at before it goes on.
fn is_json(found: &Found) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(&found.text).is_ok()
}
