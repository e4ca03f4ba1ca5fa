//! What a subgraph says about keeping its answer: in `extensions.cacheControl`,
//! as one statement for the whole answer or as the list of hints per field that
//! many servers send; and, over HTTP, in its `cache-control` header.
//!
//! ```json
//! {"maxAge": 60, "scope": "PUBLIC"}
//! {"version": 1, "hints": [{"path": ["a"], "maxAge": 60, "scope": "PRIVATE"}]}
//! ```
//!
//! The strictest of all that is said counts.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value as Json;

use super::body::Body;

/// For whom an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// The same for everybody.
    Public,
    /// For the caller alone.
    Private,
}

/// How long an answer may be kept, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hint {
    pub max_age: Duration,
    pub scope: Scope,
}

/// What the extension says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    #[serde(rename = "maxAge")]
    max_age: Option<Json>,
    scope: Option<Json>,
    hints: Option<Vec<Self>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Extensions {
    #[serde(rename = "cacheControl")]
    cache_control: Option<Said>,
}

impl Hint {
    /// The hint of an answer; None where it must not be kept: nothing is said,
    /// what is said cannot be understood, or the answer carries errors.
    pub fn of(answer: &Body<'_>) -> Option<Self> {
        if answer.has_errors() {
            return None;
        }
        let header = answer.cache_control.as_deref().map(Header::read);
        let said = match answer.extensions {
            Some(extensions) => {
                let extensions: Extensions = serde_json::from_str(extensions.get()).ok()?;
                extensions.cache_control
            }
            None => None,
        };
        match (said, header) {
            (Some(said), None) => said.hint(),
            (Some(said), Some(header)) => header.narrow(said.hint()?),
            (None, Some(header)) => header.hint(),
            (None, None) => None,
        }
    }

    /// The stricter of both.
    pub fn and(self, other: Self) -> Self {
        Self {
            max_age: self.max_age.min(other.max_age),
            scope: self.scope.max(other.scope),
        }
    }
}

impl Said {
    fn hint(&self) -> Option<Hint> {
        match &self.hints {
            None => self.own(),
            Some(hints) => {
                let hints = hints.iter().map(Self::own);
                hints.reduce(|one, other| Some(one?.and(other?))).flatten()
            }
        }
    }

    fn own(&self) -> Option<Hint> {
        let max_age = Duration::from_secs(self.max_age.as_ref()?.as_u64()?);
        let scope = match &self.scope {
            None => Scope::Public,
            Some(scope) if scope == "PUBLIC" => Scope::Public,
            // What is not known to be for everybody is for the caller alone.
            Some(_) => Scope::Private,
        };
        (!max_age.is_zero()).then_some(Hint { max_age, scope })
    }
}

/// A `cache-control` header, with the age that the answer has already.
#[derive(Debug, Default)]
struct Header {
    refuses: bool,
    max_age: Option<Duration>,
    /// Whether shared caches are allowed by name, or forbidden.
    public: bool,
    private: bool,
}

impl Header {
    fn read(text: &str) -> Self {
        let mut header = Self::default();
        let mut shared = None;
        let mut age = 0_u64;
        for part in text.split(',') {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let seconds = value.trim().trim_matches('"').parse::<u64>().ok();
            match name.trim().to_ascii_lowercase().as_str() {
                // A name in the value says that only that header is meant;
                // nobody knows which headers made the answer.
                "no-store" | "no-cache" => header.refuses = true,
                "private" => header.private = true,
                "public" => header.public = true,
                "max-age" => match seconds {
                    Some(seconds) => header.max_age = Some(Duration::from_secs(seconds)),
                    None => header.refuses = true,
                },
                // It is for shared caches, so it allows them.
                "s-maxage" => {
                    shared = seconds.map(Duration::from_secs);
                    header.public = true;
                    header.refuses |= seconds.is_none();
                }
                // Ours: what the `age` header said.
                super::AGE => age = seconds.unwrap_or(u64::MAX),
                _ => {}
            }
        }
        // For what may be shared, `s-maxage` stands in the place of `max-age`.
        if !header.private {
            header.max_age = shared.or(header.max_age);
        }
        header.max_age = header
            .max_age
            .map(|span| span.saturating_sub(Duration::from_secs(age)));
        header.refuses |= header.max_age.is_some_and(|span| span.is_zero());
        header
    }

    /// What the header says alone. An answer to a request with credentials is
    /// for everybody only where the header says so.
    fn hint(&self) -> Option<Hint> {
        let is_public = self.public && !self.private;
        let scope = if is_public {
            Scope::Public
        } else {
            Scope::Private
        };
        let max_age = self.max_age.filter(|_| !self.refuses)?;
        Some(Hint { max_age, scope })
    }

