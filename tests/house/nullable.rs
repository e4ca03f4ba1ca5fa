//! A service that is away costs a client its own fields, and nothing else. A
//! field that may not be null takes what is around it where there is no answer,
//! so everything that another service answers may be null: root queries (the
//! whole answer stands around them), what a service adds to an entity that
//! another one owns, and every field that leads to such an entity.
//!
//! The owner of an entity is the service whose root queries answer it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use async_graphql::parser::{
    parse_schema,
    types::{BaseType, ConstDirective, FieldDefinition, Type, TypeKind, TypeSystemDefinition},
};
use async_graphql::{Positioned, Value};

use crate::tree;

/// What a service declares of one type.
#[derive(Default)]
struct Declared {
    /// The fields of its keys; none where it is no entity.
    keys: BTreeSet<String>,
    fields: Vec<Field>,
}

struct Field {
    name: String,
    kind: Type,
    line: usize,
    external: bool,
}

/// The types of one service, by name.
struct Schema {
    service: String,
    types: BTreeMap<String, Declared>,
}

impl Schema {
    fn read(service: &str, sdl: &str) -> Self {
        let document = parse_schema(sdl).expect("a schema is GraphQL");
        let mut types: BTreeMap<String, Declared> = BTreeMap::new();
        for definition in document.definitions {
            let TypeSystemDefinition::Type(it) = definition else {
                continue;
            };
            let fields = match it.node.kind {
                TypeKind::Object(it) => it.fields,
                TypeKind::Interface(it) => it.fields,
                _ => continue,
            };
            let declared = types.entry(it.node.name.node.to_string()).or_default();
            declared.keys.extend(keys(&it.node.directives));
            declared.fields.extend(fields.into_iter().map(field));
        }
        Self {
            service: service.to_owned(),
            types,
        }
    }

    /// Whether a root query answers the type, by itself or a page of it.
    fn answers(&self, name: &str) -> bool {
        let roots = self.types.get("Query").into_iter();
        let mut kinds = roots.flat_map(|it| &it.fields).map(|it| named(&it.kind));
        kinds.any(|it| it.strip_suffix("Connection").unwrap_or(it) == name)
    }

    /// Whether the type is an entity that another of these services owns.
    fn borrows(&self, name: &str, all: &[Self]) -> bool {
        let is_entity = self.types.get(name).is_some_and(|it| !it.keys.is_empty());
        let is_elsewhere = || {
            let mut others = all.iter().filter(|it| it.service != self.service);
            others.any(|it| it.types.contains_key(name))
        };
        is_entity && is_elsewhere() && !self.answers(name)
    }

    fn violations(&self, all: &[Self]) -> Vec<String> {
        let mut found = Vec::new();
        for (name, declared) in &self.types {
            let is_borrowed = self.borrows(name, all);
            for field in &declared.fields {
                let kind = named(&field.kind);
                let why = if name == "Query" && !field.kind.nullable {
                    "a root query may be null: answer `Result<Option<…>>`, a list by `kit::graph::listed`"
                } else if is_borrowed
                    && !field.kind.nullable
                    && !field.external
                    && !declared.keys.contains(&field.name)
                {
                    "another service owns the type: what is added to it may be null, or give \
                     the type a root query where it is owned"
                } else if self.borrows(kind, all) && !is_nullable_at_last(&field.kind) {
                    "it leads to an entity of another service: that may be null, in a list item by item"
                } else {
                    continue;
                };
                found.push(format!(
                    "services/{}/schema.graphql:{}: {name}.{}: {}: {why}",
                    self.service, field.line, field.name, field.kind
                ));
            }
        }
        found
    }
}

/// The fields that the keys of a type name, at its own level.
fn keys(directives: &[Positioned<ConstDirective>]) -> Vec<String> {
    let keys = directives.iter().filter(|it| it.node.name.node == "key");
    let mut found = Vec::new();
    for key in keys {
        let Some(Value::String(fields)) = key.node.get_argument("fields").map(|it| &it.node) else {
            continue;
        };
        let mut depth = 0;
        for word in fields
            .replace('{', " { ")
            .replace('}', " } ")
            .split_whitespace()
        {
            match word {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ if depth == 0 => found.push(word.to_owned()),
                _ => {}
            }
        }
    }
    found
}

