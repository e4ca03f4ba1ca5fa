//! Opens named fragments and takes out what can never be answered: what `@skip`
//! and `@include` take out, fragments that fit no type where they stand. The planner
//! fails on some selections of which nothing is left; there the object itself
//! stays asked for, by `__typename`.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
};

use graphql_tools::{
    parser::query::TypeCondition,
    static_graphql::query::{
        Definition, Directive, Document, Field, FragmentDefinition, InlineFragment,
        OperationDefinition, Selection, SelectionSet, Value,
    },
};

use super::split::fragments;
use crate::supergraph::Schema;

/// The operation alone, without fragments of names and without conditions whose
/// value is known; and the variables of the others.
pub fn open(
    schema: &Schema,
    root: &str,
    document: &Document,
    known: Option<&BTreeMap<String, bool>>,
) -> (Document, Vec<String>) {
    let opener = Opener {
        schema,
        fragments: fragments(document),
        known,
        unknown: RefCell::default(),
    };
    let operations = document.definitions.iter().filter_map(|definition| {
        let Definition::Operation(operation) = definition else {
            return None;
        };
        let mut operation = operation.clone();
        let set = selection_mut(&mut operation);
        opener.set(root, &Scope::of(schema, root), set);
        Some(Definition::Operation(operation))
    });
    let opened = Document {
        definitions: operations.collect(),
    };
    (opened, opener.unknown.into_inner().into_iter().collect())
}

/// The objects that may stand where a selection is.
#[derive(Clone)]
struct Scope<'s>(HashSet<&'s str>);

impl<'s> Scope<'s> {
    fn of(schema: &'s Schema, typename: &str) -> Self {
        let possible = schema.get(typename).into_iter().flat_map(|it| &it.possible);
        Self(possible.map(String::as_str).collect())
    }

    fn within(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).copied().collect())
    }
}

struct Opener<'d> {
    schema: &'d Schema,
    fragments: HashMap<&'d str, &'d FragmentDefinition>,
    known: Option<&'d BTreeMap<String, bool>>,
    unknown: RefCell<BTreeSet<String>>,
}

impl<'d> Opener<'d> {
    fn set(&self, parent: &str, scope: &Scope<'d>, set: &mut SelectionSet) {
        let mut kept = Vec::with_capacity(set.items.len());
        for item in std::mem::take(&mut set.items) {
            let mut opened = match item {
                Selection::Field(mut field) => {
                    if self.skips(&mut field.directives) {
                        continue;
                    }
                    if let Some(kind) = self.schema.field(parent, &field.name)
                        && !field.selection_set.items.is_empty()
                    {
                        let below = kind.inner_type();
                        let scope = Scope::of(self.schema, below);
                        self.set(below, &scope, &mut field.selection_set);
                    }
                    kept.push(Selection::Field(field));
                    continue;
                }
                Selection::InlineFragment(fragment) => fragment,
                Selection::FragmentSpread(spread) => {
                    let Some(fragment) = self.fragments.get(spread.fragment_name.as_str()) else {
                        continue;
                    };
                    InlineFragment {
                        position: spread.position,
                        type_condition: Some(fragment.type_condition.clone()),
                        directives: spread.directives,
                        selection_set: fragment.selection_set.clone(),
                    }
                }
            };
            if self.skips(&mut opened.directives) {
                continue;
            }
            let condition = match &opened.type_condition {
                Some(TypeCondition::On(name)) => name.clone(),
                None => parent.to_owned(),
            };
            let scope = scope.within(&Scope::of(self.schema, &condition));
            if scope.0.is_empty() {
                continue;
            }
            if condition != parent && self.schema.is_abstract(&condition) {
                self.expand(&scope, &opened, &mut kept);
                continue;
            }
            self.set(&condition, &scope, &mut opened.selection_set);
            if condition == parent && opened.directives.is_empty() {
                kept.extend(opened.selection_set.items);
            } else if !opened.selection_set.items.is_empty() {
                kept.push(Selection::InlineFragment(opened));
            }
        }
        set.items = kept;
    }

