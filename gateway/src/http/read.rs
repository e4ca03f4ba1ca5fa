//! HTTP request → GraphQL request.

use axum::body::Body;
use http::{Method, StatusCode, request::Parts};
use kernel::refuse;

use super::{body::collect, csrf, negotiate::is_json};
use crate::{
    config::Config,
    error::Rejection,
    request::{GraphRequest, Incoming},
};

/// Reads a request.
pub async fn read(config: &Config, parts: &Parts, body: Body) -> Result<Incoming, Rejection> {
    let limits = &config.limits;
    csrf::check(&parts.method, &parts.headers, &config.http)?;
    match parts.method {
        Method::GET | Method::HEAD => {
            let query = parts.uri.query().unwrap_or_default();
            let maximum = limits.url_bytes;
            if query.len() > maximum {
                return Err(Rejection::malformed(
                    StatusCode::URI_TOO_LONG,
                    refuse!(Invalid, "LIMIT_EXCEEDED", field: "url_bytes",
                        zh: "请求超出限制 url_bytes:最多 {maximum} 字节,请改用 POST",
                        en: "the request exceeds the limit url_bytes: at most {maximum} bytes; use POST"),
                ));
            }
            let pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned();
            GraphRequest::from_parameters(pairs).map(Incoming::One)
        }
        Method::POST => {
            if !is_json(&parts.headers) {
                return Err(Rejection::malformed(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    refuse!(Invalid, "MEDIA_TYPE_UNSUPPORTED",
                        zh: "请求体必须是 application/json(UTF-8)",
                        en: "the body must be application/json in UTF-8"),
                ));
            }
            let batch = config.http.batching.then_some(limits.batch);
            Incoming::from_body(&collect(&parts.headers, body, limits).await?, batch)
        }
        _ => Err(Rejection::malformed(
            StatusCode::METHOD_NOT_ALLOWED,
            refuse!(Invalid, "METHOD_NOT_ALLOWED",
                zh: "只支持 GET 和 POST", en: "GET and POST only"),
        )),
    }
}
