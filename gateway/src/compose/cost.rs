//! `@cost` and `@listSize`, however a subgraph imports them. The composer knows
//! the two only by their plain names and where nobody has imported them.

use std::borrow::Cow;

/// The two, as they are written in an import.
const IMPORTS: [&str; 2] = ["\"@cost\"", "\"@listSize\""];

/// Their names where they are used without an import.
const QUALIFIED: [(&str, &str); 3] = [
    ("@federation__cost", "@cost"),
    ("@federation__listSize", "@listSize"),
    ("@cost__listSize", "@listSize"),
];

/// The SDL with both under their plain names.
pub fn plain(sdl: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(sdl);
    for (qualified, name) in QUALIFIED {
        if text.contains(qualified) {
            text = Cow::Owned(text.replace(qualified, name));
        }
    }
    for import in IMPORTS {
        if text.contains(import) {
            text = Cow::Owned(without(&text, import));
        }
    }
    text
}

/// The text without an entry of an import list; commas are white space.
fn without(text: &str, import: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(import) {
        let (before, found) = rest.split_at(at);
        out.push_str(before);
        // An entry of a list, not the value of a member such as `name:`.
        if out.trim_end().ends_with([',', '[', '"']) || before.is_empty() {
            out.push(' ');
        } else {
            out.push_str(import);
        }
        rest = &found[import.len()..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_go_and_uses_stay() {
        let sdl = r#"extend schema @link(url: "u", import: ["@key", "@cost", "@listSize"])
            type A @cost(weight: 1) { b: [Int] @federation__listSize(assumedSize: 2) }"#;
        let plain = plain(sdl);
        assert!(plain.contains(r#"import: ["@key",  ,  ])"#), "{plain}");
        assert!(plain.contains("type A @cost(weight: 1)"));
        assert!(plain.contains("@listSize(assumedSize: 2)"));
    }

    #[test]
    fn other_schemas_are_not_touched() {
        let sdl = "type Query { cost: Int }";
        assert!(matches!(plain(sdl), Cow::Borrowed(same) if same == sdl));
    }
}
