//! The JSON reader: one pass, nothing copied, every token checked.

use super::{Content, Node, Tree};

/// Deeper answers are refused, so that no subgraph can exhaust the stack.
pub const MAX_NESTING: usize = 128;

/// Why the bytes are no JSON we take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("not UTF-8")]
    Encoding,
    #[error("too large")]
    TooLarge,
    #[error("nested deeper than {MAX_NESTING}")]
    TooDeep,
    #[error("not JSON at byte {0}")]
    Syntax(usize),
}

/// Reads one JSON value into the tree; nothing but white space may follow it.
pub(super) fn read<'a>(tree: &mut Tree<'a>, bytes: &'a [u8]) -> Result<Node, ParseError> {
    let text = simdutf8::basic::from_utf8(bytes).map_err(|_| ParseError::Encoding)?;
    let mut reader = Reader {
        tree,
        text,
        at: 0,
        depth: 0,
    };
    let value = reader.value("");
    reader.skip_space();
    match value {
        Some(value) if reader.at == bytes.len() => Ok(value),
        _ if reader.depth > MAX_NESTING => Err(ParseError::TooDeep),
        _ => Err(ParseError::Syntax(reader.at)),
    }
}

/// How many bytes at the start of `rest` stand for themselves in a string:
/// eight at a time, for most of an answer is text.
fn plain(rest: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // The high bit of every byte that is zero; those above one may be wrong,
    // the lowest never is.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let (words, tail) = rest.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let quotes = zeros(word ^ (ONES * u64::from(b'"')));
        let escapes = zeros(word ^ (ONES * u64::from(b'\\')));
        let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let special = quotes | escapes | controls;
        if special != 0 {
            return index * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let special = tail.iter().position(|byte| !is_plain(*byte));
    words.len() * 8 + special.unwrap_or(tail.len())
}

/// Whether a byte within a string stands for itself.
const fn is_plain(byte: u8) -> bool {
    byte != b'"' && byte != b'\\' && byte >= 0x20
}

/// Where the reader stands. Its parts answer None where the text is wrong, and
/// leave it there.
struct Reader<'t, 'a> {
    tree: &'t mut Tree<'a>,
    text: &'a str,
    at: usize,
    depth: usize,
}

/// The children of an array or object while it is read.
#[derive(Default)]
struct Family {
    first: Option<Node>,
    last: Option<Node>,
}

impl Family {
    fn add(&mut self, tree: &mut Tree<'_>, parent: Node, child: Node) {
        tree.chain(parent, self.last, child);
        self.first.get_or_insert(child);
        self.last = Some(child);
    }

    fn end(self, tree: &mut Tree<'_>, parent: Node) {
        tree.adopt(parent, self.first, self.last);
    }
}

impl<'a> Reader<'_, 'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// What comes next that is no white space.
    fn next(&mut self) -> Option<u8> {
        let found = self.peek()?;
        if found > b' ' {
            return Some(found);
        }
        self.skip_space();
        self.peek()
    }

    /// Reads a value that has this name where it is a member.
    fn value(&mut self, key: &'a str) -> Option<Node> {
        let begun = self.next()?;
        let start = self.at;
        match begun {
            b'"' => self.string()?,
            b'{' => return self.nested(key, Tree::empty_object(), Self::members),
            b'[' => return self.nested(key, Tree::array(), Self::items),
            b'-' | b'0'..=b'9' => self.number()?,
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => {
                self.word("null")?;
                return Some(self.tree.add(key, Content::Null));
            }
            _ => return None,
        }
        let token = self.text.get(start..self.at)?;
        Some(self.tree.add(key, Content::Token(token)))
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let rest = self.text.as_bytes().get(self.at..)?;
        if !rest.starts_with(word.as_bytes()) {
            return None;
        }
        self.at += word.len();
        Some(())
    }

    fn nested(
        &mut self,
        key: &'a str,
        empty: Content<'a>,
        read: fn(&mut Self, Node) -> Option<()>,
    ) -> Option<Node> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return None;
        }
        self.at += 1;
        let node = self.tree.add(key, empty);
        read(self, node)?;
        self.depth -= 1;
        Some(node)
    }

    fn members(&mut self, object: Node) -> Option<()> {
        let mut family = Family::default();
        if self.ends(b'}')? {
            return Some(());
        }
        loop {
            if self.next()? != b'"' {
                return None;
            }
            let start = self.at + 1;
            self.string()?;
            let key = self.text.get(start..self.at - 1)?;
            if self.next()? != b':' {
                return None;
            }
            self.at += 1;
            let member = self.value(key)?;
            family.add(self.tree, object, member);
            if !self.goes_on(b'}')? {
                family.end(self.tree, object);
                return Some(());
            }
        }
    }

    fn items(&mut self, array: Node) -> Option<()> {
        let mut family = Family::default();
        if self.ends(b']')? {
            return Some(());
        }
        loop {
            let item = self.value("")?;
            family.add(self.tree, array, item);
            if !self.goes_on(b']')? {
                family.end(self.tree, array);
                return Some(());
            }
        }
    }

    /// Whether the array or object ends before it has begun.
    fn ends(&mut self, end: u8) -> Option<bool> {
        let ends = self.next()? == end;
        self.at += usize::from(ends);
        Some(ends)
    }

    /// Whether a comma promises another one.
    fn goes_on(&mut self, end: u8) -> Option<bool> {
        let found = self.next()?;
        if found != b',' && found != end {
            return None;
        }
        self.at += 1;
        Some(found == b',')
    }

    /// Goes over a string, from quote to quote.
    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            self.at += plain(self.text.as_bytes().get(self.at..)?);
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => self.escape()?,
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        let bytes = self.text.as_bytes();
        self.at += match bytes.get(self.at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
            b'u' => {
                let digits = bytes.get(self.at + 2..self.at + 6)?;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return None;
                }
                6
            }
            _ => return None,
        };
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        if !self.peek()?.is_ascii_digit() {
            return None;
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Some(())
    }

    /// Goes over a number.
    fn number(&mut self) -> Option<()> {
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
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::write_value;

    fn parse(bytes: &[u8]) -> Result<String, ParseError> {
        let mut tree = Tree::new();
        let root = tree.read(bytes)?;
        let mut out = Vec::new();
        write_value(&mut out, tree.view(root));
        Ok(String::from_utf8(out).unwrap())
    }

    fn round(text: &str) -> String {
        parse(text.as_bytes()).unwrap()
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
        fn eight_bytes_at_a_time_find_what_one_at_a_time_finds(
            bytes in prop::collection::vec(
                prop_oneof![4 => 0x20_u8..=0xff, 1 => Just(b'"'), 1 => Just(b'\\'), 1 => 0_u8..0x20],
                0..40,
            ),
        ) {
            let found = bytes.iter().position(|byte| !is_plain(*byte)).unwrap_or(bytes.len());
            prop_assert_eq!(plain(&bytes), found);
        }

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
