//! A published set of keys, and which of them we use.

use std::{collections::HashMap, sync::Arc};

use anyhow::{Context as _, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse},
};
use serde::Deserialize;

/// A key the issuer has withdrawn is trusted no longer than this.
const OLD: TimeDelta = TimeDelta::hours(1);

/// One key, bound to the one algorithm it is used with.
pub(super) struct Key {
    pub algorithm: Algorithm,
    pub decoding: DecodingKey,
}

#[derive(Default)]
pub(super) struct KeySet {
    pub by_id: HashMap<String, Arc<Key>>,
    /// Where the set has but one key, a token need not name it.
    only: Option<Arc<Key>>,
    read: Option<DateTime<Utc>>,
}

impl KeySet {
    pub fn parse(json: &[u8], read: Option<DateTime<Utc>>) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        struct Published {
            keys: Vec<serde_json::Value>,
        }
        let published: Published =
            serde_json::from_slice(json).context("the issuer's keys are no JWK set")?;
        // Issuers publish keys for other uses too: those are passed over.
        let usable: Vec<(Option<String>, Arc<Key>)> = published
            .keys
            .into_iter()
            .filter_map(|key| serde_json::from_value::<Jwk>(key).ok())
            .filter_map(|jwk| {
                let key = Key::of(&jwk)?;
                Some((jwk.common.key_id, Arc::new(key)))
            })
            .collect();
        ensure!(
            !usable.is_empty(),
            "the issuer publishes no key we can use (EdDSA, ES256, RS256)"
        );
        let only = match usable.as_slice() {
            [(_, only)] => Some(Arc::clone(only)),
            _ => None,
        };
        let by_id = usable
            .into_iter()
            .filter_map(|(id, key)| Some((id?, key)))
            .collect();
        Ok(Self { by_id, only, read })
    }

    pub fn find(&self, id: Option<&str>) -> Option<Arc<Key>> {
        match id {
            Some(id) => self.by_id.get(id).cloned(),
            None => self.only.clone(),
        }
    }

    pub fn len(&self) -> usize {
        self.by_id.len().max(usize::from(self.only.is_some()))
    }

    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty() && self.only.is_none()
    }

    pub fn is_old(&self, now: DateTime<Utc>) -> bool {
        self.read.is_some_and(|read| (now - read).abs() >= OLD)
    }
}

impl Key {
    /// The key, if it signs with an algorithm we accept. The kind of the key
    /// decides the algorithm, so a token cannot choose another for it.
    fn of(jwk: &Jwk) -> Option<Self> {
        let algorithm = match &jwk.algorithm {
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
                Algorithm::EdDSA
            }
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
                Algorithm::ES256
            }
            AlgorithmParameters::RSA(_) => Algorithm::RS256,
            _ => return None,
        };
        let common = &jwk.common;
        if !matches!(common.public_key_use, None | Some(PublicKeyUse::Signature))
            || common
                .key_algorithm
                .is_some_and(|declared| declared != algorithm.into())
        {
            return None;
        }
        Some(Self {
            algorithm,
            decoding: DecodingKey::from_jwk(jwk).ok()?,
        })
    }
}
