//! The answer tree: JSON that is parsed once, borrows every text from the
//! bytes a subgraph sent, and is written out as it came in.
//!
//! Numbers and strings stay raw tokens. A custom scalar therefore leaves the
//! gateway byte for byte as its owner wrote it: no digit of a decimal is lost.

mod parse;
mod write;

pub use parse::{MAX_NESTING, ParseError, parse};
pub use write::{write_string, write_value};

/// A JSON value whose texts live elsewhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value<'a> {
    #[default]
    Null,
    Bool(bool),
    /// The digits as they were sent.
    Number(&'a str),
    /// What stands between the quotes, escapes untouched.
    String(&'a str),
    Array(Vec<Value<'a>>),
    Object(Object<'a>),
}

impl<'a> Value<'a> {
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub const fn as_object(&self) -> Option<&Object<'a>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    pub const fn as_array(&self) -> Option<&Vec<Self>> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The raw text of a string.
    pub const fn as_raw_str(&self) -> Option<&'a str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// A member of an object.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_object().and_then(|object| object.get(key))
    }
}

/// An object in the order its members came. Objects of an answer are small,
/// so a walk over the keys beats a hash.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object<'a>(Vec<(&'a str, Value<'a>)>);

impl<'a> Object<'a> {
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.0
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value)
    }

    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value<'a>> {
        self.0
            .iter_mut()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value)
    }

    /// Replaces the member, or adds it at the end.
    pub fn set(&mut self, key: &'a str, value: Value<'a>) {
        match self.get_mut(key) {
            Some(stored) => *stored = value,
            None => self.0.push((key, value)),
        }
    }

    /// Adds a member known to be absent.
    pub fn push(&mut self, key: &'a str, value: Value<'a>) {
        self.0.push((key, value));
    }

    pub fn remove(&mut self, key: &str) -> Option<Value<'a>> {
        let index = self.0.iter().position(|(name, _)| *name == key)?;
        Some(self.0.remove(index).1)
    }

    pub fn iter(&self) -> impl Iterator<Item = &(&'a str, Value<'a>)> {
        self.0.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The run-time type, where it was asked for.
    pub fn typename(&self) -> Option<&'a str> {
        self.get("__typename").and_then(Value::as_raw_str)
    }
}

impl<'a> IntoIterator for Object<'a> {
    type Item = (&'a str, Value<'a>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
