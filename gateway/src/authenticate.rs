//! Who calls. The gateway lets a broken token go no further; what a good one
//! may do is for the services to decide, as is what nobody may do.

use futures_util::future::BoxFuture;
use http::{StatusCode, header};
use kernel::{Kind, Refusal, refuse};

use crate::{context::RequestContext, error::Rejection};

/// Who a good token says is calling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The `sub` of the token.
    pub subject: String,
    /// Scopes of OAuth 2.0.
    pub scopes: Vec<String>,
    /// When the token stops being good, in seconds since 1970.
    pub expires: i64,
}

/// Checks bearer tokens.
pub trait Authenticator: Send + Sync + 'static {
    /// Refuses a token that is malformed, forged or expired.
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Identity, Refusal>>;
}

/// Refuses a request with a broken token. None is no broken one.
pub async fn authenticate(
    authenticator: Option<&dyn Authenticator>,
    context: &RequestContext,
) -> Result<Option<Identity>, Rejection> {
    let Some(authenticator) = authenticator else {
        return Ok(None);
    };
    if !context.headers.contains_key(header::AUTHORIZATION) {
        return Ok(None);
    }
    let checked = match context.bearer() {
        Some(token) if !token.is_empty() => authenticator.authenticate(token).await,
        _ => Err(refuse!(Unauthenticated, "TOKEN_MALFORMED",
            zh: "Authorization 头必须是 Bearer 令牌",
            en: "the Authorization header must be a bearer token")),
    };
    checked.map(Some).map_err(|refusal| match refusal.kind {
        // That tokens cannot be checked is no fault of the token.
        Kind::Unavailable | Kind::Timeout => Rejection::unavailable(refusal),
        _ => Rejection::malformed(StatusCode::UNAUTHORIZED, refusal),
    })
}
