//! Documents that clients name instead of sending them.

use std::path::PathBuf;

use serde::Deserialize;

/// What may be sent by its name.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Persisted {
    /// Remember documents by their SHA-256 when a client sends one with its hash.
    pub automatic: bool,
    /// Bytes of remembered documents in memory.
    pub bytes: u64,
    /// Seconds that Redis remembers a document.
    pub seconds: u64,
    /// A file of known operations, read again when it changes.
    pub manifest: Option<PathBuf>,
    /// Serve nothing but the operations of the manifest.
    pub only: bool,
}

impl Default for Persisted {
    fn default() -> Self {
        Self {
            automatic: true,
            bytes: 16 * 1024 * 1024,
            seconds: 24 * 60 * 60,
            manifest: None,
            only: false,
        }
    }
}
