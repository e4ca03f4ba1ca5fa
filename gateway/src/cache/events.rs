//! What has happened in a subgraph, as far as its events have told.
//!
//! An answer remembers how far the stream was known when the subgraph was
//! asked. It holds while nothing has happened since that it may depend on: any
//! event, or, for an entity of a type that the settings call precise, those
//! that name it and those that name nothing.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use kernel::GlobalId;
use serde_json::{Map, Value as Json};

use crate::config;

/// A place in a Redis stream: milliseconds, and a number within them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64, pub u64);

impl Position {
    pub fn parse(id: &str) -> Option<Self> {
        let (millis, number) = id.split_once('-')?;
        Some(Self(millis.parse().ok()?, number.parse().ok()?))
    }
}

/// Things that are remembered one by one; beyond that, everything ends.
const MOST: usize = 10_000;

/// A type of the graph and a key.
pub type Thing = (String, String);

/// What an event is about: a thing under each of its keys, or unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Happened(pub Vec<Thing>);

impl Happened {
    /// Reads the entry of a stream: an `event` of the house, or `type` and
    /// `key` as anybody may write them.
    pub fn read(field: impl Fn(&str) -> Option<String>) -> Self {
        if let (Some(typename), Some(key)) = (field("type"), field("key")) {
            return Self(vec![(typename, key)]);
        }
        let Some(event) = field("event") else {
            return Self::default();
        };
        let Ok(event) = serde_json::from_str::<Map<String, Json>>(&event) else {
            return Self::default();
        };
        let text = |name: &str| event.get(name).and_then(Json::as_str);
        let (Some(kind), Some(id)) = (text("aggregate"), text("aggregate_id")) else {
            return Self::default();
        };
        let typename = camel(kind);
        let global = GlobalId::new(kind, id).encode();
        Self(vec![(typename.clone(), id.to_owned()), (typename, global)])
    }
}

/// `care_order` → `CareOrder`.
fn camel(kind: &str) -> String {
    let mut upper = true;
    let mut name = String::with_capacity(kind.len());
    for letter in kind.chars() {
        if letter == '_' {
            upper = true;
        } else if std::mem::take(&mut upper) {
            name.extend(letter.to_uppercase());
        } else {
            name.push(letter);
        }
    }
    name
}

#[derive(Debug, Default)]
struct Known {
    /// Up to here the stream has been read.
    seen: Position,
    /// Nothing asked before this holds.
    all: Position,
    /// Nothing asked before this holds, but for precise entities.
    other: Position,
    things: HashMap<Thing, Position>,
    /// Whether all events are seen as they come.
    live: bool,
    /// How often everything was forgotten without a place in the stream.
    lost: u64,
}

/// The events of one subgraph, as far as they are known here.
#[derive(Debug)]
pub struct Events {
    pub settings: config::CachedSubgraph,
    known: Mutex<Known>,
}

/// How much was known when a subgraph was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    pub position: Position,
    pub lost: u64,
}

