//! Who calls, as the key of a bucket. Nothing of a token is kept: keys are
//! hashes.

use std::net::{IpAddr, Ipv6Addr};

use http::header;
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
pub fn identity(context: &RequestContext, verified: Option<&str>) -> Option<String> {
    let header = context.headers.get(header::AUTHORIZATION)?;
    let mut hash = Sha256::new();
    if let Some(subject) = verified {
        hash.update(b"subject\0");
        hash.update(subject);
    } else {
        hash.update(b"token\0");
        hash.update(header.as_bytes());
        hash.update(b"\0");
        if let Some(address) = context.address {
            hash.update(network(address).to_string());
        }
    }
    Some(hex::encode(&hash.finalize()[..16]))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::HeaderMap;

    use super::*;

    fn key(authorization: &str, address: &str, verified: Option<&str>) -> Option<String> {
        let mut headers = HeaderMap::new();
        if !authorization.is_empty() {
            headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
        }
        let mut context = RequestContext::new(&headers, Duration::from_secs(1), || "r".to_owned());
        context.address = Some(address.parse().unwrap());
        identity(&context, verified)
    }

    #[test]
    fn a_verified_subject_is_one_caller_whatever_its_token_or_address() {
        let li = key("Bearer a", "192.0.2.1", Some("li"));
        assert_eq!(li, key("Bearer b", "192.0.2.2", Some("li")));
        assert_ne!(li, key("Bearer a", "192.0.2.1", Some("wu")));
        // A token that reads like the subject is not the subject.
        assert_ne!(li, key("li", "192.0.2.1", None));
    }

    #[test]
    fn an_unverified_token_cannot_take_the_place_of_another() {
        let one = key("Bearer a", "192.0.2.1", None);
        assert_ne!(one, key("Bearer b", "192.0.2.1", None));
        assert_ne!(one, key("Bearer a", "192.0.2.2", None));
        let v6 = |address| key("Bearer a", address, None);
        assert_eq!(v6("2001:db8::1"), v6("2001:db8::2"));
    }

    #[test]
    fn keys_hold_nothing_of_a_token() {
        assert_eq!(key("", "192.0.2.1", Some("li")), None);
        let key = key("Bearer opaque", "192.0.2.1", None).unwrap();
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
