//! The answers that all gateways keep together, in Redis. Redis may be away,
//! slow, emptied or full at any time: then there is nothing here.
//!
//! An entry is a text with a head of 24 bytes: when it was asked for by the
//! clock of Redis, and how far the events of its subgraph were known. A gateway
//! that has written takes nothing that was asked for before it next looked.

use std::{
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};

use bytes::{Buf as _, BufMut as _, Bytes};
use redis::Script;

use super::{events::Position, key::Key, memory::State};
use crate::redis::Redis;

/// All entries of a look with what is left of their time, and the time itself.
static LOOK: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
local time = redis.call('TIME')
local found = { tostring(time[1] * 1000 + math.floor(time[2] / 1000)) }
for at = 1, #KEYS do
  local left = redis.call('PTTL', KEYS[at])
  found[#found + 1] = left > 0 and redis.call('GET', KEYS[at]) or ''
  found[#found + 1] = tostring(left)
end
return found
",
    )
});

const HEAD: usize = 24;

/// What was found.
#[derive(Clone, Debug)]
pub struct Found {
    pub text: Bytes,
    pub left: Duration,
    pub position: Position,
}

/// One look into Redis.
#[derive(Debug)]
pub struct Look {
    /// What was found, in the order of the keys.
    pub found: Vec<Option<Found>>,
    /// The time of Redis: when what is missing is asked for.
    pub at: u64,
}

/// One subgraph's entries.
#[derive(Debug)]
pub struct Shared {
    redis: Arc<Redis>,
    /// Texts that are longer stay in the process that asked.
    most_bytes: usize,
    /// What had ended when we last looked, and when that was.
    since: Mutex<(State, u64)>,
}

impl Shared {
    pub fn new(redis: Arc<Redis>, most_bytes: usize) -> Self {
        Self {
            redis,
            most_bytes,
            since: Mutex::default(),
        }
    }

    /// Looks for entries; None where Redis is away.
    pub async fn look(&self, keys: &[Key], state: State) -> Option<Look> {
        let names: Vec<String> = keys.iter().map(name).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let answer = self.redis.eval(&LOOK, &names, &[""; 0]).await;
        let answer: Vec<Bytes> = count(answer)?;
        let mut parts = answer.into_iter();
        let number =
            |part: Option<Bytes>| -> Option<i64> { std::str::from_utf8(&part?).ok()?.parse().ok() };
        let at = u64::try_from(number(parts.next())?).ok()?;
        let since = self.since(state, at);
        let found = keys.iter().map(|_| {
            let (text, left) = (parts.next()?, number(parts.next())?);
            read(text, left, since)
        });
        Some(Look {
            found: found.collect(),
            at,
        })
    }

    /// Keeps texts for so long; whether they were kept makes no difference.
    pub async fn keep_all(
        &self,
        entries: &[(Key, &[u8])],
        at: u64,
        position: Position,
        ttl: Duration,
    ) {
        let mut kept = Vec::with_capacity(entries.len());
        for (key, text) in entries {
            if text.len() > self.most_bytes || ttl.is_zero() {
                continue;
            }
            let mut entry = Vec::with_capacity(HEAD + text.len());
            entry.put_u64(at);
            entry.put_u64(position.0);
            entry.put_u64(position.1);
            entry.put_slice(text);
            kept.push((name(key), entry));
        }
        if !kept.is_empty() {
            let _ = count(self.redis.set_all(&kept, ttl).await);
        }
    }

    /// Nothing that was asked for until then is taken.
    fn since(&self, state: State, now: u64) -> u64 {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if since.0 != state {
            *since = (state, since.1.max(now));
        }
        since.1
    }
}

fn read(mut entry: Bytes, left: i64, since: u64) -> Option<Found> {
    if entry.len() < HEAD {
        return None;
    }
    let (at, millis, number) = (entry.get_u64(), entry.get_u64(), entry.get_u64());
    let left = Duration::from_millis(u64::try_from(left).ok()?);
    (at > since).then_some(Found {
        text: entry,
        left,
        position: Position(millis, number),
    })
}

fn name(key: &Key) -> String {
    format!("answer.{}", hex::encode(key))
}

fn count<T>(answer: Result<T, crate::redis::Away>) -> Option<T> {
    let outcome = if answer.is_ok() { "ok" } else { "away" };
    metrics::counter!("gateway.cache.redis", "outcome" => outcome).increment(1);
    answer.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_before_the_last_write_is_not_taken() {
        let mut entry = Vec::new();
        for number in [50_u64, 7, 8] {
            entry.put_u64(number);
        }
        entry.put_slice(b"text");
        let entry = Bytes::from(entry);
        let found = read(entry.clone(), 9, 49).unwrap();
        assert_eq!(found.position, Position(7, 8));
        assert_eq!((&found.text[..], found.left.as_millis()), (&b"text"[..], 9));
        assert!(read(entry.clone(), 9, 50).is_none());
        assert!(read(entry.clone(), -1, 0).is_none(), "without an end");
        assert!(read(entry.slice(..20), 9, 0).is_none(), "cut short");
    }
}
