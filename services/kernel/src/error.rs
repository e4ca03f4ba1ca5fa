//! The closed set of error kinds, mapped once to every edge; what every error can answer.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

mod lang;
mod refusal;

pub use lang::Lang;
pub use refusal::Refusal;

/// What went wrong, seen by a caller: the one thing every edge maps from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// The input is malformed or breaks a rule that no state can change.
    Invalid,
    /// Nobody is logged in, or the token is no longer good.
    Unauthenticated,
    /// The caller is known but may not.
    Forbidden,
    /// No such thing, or none the caller may see.
    NotFound,
    /// The thing is there already.
    AlreadyExists,
    /// The version moved under the caller: read again and retry.
    Stale,
    /// A state rule says no.
    Refused,
    /// Too many requests.
    RateLimited,
    /// The deadline passed.
    Timeout,
    /// Something needed is down; a retry may succeed.
    Unavailable,
    /// Our fault; the message is masked at the edge.
    Internal,
}

/// How loudly the boundary logs a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Info,
    Warn,
    Error,
}

impl Kind {
    pub const ALL: [Self; 11] = [
        Self::Invalid,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::AlreadyExists,
        Self::Stale,
        Self::Refused,
        Self::RateLimited,
        Self::Timeout,
        Self::Unavailable,
        Self::Internal,
    ];

    /// GraphQL `extensions.code`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Invalid => "BAD_USER_INPUT",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::AlreadyExists => "ALREADY_EXISTS",
            Self::Stale => "CONFLICT",
            Self::Refused => "FAILED_PRECONDITION",
            Self::RateLimited => "RATE_LIMITED",
            Self::Timeout => "TIMEOUT",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL_SERVER_ERROR",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The number of the gRPC status code.
    pub const fn grpc_code(self) -> i32 {
        match self {
            Self::Invalid => 3,
            Self::Timeout => 4,
            Self::NotFound => 5,
            Self::AlreadyExists => 6,
            Self::Forbidden => 7,
            Self::RateLimited => 8,
            Self::Refused => 9,
            Self::Stale => 10,
            Self::Internal => 13,
            Self::Unavailable => 14,
            Self::Unauthenticated => 16,
        }
    }

    /// The kind of a gRPC status code; codes we never send are `Internal`.
    pub const fn from_grpc_code(code: i32) -> Self {
        match code {
            // OutOfRange is bad input told by others' libraries; Cancelled means that whoever
            // waited has gone, which is told like a deadline.
            3 | 11 => Self::Invalid,
            1 | 4 => Self::Timeout,
            5 => Self::NotFound,
            6 => Self::AlreadyExists,
            7 => Self::Forbidden,
            8 => Self::RateLimited,
            9 => Self::Refused,
            10 => Self::Stale,
            14 => Self::Unavailable,
            16 => Self::Unauthenticated,
            _ => Self::Internal,
        }
    }

    pub const fn severity(self) -> Severity {
        match self {
            Self::Internal => Severity::Error,
            Self::Forbidden | Self::RateLimited | Self::Timeout | Self::Unavailable => {
                Severity::Warn
            }
            _ => Severity::Info,
        }
    }

    /// Whether the message must be replaced before it leaves the platform.
    pub const fn is_masked(self) -> bool {
        matches!(self, Self::Internal)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// What every error of the platform can answer.
pub trait Fault: std::error::Error {
    fn kind(&self) -> Kind;

    /// `SCREAMING_SNAKE`, stable: clients branch on it.
    fn reason(&self) -> &'static str;

    /// The input field at fault, in the spelling of the graph.
    fn field(&self) -> Option<&str> {
        None
    }

    /// The sentence for a person. Display answers the English one.
    fn message(&self, lang: Lang) -> Cow<'static, str>;
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::refuse;

    #[test]
    fn every_kind_has_its_own_code_on_every_edge_and_reads_back() {
        let codes: HashSet<_> = Kind::ALL.iter().map(|k| k.code()).collect();
        assert_eq!(codes.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert_eq!(Kind::from_code(kind.code()), Some(kind));
            assert_eq!(Kind::from_grpc_code(kind.grpc_code()), kind);
        }
        assert_eq!(Kind::from_code("TEAPOT"), None);
        assert_eq!(Kind::from_grpc_code(2), Kind::Internal);
    }

    #[test]
    fn only_internal_errors_are_masked_and_logged_as_errors() {
        for kind in Kind::ALL {
            assert_eq!(kind.is_masked(), kind == Kind::Internal);
            assert_eq!(kind.severity() == Severity::Error, kind == Kind::Internal);
        }
        assert_eq!(Kind::Forbidden.severity(), Severity::Warn);
        assert_eq!(Kind::Invalid.severity(), Severity::Info);
    }

    #[test]
    fn accept_language_follows_weights_and_falls_back_to_chinese() {
        for (header, lang) in [
            ("", Lang::Zh),
            ("en", Lang::En),
            ("EN-gb", Lang::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("en-US,en;q=0.9,zh;q=0.8", Lang::En),
            ("zh;q=0.4, en;q=0.6", Lang::En),
            ("en;q=0.5,zh-Hant;q=0.50", Lang::En),
            ("en;q=0, fr", Lang::Zh),
            ("zh;q=0, en;q=0.001", Lang::En),
            ("fr-FR, de;q=0.8", Lang::Zh),
            ("fr, *;q=0.3, en;q=0.2", Lang::Zh),
            ("en;q=2", Lang::Zh),
            ("en;q=nonsense, zh;q=0.1", Lang::Zh),
            (";;;,,q=1", Lang::Zh),
        ] {
            assert_eq!(Lang::from_accept_language(header), lang, "{header:?}");
        }
    }

    #[test]
    fn a_refusal_speaks_both_languages_and_displays_english() {
        let seats = 4;
        let refusal = refuse!(Refused, "PANEL_EVEN", zh: "评审人数 {seats} 不是单数", en: "{seats} is not odd");
        assert_eq!(refusal.to_string(), "4 is not odd");
        assert_eq!(refusal.message(Lang::Zh), "评审人数 4 不是单数");
        assert_eq!(
            (refusal.kind(), refusal.reason()),
            (Kind::Refused, "PANEL_EVEN")
        );
        assert_eq!(refusal.field(), None);
        assert_eq!(Refusal::of(&refusal), refusal);
        let refusal = Refusal::invalid("price", "PRICE_NEGATIVE", "报价不得为负", "negative price");
        assert_eq!(
            (refusal.kind(), refusal.field()),
            (Kind::Invalid, Some("price"))
        );
    }

    #[test]
    fn errors_of_the_kernel_become_refusals_with_their_reason() {
        fn read(code: &str) -> Result<crate::DivisionCode, Refusal> {
            Ok(crate::DivisionCode::try_new(code)?)
        }
        let refusal = read("11").unwrap_err();
        assert_eq!(refusal.reason, "DIVISION_CODE_LENGTH");
        assert!(refusal.zh.contains("12"));
    }
}
