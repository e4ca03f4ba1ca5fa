//! The keys an issuer signs with, as it publishes them.
//!
//! They are read when first needed and again when a token names a key that is
//! not among them (the issuer has a new one) or they are an hour old (it may
//! have withdrawn one). The last good keys are kept while the issuer is down.

mod fetch;

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use anyhow::{Context as _, bail};
use chrono::{DateTime, TimeDelta, Utc};
use http::Uri;

use self::fetch::Fetch;
use super::{
    TokenError,
    keys::{Key, KeySet},
};

/// Tokens with invented key names must not make us flood the issuer.
const BETWEEN_READS: TimeDelta = TimeDelta::seconds(60);
/// While there is no key at all nobody can log in: try sooner.
const BETWEEN_FIRST_READS: TimeDelta = TimeDelta::seconds(1);
const READ_LIMIT: Duration = Duration::from_secs(3);

enum Source {
    Fixed,
    Http { address: Uri, client: Box<Fetch> },
    File(PathBuf),
}

/// The keys of an issuer.
pub struct Jwks {
    source: Source,
    keys: RwLock<Arc<KeySet>>,
    /// When the last read was begun; held while one is under way.
    begun: tokio::sync::Mutex<Option<DateTime<Utc>>>,
}

impl Jwks {
    /// Keys that never change, from the text of a JWK set.
    pub fn fixed(json: &str) -> anyhow::Result<Self> {
        let jwks = Self::from(Source::Fixed);
        jwks.replace(KeySet::parse(json.as_bytes(), None)?);
        Ok(jwks)
    }

    /// Keys published at an address, `https://…`, `http://…` or `file:///…`.
    /// Nothing is read yet.
    pub fn at(address: &str) -> anyhow::Result<Self> {
        let url = url::Url::parse(address)
            .with_context(|| format!("{address} is no address of signing keys"))?;
        Ok(Self::from(match url.scheme() {
            "http" => return Self::over(address, Fetch::plain()),
            "https" => return Self::over(address, Fetch::tls()?),
            "file" => Source::File(
                url.to_file_path()
                    .map_err(|()| anyhow::anyhow!("{address} names no file of this machine"))?,
            ),
            other => {
                bail!("signing keys are read over https, http or from a file, not over {other}")
            }
        }))
    }

    fn over(address: &str, client: Fetch) -> anyhow::Result<Self> {
        Ok(Self::from(Source::Http {
            address: address.parse().context("the address of the signing keys")?,
            client: Box::new(client),
        }))
    }

    fn from(source: Source) -> Self {
        Self {
            source,
            keys: RwLock::default(),
            begun: tokio::sync::Mutex::new(None),
        }
    }

    /// The key a token names.
    pub(super) async fn find(
        &self,
        id: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Arc<Key>, TokenError> {
        let keys = self.snapshot();
        match keys.find(id) {
            Some(key) if !keys.is_old(now) => return Ok(key),
            Some(key) => {
                // Old, but good: one caller reads again, the others do not wait.
                if let Ok(mut begun) = self.begun.try_lock() {
                    self.read(&mut begun, now).await;
                    drop(begun);
                    return self.snapshot().find(id).ok_or(TokenError::KeyUnknown);
                }
                return Ok(key);
            }
            None => {
                let mut begun = self.begun.lock().await;
                self.read(&mut begun, now).await;
            }
        }
        let keys = self.snapshot();
        keys.find(id).ok_or(if keys.is_empty() {
            TokenError::KeysUnavailable
        } else {
            TokenError::KeyUnknown
        })
    }

    async fn read(&self, begun: &mut Option<DateTime<Utc>>, now: DateTime<Utc>) {
        if matches!(self.source, Source::Fixed) {
            return;
        }
        let wait = if self.snapshot().is_empty() {
            BETWEEN_FIRST_READS
        } else {
            BETWEEN_READS
        };
        // A clock that was moved back must not keep us from reading.
        if begun.is_some_and(|last| (now - last).abs() < wait) {
            return;
        }
        *begun = Some(now);
        let text = tokio::time::timeout(READ_LIMIT, self.source.read())
            .await
            .unwrap_or_else(|_| bail_late())
            .and_then(|text| KeySet::parse(&text, Some(now)));
        match text {
            Ok(keys) => self.replace(keys),
            Err(error) => {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "the issuer's keys cannot be read"
                );
            }
        }
    }

    fn snapshot(&self) -> Arc<KeySet> {
        self.keys
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn replace(&self, keys: KeySet) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }
}

fn bail_late() -> anyhow::Result<Vec<u8>> {
    bail!("no answer within {READ_LIMIT:?}")
}

impl fmt::Debug for Jwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = match &self.source {
            Source::Fixed => "fixed".to_owned(),
            Source::Http { address, .. } => address.to_string(),
            Source::File(path) => path.display().to_string(),
        };
        write!(f, "Jwks({from}, {} keys)", self.snapshot().len())
    }
}

impl Source {
    async fn read(&self) -> anyhow::Result<Vec<u8>> {
        match self {
            Self::Fixed => bail!("fixed keys are not read again"),
            Self::File(path) => tokio::fs::read(path)
                .await
                .with_context(|| path.display().to_string()),
            Self::Http { address, client } => client.get(address).await,
        }
    }
}

#[cfg(test)]
mod tests;
