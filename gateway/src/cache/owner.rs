//! Whose an answer is that is for the caller alone: not the token's, which is
//! another one tomorrow, but that of who it names, with all that it says of
//! what they may do. Nothing of it is kept in the clear: this goes into a hash.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::header;
use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

use crate::context::RequestContext;

/// Claims that differ from token to token of one caller, and give no right.
const PASSING: [&str; 8] = [
    "exp",
    "iat",
    "nbf",
    "jti",
    "auth_time",
    "sid",
    "session_state",
    "at_hash",
];

/// What tells callers apart.
pub fn of(context: &RequestContext) -> [u8; 32] {
    let mut hash = Sha256::new();
    let Some(token) = context.headers.get(header::AUTHORIZATION) else {
        hash.update(b"nobody");
        return hash.finalize().into();
    };
    match context.notes.identity() {
        // Nobody has checked what the token says: it stands for itself.
        None => {
            hash.update(b"token\0");
            hash.update(token.as_bytes());
        }
        Some(identity) => {
            hash.update(b"caller\0");
            hash.update(identity.subject.as_bytes());
            let mut scopes: Vec<_> = identity.scopes.iter().map(String::as_str).collect();
            scopes.sort_unstable();
            scopes.dedup();
            for scope in scopes {
                hash.update(b"\0");
                hash.update(scope.as_bytes());
            }
            hash.update(b"\0\0");
            // Roles and the like, which we need not understand.
            hash.update(context.bearer().and_then(claims).unwrap_or_default());
        }
    }
    hash.finalize().into()
}

/// What a token in three parts says, in a stable order and without what
/// passes; None for a token that says nothing to us.
fn claims(token: &str) -> Option<String> {
    let payload = token.split('.').nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let mut claims: Map<String, Json> = serde_json::from_slice(&bytes).ok()?;
    claims.retain(|name, _| !PASSING.contains(&name.as_str()));
    let mut claims: Vec<_> = claims.into_iter().collect();
    claims.sort_by(|(one, _), (other, _)| one.cmp(other));
    let texts = claims.iter().map(|(name, value)| format!("{name}={value}"));
    Some(texts.collect::<Vec<_>>().join("\0"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::HeaderMap;
    use serde_json::json;

    use super::*;
    use crate::authenticate::Identity;

    fn owner(token: &str, identity: Option<(&str, &[&str])>) -> [u8; 32] {
        let mut headers = HeaderMap::new();
        if !token.is_empty() {
            let value = format!("Bearer {token}").parse().unwrap();
            headers.insert(header::AUTHORIZATION, value);
        }
        let context = RequestContext::new(&headers, Duration::from_secs(1), || "r".to_owned());
        if let Some((subject, scopes)) = identity {
            context.notes.identified(&Identity {
                subject: subject.to_owned(),
                scopes: scopes.iter().map(|it| (*it).to_owned()).collect(),
                expires: 0,
            });
        }
        of(&context)
    }

    fn token(claims: Json) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    #[test]
    fn it_is_the_caller_and_not_the_token() {
        let li = |claims| owner(&token(claims), Some(("li", &["a", "b"])));
        let one = li(json!({"sub": "li", "exp": 1, "jti": "x", "roles": ["r"]}));
        assert_eq!(
            one,
            li(json!({"roles": ["r"], "exp": 2, "jti": "y", "sub": "li"}))
        );
        assert_ne!(
            one,
            li(json!({"sub": "li", "roles": ["r", "s"]})),
            "other rights"
        );
        let opaque = |token, scopes| owner(token, Some(("li", scopes)));
        assert_eq!(opaque("1", &["a", "b"]), opaque("2", &["b", "a"]));
        assert_ne!(opaque("1", &["a", "b"]), opaque("1", &["a"]));
        assert_ne!(opaque("1", &["a"]), owner("1", Some(("wu", &["a"]))));
    }

    #[test]
    fn an_unchecked_token_stands_for_itself() {
        assert_eq!(owner("1", None), owner("1", None));
        assert_ne!(owner("1", None), owner("2", None));
        assert_ne!(owner("1", None), owner("", None));
        assert_ne!(owner("li", None), owner("li", Some(("li", &[]))));
    }
}
