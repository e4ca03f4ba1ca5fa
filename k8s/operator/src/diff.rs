//! What a new schema takes away from clients of the old one. What it adds is
//! nobody's loss and is not listed.

use std::collections::BTreeMap;

use graphql_tools::static_graphql::schema::{
    Definition, Document, Field, InputValue, Type, TypeDefinition, Value,
};

/// One thing that clients may miss.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Change {
    pub zh: String,
    pub en: String,
}

/// Everything that went, in the order of the types' names.
pub fn breaking(old: &Document, new: &Document) -> Vec<Change> {
    let mut found = Found::default();
    let new_types = types(new);
    for (name, before) in types(old) {
        match new_types.get(name) {
            None => found.gone(name),
            Some(after) => compare(name, before, after, &mut found),
        }
    }
    found.0
}

#[derive(Default)]
struct Found(Vec<Change>);

impl Found {
    fn gone(&mut self, what: &str) {
        self.0.push(Change {
            zh: format!("{what} 已删除"),
            en: format!("{what} is gone"),
        });
    }

    fn other(&mut self, what: &str, old: impl std::fmt::Display, new: impl std::fmt::Display) {
        self.0.push(Change {
            zh: format!("{what} 由 {old} 变为 {new}"),
            en: format!("{what} was {old} and is {new}"),
        });
    }

    fn apart(&mut self, one: &str, other: &str) {
        self.0.push(Change {
            zh: format!("{one} 与 {other} 不再相关"),
            en: format!("{one} and {other} are no longer related"),
        });
    }

    fn demanded(&mut self, what: &str) {
        self.0.push(Change {
            zh: format!("新增必填项 {what}"),
            en: format!("{what} is new and required"),
        });
    }
}

fn types(document: &Document) -> BTreeMap<&str, &TypeDefinition> {
    let definitions = document.definitions.iter();
    definitions
        .filter_map(|it| match it {
            Definition::TypeDefinition(it) if !it.name().starts_with("__") => Some((it.name(), it)),
            _ => None,
        })
        .collect()
}

fn compare(name: &str, old: &TypeDefinition, new: &TypeDefinition, found: &mut Found) {
    match (old, new) {
        (TypeDefinition::Object(old), TypeDefinition::Object(new)) => {
            fields(name, &old.fields, &new.fields, found);
            members(
                name,
                &old.implements_interfaces,
                &new.implements_interfaces,
                found,
            );
        }
        (TypeDefinition::Interface(old), TypeDefinition::Interface(new)) => {
            fields(name, &old.fields, &new.fields, found);
            members(
                name,
                &old.implements_interfaces,
                &new.implements_interfaces,
                found,
            );
        }
        (TypeDefinition::Union(old), TypeDefinition::Union(new)) => {
            members(name, &old.types, &new.types, found);
        }
        (TypeDefinition::Enum(old), TypeDefinition::Enum(new)) => {
            for value in &old.values {
                if !new.values.iter().any(|it| it.name == value.name) {
                    found.gone(&format!("{name}.{}", value.name));
                }
            }
        }
        (TypeDefinition::InputObject(old), TypeDefinition::InputObject(new)) => {
            inputs(
                |field| format!("{name}.{field}"),
                &old.fields,
                &new.fields,
                found,
            );
        }
        (TypeDefinition::Scalar(_), TypeDefinition::Scalar(_)) => {}
        _ => found.other(name, kind(old), kind(new)),
    }
}

const fn kind(definition: &TypeDefinition) -> &'static str {
    match definition {
        TypeDefinition::Scalar(_) => "scalar",
        TypeDefinition::Object(_) => "type",
        TypeDefinition::Interface(_) => "interface",
        TypeDefinition::Union(_) => "union",
        TypeDefinition::Enum(_) => "enum",
        TypeDefinition::InputObject(_) => "input",
    }
}

fn fields(of: &str, old: &[Field], new: &[Field], found: &mut Found) {
    for before in old.iter().filter(|it| !it.name.starts_with("__")) {
        let path = format!("{of}.{}", before.name);
        let Some(after) = new.iter().find(|it| it.name == before.name) else {
            found.gone(&path);
            continue;
        };
        if !narrows(&before.field_type, &after.field_type) {
            found.other(&path, &before.field_type, &after.field_type);
        }
        let name = |argument: &str| format!("{path}({argument}:)");
        inputs(name, &before.arguments, &after.arguments, found);
    }
}

fn members(of: &str, old: &[String], new: &[String], found: &mut Found) {
    for member in old.iter().filter(|it| !new.contains(it)) {
        found.apart(of, member);
    }
}

