//! What a document may cost before anybody works on it: counted through
//! fragments without opening them, so that a bomb costs nothing.

use std::collections::HashMap;

use graphql_tools::static_graphql::query::{
    Definition, Document, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
};
use kernel::{Refusal, refuse};

use crate::config::Limits;

/// The refusal that names a limit.
pub fn exceeded(limit: &str, maximum: usize, found: usize) -> Refusal {
    refuse!(Invalid, "LIMIT_EXCEEDED", field: limit,
        zh: "查询超出限制 {limit}:最多 {maximum},实际 {found}",
        en: "the query exceeds the limit {limit}: at most {maximum}, found {found}")
}

/// What a selection set costs when all fragments are open.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    depth: usize,
    spreads: usize,
    fields: usize,
    aliases: usize,
    directives: usize,
    /// Fields of the outermost level.
    top: usize,
}

impl Cost {
    fn add(&mut self, other: Self) {
        self.depth = self.depth.max(other.depth);
        self.spreads = self.spreads.max(other.spreads);
        self.fields = self.fields.saturating_add(other.fields);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.top = self.top.saturating_add(other.top);
    }
}

struct Counter<'d> {
    fragments: HashMap<&'d str, &'d FragmentDefinition>,
    /// None while the fragment is being counted: a cycle, which validation names.
    known: HashMap<&'d str, Option<Cost>>,
    limits: &'d Limits,
}

/// Refuses a document that exceeds a limit.
pub fn check(document: &Document, limits: &Limits) -> Result<(), Refusal> {
    let fragments = document
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            Definition::Fragment(fragment) => Some((fragment.name.as_str(), fragment)),
            Definition::Operation(_) => None,
        });
    let mut counter = Counter {
        fragments: fragments.collect(),
        known: HashMap::new(),
        limits,
    };
    for definition in &document.definitions {
        let Definition::Operation(operation) = definition else {
            continue;
        };
        let (directives, selection) = match operation {
            OperationDefinition::SelectionSet(set) => (0, set),
            OperationDefinition::Query(query) => (query.directives.len(), &query.selection_set),
            OperationDefinition::Mutation(it) => (it.directives.len(), &it.selection_set),
            OperationDefinition::Subscription(it) => (it.directives.len(), &it.selection_set),
        };
        let mut cost = counter.selection(selection, 0)?;
        cost.directives += directives;
        for (name, maximum, found) in [
            ("depth", limits.depth, cost.depth),
            ("fragment_depth", limits.fragment_depth, cost.spreads),
            ("fields", limits.fields, cost.fields),
            ("aliases", limits.aliases, cost.aliases),
            ("directives", limits.directives, cost.directives),
            ("root_fields", limits.root_fields, cost.top),
        ] {
            if found > maximum {
                return Err(exceeded(name, maximum, found));
            }
        }
    }
    Ok(())
}

impl<'d> Counter<'d> {
    fn selection(&mut self, set: &'d SelectionSet, spreads: usize) -> Result<Cost, Refusal> {
        let mut cost = Cost {
            spreads,
            ..Cost::default()
        };
        for item in &set.items {
            match item {
                Selection::Field(field) => {
                    let below = self.selection(&field.selection_set, spreads)?;
                    cost.add(Cost {
                        depth: below.depth + 1,
                        spreads: below.spreads,
                        fields: below.fields.saturating_add(1),
                        aliases: below.aliases.saturating_add(field.alias.is_some().into()),
                        directives: below.directives.saturating_add(field.directives.len()),
                        top: 1,
                    });
                }
                Selection::InlineFragment(fragment) => {
                    let mut below = self.selection(&fragment.selection_set, spreads)?;
                    below.directives = below.directives.saturating_add(fragment.directives.len());
                    cost.add(below);
                }
                Selection::FragmentSpread(spread) => {
                    let mut below = self.fragment(&spread.fragment_name, spreads + 1)?;
                    below.directives = below.directives.saturating_add(spread.directives.len());
                    cost.add(below);
                }
            }
        }
        Ok(cost)
    }

    fn fragment(&mut self, name: &'d str, spreads: usize) -> Result<Cost, Refusal> {
        // Checked on the way down as well: this is what bounds the recursion.
        if spreads > self.limits.fragment_depth {
            return Err(exceeded(
                "fragment_depth",
                self.limits.fragment_depth,
                spreads,
            ));
        }
        if let Some(known) = self.known.get(name) {
            let mut cost = known.unwrap_or_default();
            cost.spreads += spreads;
            return Ok(cost);
        }
        let Some(fragment) = self.fragments.get(name).copied() else {
            return Ok(Cost::default());
        };
        self.known.insert(name, None);
        let mut cost = self.selection(&fragment.selection_set, spreads)?;
        let below = cost.spreads - spreads;
        self.known.insert(
            name,
            Some(Cost {
                spreads: below,
                ..cost
            }),
        );
        cost.spreads = spreads + below;
        Ok(cost)
    }
}
