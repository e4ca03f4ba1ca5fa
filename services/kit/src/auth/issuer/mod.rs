//! The issuer of development and evaluation (开发用登录服务): it hands a token to
//! whoever names a demonstration account. It therefore listens on loopback
//! only, and a real platform points to a real login instead.

mod account;
mod http;
mod key;
mod server;

use std::{fmt, sync::Arc};

use jsonwebtoken::{Algorithm, Header, encode};
use kernel::SharedClock;
use serde::Serialize;

pub use account::{Account, read_accounts, write_accounts};
pub use server::{DevIssuerOptions, IssuerServer};

use self::key::SigningKey;
use super::{Jwks, Verifier, jwt::Claims};

/// How long a token is good, in seconds of the injected clock.
pub const TOKEN_SECONDS: i64 = 3600;

/// Signs tokens for accounts.
pub struct DevIssuer {
    issuer: String,
    audience: String,
    key: SigningKey,
    clock: SharedClock,
}

impl DevIssuer {
    /// An issuer with a new key: for tests, without HTTP.
    pub fn generate(
        issuer: impl Into<String>,
        audience: impl Into<String>,
        clock: SharedClock,
    ) -> Self {
        Self::with_key(issuer, audience, clock, SigningKey::generate())
    }

    fn with_key(
        issuer: impl Into<String>,
        audience: impl Into<String>,
        clock: SharedClock,
        key: SigningKey,
    ) -> Self {
        Self {
            issuer: issuer.into(),
            audience: audience.into(),
            key,
            clock,
        }
    }

    /// A token for an account, good for an hour of the injected clock.
    pub fn issue(&self, account: &Account) -> String {
        let now = self.clock.now().timestamp();
        let claims = Claims::of(
            &account.actor,
            &self.issuer,
            &self.audience,
            now,
            now + TOKEN_SECONDS,
        );
        self.sign(&claims, self.key.id())
    }

    /// Signs any claims under any key name; tests forge with it.
    pub(in crate::auth) fn sign(&self, claims: &impl Serialize, key_id: &str) -> String {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key_id.to_owned());
        encode(&header, claims, self.key.encoding())
            .expect("an Ed25519 key that was read signs any claims")
    }

    /// The `iss` of its tokens.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The JWK set that verifies its tokens.
    pub fn jwks_json(&self) -> String {
        self.key.jwks().to_string()
    }

    /// A verifier of its tokens that needs no HTTP.
    pub fn verifier(&self) -> Arc<Verifier> {
        let keys = Jwks::fixed(&self.jwks_json()).expect("the issuer publishes a usable key");
        Arc::new(Verifier::new(
            &self.issuer,
            &self.audience,
            keys,
            Arc::clone(&self.clock),
        ))
    }
}

impl fmt::Debug for DevIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevIssuer")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .field("key", &self.key.id())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
