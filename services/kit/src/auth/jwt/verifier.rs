//! Whether a token is good.

use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, crypto};
use kernel::SharedClock;
use serde::{Deserialize, de::DeserializeOwned};

use super::{Claims, Jwks, TokenError};
use crate::{auth::Actor, config::AuthSettings};

/// How far the issuer's clock and ours may differ, in seconds.
const LEEWAY: i64 = 60;
/// No honest token is longer.
const LONGEST: usize = 8 * 1024;

/// What a good token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Who is acting.
    pub actor: Actor,
    /// Scopes of OAuth 2.0.
    pub scopes: Vec<String>,
    /// When it stops being good, in seconds since 1970, leeway included.
    pub expires: i64,
}

/// Verifies tokens of one issuer for one audience.
pub struct Verifier {
    issuer: String,
    audience: String,
    keys: Arc<Jwks>,
    clock: SharedClock,
}

/// The part of a token's header that is read. Keys and addresses of keys that
/// a header brings along are not: only the issuer says which keys are its own.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

impl Verifier {
    /// A verifier of tokens that `issuer` signs with `keys` for `audience`.
    pub fn new(
        issuer: impl Into<String>,
        audience: impl Into<String>,
        keys: impl Into<Arc<Jwks>>,
        clock: SharedClock,
    ) -> Self {
        Self {
            issuer: issuer.into(),
            audience: audience.into(),
            keys: keys.into(),
            clock,
        }
    }

    /// The verifier the settings describe. The issuer need not run yet.
    pub fn from_settings(settings: &AuthSettings, clock: SharedClock) -> anyhow::Result<Self> {
        let keys = Jwks::at(&settings.jwks_url)?;
        Ok(Self::new(&settings.issuer, &settings.audience, keys, clock))
    }

    /// Who the token says is acting, if it is good.
    pub async fn verify(&self, token: &str) -> Result<Actor, TokenError> {
        self.claims(token).await?.into_actor()
    }

    /// The same, with what only the door needs: scopes, and until when.
    pub async fn login(&self, token: &str) -> Result<Login, TokenError> {
        let claims = self.claims(token).await?;
        let scopes = claims.scope.as_deref().unwrap_or_default();
        Ok(Login {
            scopes: scopes.split_ascii_whitespace().map(str::to_owned).collect(),
            expires: claims.exp.0.saturating_add(LEEWAY),
            actor: claims.into_actor()?,
        })
    }

    async fn claims(&self, token: &str) -> Result<Claims, TokenError> {
        if token.len() > LONGEST {
            return Err(TokenError::malformed("过长", "it is too long"));
        }
        let shape = TokenError::malformed("不是三段式 JWT", "it is no JWT of three parts");
        let (message, signature) = token.rsplit_once('.').ok_or(shape)?;
        let (header, payload) = message.split_once('.').ok_or(shape)?;
        if payload.contains('.') {
            return Err(shape);
        }

        let header: Header = part(header).ok_or(TokenError::malformed(
            "无法读取头部",
            "its header is unreadable",
        ))?;
        if header.crit.is_some() {
            let zh = "含有不支持的 crit 扩展";
            return Err(TokenError::malformed(zh, "it has crit extensions"));
        }
        // The list is closed: a shared secret (HS…) would let everyone who can
        // verify also sign, and "none" is no signature at all.
        let algorithm = match header.alg.as_str() {
            "EdDSA" => Algorithm::EdDSA,
            "ES256" => Algorithm::ES256,
            "RS256" => Algorithm::RS256,
            _ => return Err(TokenError::Algorithm),
        };
        let now = self.clock.now();
        let key = self.keys.find(header.kid.as_deref(), now).await?;
        if key.algorithm != algorithm {
            return Err(TokenError::Algorithm);
        }
        match crypto::verify(signature, message.as_bytes(), &key.decoding, algorithm) {
            Ok(true) => {}
            Ok(false) | Err(_) => return Err(TokenError::Signature),
        }

        let claims: Claims = part(payload).ok_or(TokenError::malformed(
            "无法读取内容",
            "its claims are unreadable",
        ))?;
        if claims.iss != self.issuer {
            return Err(TokenError::Issuer);
        }
        if !claims.aud.names(&self.audience) {
            return Err(TokenError::Audience);
        }
        // The injected clock decides, not the wall clock.
        let now = now.timestamp();
        if now >= claims.exp.0.saturating_add(LEEWAY) {
            return Err(TokenError::Expired);
        }
        if claims
            .nbf
            .is_some_and(|nbf| now < nbf.0.saturating_sub(LEEWAY))
        {
            return Err(TokenError::NotYetValid);
        }
        Ok(claims)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

#[cfg(test)]
mod tests;
