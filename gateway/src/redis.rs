//! One Redis for what may be lost: remembered documents, rate buckets, cached
//! answers. Every call ends within a short time, and an error only says that
//! Redis is away: callers go on with what they have in memory.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use bytes::Bytes;
use kernel::{Refusal, refuse};
use redis::{
    Client, FromRedisValue, RedisError, Script, ToRedisArgs,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tokio::sync::OnceCell;

use crate::config;

/// After a failure Redis is left alone for this long, so that an absent one
/// does not slow every request down.
const REST: Duration = Duration::from_secs(1);

/// Redis did not answer. There is nothing more to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("redis is away")]
pub struct Away;

/// A connection that many share.
pub struct Redis {
    client: Client,
    prefix: String,
    answer_within: Duration,
    connection: OnceCell<ConnectionManager>,
    born: Instant,
    /// Milliseconds after `born` until which nobody asks.
    resting: AtomicU64,
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address may hold a password.
        formatter
            .debug_struct("Redis")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

impl Redis {
    /// The Redis of the settings; None where they name none. It connects when
    /// first asked.
    pub fn from_config(settings: &config::Redis) -> Result<Option<Self>, Refusal> {
        let Some(url) = &settings.url else {
            return Ok(None);
        };
        // The address may hold a password, so it is not repeated.
        let client = Client::open(url.as_str()).map_err(|_| {
            refuse!(Invalid, "SETTING_INVALID", field: "redis.url",
                zh: "redis.url 不是有效的 Redis 地址",
                en: "redis.url is no address of a Redis")
        })?;
        Ok(Some(Self {
            client,
            prefix: settings.prefix.clone(),
            answer_within: Duration::from_millis(settings.answer_millis),
            connection: OnceCell::new(),
            born: Instant::now(),
            resting: AtomicU64::new(0),
        }))
    }

    /// The bytes under a key; None where there are none.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, Away> {
        let mut command = redis::cmd("GET");
        command.arg(self.key(key));
        let found: Option<Vec<u8>> = self.query(command).await?;
        Ok(found.map(Bytes::from))
    }

    /// Keeps bytes under a key for `ttl`.
    pub async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), Away> {
        let millis = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1);
        let mut command = redis::cmd("SET");
        command.arg(self.key(key)).arg(value).arg("PX").arg(millis);
        self.query(command).await
    }

    /// Keeps several, in one go.
    pub async fn set_all(&self, entries: &[(String, Vec<u8>)], ttl: Duration) -> Result<(), Away> {
        let millis = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1);
        let mut pipe = redis::pipe();
        for (key, value) in entries {
            let command = pipe.cmd("SET").arg(self.key(key)).arg(value.as_slice());
            command.arg("PX").arg(millis).ignore();
        }
        let mut connection = self.connection().await?;
        self.within(pipe.query_async(&mut connection)).await
    }

    /// Forgets keys.
    pub async fn delete(&self, keys: &[String]) -> Result<(), Away> {
        if keys.is_empty() {
            return Ok(());
        }
        let mut command = redis::cmd("DEL");
        for key in keys {
            command.arg(self.key(key));
        }
        self.query::<i64>(command).await.map(|_| ())
    }

    /// Runs a script, which Redis remembers by its hash.
    pub async fn eval<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[&str],
        arguments: &[impl ToRedisArgs],
    ) -> Result<T, Away> {
        let mut call = script.prepare_invoke();
        for key in keys {
            call.key(self.key(key));
        }
        for argument in arguments {
            call.arg(argument);
        }
        let mut connection = self.connection().await?;
        self.within(call.invoke_async(&mut connection)).await
    }

    /// Whether Redis answers now.
    pub async fn ping(&self) -> bool {
        let answer: Result<String, Away> = self.query(redis::cmd("PING")).await;
        answer.is_ok()
    }

    fn key(&self, key: &str) -> String {
        format!("{}.{key}", self.prefix)
    }

    async fn query<T: FromRedisValue>(&self, command: redis::Cmd) -> Result<T, Away> {
        let mut connection = self.connection().await?;
        self.within(command.query_async(&mut connection)).await
    }

    async fn connection(&self) -> Result<ConnectionManager, Away> {
        if self.resting.load(Ordering::Relaxed) > self.age() {
            return Err(Away);
        }
        let made = self.connection.get_or_try_init(|| async {
            let config = ConnectionManagerConfig::new()
                .set_number_of_retries(0)
                .set_connection_timeout(Some(self.answer_within))
                .set_response_timeout(Some(self.answer_within));
            self.client.get_connection_manager_lazy(config)
        });
        made.await.cloned().map_err(|error| self.rest(&error))
    }

    /// The whole call under one time limit: connecting, sending, answering.
    async fn within<T>(
        &self,
        call: impl Future<Output = Result<T, RedisError>>,
    ) -> Result<T, Away> {
        match tokio::time::timeout(self.answer_within, call).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.rest(&error)),
            Err(elapsed) => Err(self.rest(&elapsed)),
        }
    }

    fn rest(&self, error: &dyn std::error::Error) -> Away {
        let rest = u64::try_from(REST.as_millis()).unwrap_or(u64::MAX);
        let until = self.age() + rest;
        let before = self.resting.swap(until, Ordering::Relaxed);
        // One line per rest, not one per request that was on its way.
        if before + rest / 2 < until {
            metrics::counter!("gateway.redis.failures").increment(1);
            tracing::warn!(error = %error, "redis is away; going on in memory");
        }
        Away
    }

    fn age(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str) -> config::Redis {
        config::Redis {
            url: Some(url.to_owned()),
            answer_millis: 200,
            ..config::Redis::default()
        }
    }

    #[test]
    fn an_address_that_is_none_is_named_without_its_text() {
        let refusal = Redis::from_config(&settings("http://:secret@x")).unwrap_err();
        assert_eq!(refusal.field.as_deref(), Some("redis.url"));
        assert!(!refusal.en.contains("secret"), "{}", refusal.en);
        assert!(
            Redis::from_config(&config::Redis::default())
                .unwrap()
                .is_none()
        );
    }

    #[tokio::test]
    async fn an_absent_redis_is_away_and_then_left_alone() {
        // Nothing listens on a port that was just given back.
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let redis = Redis::from_config(&settings(&format!("redis://{port}")))
            .unwrap()
            .unwrap();
        assert_eq!(redis.get("a").await, Err(Away));
        assert!(redis.resting.load(Ordering::Relaxed) > redis.age());
        assert_eq!(redis.set("a", b"1", REST).await, Err(Away));
        assert!(!redis.ping().await);
        assert!(!format!("{redis:?}").contains("redis://"));
    }
}
