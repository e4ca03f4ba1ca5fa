//! The refusal of a permission. It names the action, never a policy: what the
//! rules say is for auditors, not for whoever tries doors.

use std::{borrow::Cow, fmt};

use kernel::{Fault, Kind, Lang};

/// An action the actor may not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    action: String,
    cause: Cause,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// Nobody is logged in: logging in may help.
    Anonymous,
    /// No policy permits it, or one forbids it.
    Forbidden,
    /// The service asked in a way its own schema does not know.
    Misused,
}

impl Denied {
    pub(in crate::auth) fn anonymous(action: &str) -> Self {
        Self {
            action: action.to_owned(),
            cause: Cause::Anonymous,
        }
    }

    pub(super) fn forbidden(action: &str) -> Self {
        Self {
            action: action.to_owned(),
            cause: Cause::Forbidden,
        }
    }

    pub(super) fn misused(action: &str) -> Self {
        Self {
            action: action.to_owned(),
            cause: Cause::Misused,
        }
    }

    /// The action that was denied.
    pub fn action(&self) -> &str {
        &self.action
    }
}

impl Fault for Denied {
    fn kind(&self) -> Kind {
        match self.cause {
            Cause::Anonymous => Kind::Unauthenticated,
            Cause::Forbidden => Kind::Forbidden,
            Cause::Misused => Kind::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self.cause {
            Cause::Anonymous => "UNAUTHENTICATED",
            Cause::Forbidden => "FORBIDDEN",
            Cause::Misused => "INTERNAL",
        }
    }

    fn message(&self, lang: Lang) -> Cow<'static, str> {
        let action = &self.action;
        Cow::Owned(match self.cause {
            Cause::Anonymous => lang.pick(
                format!("请先登录再进行此操作({action})"),
                format!("Please log in first ({action})"),
            ),
            Cause::Forbidden => lang.pick(
                format!("您没有进行此操作的权限({action})"),
                format!("You may not do this ({action})"),
            ),
            Cause::Misused => lang.pick(
                "系统内部错误,请稍后再试".to_owned(),
                "Something went wrong on our side; please try again".to_owned(),
            ),
        })
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for Denied {}
