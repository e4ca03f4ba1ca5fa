//! How a handler of an event or a job fails, and how one is run safely.

use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use kernel::{Fault, Kind};

/// Why a handler gave up, and whether another attempt makes sense.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct HandlerError {
    message: String,
    retry: bool,
}

impl HandlerError {
    /// Worth another attempt: a peer is down, a row is not there yet.
    pub fn retry(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            retry: true,
        }
    }

    /// Never going to work: put aside at once, with this reason. The reason is
    /// stored and shown to operators: no personal data.
    pub fn park(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            retry: false,
        }
    }

    /// Whether another attempt makes sense.
    pub fn is_retry(&self) -> bool {
        self.retry
    }

    fn of_kind(kind: Kind, message: String) -> Self {
        // A missing or unfit record may be mended by an event still under way;
        // a malformed request stays malformed.
        let retry = !matches!(
            kind,
            Kind::Invalid | Kind::Unauthenticated | Kind::Forbidden
        );
        Self { message, retry }
    }
}

impl From<sqlx::Error> for HandlerError {
    fn from(error: sqlx::Error) -> Self {
        Self::retry(error.to_string())
    }
}

impl From<kernel::Refusal> for HandlerError {
    fn from(refusal: kernel::Refusal) -> Self {
        Self::of_kind(refusal.kind(), format!("{}: {refusal}", refusal.reason()))
    }
}

impl From<crate::error::Error> for HandlerError {
    fn from(error: crate::error::Error) -> Self {
        Self::of_kind(error.kind(), format!("{}: {error}", error.reason()))
    }
}

impl From<serde_json::Error> for HandlerError {
    fn from(error: serde_json::Error) -> Self {
        Self::park(error.to_string())
    }
}

/// How a claimed piece of work ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Its effect is committed.
    Done,
    /// Somebody else took it over, or it was withdrawn: nothing was done.
    Lost,
    /// It failed and its transaction is rolled back.
    Failed(HandlerError),
}

/// Runs a handler with a limit, and turns a panic into a failure.
pub(crate) async fn guard(
    limit: Duration,
    handler: impl Future<Output = Result<(), HandlerError>>,
) -> Result<(), HandlerError> {
    match tokio::time::timeout(limit, AssertUnwindSafe(handler).catch_unwind()).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(panic)) => {
            let said = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned());
            Err(HandlerError::retry(format!(
                "the handler panicked: {}",
                said.unwrap_or_default()
            )))
        }
        Err(_) => Err(HandlerError::retry(format!(
            "the handler took longer than {limit:?}"
        ))),
    }
}
