//! What a subgraph says about keeping its answer: `extensions.cacheControl`,
//! either as one statement for the whole answer or as the list of hints per
//! field that many servers send.
//!
//! ```json
//! {"maxAge": 60, "scope": "PUBLIC"}
//! {"version": 1, "hints": [{"path": ["a"], "maxAge": 60, "scope": "PRIVATE"}]}
//! ```

use std::time::Duration;

use crate::value::{Content, View};

/// For whom an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

impl Hint {
    /// The hint of an answer; None where it must not be kept: nothing is said,
    /// what is said cannot be understood, or the answer carries errors.
    pub fn of(answer: View<'_, '_>) -> Option<Self> {
        let mut errors = answer.get("errors").into_iter().flat_map(View::items);
        if errors.next().is_some() {
            return None;
        }
        let said = answer.get("extensions")?.get("cacheControl")?;
        match said.get("hints") {
            None => Self::read(said),
            Some(hints) => {
                let hints = hints.items().map(Self::read);
                hints.reduce(|one, other| Some(one?.and(other?))).flatten()
            }
        }
    }

    fn read(said: View<'_, '_>) -> Option<Self> {
        let Content::Token(seconds) = said.get("maxAge")?.content() else {
            return None;
        };
        let scope = match said.get("scope") {
            None => Scope::Public,
            Some(scope) if scope.as_raw_str() == Some("PUBLIC") => Scope::Public,
            // What is not known to be for everybody is for the caller alone.
            Some(_) => Scope::Private,
        };
        let max_age = Duration::from_secs(seconds.parse().ok()?);
        (!max_age.is_zero()).then_some(Self { max_age, scope })
    }

    /// The stricter of both.
    fn and(self, other: Self) -> Self {
        Self {
            max_age: self.max_age.min(other.max_age),
            scope: if self.scope == Scope::Public {
                other.scope
            } else {
                Scope::Private
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Tree;

    fn hint(extensions: &str) -> Option<(u64, Scope)> {
        let text = format!(r#"{{"data":{{}},"extensions":{extensions}}}"#);
        let mut tree = Tree::new();
        let answer = tree.read(text.as_bytes()).unwrap();
        let hint = Hint::of(tree.view(answer))?;
        Some((hint.max_age.as_secs(), hint.scope))
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
        let text =
            br#"{"data":{},"errors":[{"message":"x"}],"extensions":{"cacheControl":{"maxAge":9}}}"#;
        let mut tree = Tree::new();
        let answer = tree.read(text).unwrap();
        assert_eq!(Hint::of(tree.view(answer)), None);
    }
}