    fn narrow(&self, hint: Hint) -> Option<Hint> {
        let scope = if self.private {
            Scope::Private
        } else {
            hint.scope
        };
        let max_age = self
            .max_age
            .map_or(hint.max_age, |own| own.min(hint.max_age));
        (!self.refuses).then_some(Hint { max_age, scope })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(answer: &str) -> Option<(u64, Scope)> {
        let hint = Hint::of(&Body::read(answer.as_bytes())?)?;
        Some((hint.max_age.as_secs(), hint.scope))
    }

    fn hint(extensions: &str) -> Option<(u64, Scope)> {
        of(&format!(r#"{{"data":{{}},"extensions":{extensions}}}"#))
    }

    #[test]
    fn reads_one_statement() {
        use Scope::{Private, Public};
        for (said, expected) in [
            (r#"{"maxAge":60}"#, Some((60, Public))),
            (r#"{"maxAge":60,"scope":"PUBLIC"}"#, Some((60, Public))),
            (r#"{"maxAge":60,"scope":"PRIVATE"}"#, Some((60, Private))),
            (r#"{"maxAge":60,"scope":"public"}"#, Some((60, Private))),
            (r#"{"maxAge":60,"scope":7}"#, Some((60, Private))),
            (r#"{"maxAge":0}"#, None),
            (r#"{"maxAge":-1}"#, None),
            (r#"{"maxAge":"60"}"#, None),
            (r#"{"scope":"PUBLIC"}"#, None),
            ("[]", None),
            ("null", None),
        ] {
            let extensions = format!(r#"{{"cacheControl":{said}}}"#);
            assert_eq!(hint(&extensions), expected, "{said}");
        }
        assert_eq!(hint("{}"), None);
    }

    #[test]
    fn the_strictest_of_many_hints_counts() {
        let hints = |hints: &str| hint(&format!(r#"{{"cacheControl":{{"hints":[{hints}]}}}}"#));
        let (long, short) = (r#"{"maxAge":90}"#, r#"{"maxAge":5,"scope":"PRIVATE"}"#);
        assert_eq!(hints(&format!("{long},{short}")), Some((5, Scope::Private)));
        assert_eq!(hints(long), Some((90, Scope::Public)));
        assert_eq!(hints(&format!(r#"{long},{{"maxAge":0}}"#)), None);
        assert_eq!(hints(""), None);
    }

    #[test]
    fn an_answer_with_errors_is_never_kept() {
        let said = r#""extensions":{"cacheControl":{"maxAge":9}}"#;
        let errors = r#""errors":[{"message":"x"}]"#;
        assert_eq!(of(&format!(r#"{{"data":{{}},{errors},{said}}}"#)), None);
        let none = of(&format!(r#"{{"data":{{}},"errors":[],{said}}}"#));
        assert_eq!(none, Some((9, Scope::Public)));
    }

    #[test]
    fn the_header_speaks_where_the_answer_does_not() {
        use Scope::{Private, Public};
        for (header, expected) in [
            ("public, max-age=60", Some((60, Public))),
            ("max-age=60", Some((60, Private))),
            ("private, max-age=60", Some((60, Private))),
            ("Max-Age=\"60\", PUBLIC", Some((60, Public))),
            ("max-age=9, s-maxage=60", Some((60, Public))),
            ("private, max-age=9, s-maxage=60", Some((9, Private))),
            ("public, max-age=60, age=20", Some((40, Public))),
            ("public, max-age=60, age=60", None),
            ("public", None),
            ("no-store, max-age=60", None),
            ("no-cache=\"set-cookie\", max-age=60", None),
            ("public, max-age=never", None),
            ("", None),
        ] {
            let header_json = serde_json::to_string(header).unwrap();
            let answer = format!(r#"{{"cache-control":{header_json},"data":{{}}}}"#);
            assert_eq!(of(&answer), expected, "{header}");
        }
    }

    #[test]
    fn of_header_and_answer_the_stricter_counts() {
        use Scope::{Private, Public};
        let both = |header: &str, said: &str| {
            let header = serde_json::to_string(header).unwrap();
            of(&format!(
                r#"{{"cache-control":{header},"data":{{}},"extensions":{{"cacheControl":{said}}}}}"#
            ))
        };
        let public = r#"{"maxAge":60,"scope":"PUBLIC"}"#;
        assert_eq!(both("max-age=9", public), Some((9, Public)));
        assert_eq!(both("public, max-age=90", public), Some((60, Public)));
        assert_eq!(both("private", public), Some((60, Private)));
        assert_eq!(both("no-store", public), None);
        assert_eq!(both("public, max-age=9", r#"{"maxAge":0}"#), None);
    }
}
