//! Automatic persisted queries: a client sends the hash; where it is unknown,
//! the hash with the document; and from then on the hash alone.

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use kernel::refuse;
use moka::{policy::EvictionPolicy, sync::Cache};
use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

use super::mismatch;
use crate::{config, error::Rejection, redis::Redis};

/// A document to be remembered under its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remember {
    pub(super) hash: String,
    pub(super) document: Arc<str>,
}

/// Documents by hash, in memory and where there is one in Redis.
#[derive(Debug)]
pub struct Automatic {
    memory: Cache<String, Arc<str>>,
    redis: Option<Arc<Redis>>,
    ttl: Duration,
}

impl Automatic {
    pub fn new(settings: &config::Persisted, redis: Option<Arc<Redis>>) -> Self {
        let memory = Cache::builder()
            .max_capacity(settings.bytes)
            .weigher(|hash: &String, document: &Arc<str>| {
                u32::try_from(hash.len() + document.len()).unwrap_or(u32::MAX)
            })
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self {
            memory,
            redis,
            ttl: Duration::from_secs(settings.seconds),
        }
    }

    pub async fn find(&self, hash: &str) -> Option<String> {
        if let Some(document) = self.memory.get(hash) {
            return Some(document.as_ref().to_owned());
        }
        let bytes = self.redis.as_ref()?.get(&key(hash)).await.ok()??;
        let document = String::from_utf8(bytes.into()).ok()?;
        // Whoever can write to Redis must not be able to change what runs here.
        if digest(&document) != hash {
            tracing::warn!("redis holds another document under a hash");
            return None;
        }
        self.memory
            .insert(hash.to_owned(), document.as_str().into());
        Some(document)
    }

    pub async fn remember(&self, Remember { hash, document }: Remember) {
        if self.memory.get(&hash).is_some() {
            return;
        }
        self.memory.insert(hash.clone(), Arc::clone(&document));
        if let Some(redis) = &self.redis {
            // Away: the memory has it.
            let _ = redis.set(&key(&hash), document.as_bytes(), self.ttl).await;
        }
    }
}

fn key(hash: &str) -> String {
    format!("apq.{hash}")
}

fn digest(document: &str) -> String {
    hex::encode(Sha256::digest(document))
}

/// Refuses a document that is not the one of the hash.
pub fn check(document: &str, hash: &str) -> Result<(), Rejection> {
    if digest(document) == hash {
        Ok(())
    } else {
        Err(mismatch())
    }
}

/// The hash in `extensions.persistedQuery`.
pub fn hash(extensions: &Map<String, Json>) -> Result<Option<String>, Rejection> {
    let persisted = match extensions.get("persistedQuery") {
        None | Some(Json::Null) => return Ok(None),
        Some(persisted) => persisted,
    };
    let is_first = persisted.get("version").is_none_or(|it| *it == 1);
    let hash = persisted.get("sha256Hash").and_then(Json::as_str);
    let is_hash = |it: &&str| it.len() == 64 && it.bytes().all(|byte| byte.is_ascii_hexdigit());
    match hash.filter(is_hash) {
        Some(hash) if is_first => Ok(Some(hash.to_ascii_lowercase())),
        _ => Err(Rejection::malformed(
            StatusCode::UNPROCESSABLE_ENTITY,
            refuse!(Invalid, "PERSISTED_QUERY_MALFORMED", field: "extensions.persistedQuery",
                zh: "extensions.persistedQuery 必须有 version 1 和 64 位十六进制的 sha256Hash",
                en: "extensions.persistedQuery must have version 1 and a sha256Hash of 64 hexadecimal digits"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn remembers_no_more_than_fits_and_forgets_the_oldest() {
        let settings = config::Persisted {
            bytes: 1_000,
            ..config::Persisted::default()
        };
        let automatic = Automatic::new(&settings, None);
        let documents: Vec<String> = (0..500).map(|at| format!("query Q{at} {{ a }}")).collect();
        for document in &documents {
            let (hash, document) = (digest(document), document.as_str().into());
            automatic.remember(Remember { hash, document }).await;
        }
        automatic.memory.run_pending_tasks();
        assert!(automatic.memory.weighted_size() <= 1_000);
        assert_eq!(automatic.find(&digest(&documents[0])).await, None);
        let last = &documents[499];
        assert_eq!(automatic.find(&digest(last)).await.as_ref(), Some(last));
    }
}
