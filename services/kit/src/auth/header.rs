//! The headers a caller is told by, as gRPC metadata and as HTTP headers.

use std::time::Duration;

use kernel::Refusal;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use rand::{TryRngCore as _, rngs::OsRng};
use tonic::metadata::MetadataMap;

use super::TokenError;
use crate::error::{Error, Result};

/// `Bearer` and the token.
pub const AUTHORIZATION: &str = "authorization";
/// The languages the caller reads.
pub const LANGUAGE: &str = "accept-language";
/// The id of the request, the same in every service and log.
pub const REQUEST_ID: &str = "x-request-id";
/// The channel: one of [`Channel`].
pub const CHANNEL: &str = "x-sanshe-channel";
/// Who helped the person at hand, percent-encoded UTF-8.
pub const ASSISTED_BY: &str = "x-sanshe-assisted-by";
/// Why personal data is looked at, percent-encoded UTF-8.
pub const PURPOSE: &str = "x-sanshe-purpose";
pub(super) const TIMEOUT: &str = "grpc-timeout";

/// The longest text of a header of ours, in characters.
const TEXT_LIMIT: usize = 200;
const REQUEST_ID_LIMIT: usize = 128;

/// Encodes a text for one of our headers.
pub fn encode_text(text: &str) -> String {
    const SET: &AsciiSet = &CONTROLS.add(b'%').add(b'"').add(b'\\');
    utf8_percent_encode(text, SET).to_string()
}

pub(super) fn bearer(metadata: &MetadataMap) -> std::result::Result<Option<String>, TokenError> {
    let mut values = metadata.get_all(AUTHORIZATION).iter();
    let Some(first) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(TokenError::malformed(
            "不能有多个登录凭证",
            "there is more than one",
        ));
    }
    let scheme = || TokenError::malformed("应为 Bearer 凭证", "it is no Bearer token");
    let (name, token) = first
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or_else(scheme)?;
    if !name.eq_ignore_ascii_case("bearer") {
        return Err(scheme());
    }
    Ok(Some(token.trim().to_owned()))
}

pub(super) fn text(metadata: &MetadataMap, key: &'static str) -> Result<Option<String>> {
    let Some(value) = metadata.get(key) else {
        return Ok(None);
    };
    let text = value
        .to_str()
        .ok()
        .and_then(|ascii| percent_decode_str(ascii).decode_utf8().ok())
        .ok_or_else(|| malformed(key, "不是百分号编码的 UTF-8", "is no percent-encoded UTF-8"))?;
    let text = text.trim();
    if text.chars().count() > TEXT_LIMIT {
        return Err(malformed(
            key,
            "超过 200 个字符",
            "has more than 200 characters",
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(malformed(
            key,
            "含有控制字符",
            "contains control characters",
        ));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

pub(super) fn malformed(key: &'static str, zh: &str, en: &str) -> Error {
    Refusal::invalid(
        key,
        "HEADER_MALFORMED",
        format!("请求头 {key} {zh}"),
        format!("{key} {en}"),
    )
    .into()
}

/// The request's id, or a new one where it has none that a log can carry.
pub(super) fn request_id(metadata: &MetadataMap) -> String {
    metadata
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| (1..=REQUEST_ID_LIMIT).contains(&id.len()))
        .filter(|id| {
            id.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
        })
        .map_or_else(new_request_id, ToOwned::to_owned)
}

pub(super) fn new_request_id() -> String {
    let mut bytes = [0_u8; 16];
    OsRng
        .try_fill_bytes(&mut bytes)
        .expect("the operating system gives random bytes");
    hex::encode(bytes)
}

/// The time that a caller gave a request, where it says so in a way that can
/// be read.
pub fn timeout_of(headers: &http::HeaderMap) -> Option<Duration> {
    headers.get(TIMEOUT)?.to_str().ok().and_then(read_timeout)
}

/// The `grpc-timeout` header: at most eight digits and a unit.
pub(super) fn read_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let n: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(n * 3600),
        "M" => Duration::from_secs(n * 60),
        "S" => Duration::from_secs(n),
        "m" => Duration::from_millis(n),
        "u" => Duration::from_micros(n),
        "n" => Duration::from_nanos(n),
        _ => return None,
    })
}
