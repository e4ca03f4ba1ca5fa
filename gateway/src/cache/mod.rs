//! Answers that subgraphs allow to be given again: whole ones, and, where a
//! subgraph is asked for entities, each entity by itself, so that only those are
//! asked for that nobody has asked for lately.
//!
//! What is kept is found again only under the same document and variables (for
//! an entity, the same representation), and
//!
//! * what is for everybody under the same language, channel and purpose;
//! * what is for the caller alone under those, and by the same [`owner`];
//! * in both cases only while nothing was written through this gateway, and
//!   while the subgraph has announced no event since that it may depend on.
//!
//! How things stand is looked up before the subgraph is asked: what changes
//! while it answers makes the answer one that does not hold.
//!
//! It is kept in this process ([`memory`]) and, where there is a Redis, for all
//! gateways ([`shared`]).

mod body;
mod entities;
mod events;
mod feed;
mod hint;
mod key;
mod look;
mod memory;
mod owner;
mod shared;

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use http::HeaderMap;

use self::{
    events::{Entity, Events},
    key::Key,
    memory::{Kept, Memory, State},
    shared::{Look as SharedLook, Shared},
};
pub use self::{
    feed::follow,
    hint::{Hint, Scope},
    look::{Look, Missing},
};
use crate::{config, redis::Redis, value::write_string};

/// What the `age` header is called beside `cache-control`.
const AGE: &str = "age";

/// The answers kept.
#[derive(Debug)]
pub struct Answers {
    memory: Memory,
    subgraphs: BTreeMap<String, Subgraph>,
}

/// One subgraph's.
#[derive(Debug)]
struct Subgraph {
    events: Events,
    shared: Option<Shared>,
    /// Which scopes all gateways share.
    share: config::Share,
}

impl Answers {
    pub fn new(settings: &config::Cache, redis: Option<&Arc<Redis>>) -> Self {
        let subgraph = |of: &config::CachedSubgraph| Subgraph {
            events: Events::new(of),
            shared: redis
                .filter(|_| settings.share != config::Share::Nothing)
                .map(|redis| Shared::new(Arc::clone(redis), settings.shared_bytes)),
            share: settings.share,
        };
        let subgraphs = settings.subgraphs.iter();
        Self {
            memory: Memory::new(settings.bytes),
            subgraphs: subgraphs
                .map(|(name, of)| (name.clone(), subgraph(of)))
                .collect(),
        }
    }

    /// Something happened in a subgraph: nothing kept of it is given any more.
    pub fn forget(&self, subgraph: &str) {
        if let Some(of) = self.subgraphs.get(subgraph) {
            of.events.forget();
        }
    }

    /// The streams that are to be followed, and whose they are.
    fn streams(&self) -> BTreeMap<&str, Vec<&Events>> {
        let mut streams: BTreeMap<&str, Vec<&Events>> = BTreeMap::new();
        for of in self.subgraphs.values() {
            if let Some(stream) = &of.events.settings.events {
                streams.entry(stream).or_default().push(&of.events);
            }
        }
        streams
    }
}

impl Subgraph {
    fn shares(&self, scope: Scope) -> Option<&Shared> {
        let is_shared = scope == Scope::Public || self.share == config::Share::All;
        self.shared.as_ref().filter(|_| is_shared)
    }
}

/// The answer with what its headers say of keeping it, as a member beside
/// `data`; unchanged where they say nothing.
pub fn with_header(answer: Bytes, headers: &HeaderMap) -> Bytes {
    let lines = headers.get_all(http::header::CACHE_CONTROL).iter();
    let lines: Vec<_> = lines.filter_map(|line| line.to_str().ok()).collect();
    // What cannot be told apart by headers that we forward is for nobody else.
    let varies = headers
        .get_all(http::header::VARY)
        .iter()
        .any(|it| it == "*");
    if (lines.is_empty() && !varies) || answer.first() != Some(&b'{') {
        return answer;
    }
    let mut said = lines.join(",");
    if varies {
        said.push_str(",no-store");
    }
    // Where nothing else speaks for keeping it, nothing needs to speak against.
    let refuses = said.to_ascii_lowercase().contains("no-store");
    let speaks = || std::str::from_utf8(&answer).is_ok_and(|it| it.contains("cacheControl"));
    if refuses && !speaks() {
        return answer;
    }
    let age = headers
        .get(http::header::AGE)
        .and_then(|it| it.to_str().ok());
    if let Some(age) = age {
        said.push_str(",age=");
        said.push_str(age);
    }
    let mut out = Vec::with_capacity(answer.len() + said.len() + 24);
    out.extend_from_slice(b"{\"cache-control\":");
    write_string(&mut out, &said);
    let rest = &answer[1..];
    if rest.trim_ascii_start().first() != Some(&b'}') {
        out.push(b',');
    }
    out.extend_from_slice(rest);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(answer: &'static str, headers: &[(&'static str, &str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let out = with_header(Bytes::from_static(answer.as_bytes()), &map);
        String::from_utf8(out.to_vec()).unwrap()
    }

    #[test]
    fn headers_go_along_with_the_answer() {
        let answer = r#"{"data":{}}"#;
        assert_eq!(with(answer, &[("etag", "x")]), answer);
        assert_eq!(
            with(
                answer,
                &[
                    ("cache-control", "public"),
                    ("cache-control", "max-age=\"5\""),
                    ("age", "2")
                ]
            ),
            r#"{"cache-control":"public,max-age=\"5\",age=2","data":{}}"#
        );
        assert_eq!(
            with("{ }", &[("cache-control", "public")]),
            r#"{"cache-control":"public" }"#
        );
        assert_eq!(with("[]", &[("cache-control", "public")]), "[]");
        let refusing = [("vary", "*")];
        assert_eq!(with(answer, &refusing), answer);
        let speaking = r#"{"extensions":{"cacheControl":{}}}"#;
        assert!(with(speaking, &refusing).starts_with(r#"{"cache-control":",no-store","#));
    }
}
