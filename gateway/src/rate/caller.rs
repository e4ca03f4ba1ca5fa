//! Who calls, as the key of a bucket. Nothing of a token is kept: keys are
//! hashes.

use std::net::{IpAddr, Ipv6Addr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::header;
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use crate::context::RequestContext;

/// What an address shares its bucket with: a subscriber of IPv6 has a /64.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let bits = u128::from(address) & !u128::from(u64::MAX);
            Ipv6Addr::from(bits).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// The key of who calls; None without a token. A token that nobody has checked
/// tells nothing of who sends it: then the key is the token itself at this
/// address, and many tokens of one address share what the address has.
pub fn identity(context: &RequestContext, verified: bool) -> Option<String> {
    let header = context.headers.get(header::AUTHORIZATION)?;
    let mut hash = Sha256::new();
    if let Some((issuer, subject)) = context.bearer().filter(|_| verified).and_then(subject) {
        hash.update(b"subject\0");
        hash.update(issuer);
        hash.update(b"\0");
        hash.update(subject);
    } else {
        hash.update(b"token\0");
        hash.update(header.as_bytes());
        hash.update(b"\0");
        if let Some(address) = context.address.filter(|_| !verified) {
            hash.update(network(address).to_string());
        }
    }
    Some(hex::encode(&hash.finalize()[..16]))
}

/// Issuer and subject of a JWT that was verified.
fn subject(token: &str) -> Option<(String, String)> {
    let payload = token.split('.').nth(1)?;
    let claims = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let claims: Json = serde_json::from_slice(&claims).ok()?;
    let text = |name: &str| claims.get(name).and_then(Json::as_str).map(str::to_owned);
    Some((text("iss").unwrap_or_default(), text("sub")?))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::HeaderMap;

    use super::*;

    fn key(authorization: &str, address: &str, verified: bool) -> Option<String> {
        let mut headers = HeaderMap::new();
        if !authorization.is_empty() {
            headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
        }
        let mut context = RequestContext::new(&headers, Duration::from_secs(1), || "r".to_owned());
        context.address = Some(address.parse().unwrap());
        identity(&context, verified)
    }

    fn token(claims: &str, signature: &str) -> String {
        format!("Bearer e30.{}.{signature}", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_verified_subject_is_one_caller_whatever_its_token_or_address() {
        let one = token(r#"{"sub":"li","iss":"city","exp":1}"#, "a");
        let other = token(r#"{"exp":2,"iss":"city","sub":"li"}"#, "b");
        assert_eq!(key(&one, "192.0.2.1", true), key(&other, "192.0.2.2", true));
        let else_where = token(r#"{"sub":"li","iss":"county"}"#, "a");
        assert_ne!(
            key(&one, "192.0.2.1", true),
            key(&else_where, "192.0.2.1", true)
        );
        let wang = token(r#"{"sub":"wang","iss":"city"}"#, "a");
        assert_ne!(key(&one, "192.0.2.1", true), key(&wang, "192.0.2.1", true));
    }

    #[test]
    fn an_unverified_token_cannot_take_the_place_of_another() {
        // Somebody else who writes the same subject into a token of their own.
        let one = token(r#"{"sub":"li"}"#, "a");
        let forged = token(r#"{"sub":"li"}"#, "b");
        assert_ne!(
            key(&one, "192.0.2.1", false),
            key(&forged, "192.0.2.1", false)
        );
        assert_ne!(key(&one, "192.0.2.1", false), key(&one, "192.0.2.2", false));
        assert_eq!(
            key(&one, "2001:db8::1", false),
            key(&one, "2001:db8::2", false)
        );
    }

    #[test]
    fn keys_hold_nothing_of_a_token() {
        assert_eq!(key("", "192.0.2.1", true), None);
        let key = key("Bearer opaque", "192.0.2.1", true).unwrap();
        assert_eq!(key.len(), 32);
        assert!(key.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }

    #[test]
    fn addresses_are_networks() {
        for (address, expected) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ] {
            assert_eq!(network(address.parse().unwrap()).to_string(), expected);
        }
    }
}
