//! How often one caller may come: a token bucket for each address and for each
//! identity, in Redis where there is one, else in memory. Without Redis each
//! gateway counts for itself.

mod bucket;
pub mod caller;
mod shared;

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use kernel::{Refusal, refuse};
use moka::{policy::EvictionPolicy, sync::Cache};

use self::bucket::Bucket;
use crate::{
    config::{Allowance, Rate},
    context::RequestContext,
    error::{GraphError, Rejection},
    redis::Redis,
};

/// Tells the monotonic time.
pub type Now = Arc<dyn Fn() -> Instant + Send + Sync>;

/// The buckets of all callers.
pub struct Limiter {
    settings: Rate,
    redis: Option<Arc<Redis>>,
    /// The caller that came longest ago is forgotten first, and with it only
    /// what it had used up.
    memory: Cache<String, Arc<Mutex<Bucket>>>,
    now: Now,
}

impl std::fmt::Debug for Limiter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Limiter")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Limiter {
    pub fn new(settings: Rate, redis: Option<Arc<Redis>>, now: Now) -> Self {
        let memory = Cache::builder()
            .max_capacity(settings.callers)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self {
            settings,
            redis,
            memory,
            now,
        }
    }

    /// Lets a request of this address in, or refuses it.
    pub async fn address(&self, context: &RequestContext) -> Result<(), Rejection> {
        let Some(address) = context.address else {
            return Ok(());
        };
        let Some(allowance) = self.allowance(self.settings.address, Rate::ADDRESS, address) else {
            return Ok(());
        };
        let key = format!("rate.address.{}", caller::network(address));
        self.take(&key, allowance)
            .await
            .map_err(|wait| refused("rate.address", allowance, wait, context))
    }

    /// Lets an operation of this caller in, or refuses it. `verified` is the
    /// subject of a token that somebody has checked.
    pub async fn identity(
        &self,
        context: &RequestContext,
        verified: Option<&str>,
    ) -> Result<(), Rejection> {
        let Some(key) = caller::identity(context, verified) else {
            return Ok(());
        };
        let allowance = match context.address {
            Some(address) => self.allowance(self.settings.identity, Rate::IDENTITY, address),
            None => self.settings.identity.filter(|_| self.settings.enabled),
        };
        let Some(allowance) = allowance else {
            return Ok(());
        };
        self.take(&format!("rate.identity.{key}"), allowance)
            .await
            .map_err(|wait| refused("rate.identity", allowance, wait, context))
    }

    /// What holds for callers from there; None is no limit.
    fn allowance(
        &self,
        set: Option<Allowance>,
        default: Allowance,
        address: IpAddr,
    ) -> Option<Allowance> {
        let unset = (!address.is_loopback()).then_some(default);
        set.or(unset).filter(|_| self.settings.enabled)
    }

    /// Takes a token, or says when there will be one.
    async fn take(&self, key: &str, allowance: Allowance) -> Result<(), Duration> {
        if let Some(redis) = &self.redis
            && let Ok(taken) = shared::take(redis, key, allowance).await
        {
            return taken;
        }
        let now = (self.now)();
        let bucket = self
            .memory
            .get_with_by_ref(key, || Arc::new(Mutex::new(Bucket::full(allowance, now))));
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.take(allowance, now)
    }
}

fn refused(
    limit: &'static str,
    Allowance { per_second, burst }: Allowance,
    wait: Duration,
    context: &RequestContext,
) -> Rejection {
    metrics::counter!("gateway.rate.refused", "limit" => limit).increment(1);
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let seconds = seconds.max(1);
    context.notes.retry_after(seconds);
    let refusal: Refusal = refuse!(RateLimited, "RATE_LIMITED", field: limit,
        zh: "请求过于频繁,超出限制 {limit}:每秒 {per_second} 次,突发 {burst} 次;请在 {seconds} 秒后重试",
        en: "too many requests for the limit {limit}: {per_second} a second, {burst} at once; retry in {seconds} s");
    let mut rejection = Rejection::unavailable(refusal);
    for error in &mut rejection.errors {
        with_retry(error, seconds);
    }
    rejection
}

fn with_retry(error: &mut GraphError, seconds: u64) {
    error
        .extensions
        .insert("retryAfter".to_owned(), seconds.into());
}

#[cfg(test)]
mod tests;