impl Events {
    pub fn new(settings: &config::CachedSubgraph) -> Self {
        let known = Known {
            // Without a stream there is nothing to miss.
            live: settings.events.is_none(),
            ..Known::default()
        };
        Self {
            settings: settings.clone(),
            known: Mutex::new(known),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known now; None where events may be missed.
    pub fn now(&self) -> Option<Asked> {
        let known = self.known();
        known.live.then_some(Asked {
            position: known.seen,
            lost: known.lost,
        })
    }

    /// Whether what was asked for then still holds, for an entity or a whole
    /// answer.
    pub fn holds(&self, position: Position, entity: Option<&Entity>) -> bool {
        let known = self.known();
        let precise = entity.filter(|it| self.settings.precise.contains(&it.typename));
        let since = precise.map_or(known.other, |entity| {
            let named = entity.keys.iter().filter_map(|key| {
                let thing = (entity.typename.clone(), key.clone());
                known.things.get(&thing)
            });
            named.copied().fold(known.all, Position::max)
        });
        position >= since
    }

    /// Something happened, at this place of the stream.
    pub fn note(&self, at: Position, happened: Happened) {
        let mut known = self.known();
        known.other = known.other.max(at);
        if happened.0.is_empty() || known.things.len() + happened.0.len() > MOST {
            known.all = known.all.max(at);
            known.things.clear();
        } else {
            for thing in happened.0 {
                known.things.insert(thing, at);
            }
        }
        known.seen = known.seen.max(at);
    }

    /// From here on no event is missed: what was asked before this place may
    /// have ended.
    pub fn begin(&self, newest: Position) {
        let mut known = self.known();
        *known = Known {
            seen: newest,
            all: newest,
            other: newest,
            live: true,
            lost: known.lost + 1,
            ..Known::default()
        };
    }

    /// Events may be missed from here on.
    pub fn end(&self) {
        let mut known = self.known();
        known.live = false;
        known.lost += 1;
    }

    /// Nothing that was asked for until now holds.
    pub fn forget(&self) {
        self.known().lost += 1;
    }
}

/// An entity that is kept: its type, and every text that may be its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    pub typename: String,
    pub keys: Vec<String>,
}

impl Entity {
    /// Reads a representation; None where it does not say what it is.
    pub fn read(representation: &str) -> Option<Self> {
        let mut members: Map<String, Json> = serde_json::from_str(representation).ok()?;
        let typename = members.remove("__typename")?.as_str()?.to_owned();
        let mut keys = Vec::new();
        for value in members.values() {
            texts(value, &mut keys);
        }
        Some(Self { typename, keys })
    }
}

fn texts(value: &Json, into: &mut Vec<String>) {
    match value {
        Json::String(text) => into.push(text.clone()),
        Json::Number(number) => into.push(number.to_string()),
        Json::Array(items) => {
            for item in items {
                texts(item, into);
            }
        }
        Json::Object(members) => {
            for value in members.values() {
                texts(value, into);
            }
        }
        Json::Null | Json::Bool(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(id: &str) -> Entity {
        Entity::read(&format!(
            r#"{{"__typename":"Need","at":[{{"id":"{id}","n":7}}]}}"#
        ))
        .unwrap()
    }

    fn happened(typename: &str, key: &str) -> Happened {
        Happened(vec![(typename.to_owned(), key.to_owned())])
    }

    fn precise() -> Events {
        let events = Events::new(&config::CachedSubgraph {
            precise: vec!["Need".to_owned()],
            events: Some("s".to_owned()),
            ..config::CachedSubgraph::default()
        });
        assert_eq!(events.now(), None, "nothing is seen yet");
        events.begin(Position(10, 0));
        events
    }

    #[test]
    fn an_event_ends_what_it_names_and_what_is_not_precise() {
        let events = precise();
        let asked = events.now().unwrap().position;
        let (one, two) = (entity("1"), entity("2"));
        events.note(Position(11, 0), happened("Need", "1"));
        assert!(!events.holds(asked, Some(&one)));
        assert!(events.holds(asked, Some(&two)));
        assert!(!events.holds(asked, None), "a whole answer");
        let other = Entity {
            typename: "Ballot".to_owned(),
            ..two.clone()
        };
        assert!(!events.holds(asked, Some(&other)), "not called precise");
        // Asked again since, it holds again.
        assert!(events.holds(events.now().unwrap().position, Some(&one)));

        events.note(Position(12, 0), Happened::default());
        assert!(
            !events.holds(asked, Some(&two)),
            "an event that names nothing"
        );
    }

    #[test]
    fn what_was_asked_before_we_listened_does_not_hold() {
        let events = precise();
        assert!(!events.holds(Position(9, 9), Some(&entity("1"))));
        events.end();
        assert_eq!(events.now(), None);
    }

    #[test]
    fn too_many_things_end_everything() {
        let events = precise();
        let asked = events.now().unwrap().position;
        for n in 0..=MOST {
            events.note(Position(11, n as u64), happened("Need", &format!("x{n}")));
        }
        assert!(!events.holds(asked, Some(&entity("1"))));
        assert!(events.known().things.is_empty());
    }

    #[test]
    fn reads_events_of_the_house_and_of_others() {
        let read = |fields: &[(&str, &str)]| {
            Happened::read(|name| {
                let found = fields.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        let event = r#"{"aggregate":"care_order","aggregate_id":"u-1","data":{}}"#;
        let things = read(&[("id", "e"), ("event", event)]).0;
        let global = GlobalId::new("care_order", "u-1").encode();
        let own = |key: &str| ("CareOrder".to_owned(), key.to_owned());
        assert_eq!(things, [own("u-1"), own(&global)]);
        assert_eq!(read(&[("type", "T"), ("key", "k")]), happened("T", "k"));
        for unknown in [
            &[("event", "x")][..],
            &[("event", "{}")],
            &[("key", "k")],
            &[],
        ] {
            assert_eq!(read(unknown), Happened::default());
        }
    }
}
