//! `@shareable` on a type means: on each of its fields here. The composer also
//! demands that every other subgraph has the very same fields, and so refuses
//! value types that are valid. We put the mark on the fields, and leave it to
//! the satisfiability check whether each of them can be reached.

use cynic_parser::{
    TypeSystemDocument,
    type_system::{Definition, TypeDefinition},
};

const NAMES: [&str; 2] = ["shareable", "federation__shareable"];

/// The SDL with the mark on fields; None where no type has it.
pub fn spread(sdl: &str, document: &TypeSystemDocument) -> Option<String> {
    // Where to cut, and what to write instead.
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    for definition in document.definitions() {
        let (Definition::Type(TypeDefinition::Object(object))
        | Definition::TypeExtension(TypeDefinition::Object(object))) = definition
        else {
            continue;
        };
        let Some(mark) = object.directives().find(|it| NAMES.contains(&it.name())) else {
            continue;
        };
        for mark in object.directives().filter(|it| NAMES.contains(&it.name())) {
            let span = mark.name_span();
            let start = sdl[..span.end].rfind('@')?;
            edits.push((start, span.end, String::new()));
        }
        for field in object.fields() {
            let marked = field.directives().any(|it| {
                NAMES.contains(&it.name())
                    || matches!(it.name(), "external" | "federation__external")
            });
            if !marked {
                let end = field.ty().span().end;
                edits.push((end, end, format!(" @{}", mark.name())));
            }
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
