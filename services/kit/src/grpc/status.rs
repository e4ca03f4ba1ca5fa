//! [`Error`] on the wire: a status code of the kind, and `google.rpc.ErrorInfo`
//! with the reason, the field and the sentence in both languages, so that the
//! service that asked can tell its own caller the same.

use std::collections::HashMap;

use kernel::Kind;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::error::Error;

const DOMAIN: &str = "sanshe";

fn code(kind: Kind) -> Code {
    match kind {
        Kind::Invalid => Code::InvalidArgument,
        Kind::Unauthenticated => Code::Unauthenticated,
        Kind::Forbidden => Code::PermissionDenied,
        Kind::NotFound => Code::NotFound,
        Kind::AlreadyExists => Code::AlreadyExists,
        Kind::Stale => Code::Aborted,
        Kind::Refused => Code::FailedPrecondition,
        Kind::RateLimited => Code::ResourceExhausted,
        Kind::Timeout => Code::DeadlineExceeded,
        Kind::Unavailable => Code::Unavailable,
        Kind::Internal => Code::Internal,
    }
}

fn kind(code: Code) -> Kind {
    match code {
        Code::InvalidArgument | Code::OutOfRange => Kind::Invalid,
        Code::Unauthenticated => Kind::Unauthenticated,
        Code::PermissionDenied => Kind::Forbidden,
        Code::NotFound => Kind::NotFound,
        Code::AlreadyExists => Kind::AlreadyExists,
        Code::Aborted => Kind::Stale,
        Code::FailedPrecondition => Kind::Refused,
        Code::ResourceExhausted => Kind::RateLimited,
        Code::DeadlineExceeded | Code::Cancelled => Kind::Timeout,
        Code::Unavailable => Kind::Unavailable,
        _ => Kind::Internal,
    }
}

/// Writes an error for a peer.
pub fn write(error: &Error) -> Status {
    let mut metadata = HashMap::from([
        ("zh".to_owned(), error.message(kernel::Lang::Zh).to_owned()),
        ("en".to_owned(), error.message(kernel::Lang::En).to_owned()),
    ]);
    if let Some(field) = error.field() {
        metadata.insert("field".into(), field.into());
    }
    let details = ErrorDetails::with_error_info(error.reason(), DOMAIN, metadata);
    Status::with_error_details(code(error.kind()), error.message(kernel::Lang::En), details)
}

/// Whether the status was made on this side, because the connection broke: a
/// peer's own status has no error behind it.
fn is_broken_connection(status: &Status) -> bool {
    matches!(status.code(), Code::Unknown | Code::Internal)
        && std::error::Error::source(status).is_some()
}

/// Whether no answer came because of the way, not because of the peer's work.
pub(super) fn is_lost(status: &Status) -> bool {
    status.code() == Code::Unavailable || is_broken_connection(status)
}

/// Reads what a peer answered.
pub fn read(status: &Status) -> Error {
    let kind = match kind(status.code()) {
        // It ended, perhaps in the middle of its answer.
        _ if is_broken_connection(status) => Kind::Unavailable,
        kind => kind,
    };
    let cause = anyhow::anyhow!("a peer answered {:?}: {}", status.code(), status.message());
    let info = status
        .get_details_error_info()
        .filter(|info| info.domain == DOMAIN);
    match (kind, info) {
        // A peer's fault is ours towards the caller, and not explained further.
        (Kind::Internal, _) => Error::internal(cause),
        (_, Some(info)) => {
            let text = |key: &str| info.metadata.get(key).cloned().unwrap_or_default();
            let error = Error::new(kind, info.reason.clone(), text("zh"), text("en"));
            match info.metadata.get("field") {
                Some(field) => error.at(field.clone()),
                None => error,
            }
        }
        (Kind::Timeout, None) => Error::new(
            Kind::Timeout,
            "PEER_TIMEOUT",
            "相关服务处理超时,请稍后再试",
            "A service we depend on took too long; please try again",
        )
        .with_source(cause),
        (_, None) => Error::new(
            Kind::Unavailable,
            "PEER_UNAVAILABLE",
            "相关服务暂时不可用,请稍后再试",
            "A service we depend on is temporarily unavailable; please try again",
        )
        .with_source(cause),
    }
}

struct Carrier<'a>(&'a tonic::metadata::MetadataMap);

impl opentelemetry::propagation::Extractor for Carrier<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0
            .keys()
            .filter_map(|key| match key {
                tonic::metadata::KeyRef::Ascii(key) => Some(key.as_str()),
                tonic::metadata::KeyRef::Binary(_) => None,
            })
            .collect()
    }
}

/// Continues the caller's trace in `span`.
pub fn trace_parent(span: &tracing::Span, metadata: &tonic::metadata::MetadataMap) {
    use tracing_opentelemetry::OpenTelemetrySpanExt as _;
    let context = opentelemetry::global::get_text_map_propagator(|propagator| {
        propagator.extract(&Carrier(metadata))
    });
    let _ = span.set_parent(context);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carries_reason_field_and_both_languages_over_the_wire() {
        let sent = Error::refused("TENDER_CLOSED", "已截止", "closed").at("input.tenderId");
        let received = read(&write(&sent));
        assert_eq!(received.kind(), Kind::Refused);
        assert_eq!(received.reason(), "TENDER_CLOSED");
        assert_eq!(received.field(), Some("input.tenderId"));
        assert_eq!(received.message(kernel::Lang::Zh), "已截止");
        assert_eq!(received.message(kernel::Lang::En), "closed");
    }

    #[test]
    fn does_not_pass_on_a_peers_internal_text() {
        let received = read(&Status::internal("relation \"secrets\" does not exist"));
        assert_eq!(received.kind(), Kind::Internal);
        assert!(!received.message(kernel::Lang::En).contains("secrets"));
    }
    #[test]
    fn a_connection_that_broke_is_no_fault_of_ours() {
        let broken = Status::from_error("transport error".into());
        assert_eq!(broken.code(), Code::Unknown);
        let received = read(&broken);
        assert_eq!(received.kind(), Kind::Unavailable);
        assert_eq!(received.reason(), "PEER_UNAVAILABLE");
        let said = Status::unknown("transport error");
        assert_eq!(read(&said).kind(), Kind::Internal);
    }
}
