//! Requests that a foreign page could send without being asked first.
//!
//! A POST must be `application/json`, which browsers preflight. A GET carries
//! nothing that they preflight, so it must bring one of the agreed headers.

use http::{HeaderMap, Method, StatusCode};
use kernel::refuse;

use super::negotiate::is_json;
use crate::{config::Http, error::Rejection};

/// Refuses what could come from a foreign page.
pub fn check(method: &Method, headers: &HeaderMap, config: &Http) -> Result<(), Rejection> {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    if !config.csrf || !reads || is_json(headers) {
        return Ok(());
    }
    if config
        .csrf_headers
        .iter()
        .any(|name| headers.contains_key(name))
    {
        return Ok(());
    }
    let names = config.csrf_headers.join(", ");
    Err(Rejection::malformed(
        StatusCode::FORBIDDEN,
        refuse!(Forbidden, "CSRF_HEADER_MISSING",
            zh: "GET 请求必须带有以下请求头之一:{names}",
            en: "a GET must carry one of these headers: {names}"),
    ))
}
