//! The schema that clients see, where the planner's own one leaves something
//! behind: members of unions and interfaces that are hidden themselves, and
//! what the security specifications bring.

use std::collections::HashSet;

use graphql_tools::static_graphql::schema::{Definition, Directive, Document, TypeDefinition};

/// Specifications whose names clients have no use for.
const SPECS: [&str; 6] = [
    "join",
    "link",
    "policy",
    "requiresScopes",
    "core",
    "federation",
];
const DIRECTIVES: [&str; 5] = [
    "authenticated",
    "requiresScopes",
    "policy",
    "cost",
    "listSize",
];

/// Cleans what the planner made for clients.
pub fn clean(mut document: Document) -> Document {
    document.definitions.retain(|definition| match definition {
        Definition::TypeDefinition(it) => !is_internal(it.name()),
        Definition::DirectiveDefinition(it) => {
            !is_internal(&it.name) && !DIRECTIVES.contains(&it.name.as_str())
        }
        _ => true,
    });
    let known: HashSet<String> = document
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            Definition::TypeDefinition(it) => Some(it.name().to_owned()),
            _ => None,
        })
        .collect();
    for definition in &mut document.definitions {
        let Definition::TypeDefinition(definition) = definition else {
            continue;
        };
        match definition {
            TypeDefinition::Object(it) => {
                strip(&mut it.directives);
                it.implements_interfaces.retain(|name| known.contains(name));
                it.fields
                    .iter_mut()
                    .for_each(|field| strip(&mut field.directives));
            }
            TypeDefinition::Interface(it) => {
                strip(&mut it.directives);
                it.implements_interfaces.retain(|name| known.contains(name));
                it.fields
                    .iter_mut()
                    .for_each(|field| strip(&mut field.directives));
            }
            TypeDefinition::Union(it) => {
                strip(&mut it.directives);
                it.types.retain(|name| known.contains(name));
            }
            TypeDefinition::Scalar(it) => strip(&mut it.directives),
            TypeDefinition::Enum(it) => strip(&mut it.directives),
            TypeDefinition::InputObject(it) => strip(&mut it.directives),
        }
    }
    document
}

fn strip(directives: &mut Vec<Directive>) {
    directives.retain(|it| !DIRECTIVES.contains(&it.name.as_str()));
}

fn is_internal(name: &str) -> bool {
    name.split_once("__")
        .is_some_and(|(spec, _)| SPECS.contains(&spec))
}
