//! When the token of a subscription runs out.
//!
//! The token was checked when the subscription began, here or by the service.
//! Only its `exp` is read here: a forged one could but end its own stream.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::SharedClock;
use serde::Deserialize;

/// How long a clock that can be moved is trusted to go by itself.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// The end of a token, by the injected clock.
pub(super) struct Expiry {
    clock: SharedClock,
    /// Seconds since 1970; None where the token has no end that we can read.
    at: Option<i64>,
}

#[derive(Deserialize)]
struct Claims {
    exp: Option<f64>,
}

impl Expiry {
    pub fn of(token: Option<&str>, clock: SharedClock) -> Self {
        Self {
            clock,
            at: token.and_then(read),
        }
    }

    /// Waits until it has passed.
    pub async fn passed(&self) {
        let Some(at) = self.at else {
            return std::future::pending().await;
        };
        loop {
            let left = at.saturating_sub(self.clock.now().timestamp());
            if left <= 0 {
                return;
            }
            let left = Duration::from_secs(left.unsigned_abs()).min(LOOK_AGAIN);
            let _ = tokio::time::timeout(left, std::future::pending::<()>()).await;
        }
    }
}

fn read(token: &str) -> Option<i64> {
    let payload = token.split('.').nth(1)?;
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let exp = serde_json::from_slice::<Claims>(&payload).ok()?.exp?;
    #[expect(clippy::cast_possible_truncation, reason = "casts of floats saturate")]
    Some(exp as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> String {
        format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn reads_the_end_and_takes_what_is_no_jwt_for_endless() {
        assert_eq!(read(&token(r#"{"exp":1700000000}"#)), Some(1_700_000_000));
        assert_eq!(read(&token(r#"{"exp":1.5}"#)), Some(1));
        assert_eq!(read(&token(r#"{"exp":1e300}"#)), Some(i64::MAX));
        assert_eq!(read(&token(r#"{"exp":"soon"}"#)), None);
        assert_eq!(read(&token("{}")), None);
        assert_eq!(read("opaque"), None);
    }
}
