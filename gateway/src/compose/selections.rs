//! Selections of `@key`, `@requires` and `@provides` go down to leaves and end
//! there. The composer takes that for granted, and breaks off where it is not so.

use std::collections::BTreeSet;

use cynic_parser::type_system::TypeDefinition;
use graphql_tools::static_graphql::query::{Selection, SelectionSet};

use super::{
    Parsed, Problem,
    parsed::{FieldSet, Fields},
};

/// Refuses selections that go on below a leaf, or end before one.
pub fn check(subgraphs: &[Parsed<'_>]) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    for parsed in subgraphs {
        let composite = parsed.types().filter(|it| {
            let leaf = matches!(it, TypeDefinition::Scalar(_) | TypeDefinition::Enum(_));
            !leaf
        });
        let mut checker = Checker {
            subgraph: &parsed.schema.name,
            fields: parsed.fields(),
            composite: composite.map(|it| it.name()).collect(),
            problems: &mut problems,
        };
        for set in parsed.field_sets() {
            checker.walk(&set, set.of, &set.set);
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

struct Checker<'s, 'p> {
    subgraph: &'s str,
    fields: Fields<'s>,
    /// Types that have fields or members.
    composite: BTreeSet<&'s str>,
    problems: &'p mut Vec<Problem>,
}

impl Checker<'_, '_> {
    fn walk(&mut self, of: &FieldSet<'_>, typename: &str, set: &SelectionSet) {
        for item in &set.items {
            match item {
                Selection::Field(field) => {
                    let known = self.fields.get(typename);
                    // What does not exist is told by the composer.
                    let Some(below) = known.and_then(|it| it.get(field.name.as_str())).copied()
                    else {
                        continue;
                    };
                    let at = format!("{typename}.{}", field.name);
                    let goes_on = !field.selection_set.items.is_empty();
                    if goes_on == self.composite.contains(below) {
                        self.walk(of, below, &field.selection_set);
                    } else {
                        self.tell(of, &at, below, goes_on);
                    }
                }
                Selection::InlineFragment(it) => {
                    let condition = it.type_condition.as_ref().map(AsRef::as_ref);
                    let condition = condition.map_or(typename, String::as_str);
                    self.walk(of, condition, &it.selection_set);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn tell(&mut self, of: &FieldSet<'_>, field: &str, kind: &str, goes_on: bool) {
        let FieldSet { at, directive, .. } = of;
        let (zh, en) = if goes_on {
            (
                format!("{at} 的 @{directive} 有误:{field} 是 {kind},其下没有可选择的字段"),
                format!(
                    "the @{directive} at {at} selects below {field}, which is {kind} and has no fields"
                ),
            )
        } else {
            (
                format!("{at} 的 @{directive} 有误:{field} 是 {kind},必须写明选择它的哪些字段"),
                format!(
                    "the @{directive} at {at} ends at {field}, which is {kind}: say which of its fields"
                ),
            )
        };
        self.problems.push(Problem {
            subgraphs: vec![self.subgraph.to_owned()],
            zh,
            en,
        });
    }
}
