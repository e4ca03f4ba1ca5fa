//! The bytes of a request, within their limits of size and time.

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use kernel::refuse;

use crate::{config::Limits, error::Rejection};

/// Reads a body.
pub async fn collect(headers: &HeaderMap, body: Body, limits: &Limits) -> Result<Bytes, Rejection> {
    encoded(headers)?;
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|it| it.to_str().ok());
    if announced
        .and_then(|it| it.parse::<usize>().ok())
        .is_some_and(|it| it > limits.body_bytes)
    {
        return Err(too_large(limits));
    }
    let reading = to_bytes(body, limits.body_bytes);
    match tokio::time::timeout(limits.body(), reading).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => {
            let source = std::error::Error::source(&error);
            if source.is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>) {
                return Err(too_large(limits));
            }
            Err(Rejection::malformed(
                StatusCode::BAD_REQUEST,
                refuse!(Invalid, "BODY_UNREADABLE",
                    zh: "请求体读取失败", en: "the body could not be read"),
            ))
        }
        Err(_) => {
            let maximum = limits.body_millis;
            Err(Rejection::malformed(
                StatusCode::REQUEST_TIMEOUT,
                refuse!(Timeout, "BODY_TOO_SLOW", field: "body_millis",
                    zh: "请求体发送过慢,超出限制 body_millis:{maximum} 毫秒",
                    en: "the body came too slowly for the limit body_millis: {maximum} ms"),
            ))
        }
    }
}

/// Nothing is unpacked here: what is small on the wire could be huge.
fn encoded(headers: &HeaderMap) -> Result<(), Rejection> {
    let mut encodings = headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .flat_map(|line| line.to_str().unwrap_or("?").split(','));
    if encodings.all(|it| it.trim().is_empty() || it.trim().eq_ignore_ascii_case("identity")) {
        return Ok(());
    }
    Err(Rejection::malformed(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        refuse!(Invalid, "CONTENT_ENCODING_UNSUPPORTED",
            zh: "请求体不能压缩", en: "the body must not be compressed"),
    ))
}

fn too_large(limits: &Limits) -> Rejection {
    let maximum = limits.body_bytes;
    Rejection::malformed(
        StatusCode::PAYLOAD_TOO_LARGE,
        refuse!(Invalid, "LIMIT_EXCEEDED", field: "body_bytes",
            zh: "请求超出限制 body_bytes:最多 {maximum} 字节",
            en: "the request exceeds the limit body_bytes: at most {maximum} bytes"),
    )
}
