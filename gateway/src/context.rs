//! Who asks, in which language, until when: what travels with a request.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use http::{HeaderMap, HeaderName};
use kernel::Lang;

use crate::notes::Notes;

/// The headers a subgraph gets to see, under the same names in every transport.
pub const FORWARDED: [&str; 8] = [
    "authorization",
    "accept-language",
    "x-request-id",
    "traceparent",
    "tracestate",
    "x-sanshe-channel",
    "x-sanshe-assisted-by",
    "x-sanshe-purpose",
];

/// The longest request id that is taken from a client.
const MAX_REQUEST_ID: usize = 128;

/// The surroundings of one request.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// Only headers of [`FORWARDED`].
    pub headers: HeaderMap,
    pub lang: Lang,
    pub request_id: String,
    pub deadline: Instant,
    /// Whether the answer shall carry the plan summary.
    pub explain: bool,
    /// Whether the answer shall carry its price.
    pub priced: bool,
    /// Where the request comes from; None in process.
    pub address: Option<IpAddr>,
    pub notes: Notes,
}

impl RequestContext {
    /// Takes from `headers` what is forwarded. `fresh_id` makes a request id
    /// where the client sent none that can be used.
    pub fn new(headers: &HeaderMap, limit: Duration, fresh_id: impl FnOnce() -> String) -> Self {
        let mut forwarded = HeaderMap::with_capacity(FORWARDED.len());
        for name in FORWARDED {
            if let Some(value) = headers.get(name) {
                forwarded.insert(HeaderName::from_static(name), value.clone());
            }
        }
        let lang = headers
            .get(http::header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .map_or(Lang::Zh, Lang::from_accept_language);
        let request_id = headers
            .get("x-request-id")
            .and_then(|value| value.to_str().ok())
            .filter(|id| is_request_id(id))
            .map_or_else(fresh_id, str::to_owned);
        if let Ok(value) = request_id.parse() {
            forwarded.insert(HeaderName::from_static("x-request-id"), value);
        }
        Self {
            headers: forwarded,
            lang,
            request_id,
            deadline: Instant::now() + limit,
            explain: false,
            priced: false,
            address: None,
            notes: Notes::default(),
        }
    }

    /// The same surroundings for one operation of several in a request.
    pub fn of_its_own(&self) -> Self {
        Self {
            notes: Notes::default(),
            ..self.clone()
        }
    }

    /// How long the request may still take.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The caller's bearer token.
    pub fn bearer(&self) -> Option<&str> {
        let value = self
            .headers
            .get(http::header::AUTHORIZATION)?
            .to_str()
            .ok()?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }
}

/// A request id goes to logs and headers: printable, short, no spaces.
fn is_request_id(id: &str) -> bool {
    (1..=MAX_REQUEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(pairs: &[(&'static str, &str)]) -> RequestContext {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        RequestContext::new(&headers, Duration::from_secs(1), || "fresh".to_owned())
    }

    #[test]
    fn forwards_only_the_listed_headers() {
        let context = context(&[
            ("authorization", "Bearer t"),
            ("cookie", "secret"),
            ("host", "x"),
        ]);
        assert_eq!(context.bearer(), Some("t"));
        assert!(context.headers.get("cookie").is_none());
        assert!(context.headers.get("host").is_none());
    }

    #[test]
    fn takes_a_usable_request_id_and_replaces_another() {
        assert_eq!(context(&[("x-request-id", "r-1")]).request_id, "r-1");
        assert_eq!(context(&[("x-request-id", "a b")]).request_id, "fresh");
        assert_eq!(
            context(&[("x-request-id", &"a".repeat(129))]).request_id,
            "fresh"
        );
        assert_eq!(context(&[]).headers["x-request-id"], "fresh");
    }
}
