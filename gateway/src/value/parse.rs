//! The JSON reader: one pass, nothing copied, every token checked.

use super::{Object, Value};

/// Deeper answers are refused, so that no subgraph can exhaust the stack.
pub const MAX_NESTING: usize = 128;

/// Why the bytes are no JSON we take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("not UTF-8")]
    Encoding,
    #[error("nested deeper than {MAX_NESTING}")]
    TooDeep,
    #[error("not JSON at byte {0}")]
    Syntax(usize),
}

/// Reads one JSON value; nothing but white space may follow it.
pub fn parse(bytes: &[u8]) -> Result<Value<'_>, ParseError> {
    let text = std::str::from_utf8(bytes).map_err(|_| ParseError::Encoding)?;
    let mut reader = Reader {
        text,
        bytes,
        at: 0,
        depth: 0,
    };
    let value = reader.value()?;
    reader.skip_space();
    if reader.at == bytes.len() {
        Ok(value)
    } else {
        Err(reader.wrong())
    }
}

/// Whether a byte within a string stands for itself.
const fn is_plain(byte: u8) -> bool {
    byte != b'"' && byte != b'\\' && byte >= 0x20
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    const fn wrong(&self) -> ParseError {
        ParseError::Syntax(self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), ParseError> {
        if self.peek() != Some(byte) {
            return Err(self.wrong());
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, ParseError> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.wrong());
        }
        self.at += word.len();
        Ok(value)
    }

    fn value(&mut self) -> Result<Value<'a>, ParseError> {
        self.skip_space();
        match self.peek() {
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'-' | b'0'..=b'9') => Ok(Value::Number(self.number()?)),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.wrong()),
        }
    }

    fn nested(
        &mut self,
        read: fn(&mut Self) -> Result<Value<'a>, ParseError>,
    ) -> Result<Value<'a>, ParseError> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err(ParseError::TooDeep);
        }
        self.at += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Result<Value<'a>, ParseError> {
        let mut object = Object::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(object));
        }
        loop {
            self.skip_space();
            let key = self.string()?;
            self.skip_space();
            self.expect(b':')?;
            let value = self.value()?;
            object.push(key, value);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::Object(object));
                }
                _ => return Err(self.wrong()),
            }
        }
    }

    fn array(&mut self) -> Result<Value<'a>, ParseError> {
        let mut items = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value()?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::Array(items));
                }
                _ => return Err(self.wrong()),
            }
        }
    }

    fn string(&mut self) -> Result<&'a str, ParseError> {
        self.expect(b'"')?;
        let start = self.at;
        loop {
            // Most of an answer is text: over the plain part of it in one go.
            let rest = &self.bytes[self.at..];
            let plain = rest.iter().position(|byte| !is_plain(*byte));
            self.at += plain.unwrap_or(rest.len());
            match self.peek() {
                Some(b'"') => {
                    let raw = &self.text[start..self.at];
                    self.at += 1;
                    return Ok(raw);
                }
                Some(b'\\') => self.escape()?,
                _ => return Err(self.wrong()),
            }
        }
    }

    fn escape(&mut self) -> Result<(), ParseError> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                let digits = self
                    .bytes
                    .get(self.at + 2..self.at + 6)
                    .ok_or(self.wrong())?;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(self.wrong());
                }
                self.at += 6;
            }
            _ => return Err(self.wrong()),
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), ParseError> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.wrong());
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<&'a str, ParseError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(&self.text[start..self.at])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::write_value;

    fn round(text: &str) -> String {
        let mut out = Vec::new();
        write_value(&mut out, &parse(text.as_bytes()).unwrap());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn keeps_every_digit_and_escape() {
        let text = r#"{"a":[1.10,-0,1e400,123456789012345678901234567890],"b":"\u00e9\n中"}"#;
        assert_eq!(round(text), text);
    }

    #[test]
    fn refuses_what_is_no_json() {
        for wrong in [
            "",
            "{",
            "[1,]",
            "01",
            "1.",
            "\"\n\"",
            "\"\\x\"",
            "{} {}",
            "nul",
            "{\"a\" 1}",
            "\"\\u12",
        ] {
            assert!(parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert_eq!(parse(b"\"\xff\""), Err(ParseError::Encoding));
    }

    #[test]
    fn refuses_what_is_nested_too_deep() {
        let deep = "[".repeat(100_000);
        assert_eq!(parse(deep.as_bytes()), Err(ParseError::TooDeep));
    }

    proptest! {
        #[test]
        fn never_panics_and_agrees_with_serde(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let ours = parse(&bytes).is_ok();
            // serde refuses numbers beyond f64 and lone surrogates, which we pass on untouched.
            if serde_json::from_slice::<serde_json::Value>(&bytes).is_ok() {
                prop_assert!(ours);
            }
        }

        #[test]
        fn agrees_with_serde_on_json_like_text(text in r#"[\[\]{}":,0-9a-c\\ \-.eE]{0,24}"#) {
            let theirs = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            if theirs {
                prop_assert!(parse(text.as_bytes()).is_ok());
            }
        }
    }
}