    /// One fragment for each object that an abstract one can be here: the
    /// planner loses its way between abstract types.
    fn expand(&self, scope: &Scope<'d>, opened: &InlineFragment, kept: &mut Vec<Selection>) {
        let mut members: Vec<_> = scope.0.iter().copied().collect();
        members.sort_unstable();
        let seen = |name: &&str| self.schema.get(name).is_some_and(|it| it.accessible);
        for member in members.into_iter().filter(seen) {
            let mut own = opened.clone();
            own.type_condition = Some(TypeCondition::On(member.to_owned()));
            let scope = Scope::of(self.schema, member);
            self.set(member, &scope, &mut own.selection_set);
            if !own.selection_set.items.is_empty() {
                kept.push(Selection::InlineFragment(own));
            }
        }
    }

    /// Whether the selection is left out. Conditions that are decided go.
    fn skips(&self, directives: &mut Vec<Directive>) -> bool {
        let mut skipped = false;
        directives.retain(|directive| {
            let is_skip = match directive.name.as_str() {
                "skip" => true,
                "include" => false,
                _ => return true,
            };
            let condition = directive.arguments.iter().find(|(name, _)| name == "if");
            let value = match (condition, self.known) {
                (Some((_, Value::Boolean(flag))), _) => *flag,
                (Some((_, Value::Variable(name))), Some(known)) => {
                    known.get(name).copied().unwrap_or(false)
                }
                (Some((_, Value::Variable(name))), None) => {
                    self.unknown.borrow_mut().insert(name.clone());
                    return true;
                }
                _ => return true,
            };
            skipped |= value == is_skip;
            false
        });
        skipped
    }
}

/// Takes out fragments of which nothing is left, and asks for the type where
/// nothing is left of an object: whether it is there is still to be known.
pub fn fill(schema: &Schema, parent: &str, set: &mut SelectionSet) {
    set.items.retain_mut(|item| match item {
        // The projection knows the type by its own name alone.
        Selection::Field(field) if field.name == "__typename" => {
            field.alias = None;
            true
        }
        Selection::Field(field) => {
            if let Some(below) = schema.below(parent, &field.name)
                && schema.has_selections(below)
            {
                fill(schema, below, &mut field.selection_set);
                if field.selection_set.items.is_empty() {
                    let typename = typename(&field.selection_set);
                    field.selection_set.items.push(typename);
                }
                // Where a member's fields are asked of an interface that some
                // subgraph knows as one object, the planner forgets the key.
                let is_fragment = |it: &Selection| matches!(it, Selection::InlineFragment(_));
                if field.selection_set.items.iter().any(is_fragment) {
                    for key in schema.object_keys(below) {
                        field.selection_set.items.extend(key.items.iter().cloned());
                    }
                }
            }
            true
        }
        Selection::InlineFragment(it) => {
            let condition = match &it.type_condition {
                Some(TypeCondition::On(name)) => name.clone(),
                None => parent.to_owned(),
            };
            fill(schema, &condition, &mut it.selection_set);
            !it.selection_set.items.is_empty()
        }
        Selection::FragmentSpread(_) => false,
    });
}

fn typename(near: &SelectionSet) -> Selection {
    Selection::Field(Field {
        position: near.span.0,
        alias: None,
        name: "__typename".to_owned(),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: SelectionSet {
            span: near.span,
            items: Vec::new(),
        },
    })
}

/// What an operation selects.
pub fn selection_mut(operation: &mut OperationDefinition) -> &mut SelectionSet {
    match operation {
        OperationDefinition::SelectionSet(set) => set,
        OperationDefinition::Query(it) => &mut it.selection_set,
        OperationDefinition::Mutation(it) => &mut it.selection_set,
        OperationDefinition::Subscription(it) => &mut it.selection_set,
    }
}
