//! The JSON writer.

use super::{Content, View};

/// Writes a value as it was read.
pub fn write_value(out: &mut Vec<u8>, value: View<'_, '_>) {
    match value.content() {
        Content::Null => out.extend_from_slice(b"null"),
        Content::Token(token) => out.extend_from_slice(token.as_bytes()),
        Content::Name(name) => write_raw_string(out, name),
        Content::Array(_) => {
            out.push(b'[');
            for (index, item) in value.items().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_value(out, item);
            }
            out.push(b']');
        }
        Content::Object(_) => {
            out.push(b'{');
            for (index, (key, member)) in value.members().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_key(out, key);
                write_value(out, member);
            }
            out.push(b'}');
        }
    }
}

/// Writes a string that is escaped already, or needs no escape.
pub(crate) fn write_raw_string(out: &mut Vec<u8>, raw: &str) {
    out.push(b'"');
    out.extend_from_slice(raw.as_bytes());
    out.push(b'"');
}

/// Writes the key of a member that is escaped already, or a GraphQL name.
pub(crate) fn write_key(out: &mut Vec<u8>, raw: &str) {
    write_raw_string(out, raw);
    out.push(b':');
}

/// Writes a string and escapes what needs it.
pub fn write_string(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("a string is always JSON, and a Vec takes all bytes");
}
