//! The key the development issuer signs with.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use anyhow::{Context as _, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{
    Algorithm, EncodingKey,
    jwk::{Jwk, PublicKeyUse, ThumbprintHash},
};
use rand::{TryRngCore as _, rngs::OsRng};
use serde_json::{Value, json};

/// What stands before the 32 secret bytes of an Ed25519 key in PKCS #8 (RFC 8410).
const PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// An Ed25519 key and its public half.
pub(super) struct SigningKey {
    encoding: EncodingKey,
    public: Jwk,
    id: String,
}

impl SigningKey {
    /// A new key.
    pub fn generate() -> Self {
        Self::new(EncodingKey::from_ed_der(&new_der())).expect("a new Ed25519 key is usable")
    }

    /// The key in a file, made where there is none: processes that restart keep
    /// the tokens valid. Only its owner may read the file.
    pub fn load(path: &Path) -> Result<Self> {
        if !path.exists() {
            create(path).with_context(|| format!("{} cannot be made", path.display()))?;
        }
        let pem = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))
            .with_context(|| format!("{} cannot be kept private", path.display()))?;
        let broken = || {
            format!(
                "{} holds no Ed25519 key; remove it and a new one is made",
                path.display()
            )
        };
        Self::new(EncodingKey::from_ed_pem(&pem).with_context(broken)?).with_context(broken)
    }

    fn new(encoding: EncodingKey) -> Result<Self> {
        let mut public = Jwk::from_encoding_key(&encoding, Algorithm::EdDSA)?;
        let id = public.thumbprint(ThumbprintHash::SHA256)?;
        public.common.key_id = Some(id.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self {
            encoding,
            public,
            id,
        })
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }

    /// The published set.
    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.public] })
    }
}

fn new_der() -> Vec<u8> {
    let mut secret = [0_u8; 32];
    OsRng
        .try_fill_bytes(&mut secret)
        .expect("the operating system gives random bytes");
    [PKCS8.as_slice(), secret.as_slice()].concat()
}

/// Writes a new key. Of two processes that do so at once one wins, and both
/// read the winner's.
fn create(path: &Path) -> io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.tmp", std::process::id()));
    let body = STANDARD.encode(new_der());
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)?;
    write!(
        file,
        "-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"
    )?;
    file.sync_all()?;
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}
