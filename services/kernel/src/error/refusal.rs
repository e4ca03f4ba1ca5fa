//! The refusal: an error as plain data, and the way every error of this crate becomes one.

use std::borrow::Cow;
use std::fmt;

use super::{Fault, Kind, Lang};

/// A refusal as plain data: what most domain rules answer. Display prints the English message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub kind: Kind,
    pub reason: &'static str,
    pub field: Option<String>,
    pub zh: String,
    pub en: String,
}

impl Refusal {
    pub fn new(
        kind: Kind,
        reason: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            reason,
            field: None,
            zh: zh.into(),
            en: en.into(),
        }
    }

    /// Bad input in one field.
    pub fn invalid(
        field: impl Into<String>,
        reason: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self::new(Kind::Invalid, reason, zh, en).with_field(field)
    }

    /// A state rule says no.
    pub fn refused(reason: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Kind::Refused, reason, zh, en)
    }

    pub fn not_found(reason: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, reason, zh, en)
    }

    pub fn forbidden(reason: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Kind::Forbidden, reason, zh, en)
    }

    pub fn unauthenticated(
        reason: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self::new(Kind::Unauthenticated, reason, zh, en)
    }

    pub fn stale(reason: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Kind::Stale, reason, zh, en)
    }

    pub fn already_exists(
        reason: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self::new(Kind::AlreadyExists, reason, zh, en)
    }

    /// The same refusal, pointing at an input field.
    pub fn with_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// A copy of what any fault says.
    pub fn of(fault: &(impl Fault + ?Sized)) -> Self {
        Self {
            kind: fault.kind(),
            reason: fault.reason(),
            field: fault.field().map(str::to_owned),
            zh: fault.message(Lang::Zh).into_owned(),
            en: fault.message(Lang::En).into_owned(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

impl std::error::Error for Refusal {}

impl Fault for Refusal {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn reason(&self) -> &'static str {
        self.reason
    }

    fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    fn message(&self, lang: Lang) -> Cow<'static, str> {
        Cow::Owned(lang.pick(&self.zh, &self.en).clone())
    }
}

/// Writes a [`Refusal`]; both texts are format strings and may name local variables.
///
/// ```
/// use kernel::{refuse, Fault, Kind};
/// let closes = "2026-03-01 09:00";
/// let refusal = refuse!(Refused, "TENDER_CLOSED",
///     zh: "投标已于 {closes} 截止", en: "bidding closed at {closes}");
/// assert_eq!(refusal.kind(), Kind::Refused);
/// let refusal = refuse!(Invalid, "PRICE_NEGATIVE", field: "price",
///     zh: "报价不得为负", en: "a price may not be negative");
/// assert_eq!(refusal.field(), Some("price"));
/// ```
#[macro_export]
macro_rules! refuse {
    ($kind:ident, $reason:literal, field: $field:expr, zh: $zh:literal, en: $en:literal $(,)?) => {
        $crate::refuse!($kind, $reason, zh: $zh, en: $en).with_field($field)
    };
    ($kind:ident, $reason:literal, zh: $zh:literal, en: $en:literal $(,)?) => {
        $crate::error::Refusal::new(
            $crate::error::Kind::$kind,
            $reason,
            ::std::format!($zh),
            ::std::format!($en),
        )
    };
}

macro_rules! into_refusal {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Refusal {
            fn from(error: $error) -> Self {
                Self::of(&error)
            }
        }
    )*};
}

into_refusal!(
    crate::calendar::Error,
    crate::chain::Broken,
    crate::citizen_id::Error,
    crate::division::Error,
    crate::fen::Error,
    crate::id::Error,
    crate::idempotency::Error,
    crate::minutes::Error,
    crate::page::Error,
    crate::pii::Error,
    crate::seal::OpenError,
    crate::seal::TextError,
    crate::uscc::Error,
);
