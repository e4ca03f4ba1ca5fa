//! `@shareable` on a type means: on each of its fields here. The composer also
//! demands that every other subgraph has the very same fields, and so refuses
//! value types that are valid. We put the mark on the fields, and leave it to
//! the satisfiability check whether each of them can be reached.

use cynic_parser::{
    TypeSystemDocument,
    type_system::{Definition, Directive, TypeDefinition},
};

use super::names::Names;

/// The SDL with the mark on fields; None where no type has it.
pub fn spread(sdl: &str, document: &TypeSystemDocument, names: &Names) -> Option<String> {
    // Where to cut, and what to write instead.
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    for definition in document.definitions() {
        let (Definition::Type(TypeDefinition::Object(object))
        | Definition::TypeExtension(TypeDefinition::Object(object))) = definition
        else {
            continue;
        };
        let is_mark = |it: &Directive<'_>| names.means(it, "shareable");
        let Some(mark) = object.directives().find(is_mark) else {
            continue;
        };
        for mark in object.directives().filter(is_mark) {
            let span = mark.name_span();
            let start = sdl[..span.end].rfind('@')?;
            edits.push((start, span.end, String::new()));
        }
        for field in object.fields() {
            let marked = field
                .directives()
                .any(|it| is_mark(&it) || names.means(&it, "external"));
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
