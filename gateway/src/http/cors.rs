//! Browsers on pages of other origins: only those that are listed, never all.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::{config::Http, context::FORWARDED};

/// Headers of ours that a page may send.
const OWN: [&str; 3] = ["x-sanshe-cost", "x-sanshe-explain", "x-sanshe-preflight"];

/// Answers preflights; None where no page but our own may call.
pub fn layer(config: &Http) -> Option<CorsLayer> {
    // A wildcard is refused with the settings; it must not slip in here either.
    let origins: Vec<HeaderValue> = config
        .cors_origins
        .iter()
        .filter(|it| !it.contains('*'))
        .filter_map(|it| it.parse().ok())
        .collect();
    if origins.is_empty() {
        return None;
    }
    let own = FORWARDED
        .into_iter()
        .chain(OWN)
        .map(HeaderName::from_static);
    let csrf = config.csrf_headers.iter().filter_map(|it| it.parse().ok());
    let mut headers: Vec<HeaderName> = own.chain(csrf).collect();
    headers.extend([header::CONTENT_TYPE, header::ACCEPT]);
    headers.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    headers.dedup();
    Some(
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_credentials(config.cors_credentials)
            .allow_methods([Method::GET, Method::POST])
            .allow_headers(headers)
            .expose_headers([HeaderName::from_static("x-request-id"), header::RETRY_AFTER])
            .max_age(Duration::from_mins(10)),
    )
}
