//! Which subgraphs resolve a field, as far as a price depends on it: an object
//! whose field is resolved elsewhere is looked up there, once for each element
//! of the lists it stands in.

use std::collections::HashMap;

use graphql_tools::static_graphql::schema::{
    Definition, Directive, Document, TypeDefinition, Value,
};

/// A set of subgraphs; empty where the supergraph says nothing. Those beyond
/// the last bit share it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Graphs(u128);

impl Graphs {
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those in both.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those in either.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The subgraphs of a supergraph, by their name in the join spec.
#[derive(Debug, Default)]
pub struct Ids(HashMap<String, Graphs>);

impl Ids {
    pub fn of(document: &Document) -> Self {
        let graphs = document.definitions.iter().find_map(|it| match it {
            Definition::TypeDefinition(TypeDefinition::Enum(it)) if it.name == "join__Graph" => {
                Some(&it.values)
            }
            _ => None,
        });
        let names = graphs.into_iter().flatten().enumerate();
        let bit = |at: usize| Graphs(1 << at.min(127));
        Self(names.map(|(at, it)| (it.name.clone(), bit(at))).collect())
    }

    /// Who has a type.
    pub fn of_type(&self, directives: &[Directive]) -> Graphs {
        self.collect(directives, "join__type")
    }

    /// Who resolves a field; empty where everybody who has its type does.
    pub fn of_field(&self, directives: &[Directive]) -> Graphs {
        self.collect(directives, "join__field")
    }

    fn collect(&self, directives: &[Directive], name: &str) -> Graphs {
        let ours = directives.iter().filter(|it| it.name == name);
        ours.filter(|it| !repeats(it))
            .filter_map(|it| match argument(it, "graph") {
                Some(Value::Enum(graph)) => self.0.get(graph).copied(),
                _ => None,
            })
            .fold(Graphs::default(), Graphs::or)
    }
}

/// Whether the subgraph only names a field that others resolve.
fn repeats(directive: &Directive) -> bool {
    let is = |name| matches!(argument(directive, name), Some(Value::Boolean(true)));
    is("external") || is("usedOverridden")
}

fn argument<'d>(directive: &'d Directive, name: &str) -> Option<&'d Value> {
    let mut arguments = directive.arguments.iter();
    arguments
        .find(|(known, _)| known == name)
        .map(|(_, value)| value)
}
