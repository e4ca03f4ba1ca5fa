//! `@external` says that another subgraph resolves the field, and is there for
//! what this one does with it: a key, a requirement, what it provides, or an
//! interface. Where nothing is done with it, the field can be had from nobody
//! here, and its owner ought to know. Schemas of the first version of the
//! specification marked such fields freely, and may.

use std::collections::{BTreeMap, BTreeSet};

use cynic_parser::type_system::TypeDefinition;
use graphql_tools::static_graphql::query::{Selection, SelectionSet};

use super::{Parsed, Problem, parsed::Fields};

/// Refuses external fields that nothing uses.
pub fn check(subgraphs: &[Parsed<'_>]) -> Result<(), Vec<Problem>> {
    let problems: Vec<_> = subgraphs
        .iter()
        .filter(|it| it.names.is_v2())
        .flat_map(|it| Usage::new(it).unused())
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// What one subgraph does with its fields.
struct Usage<'s> {
    parsed: &'s Parsed<'s>,
    fields: Fields<'s>,
    /// Type → interfaces.
    interfaces: BTreeMap<&'s str, BTreeSet<&'s str>>,
    external: BTreeSet<(&'s str, &'s str)>,
    used: BTreeSet<(&'s str, &'s str)>,
}

impl<'s> Usage<'s> {
    fn new(parsed: &'s Parsed<'s>) -> Self {
        let mut usage = Self {
            parsed,
            fields: parsed.fields(),
            interfaces: BTreeMap::new(),
            external: BTreeSet::new(),
            used: BTreeSet::new(),
        };
        for definition in parsed.types() {
            if let TypeDefinition::Object(it) = definition {
                let interfaces = usage.interfaces.entry(it.name()).or_default();
                interfaces.extend(it.implements_interfaces());
            }
        }
        for (typename, field) in parsed.each_field() {
            let mut directives = field.directives();
            if directives.any(|it| parsed.names.means(&it, "external")) {
                usage.external.insert((typename, field.name()));
            }
        }
        for set in parsed.field_sets() {
            usage.walk(set.of, &set.set);
        }
        usage
    }

    fn walk(&mut self, typename: &str, set: &SelectionSet) {
        for item in &set.items {
            match item {
                Selection::Field(field) => {
                    let Some(below) = self.mark(typename, &field.name) else {
                        continue;
                    };
                    self.walk(below, &field.selection_set);
                }
                Selection::InlineFragment(it) => {
                    let condition = it.type_condition.as_ref().map(AsRef::as_ref);
                    let condition = condition.map_or(typename, String::as_str);
                    self.walk(condition, &it.selection_set);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    /// Marks a field as used, of an interface in its members too; answers the
    /// type below it.
    fn mark(&mut self, typename: &str, field: &str) -> Option<&'s str> {
        let members = self
            .interfaces
            .iter()
            .filter(|(_, interfaces)| interfaces.contains(typename))
            .map(|(name, _)| *name);
        let known = self.fields.get_key_value(typename).map(|(name, _)| *name);
        let types: Vec<_> = members.chain(known).collect();
        let mut below = None;
        for typename in types {
            if let Some((field, kind)) = self.fields[typename].get_key_value(field) {
                self.used.insert((typename, field));
                below = Some(*kind);
            }
        }
        below
    }

    fn unused(self) -> Vec<Problem> {
        let of_interface = |typename: &str, field: &str| {
            let interfaces = self.interfaces.get(typename).into_iter().flatten();
            interfaces
                .filter_map(|interface| self.fields.get(interface))
                .any(|fields| fields.contains_key(field))
        };
        let subgraph = &self.parsed.schema.name;
        let unused = self
            .external
            .difference(&self.used)
            .filter(|(typename, field)| !of_interface(typename, field));
        let problems = unused.map(|(typename, field)| Problem {
            subgraphs: vec![subgraph.clone()],
            zh: format!(
                "字段 {typename}.{field} 标记了 @external,但子图 {subgraph} 既没有在 @key、@requires、\
                 @provides 中使用它,也不需要它来满足接口:请删除该字段,或去掉 @external"
            ),
            en: format!(
                "the field {typename}.{field} is @external, but {subgraph} uses it in no @key, @requires \
                 or @provides and no interface asks for it: remove the field, or its @external"
            ),
        });
        problems.collect()
    }
}
