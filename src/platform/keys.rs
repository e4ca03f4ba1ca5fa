//! The keys for personal data of a development platform, made once and kept
//! beside its data. A city's platform is given its keys.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use anyhow::{Context, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kit::config::PiiSettings;

/// Reads the keys, or makes them.
pub fn load_or_create(data: &Path) -> Result<PiiSettings> {
    let path = data.join("pii-keys.json");
    match std::fs::read(&path) {
        Ok(text) => {
            serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let keys = PiiSettings {
                key: random()?,
                index_key: random()?,
                ..PiiSettings::default()
            };
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)
                .and_then(|mut file| file.write_all(&serde_json::to_vec(&keys)?))
                .with_context(|| format!("{} cannot be written", path.display()))?;
            Ok(keys)
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

fn random() -> Result<String> {
    let mut key = [0_u8; 32];
    getrandom::fill(&mut key).context("the operating system gives no random bytes")?;
    Ok(STANDARD.encode(key))
}
