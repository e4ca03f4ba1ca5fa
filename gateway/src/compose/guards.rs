//! `@requiresScopes` and `@policy` where several subgraphs guard one thing: what
//! each of them asks must hold, so the alternatives are multiplied out. The
//! composer throws them together, which would open a field to whoever satisfies
//! the most lenient of its owners; and it reads some guards as none.

use std::collections::{BTreeMap, BTreeSet};

use cynic_parser::{
    ConstValue,
    type_system::{Definition, Directive, TypeDefinition},
};

use super::{Parsed, Problem};

/// Alternatives; of each, all names must be there.
pub type AnyOf = Vec<Vec<String>>;

/// What is guarded: a type, or a field of it.
pub type Site = (String, Option<String>);

/// More alternatives than this on one site are refused.
const MOST: usize = 256;

/// The directives and their arguments.
pub const GUARDS: [(&str, &str); 2] = [("requiresScopes", "scopes"), ("policy", "policies")];

/// Site → what all its subgraphs together ask for, in the order of [`GUARDS`].
pub type Guards = BTreeMap<Site, [Option<AnyOf>; 2]>;

/// Reads the guards of all subgraphs. `name` says what a type of a subgraph is
/// called in the supergraph.
pub fn read(
    subgraphs: &[Parsed<'_>],
    name: impl Fn(&Parsed<'_>, &str) -> String,
) -> Result<Guards, Vec<Problem>> {
    let mut guards = Guards::new();
    let mut problems = Vec::new();
    for parsed in subgraphs {
        for definition in parsed.document.definitions() {
            let (Definition::Type(it) | Definition::TypeExtension(it)) = definition else {
                continue;
            };
            let typename = name(parsed, it.name());
            let mut sites = vec![(None, it.directives())];
            let fields = match it {
                TypeDefinition::Object(it) => Some(it.fields()),
                TypeDefinition::Interface(it) => Some(it.fields()),
                _ => None,
            };
            let fields = fields.into_iter().flatten();
            sites.extend(fields.map(|field| (Some(field.name().to_owned()), field.directives())));
            for (field, directives) in sites {
                for directive in directives {
                    let meaning = parsed.names.meaning(directive.name());
                    let which = GUARDS.iter().position(|(name, _)| meaning == Some(name));
                    let Some(which) = which else { continue };
                    let site = (typename.clone(), field.clone());
                    let known = guards.entry(site.clone()).or_default();
                    let asked = asked(directive, GUARDS[which].1);
                    let both = match known[which].take() {
                        None => tidy(asked),
                        Some(before) => both(&before, &asked),
                    };
                    if both.len() > MOST {
                        problems.push(too_many(parsed, &site));
                    }
                    known[which] = Some(both);
                }
            }
        }
    }
    if problems.is_empty() {
        Ok(guards)
    } else {
        Err(problems)
    }
}

/// The alternatives of one directive; a value in the place of a list is a list
/// of one, as everywhere in GraphQL.
fn asked(directive: Directive<'_>, argument: &str) -> BTreeSet<BTreeSet<String>> {
    let argument = directive.arguments().find(|it| it.name() == argument);
    let Some(value) = argument.map(|it| it.value()) else {
        return BTreeSet::new();
    };
    let names = |value: ConstValue<'_>| match value.as_items() {
        Some(items) => items.map(text).collect(),
        None => BTreeSet::from([text(value)]),
    };
    match value.as_items() {
        Some(items) => items.map(names).collect(),
        None => BTreeSet::from([names(value)]),
    }
}

/// A name; what is no text stands for a name that nobody has.
fn text(value: ConstValue<'_>) -> String {
    let text = value.as_str();
    text.map_or_else(|| format!("{value:?}"), str::to_owned)
}

fn both(before: &AnyOf, asked: &BTreeSet<BTreeSet<String>>) -> AnyOf {
    let together = |one: &Vec<String>, other: &BTreeSet<String>| {
        let names = one.iter().chain(other).cloned();
        names.collect::<BTreeSet<_>>()
    };
    let pairs = before
        .iter()
        .flat_map(|one| asked.iter().map(move |other| together(one, other)))
        .take(MOST * MOST);
    tidy(pairs.collect())
}

/// Without alternatives that ask for more than another one does.
fn tidy(alternatives: BTreeSet<BTreeSet<String>>) -> AnyOf {
    let needed = alternatives.iter().filter(|one| {
        let less = |other: &&BTreeSet<String>| other != one && other.is_subset(one);
        !alternatives.iter().any(|other| less(&other))
    });
    needed.map(|it| it.iter().cloned().collect()).collect()
}

fn too_many(parsed: &Parsed<'_>, (typename, field): &Site) -> Problem {
    let at = field
        .as_ref()
        .map_or_else(|| typename.clone(), |field| format!("{typename}.{field}"));
    Problem {
        subgraphs: vec![parsed.schema.name.clone()],
        zh: format!("{at} 的权限要求合并后超过 {MOST} 种组合:请简化各子图中的 scopes 或 policies"),
        en: format!(
            "what is asked for at {at} comes to more than {MOST} alternatives: simplify the scopes \
             or policies of its subgraphs"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(alternatives: &[&[&str]]) -> BTreeSet<BTreeSet<String>> {
        let all = |names: &&[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        alternatives.iter().map(all).collect()
    }

    fn after(before: &[&[&str]], asked: &[&[&str]]) -> AnyOf {
        both(&tidy(set(before)), &set(asked))
    }

    #[test]
    fn both_must_hold() {
        assert_eq!(
            after(&[&["a"], &["b"]], &[&["c"], &["d"]]),
            [["a", "c"], ["a", "d"], ["b", "c"], ["b", "d"]]
        );
        assert_eq!(after(&[&["a"]], &[&["a"], &["b"]]), [["a"]]);
        assert_eq!(after(&[&["a", "b"]], &[&["b"]]), [["a", "b"]]);
    }

    #[test]
    fn what_nobody_can_satisfy_stays_closed() {
        assert!(after(&[], &[&["a"]]).is_empty());
        assert!(after(&[&["a"]], &[]).is_empty());
    }
}
