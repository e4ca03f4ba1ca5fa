//! The opaque ids of the graph.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Error, TypedId, clip, parse_uuid};

/// The opaque id of the graph: url-safe base64 of "kind:id".
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GlobalId {
    pub kind: String,
    /// A UUID, or a natural code such as a division's.
    pub id: String,
}

impl GlobalId {
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            id: id.into(),
        }
    }

    pub fn of<I: TypedId>(id: I) -> Self {
        Self::new(I::KIND, id.to_string())
    }

    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}:{}", self.kind, self.id))
    }

    pub fn decode(text: &str) -> Result<Self, Error> {
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let plain = String::from_utf8(bytes).ok()?;
            let (kind, id) = plain.split_once(':')?;
            let named = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
            let kind_ok = !kind.is_empty() && kind.bytes().all(named);
            let id_ok = !id.is_empty() && id.bytes().all(|b| b.is_ascii_graphic());
            (kind_ok && id_ok).then(|| Self::new(kind, id))
        };
        read().ok_or_else(|| Error::GlobalMalformed { text: clip(text) })
    }

    /// The part after the kind, if the kind is the expected one.
    pub fn code(&self, expected: &str) -> Result<&str, Error> {
        if self.kind == expected {
            return Ok(&self.id);
        }
        Err(Error::WrongKind {
            expected: expected.to_owned(),
            found: clip(&self.kind),
        })
    }

    pub fn typed<I: TypedId>(&self) -> Result<I, Error> {
        parse_uuid(I::KIND, self.code(I::KIND)?).map(I::from_uuid)
    }
}
