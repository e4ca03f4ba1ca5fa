//! The error that leaves a use case, and how each edge tells it.
//!
//! Domain rules answer [`kernel::Refusal`]; SQL answers [`sqlx::Error`]; peers
//! answer a gRPC status. All become one [`Error`] here, with a kind from the
//! closed set, a reason, a message in two languages, and a source that only
//! the log sees. `graphql` and `grpc` translate it; nobody else does.

use std::{borrow::Cow, fmt, sync::Arc};

use kernel::{Fault, Kind, Lang, Refusal};

/// What a use case answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error on its way to the boundary. Cheap to clone, because a loader tells
/// the same one to all who waited for the batch.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    reason: Cow<'static, str>,
    field: Option<String>,
    zh: String,
    en: String,
    source: Option<Arc<anyhow::Error>>,
}

impl Error {
    /// An error with everything said.
    pub fn new(
        kind: Kind,
        reason: impl Into<Cow<'static, str>>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self(Box::new(Inner {
            kind,
            reason: reason.into(),
            field: None,
            zh: zh.into(),
            en: en.into(),
            source: None,
        }))
    }

    /// Something broke inside: the caller learns only that.
    pub fn internal(source: impl Into<anyhow::Error>) -> Self {
        Self::new(
            Kind::Internal,
            "INTERNAL",
            "系统内部错误,请稍后再试",
            "Something went wrong on our side; please try again",
        )
        .with_source(source)
    }

    /// Input that cannot be accepted, at `field`.
    pub fn invalid(
        field: impl Into<String>,
        reason: impl Into<Cow<'static, str>>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self::new(Kind::Invalid, reason, zh, en).at(field)
    }

    /// The thing does not exist, or not for this caller.
    pub fn not_found(
        reason: impl Into<Cow<'static, str>>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self::new(Kind::NotFound, reason, zh, en)
    }

    /// A rule of the present state forbids it.
    pub fn refused(
        reason: impl Into<Cow<'static, str>>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self::new(Kind::Refused, reason, zh, en)
    }

    /// Somebody else changed the record since the caller read it.
    pub fn stale() -> Self {
        Self::new(
            Kind::Stale,
            "VERSION_CONFLICT",
            "记录已被他人修改,请刷新后再提交",
            "Someone else changed this record; reload it and try again",
        )
    }

    /// A stored row that the domain cannot read.
    pub fn inconsistent(table: &'static str, column: &'static str, id: impl fmt::Display) -> Self {
        Self::internal(anyhow::anyhow!(
            "inconsistent row: {table}.{column} of {id}"
        ))
    }

    /// Any other fault of the house.
    pub fn fault(fault: impl Fault) -> Self {
        let mut error = Self::new(
            fault.kind(),
            fault.reason(),
            fault.message(Lang::Zh).into_owned(),
            fault.message(Lang::En).into_owned(),
        );
        error.0.field = fault.field().map(ToOwned::to_owned);
        error
    }

    /// Names the input field the error is about.
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// Keeps the cause for the log.
    pub fn with_source(mut self, source: impl Into<anyhow::Error>) -> Self {
        self.0.source = Some(Arc::new(source.into()));
        self
    }

    /// The kind, from the closed set.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The reason code, such as `TENDER_CLOSED`.
    pub fn reason(&self) -> &str {
        &self.0.reason
    }

    /// The input field the error is about.
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The sentence for the caller.
    pub fn message(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.0.zh,
            Lang::En => &self.0.en,
        }
    }

    /// The cause, for the log alone.
    pub fn source_chain(&self) -> Option<&anyhow::Error> {
        self.0.source.as_deref()
    }

    /// Writes the one log line of this error, at the level of its kind.
    pub fn log(&self, operation: &str) {
        let (kind, reason) = (self.kind().code(), self.reason());
        let source = self.0.source.as_ref().map(|s| format!("{s:#}"));
        match self.kind() {
            Kind::Internal => {
                tracing::error!(operation, kind, reason, source, "failed");
            }
            Kind::Forbidden | Kind::RateLimited | Kind::Timeout | Kind::Unavailable => {
                tracing::warn!(operation, kind, reason, source, "refused");
            }
            _ => tracing::info!(operation, kind, reason, "refused"),
        }
    }
}

// No `std::error::Error`: an `Error` is told at the boundary, never wrapped.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.en)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}: {}", self.0.kind, self.0.reason, self.0.en)?;
        if let Some(source) = &self.0.source {
            write!(f, " ({source:#})")?;
        }
        Ok(())
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::fault(refusal)
    }
}

macro_rules! from_kernel {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::fault(error)
            }
        }
    )*};
}

from_kernel!(
    kernel::calendar::Error,
    kernel::citizen_id::Error,
    kernel::division::Error,
    kernel::fen::Error,
    kernel::id::Error,
    kernel::idempotency::Error,
    kernel::minutes::Error,
    kernel::page::Error,
    kernel::pii::Error,
    kernel::seal::OpenError,
    kernel::seal::TextError,
    kernel::uscc::Error,
);

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        crate::db::classify(error)
    }
}

impl From<tonic::Status> for Error {
    fn from(status: tonic::Status) -> Self {
        crate::grpc::status::read(&status)
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::internal(error)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}
