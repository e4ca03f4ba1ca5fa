//! Why a token is refused. Each cause has a reason of its own, so that whoever
//! runs a login can see what to mend.

use std::{borrow::Cow, fmt};

use kernel::{Fault, Kind, Lang};

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// It is no token this platform reads.
    Malformed {
        /// What is wrong, in Chinese.
        zh: &'static str,
        /// What is wrong, in English.
        en: &'static str,
    },
    /// Signed with an algorithm that is not accepted.
    Algorithm,
    /// Signed with a key the issuer does not publish.
    KeyUnknown,
    /// The issuer's keys were never read.
    KeysUnavailable,
    /// The signature does not belong to the content.
    Signature,
    /// Issued by somebody else.
    Issuer,
    /// Issued for somebody else.
    Audience,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
}

impl TokenError {
    pub(in crate::auth) const fn malformed(zh: &'static str, en: &'static str) -> Self {
        Self::Malformed { zh, en }
    }
}

impl Fault for TokenError {
    fn kind(&self) -> Kind {
        match self {
            Self::KeysUnavailable => Kind::Unavailable,
            _ => Kind::Unauthenticated,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "TOKEN_MALFORMED",
            Self::Algorithm => "TOKEN_ALGORITHM",
            Self::KeyUnknown => "TOKEN_KEY_UNKNOWN",
            Self::KeysUnavailable => "TOKEN_KEYS_UNAVAILABLE",
            Self::Signature => "TOKEN_SIGNATURE",
            Self::Issuer => "TOKEN_ISSUER",
            Self::Audience => "TOKEN_AUDIENCE",
            Self::Expired => "TOKEN_EXPIRED",
            Self::NotYetValid => "TOKEN_NOT_YET_VALID",
        }
    }

    fn message(&self, lang: Lang) -> Cow<'static, str> {
        let (zh, en) = match self {
            Self::Malformed { zh, en } => {
                return Cow::Owned(lang.pick(
                    format!("登录凭证格式不正确:{zh}"),
                    format!("The token cannot be read: {en}"),
                ));
            }
            Self::Algorithm => (
                "登录凭证的签名算法不被接受",
                "The token is signed with an algorithm not accepted",
            ),
            Self::KeyUnknown => (
                "登录凭证的签名密钥未知",
                "The token is signed with a key the issuer does not publish",
            ),
            Self::KeysUnavailable => (
                "暂时无法校验登录凭证,请稍后再试",
                "Tokens cannot be checked right now; please try again",
            ),
            Self::Signature => (
                "登录凭证的签名无效",
                "The signature of the token is not valid",
            ),
            Self::Issuer => (
                "登录凭证的签发方不符",
                "The token was issued by somebody else",
            ),
            Self::Audience => (
                "登录凭证不是签发给本平台的",
                "The token was not issued for this platform",
            ),
            Self::Expired => (
                "登录已过期,请重新登录",
                "The token has expired; please log in again",
            ),
            Self::NotYetValid => ("登录凭证尚未生效", "The token is not valid yet"),
        };
        Cow::Borrowed(lang.pick(zh, en))
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for TokenError {}
