//! `@cost` and `@listSize`, however a subgraph imports or calls them. The
//! composer knows the two only by their plain names and where nobody has
//! imported them.

use cynic_parser::{TypeSystemDocument, type_system::Definition};

use super::names::{Names, applied, links};

/// The two, as they are written in an import.
const IMPORTS: [&str; 2] = ["@cost", "@listSize"];

/// The SDL with both under their plain names; None where nothing is to be done.
pub fn plain(sdl: &str, document: &TypeSystemDocument, names: &Names) -> Option<String> {
    let is_ours = |name: &str| IMPORTS.iter().any(|import| import[1..] == *name);
    // Where to cut, and what to write instead.
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    for link in links(document) {
        let import = link.arguments().find(|it| it.name() == "import");
        let items = import.and_then(|it| it.value().as_items());
        for item in items.into_iter().flatten() {
            let object = item.as_object();
            let name = match object {
                Some(object) => object.get("name").and_then(|it| it.as_str()),
                None => item.as_str(),
            };
            if name.is_some_and(|name| IMPORTS.contains(&name)) {
                let span = item.span();
                // Commas are white space.
                edits.push((span.start, span.end, " ".to_owned()));
            }
        }
    }
    for directive in applied(document) {
        let name = directive.name();
        let plain = match names.meaning(name) {
            Some(meaning) if is_ours(meaning) && meaning != name => meaning.to_owned(),
            // One of the subgraph's own, which the composer would take for ours.
            None if is_ours(name) => format!("own_{name}"),
            _ => continue,
        };
        let span = directive.name_span();
        edits.push((span.end - name.len(), span.end, plain));
    }
    for definition in document.definitions() {
        if let Definition::Directive(it) = definition
            && is_ours(it.name())
            && names.meaning(it.name()).is_none()
        {
            let span = it.name_span();
            let own = format!("own_{}", it.name());
            edits.push((span.end - it.name().len(), span.end, own));
        }
    }
    if edits.is_empty() {
        return None;
    }
    // From the end, so that the places before stay where they are.
    edits.sort();
    let mut text = sdl.to_owned();
    for (start, end, with) in edits.into_iter().rev() {
        text.replace_range(start..end, &with);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use cynic_parser::parse_type_system_document;

    use super::*;

    fn plain_of(sdl: &str) -> Option<String> {
        let document = parse_type_system_document(sdl).unwrap();
        plain(sdl, &document, &Names::read(&document))
    }

    #[test]
    fn imports_go_and_uses_stay() {
        let text = plain_of(
            r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@cost", "@listSize"])
            type A @cost(weight: 1) { b: [Int] @federation__listSize(assumedSize: 2) }"#,
        )
        .unwrap();
        assert!(text.contains(r#"import: ["@key",  ,  ])"#), "{text}");
        assert!(text.contains("type A @cost(weight: 1)"), "{text}");
        assert!(text.contains("[Int] @listSize(assumedSize: 2)"), "{text}");
    }

    #[test]
    fn other_names_become_the_plain_ones_and_own_directives_another() {
        let text = plain_of(
            r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [{name: "@cost", as: "@x"}, "@key"])
            directive @cost(of: String) on FIELD_DEFINITION
            type A { b(c: Int @x(weight: 2)): Int @x(weight: 1) @cost(of: "much") }
            enum E @x(weight: 3) { F }"#,
        )
        .unwrap();
        assert!(text.contains(r#"import: [ , "@key"]"#), "{text}");
        assert!(text.contains("directive @own_cost(of: String)"), "{text}");
        let uses = r#"b(c: Int @cost(weight: 2)): Int @cost(weight: 1) @own_cost(of: "much")"#;
        assert!(text.contains(uses), "{text}");
        assert!(text.contains("enum E @cost(weight: 3)"), "{text}");
    }

    #[test]
    fn other_schemas_are_not_touched() {
        assert_eq!(plain_of("type Query { cost: Int }"), None);
        assert_eq!(plain_of("type Query { a: Int @cost(weight: 2) }"), None);
    }
}
