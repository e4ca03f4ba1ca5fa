//! The addresses of a supergraph file: `http[s]://…` is GraphQL over HTTP, as in
//! any supergraph; `grpc://host:port` is the house's contract. The fragment
//! `#timeout=3s` bounds one answer and is never sent.

use std::{sync::Arc, time::Duration};

use kernel::Kind;

use crate::transport::{
    BoundedTransport, GrpcTransport, HttpTransport, SubgraphTransport, TransportError, Trust,
};

/// The way that an address names.
pub fn follow(
    address: &str,
    response_bytes: usize,
    trust: &Trust,
) -> Result<Arc<dyn SubgraphTransport>, TransportError> {
    let (base, fragment) = match address.split_once('#') {
        Some((base, fragment)) => (base, Some(fragment)),
        None => (address, None),
    };
    let way: Arc<dyn SubgraphTransport> = match base.strip_prefix("grpc://") {
        Some(rest) => Arc::new(GrpcTransport::connect(
            &format!("http://{}", rest.trim_end_matches('/')),
            response_bytes,
        )?),
        None => Arc::new(HttpTransport::trusting(base, response_bytes, trust)?),
    };
    let Some(fragment) = fragment else {
        return Ok(way);
    };
    let limit = fragment
        .strip_prefix("timeout=")
        .and_then(duration)
        .ok_or_else(|| {
            let detail = format!("{address}: behind # stands timeout=<n>ms or timeout=<n>s");
            TransportError::new(Kind::Invalid, detail)
        })?;
    Ok(Arc::new(BoundedTransport::new(way, limit)))
}

fn duration(text: &str) -> Option<Duration> {
    if let Some(millis) = text.strip_suffix("ms") {
        return millis.parse().ok().map(Duration::from_millis);
    }
    text.strip_suffix('s')?
        .parse()
        .ok()
        .map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn takes_both_contracts_and_a_bound() {
        for good in [
            "http://a:1/graphql",
            "grpc://a:1",
            "grpc://a:1/#timeout=250ms",
            "http://a:1/graphql#timeout=3s",
        ] {
            assert!(follow(good, 1, &Trust::default()).is_ok(), "{good}");
        }
        for bad in [
            "ftp://a",
            "http://a#timeout=3",
            "http://a#limit=3s",
            "grpc://",
            "a",
        ] {
            assert!(follow(bad, 1, &Trust::default()).is_err(), "{bad}");
        }
    }

    #[test]
    fn reads_milliseconds_and_seconds() {
        assert_eq!(duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(duration("3s"), Some(Duration::from_secs(3)));
        assert_eq!(duration("3m"), None);
        assert_eq!(duration("-3s"), None);
    }
}
