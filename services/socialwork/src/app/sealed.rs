//! Words about a person: sealed before they are written, opened for a reader.

use kit::Error;
use uuid::Uuid;

use crate::{error::Result, state::State, store::SEALED};

/// Seals words for one field of one row: elsewhere they do not open.
pub(super) fn seal(state: &State, field: &str, id: Uuid, text: &str) -> Vec<u8> {
    let bound = format!("{field}:{id}");
    debug_assert!(
        SEALED.iter().any(|it| (it.bound)(&id.to_string()) == bound),
        "{field} is not renewed when keys rotate"
    );
    state.core.pii.encrypt_text(&bound, text)
}

/// Opens what [`seal`] closed.
pub(super) fn open(state: &State, field: &str, id: Uuid, sealed: &[u8]) -> Result<String> {
    state
        .core
        .pii
        .decrypt_text(&format!("{field}:{id}"), sealed)
        .map_err(Error::fault)
}

/// Stands for words where a call is compared with an earlier one: keyed, so
/// that nobody finds the words by trying.
pub(super) fn print(state: &State, texts: &[&str]) -> [u8; 32] {
    state.core.pii.blind_index("words", &texts.join("\u{1f}"))
}
