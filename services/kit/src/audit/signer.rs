//! Who signs checkpoints, and whose signatures are believed.

use std::{collections::BTreeMap, io, path::Path};

use anyhow::{Context, Result, ensure};
use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};
use chrono::{DateTime, Utc};
use kernel::chain::ChainHash;

use super::Checkpoint;

/// The key that signs checkpoints.
pub struct Signer {
    pair: Ed25519KeyPair,
    key_id: String,
}

impl Signer {
    /// Reads the key (PKCS#8), or makes one that only its owner may read.
    pub fn load_or_create(path: &Path) -> Result<Self> {
        match std::fs::read(path) {
            Ok(bytes) => Self::from_pkcs8(&bytes)
                .with_context(|| format!("the audit key {} cannot be read", path.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let pair = Ed25519KeyPair::generate().context("no audit key can be made")?;
                let document = pair.to_pkcs8().context("no audit key can be written")?;
                write_private(path, document.as_ref())
                    .with_context(|| format!("the audit key {} cannot be kept", path.display()))?;
                Ok(Self::of(pair))
            }
            Err(error) => Err(error)
                .with_context(|| format!("the audit key {} cannot be read", path.display())),
        }
    }

    /// Reads a key that somebody else keeps (PKCS#8).
    pub fn load(path: &Path) -> Result<Self> {
        std::fs::read(path)
            .map_err(anyhow::Error::from)
            .and_then(|bytes| Self::from_pkcs8(&bytes))
            .with_context(|| format!("the audit key {} cannot be read", path.display()))
    }

    /// Reads a key from PKCS#8 bytes.
    pub fn from_pkcs8(bytes: &[u8]) -> Result<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(bytes)
            .map_err(|error| anyhow::anyhow!("not an Ed25519 key: {error}"))?;
        Ok(Self::of(pair))
    }

    fn of(pair: Ed25519KeyPair) -> Self {
        let key_id = key_id(pair.public_key().as_ref());
        Self { pair, key_id }
    }

    /// The public key as hex: what an auditor is given once, in person.
    pub fn public_key(&self) -> String {
        hex::encode(self.pair.public_key().as_ref())
    }

    /// Signs a head.
    pub fn sign(&self, service: &str, seq: i64, hash: &ChainHash, at: DateTime<Utc>) -> Checkpoint {
        let mut checkpoint = Checkpoint {
            service: service.to_owned(),
            seq,
            hash: hash.to_hex(),
            at,
            key_id: self.key_id.clone(),
            signature: String::new(),
        };
        checkpoint.signature = hex::encode(self.pair.sign(&checkpoint.signed_bytes()).as_ref());
        checkpoint
    }
}

/// The public keys whose checkpoints are believed.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    keys: BTreeMap<String, Vec<u8>>,
}

impl Trust {
    /// Reads public keys, one per line as hex; `#` begins a comment.
    pub fn parse(text: &str) -> Result<Self> {
        let mut keys = BTreeMap::new();
        for (line, text) in text.lines().enumerate() {
            let text = text.split('#').next().unwrap_or_default().trim();
            if text.is_empty() {
                continue;
            }
            let key = hex::decode(text).ok().filter(|key| key.len() == 32);
            let key = key.with_context(|| {
                format!(
                    "line {} is no public key: 64 hexadecimal digits are",
                    line + 1
                )
            })?;
            keys.insert(key_id(&key), key);
        }
        ensure!(!keys.is_empty(), "the list of public keys is empty");
        Ok(Self { keys })
    }

    /// Whether a trusted key signed exactly this.
    pub fn believes(&self, checkpoint: &Checkpoint) -> bool {
        let (Some(key), Ok(signature)) = (
            self.keys.get(&checkpoint.key_id),
            hex::decode(&checkpoint.signature),
        ) else {
            return false;
        };
        UnparsedPublicKey::new(&ED25519, key)
            .verify(&checkpoint.signed_bytes(), &signature)
            .is_ok()
    }
}

fn key_id(public_key: &[u8]) -> String {
    hex::encode(&digest(&SHA256, public_key).as_ref()[..8])
}

#[cfg(unix)]
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(not(unix))]
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    std::fs::write(path, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::checkpoint::read_exported;

    fn signer() -> Signer {
        Signer::of(Ed25519KeyPair::generate().unwrap())
    }

    fn signed(signer: &Signer) -> Checkpoint {
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        signer.sign("smartdata", 7, &ChainHash::from_bytes([9; 32]), at)
    }

    #[test]
    fn believes_what_a_trusted_key_signed() {
        let signer = signer();
        let trust = Trust::parse(&format!("# office\n{} # 2026\n", signer.public_key())).unwrap();
        let checkpoint = signed(&signer);
        assert!(trust.believes(&checkpoint));
        let line = serde_json::to_string(&checkpoint).unwrap();
        assert!(trust.believes(&read_exported(&line).unwrap()[0]));
    }

    #[test]
    fn disbelieves_a_changed_checkpoint_and_a_foreign_key() {
        let signer = signer();
        let trust = Trust::parse(&signer.public_key()).unwrap();
        let good = signed(&signer);
        for changed in [
            Checkpoint {
                seq: 8,
                ..good.clone()
            },
            Checkpoint {
                service: "eldercare".into(),
                ..good.clone()
            },
            Checkpoint {
                hash: ChainHash::from_bytes([8; 32]).to_hex(),
                ..good.clone()
            },
            Checkpoint {
                at: good.at + chrono::TimeDelta::seconds(1),
                ..good.clone()
            },
            Checkpoint {
                signature: String::new(),
                ..good.clone()
            },
        ] {
            assert!(!trust.believes(&changed), "{changed:?}");
        }
        assert!(!trust.believes(&signed(&self::signer())));
    }

    #[test]
    fn names_the_line_that_is_no_key() {
        let error = Trust::parse("# none\nabc\n").unwrap_err();
        assert!(error.to_string().contains("line 2"));
        assert!(Trust::parse("# none\n").is_err());
    }
}
