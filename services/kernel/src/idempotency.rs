//! Idempotency keys (幂等键), and the hash that tells a repeated request from another one.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Fault, Kind, Lang};

const MIN: usize = 8;
const MAX: usize = 100;
const HASH_TAG: &[u8] = b"sanshe.request.v1";

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("an idempotency key has {MIN} to {MAX} characters, this has {0}")]
    Length(usize),
    #[error("character {0} of the idempotency key is not a visible ASCII character")]
    Character(usize),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn reason(&self) -> &'static str {
        "IDEMPOTENCY_KEY_MALFORMED"
    }

    fn field(&self) -> Option<&str> {
        Some("input.idempotencyKey")
    }

    fn message(&self, lang: Lang) -> Cow<'static, str> {
        let zh = match self {
            Self::Length(found) => format!("幂等键应为 {MIN} 至 {MAX} 个字符，实为 {found} 个"),
            Self::Character(at) => format!("幂等键第 {at} 个字符不是可见的 ASCII 字符"),
        };
        lang.pick(zh, self.to_string()).into()
    }
}

/// Made by the client, once for each thing it wants done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    pub fn try_new(text: &str) -> Result<Self, Error> {
        let count = text.chars().count();
        if !(MIN..=MAX).contains(&count) {
            return Err(Error::Length(count));
        }
        match text.chars().position(|c| !c.is_ascii_graphic()) {
            Some(at) => Err(Error::Character(at + 1)),
            None => Ok(Self(text.to_owned())),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for IdempotencyKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::try_new(text)
    }
}

impl TryFrom<String> for IdempotencyKey {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        Self::try_new(&text)
    }
}

impl From<IdempotencyKey> for String {
    fn from(key: IdempotencyKey) -> Self {
        key.0
    }
}

/// What was asked, as a hash: the same key with another hash is another request.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestHash([u8; 32]);

impl RequestHash {
    /// Of bytes that are canonical already.
    pub fn of_bytes(canonical: &[u8]) -> Self {
        let hash = Sha256::new().chain_update(HASH_TAG).chain_update(canonical);
        Self(hash.finalize().into())
    }

    /// Of an operation and its input, whatever the order of the input's fields.
    pub fn of(operation: &str, input: &Value) -> Self {
        let mut bytes = operation.as_bytes().to_vec();
        bytes.push(0);
        bytes.extend(canonical_json(input));
        Self::of_bytes(&bytes)
    }

    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }
}

impl fmt::Debug for RequestHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestHash({})", self.to_hex())
    }
}

/// JSON with the fields of every object sorted and no spaces: equal values, equal bytes. Sorted
/// here, because whether the JSON library sorts depends on features other crates turn on.
pub fn canonical_json(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write_canonical(value, &mut out);
    out
}

fn write_canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            out.push(b'{');
            for (index, (name, value)) in fields.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_canonical(&Value::String(name.clone()), out);
                out.push(b':');
                write_canonical(value, out);
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_canonical(item, out);
            }
            out.push(b']');
        }
        scalar => out.extend_from_slice(scalar.to_string().as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_has_8_to_100_visible_characters() {
        assert!(IdempotencyKey::try_new("12345678").is_ok());
        assert!(IdempotencyKey::try_new(&"k".repeat(100)).is_ok());
        assert_eq!(IdempotencyKey::try_new("1234567"), Err(Error::Length(7)));
        assert_eq!(
            IdempotencyKey::try_new(&"k".repeat(101)),
            Err(Error::Length(101))
        );
        assert_eq!(
            IdempotencyKey::try_new("with a space"),
            Err(Error::Character(5))
        );
        assert_eq!(
            IdempotencyKey::try_new("编号编号编号编号"),
            Err(Error::Character(1))
        );
        assert_eq!(
            IdempotencyKey::try_new("1234567\n"),
            Err(Error::Character(8))
        );
        assert!(serde_json::from_str::<IdempotencyKey>("\"short\"").is_err());
    }

    #[test]
    fn the_order_of_fields_does_not_make_another_request() {
        let a: Value = serde_json::from_str(r#"{"b":[1,{"y":2,"x":"社"}],"a":null}"#).unwrap();
        let b: Value = serde_json::from_str(r#"{ "a":null, "b":[1,{"x":"社","y":2}] }"#).unwrap();
        assert_eq!(
            RequestHash::of("placeOrder", &a),
            RequestHash::of("placeOrder", &b)
        );
        assert_eq!(
            canonical_json(&a),
            r#"{"a":null,"b":[1,{"x":"社","y":2}]}"#.as_bytes()
        );
    }

    #[test]
    fn another_value_order_of_items_or_operation_is_another_request() {
        let hash = |operation, value: Value| RequestHash::of(operation, &value);
        let base = hash("a", json!({ "x": [1, 2] }));
        assert_ne!(base, hash("a", json!({ "x": [2, 1] })));
        assert_ne!(base, hash("a", json!({ "x": ["1", 2] })));
        assert_ne!(base, hash("b", json!({ "x": [1, 2] })));
        assert_ne!(base, hash("a", json!({ "x": [1, 2], "y": null })));
        assert_eq!(RequestHash::from_slice(base.as_bytes()), Some(base));
        assert_eq!(RequestHash::from_slice(&[1]), None);
    }

    #[test]
    fn text_that_looks_like_structure_stays_text() {
        let tricky = json!({ "a\":1,\"b": "}\n\u{0}" });
        let bytes = canonical_json(&tricky);
        assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), tricky);
    }
}
