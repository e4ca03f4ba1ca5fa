//! Who calls. The gateway lets a broken token go no further; what a good one
//! may do is for the services to decide, as is what nobody may do.

use futures_util::future::BoxFuture;
use http::{StatusCode, header};
use kernel::{Refusal, refuse};

use crate::{context::RequestContext, error::Rejection};

/// Checks bearer tokens.
pub trait Authenticator: Send + Sync + 'static {
    /// Refuses a token that is malformed, forged or expired.
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<(), Refusal>>;
}

/// Refuses a request with a broken token. None is no broken one.
pub async fn authenticate(
    authenticator: Option<&dyn Authenticator>,
    context: &RequestContext,
) -> Result<(), Rejection> {
    let Some(authenticator) = authenticator else {
        return Ok(());
    };
    if !context.headers.contains_key(header::AUTHORIZATION) {
        return Ok(());
    }
    let checked = match context.bearer() {
        Some(token) if !token.is_empty() => authenticator.authenticate(token).await,
        _ => Err(refuse!(Unauthenticated, "TOKEN_MALFORMED",
            zh: "Authorization 头必须是 Bearer 令牌",
            en: "the Authorization header must be a bearer token")),
    };
    checked.map_err(|refusal| Rejection::malformed(StatusCode::UNAUTHORIZED, refusal))
}