fn inputs(
    path: impl Fn(&str) -> String,
    old: &[InputValue],
    new: &[InputValue],
    found: &mut Found,
) {
    for before in old {
        let Some(after) = new.iter().find(|it| it.name == before.name) else {
            found.gone(&path(&before.name));
            continue;
        };
        // Every value that could be sent can be sent still, and so can none.
        let fits = narrows(&after.value_type, &before.value_type);
        if !fits || (is_required(after) && !is_required(before)) {
            found.other(&path(&before.name), &before.value_type, &after.value_type);
        }
    }
    for after in new.iter().filter(|it| is_required(it)) {
        if !old.iter().any(|it| it.name == after.name) {
            found.demanded(&path(&after.name));
        }
    }
}

fn is_required(value: &InputValue) -> bool {
    matches!(value.value_type, Type::NonNullType(_))
        && value
            .default_value
            .as_ref()
            .is_none_or(|it| matches!(it, Value::Null))
}

/// Whether whoever expected `old` can take every `new`.
fn narrows(old: &Type, new: &Type) -> bool {
    match (old, new) {
        (Type::NonNullType(old), Type::NonNullType(new))
        | (Type::ListType(old), Type::ListType(new)) => narrows(old, new),
        (Type::NonNullType(_), _) => false,
        (old, Type::NonNullType(new)) => narrows(old, new),
        (Type::NamedType(old), Type::NamedType(new)) => old == new,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use graphql_tools::parser::parse_schema;

    use super::*;

    fn changes(old: &str, new: &str) -> Vec<String> {
        let parse = |text: &str| parse_schema::<String>(text).unwrap().into_static();
        let found = breaking(&parse(old), &parse(new));
        found.into_iter().map(|it| it.en).collect()
    }

    #[test]
    fn what_is_added_breaks_nobody() {
        let old = "type Query { a(x: Int): T } type T { a: Int } enum E { A } union U = T
            input I { a: Int }";
        let new = "type Query { a(x: Int, y: Int): T! b: Int } type T implements N { a: Int! }
            interface N { a: Int } enum E { A B } union U = T | V type V { a: Int }
            input I { a: Int b: Int c: Int! = 1 }";
        assert_eq!(changes(old, new), Vec::<String>::new());
    }

    #[test]
    fn every_kind_of_loss_is_found() {
        for (old, new, expected) in [
            ("type T { a: Int }", "type U { a: Int }", "T is gone"),
            (
                "type T { a: Int b: Int }",
                "type T { a: Int }",
                "T.b is gone",
            ),
            (
                "type T { a: Int! }",
                "type T { a: Int }",
                "T.a was Int! and is Int",
            ),
            (
                "type T { a: Int }",
                "type T { a: String }",
                "T.a was Int and is String",
            ),
            (
                "type T { a: [Int!] }",
                "type T { a: [Int] }",
                "T.a was [Int!] and is [Int]",
            ),
            (
                "type T { a: [Int] }",
                "type T { a: Int }",
                "T.a was [Int] and is Int",
            ),
            (
                "type T { a(x: Int): Int }",
                "type T { a: Int }",
                "T.a(x:) is gone",
            ),
            (
                "type T { a: Int }",
                "type T { a(x: Int!): Int }",
                "T.a(x:) is new and required",
            ),
            (
                "type T { a(x: Int): Int }",
                "type T { a(x: Int!): Int }",
                "T.a(x:) was Int and is Int!",
            ),
            ("enum E { A B }", "enum E { A }", "E.B is gone"),
            (
                "union U = A | B",
                "union U = A",
                "U and B are no longer related",
            ),
            (
                "type T implements N { a: Int }",
                "type T { a: Int }",
                "T and N are no longer related",
            ),
            (
                "input I { a: Int }",
                "input I { a: Int! }",
                "I.a was Int and is Int!",
            ),
            (
                "input I { a: Int! = 1 }",
                "input I { a: Int! }",
                "I.a was Int! and is Int!",
            ),
            (
                "input I { a: Int }",
                "input I { a: Int b: Int! }",
                "I.b is new and required",
            ),
            (
                "input I { a: Int b: Int }",
                "input I { a: Int }",
                "I.b is gone",
            ),
            (
                "interface N { a: Int }",
                "type N { a: Int }",
                "N was interface and is type",
            ),
        ] {
            assert_eq!(changes(old, new), [expected], "{old} → {new}");
        }
    }

    #[test]
    fn an_input_may_ask_for_less() {
        let old = "input I { a: Int! } type Query { f(x: [Int!]!): Int }";
        let new = "input I { a: Int } type Query { f(x: [Int]): Int }";
        assert_eq!(changes(old, new), Vec::<String>::new());
        let with_default = "input I { a: Int! = 3 } type Query { f(x: [Int!]!): Int }";
        assert_eq!(changes(old, with_default), Vec::<String>::new());
        // Null was allowed, and a default does not help whoever sends it.
        let strict = changes("input I { a: Int = 1 }", "input I { a: Int! = 1 }");
        assert_eq!(strict, ["I.a was Int and is Int!"]);
    }
}
