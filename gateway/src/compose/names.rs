//! What the directives of a subgraph mean, whatever its `@link`s call them.

use std::collections::BTreeMap;

use cynic_parser::{
    TypeSystemDocument,
    type_system::{Definition, Directive, TypeDefinition, iter::Iter},
};

/// Specifications whose directives are ours to understand, by their address.
const SPECS: [&str; 2] = [
    "https://specs.apollo.dev/federation/",
    "https://specs.apollo.dev/cost/",
];

/// Directives that the composer knows by their plain name, imported or not.
const PLAIN: [&str; 2] = ["cost", "listSize"];

/// The names of one subgraph.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The name here → what the specification calls it.
    imported: BTreeMap<String, String>,
    /// What stands before `__` in names that are not imported.
    spaces: Vec<String>,
    is_v2: bool,
}

impl Names {
    pub fn read(document: &TypeSystemDocument) -> Self {
        let mut names = Self::default();
        for link in links(document) {
            let argument = |name: &str| {
                let found = link.arguments().find(|it| it.name() == name);
                found.map(|it| it.value())
            };
            let url = argument("url").and_then(|it| it.as_str());
            let Some(url) = url.filter(|url| SPECS.iter().any(|spec| url.starts_with(spec))) else {
                continue;
            };
            names.is_v2 |= url.contains("/federation/v2");
            let space = argument("as").and_then(|it| it.as_str());
            let space = space.or_else(|| url.rsplit('/').nth(1));
            names.spaces.extend(space.map(str::to_owned));
            let imports = argument("import").and_then(|it| it.as_items());
            for import in imports.into_iter().flatten() {
                let (name, own) = match import.as_object() {
                    Some(object) => {
                        let text = |key| object.get(key).and_then(|it| it.as_str());
                        let name = text("name");
                        (name, text("as").or(name))
                    }
                    None => (import.as_str(), import.as_str()),
                };
                let directive = |text: &str| text.strip_prefix('@').map(str::to_owned);
                if let (Some(name), Some(own)) = (name.and_then(directive), own.and_then(directive))
                {
                    names.imported.insert(own, name);
                }
            }
        }
        names
    }

    /// What the specification calls a directive of this subgraph; None for a
    /// directive of its own.
    pub fn meaning<'n>(&'n self, name: &'n str) -> Option<&'n str> {
        if let Some(meaning) = self.imported.get(name) {
            return Some(meaning);
        }
        if let Some((space, name)) = name.split_once("__") {
            return self.spaces.iter().any(|it| it == space).then_some(name);
        }
        let renamed = self.imported.values().any(|it| it == name);
        let plain = !self.is_v2 || PLAIN.contains(&name);
        (plain && !renamed).then_some(name)
    }

    /// Whether the directive is this one of the specification.
    pub fn means(&self, directive: &Directive<'_>, meaning: &str) -> bool {
        self.meaning(directive.name()) == Some(meaning)
    }

    /// Whether the subgraph speaks the second version of the specification.
    pub const fn is_v2(&self) -> bool {
        self.is_v2
    }
}

/// The `@link`s of a schema.
pub fn links(document: &TypeSystemDocument) -> impl Iterator<Item = Directive<'_>> {
    let schemas = document.definitions().filter_map(|it| match it {
        Definition::Schema(schema) | Definition::SchemaExtension(schema) => Some(schema),
        _ => None,
    });
    schemas
        .flat_map(|schema| schema.directives())
        .filter(|it| it.name() == "link")
}

/// Every directive that is applied somewhere, in the order of the text.
pub fn applied<'d>(document: &'d TypeSystemDocument) -> Vec<Directive<'d>> {
    let mut found = Vec::new();
    let mut add = |directives: Iter<'d, Directive<'d>>| found.extend(directives);
    for definition in document.definitions() {
        match definition {
            Definition::Schema(it) | Definition::SchemaExtension(it) => add(it.directives()),
            Definition::Type(it) | Definition::TypeExtension(it) => of_type(it, &mut add),
            Definition::Directive(it) => {
                it.arguments().for_each(|it| add(it.directives()));
            }
        }
    }
    found
}

fn of_type<'d>(definition: TypeDefinition<'d>, add: &mut impl FnMut(Iter<'d, Directive<'d>>)) {
    add(definition.directives());
    let fields = match definition {
        TypeDefinition::Object(it) => it.fields(),
        TypeDefinition::Interface(it) => it.fields(),
        TypeDefinition::InputObject(it) => {
            return it.fields().for_each(|it| add(it.directives()));
        }
        TypeDefinition::Enum(it) => return it.values().for_each(|it| add(it.directives())),
        TypeDefinition::Scalar(_) | TypeDefinition::Union(_) => return,
    };
    for field in fields {
        add(field.directives());
        field.arguments().for_each(|it| add(it.directives()));
    }
}

#[cfg(test)]
mod tests {
    use cynic_parser::parse_type_system_document;

    use super::*;

    fn names(links: &str) -> Names {
        let text = format!("extend schema {links} type Query {{ a: Int }}");
        Names::read(&parse_type_system_document(&text).unwrap())
    }

    #[test]
    fn imports_spaces_and_other_names_are_understood() {
        let names = names(
            r#"@link(url: "https://specs.apollo.dev/federation/v2.9", as: "fed",
                import: ["@key", {name: "@policy", as: "@law"}, {name: "@cost", as: "@x"}])
            @link(url: "https://specs.example.org/own/v1.0", import: ["@shareable"])"#,
        );
        for (own, meaning) in [
            ("key", Some("key")),
            ("law", Some("policy")),
            ("policy", None),
            ("fed__external", Some("external")),
            ("federation__external", None),
            ("shareable", None),
            ("x", Some("cost")),
            ("cost", None),
            ("listSize", Some("listSize")),
        ] {
            assert_eq!(names.meaning(own), meaning, "{own}");
        }
        assert!(names.is_v2());
    }

    #[test]
    fn without_a_link_the_plain_names_count() {
        let names = names("");
        assert_eq!(names.meaning("external"), Some("external"));
        assert!(!names.is_v2());
    }
}