fn field(it: Positioned<FieldDefinition>) -> Field {
    Field {
        line: it.node.name.pos.line,
        name: it.node.name.node.to_string(),
        external: it
            .node
            .directives
            .iter()
            .any(|it| it.node.name.node == "external"),
        kind: it.node.ty.node,
    }
}

/// The type below all lists.
fn named(kind: &Type) -> &str {
    match &kind.base {
        BaseType::Named(name) => name,
        BaseType::List(items) => named(items),
    }
}

/// Whether that may be null where it stands.
fn is_nullable_at_last(kind: &Type) -> bool {
    match &kind.base {
        BaseType::Named(_) => kind.nullable,
        BaseType::List(items) => is_nullable_at_last(items),
    }
}

fn violations(sdl: &[(&str, &str)]) -> Vec<String> {
    let read = |(service, sdl): &(&str, &str)| Schema::read(service, sdl);
    let all: Vec<Schema> = sdl.iter().map(read).collect();
    all.iter().flat_map(|it| it.violations(&all)).collect()
}

#[test]
fn what_another_service_answers_may_be_null() {
    let root = tree::root();
    let services = tree::services(&root);
    let schema = |name: &String| root.join("services").join(name).join("schema.graphql");
    let texts: Vec<String> = services
        .iter()
        .map(|name| fs::read_to_string(schema(name)).expect("every service has a schema"))
        .collect();
    let sdl: Vec<(&str, &str)> = services
        .iter()
        .zip(&texts)
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let found = violations(&sdl);
    assert!(
        found.is_empty(),
        "a service that is away would cost more than its own fields:\n{}",
        found.join("\n")
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A service that owns communities.
    const OWNER: &str = "type Query { communities(first: Int): CommunityConnection }
        type CommunityConnection { nodes: [Community!]! }
        type Community @key(fields: \"id\") @key(fields: \"at { code } year\") {
            id: ID! at: Place! year: Int! name: String! households: [Int!]! }
        type Place { code: ID! }
        extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@key\"])";

    fn beside(sdl: &str) -> Vec<String> {
        let found = violations(&[("communities", OWNER), ("care", sdl)]);
        let told = |line: String| {
            let rest = line.split_once("schema.graphql:").expect("the file").1;
            let parts: Vec<&str> = rest.splitn(4, ": ").collect();
            format!("{} {}: {}", parts[0], parts[1], parts[2])
        };
        found.into_iter().map(told).collect()
    }

    #[test]
    fn what_may_be_null_or_is_ones_own_is_no_violation() {
        let fine = "type Query { visits: VisitConnection line(kind: ID!): [Visit!] }
            type VisitConnection { nodes: [Visit!]! }
            type Visit @key(fields: \"id\") { id: ID! notes: [String!]! by: Community each: [Community]! }
            type Mutation { settle(input: ID!): SettlePayload! }
            type SettlePayload { visit: Visit! }
            extend type Community @key(fields: \"at { code } year\") {
                at: Place! year: Int! name: String! @external visits: [Visit!] }
            type Place { code: ID! }";
        assert_eq!(beside(fine), Vec::<String>::new());
    }

    #[test]
    fn a_root_query_that_may_not_be_null_is_found() {
        let roots = "type Query {\n  visit: Visit!\n  visits: [Visit]!\n}\ntype Visit { id: ID! }";
        let found = beside(roots);
        assert_eq!(found, ["2 Query.visit: Visit!", "3 Query.visits: [Visit]!"]);
    }

    #[test]
    fn what_is_added_to_an_entity_of_another_service_is_found() {
        let added = "type Community @key(fields: \"at { code } year\") {
            at: Place! year: Int!
            code: ID!\n visits: [Int]! }\ntype Place { code: ID! }";
        let found = beside(added);
        assert_eq!(
            found,
            ["3 Community.code: ID!", "4 Community.visits: [Int]!"]
        );
    }

    #[test]
    fn what_leads_to_an_entity_of_another_service_is_found() {
        let leads = "type Visit {
            by: Community!\n each: [Community!]\n all: [[Community!]!]! }
            type Community @key(fields: \"id\", resolvable: false) { id: ID! }";
        let found = beside(leads);
        let expected = [
            "2 Visit.by: Community!",
            "3 Visit.each: [Community!]",
            "4 Visit.all: [[Community!]!]!",
        ];
        assert_eq!(found, expected);
    }
}
