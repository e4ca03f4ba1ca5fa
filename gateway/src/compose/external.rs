//! `@external` repeats a field of another subgraph, so it must have that field's
//! type to the letter. The composer does not look.

use std::collections::BTreeMap;

use cynic_parser::type_system::{Definition, FieldDefinition, TypeDefinition};

use super::{Parsed, Problem};

/// Type and field → subgraph, its type there, whether it is external.
type Fields = BTreeMap<(String, String), Vec<(String, String, bool)>>;

/// Refuses external fields whose type differs from every owner's.
pub fn check(subgraphs: &[Parsed<'_>]) -> Result<(), Vec<Problem>> {
    let mut fields: Fields = BTreeMap::new();
    for subgraph in subgraphs {
        for definition in subgraph.document.definitions() {
            let (Definition::Type(definition) | Definition::TypeExtension(definition)) = definition
            else {
                continue;
            };
            let typename = definition.name();
            for field in fields_of(definition) {
                let is_external = field
                    .directives()
                    .any(|it| subgraph.names.means(&it, "external"));
                let key = (typename.to_owned(), field.name().to_owned());
                let kind = field.ty().to_string();
                fields.entry(key).or_default().push((
                    subgraph.schema.name.clone(),
                    kind,
                    is_external,
                ));
            }
        }
    }
    let mut problems = Vec::new();
    for ((typename, field), uses) in &fields {
        let owners: Vec<_> = uses
            .iter()
            .filter(|(.., is_external)| !is_external)
            .collect();
        for (subgraph, kind, _) in uses.iter().filter(|(.., is_external)| *is_external) {
            let Some((owner, owned, _)) = owners.first() else {
                continue;
            };
            if owners.iter().any(|(_, owned, _)| owned == kind) {
                continue;
            }
            problems.push(Problem {
                subgraphs: vec![subgraph.clone(), owner.clone()],
                zh: format!(
                    "子图 {subgraph} 中 @external 字段 {typename}.{field} 的类型是 {kind},\
                     但其所有者 {owner} 中是 {owned};二者必须完全相同"
                ),
                en: format!(
                    "the @external field {typename}.{field} is {kind} in {subgraph} but {owned} in \
                     its owner {owner}: the two must be equal"
                ),
            });
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

fn fields_of(definition: TypeDefinition<'_>) -> Vec<FieldDefinition<'_>> {
    match definition {
        TypeDefinition::Object(it) => it.fields().collect(),
        TypeDefinition::Interface(it) => it.fields().collect(),
        _ => Vec::new(),
    }
}
