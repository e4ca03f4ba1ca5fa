//! The bucket in Redis, taken from in one step.

use std::{sync::LazyLock, time::Duration};

use redis::Script;

use crate::{
    config::Allowance,
    redis::{Away, Redis},
};

/// Reads the time from Redis, so that gateways need not agree on it.
static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'tokens', 'filled')
local tokens = tonumber(known[1]) or burst
local filled = tonumber(known[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - filled) * rate / 1000)
local wait = 0
if tokens >= 1 then
  tokens = tokens - 1
else
  wait = math.ceil((1 - tokens) * 1000 / rate)
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'filled', math.max(now, filled))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst * 1000 / rate) + 1000)
return wait
",
    )
});

/// Takes a token; the inner error is the wait.
pub async fn take(
    redis: &Redis,
    key: &str,
    allowance: Allowance,
) -> Result<Result<(), Duration>, Away> {
    let arguments = [
        allowance.per_second.to_string(),
        allowance.burst.to_string(),
    ];
    let wait: u64 = redis.eval(&TAKE, &[key], &arguments).await?;
    Ok(if wait == 0 {
        Ok(())
    } else {
        Err(Duration::from_millis(wait))
    })
}
