//! The price of one operation, with its variables left open.

use hive_router_query_planner::ast::{
    selection_item::SelectionItem,
    selection_set::{FieldSelection, SelectionSet},
    value::Value,
};
use kernel::Refusal;
use serde_json::{Map, Value as Json};

use super::{
    graphs::Graphs,
    model::{FieldCost, Model},
    size::Size,
};
use crate::config;

/// See the module.
#[derive(Debug, Default)]
pub struct Formula {
    base: u64,
    root: Selection,
}

/// What is asked of one object.
#[derive(Debug, Default)]
struct Selection {
    fields: Vec<Field>,
    /// Fragments that may apply together with others.
    shared: Vec<(Gate, Selection)>,
    /// Fragments on objects: a value is one of them only, so the dearest counts.
    branches: Vec<(String, Vec<(Gate, Selection)>)>,
}

#[derive(Debug)]
struct Field {
    name: String,
    gate: Gate,
    /// Of one element, without what is below.
    weight: u64,
    arguments: Vec<Input>,
    lists: u32,
    list_size: u64,
    size: Option<Size>,
    sized: Vec<String>,
    below: Selection,
}

/// A value that is paid for.
#[derive(Debug)]
enum Input {
    Fixed(u64),
    /// Counted in the variable, if it is there.
    Variable {
        name: String,
        of: String,
        weight: Option<u64>,
    },
}

/// The variables of `@skip` and `@include`.
#[derive(Debug, Default)]
struct Gate {
    skip: Option<String>,
    include: Option<String>,
}

impl Gate {
    fn is_open(&self, variables: &Map<String, Json>) -> bool {
        let is_true = |name: &String| variables.get(name) == Some(&Json::Bool(true));
        !self.skip.as_ref().is_some_and(is_true) && self.include.as_ref().is_none_or(is_true)
    }
}

struct Compiler<'m> {
    model: &'m Model,
    settings: &'m config::Cost,
}

impl Formula {
    /// The formula of a normalised operation.
    pub fn new(
        model: &Model,
        settings: &config::Cost,
        root: &str,
        is_mutation: bool,
        set: &SelectionSet,
    ) -> Self {
        let compiler = Compiler { model, settings };
        Self {
            base: if is_mutation { settings.mutation } else { 0 },
            root: compiler.selection(root, set, Place::default()),
        }
    }

    /// The price with these variables.
    pub fn price(
        &self,
        model: &Model,
        settings: &config::Cost,
        variables: &Map<String, Json>,
    ) -> Result<u64, Refusal> {
        let with = With {
            compiler: Compiler { model, settings },
            variables,
        };
        Ok(self.base.saturating_add(with.selection(&self.root, None)?))
    }
}

/// Where an object was resolved, and where it is looked up besides. Nowhere is
/// the root, whose fields are asked for in the first place.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    here: Graphs,
    looked_up: Graphs,
}

impl Compiler<'_> {
    fn selection(&self, parent: &str, set: &SelectionSet, mut place: Place) -> Selection {
        let mut selection = Selection::default();
        for item in &set.items {
            match item {
                SelectionItem::Field(field) => {
                    selection
                        .fields
                        .extend(self.field(parent, field, &mut place));
                }
                SelectionItem::InlineFragment(fragment) => {
                    let condition = &fragment.type_condition;
                    let below = self.selection(condition, &fragment.selections, place);
                    let gate = Gate {
                        skip: fragment.skip_if.clone(),
                        include: fragment.include_if.clone(),
                    };
                    let is_branch = condition != parent
                        && self.model.get(condition).is_some_and(|it| it.is_object);
                    if !is_branch {
                        selection.shared.push((gate, below));
                        continue;
                    }
                    let known = selection
                        .branches
                        .iter_mut()
                        .find(|(it, _)| it == condition);
                    match known {
                        Some((_, parts)) => parts.push((gate, below)),
                        None => selection
                            .branches
                            .push((condition.clone(), vec![(gate, below)])),
                    }
                }
                // Normalised operations have none.
                SelectionItem::FragmentSpread(_) => {}
            }
        }
        selection
    }

    fn field(&self, parent: &str, field: &FieldSelection, place: &mut Place) -> Option<Field> {
        // `__typename` is of no type and costs nothing.
        let known = self.model.field(parent, &field.name)?;
        let kind = self.model.get(&known.of);
        let weight = known.weight.or(kind.and_then(|it| it.weight));
        let weight = weight.unwrap_or_else(|| {
            if kind.is_some_and(|it| it.is_composite) {
                let heaviest = kind.map_or(0, |it| it.heaviest);
                self.settings.object.max(heaviest)
            } else {
                self.settings.scalar
            }
        });
        let arguments = field.arguments.as_ref();
        let get = |name: &str| arguments.and_then(|it| it.get_argument(name));
        let default = |name: &str| known.arguments.get(name).and_then(|it| it.default);
        let path = format!("{parent}.{}", field.name);
        let size = known.size.as_ref();
        let always = field.skip_if.is_none() && field.include_if.is_none();
        let (at, looked_up) = self.at(parent, known, place, always);
        let mut inputs = self.arguments(known, field);
        if looked_up {
            inputs.push(Input::Fixed(self.settings.entity));
        }
        let below = Place {
            here: at,
            looked_up: Graphs::default(),
        };
        Some(Field {
            name: field.name.clone(),
            gate: Gate {
                skip: field.skip_if.clone(),
                include: field.include_if.clone(),
            },
            weight,
            arguments: inputs,
            lists: known.lists,
            list_size: self.settings.list_size,
            size: size.map(|it| it.compile(&path, get, default, self.settings.list_size)),
            sized: size.map(|it| it.sized.clone()).unwrap_or_default(),
            below: self.selection(&known.of, &field.selections, below),
        })
    }

    /// Where a field is resolved, and whether its object must be looked up for
    /// that. What is always asked for is looked up once for all its fields.
    fn at(
        &self,
        parent: &str,
        known: &FieldCost,
        place: &mut Place,
        always: bool,
    ) -> (Graphs, bool) {
        let mut owners = known.graphs;
        if owners.is_empty() {
            owners = self.model.get(parent).map_or(owners, |it| it.graphs);
        }
        if place.here.is_empty() || owners.is_empty() {
            return (owners, false);
        }
        for reached in [place.here, place.looked_up] {
            let both = owners.and(reached);
            if !both.is_empty() {
                return (both, false);
            }
        }
        if always {
            place.looked_up = place.looked_up.or(owners);
        }
        (owners, true)
    }

    fn arguments(&self, known: &FieldCost, field: &FieldSelection) -> Vec<Input> {
        let mut inputs = Vec::new();
        for (name, value) in field.arguments.iter().flatten() {
            if let Some(known) = known.arguments.get(name) {
                self.literal(known, value, &mut inputs);
            }
        }
        inputs
    }

    fn literal(&self, known: &FieldCost, value: &Value, inputs: &mut Vec<Input>) {
        match value {
            Value::Null => {}
            Value::Variable(name) => inputs.push(Input::Variable {
                name: name.clone(),
                of: known.of.clone(),
                weight: known.weight,
            }),
            Value::List(items) => {
                for item in items {
                    self.literal(known, item, inputs);
                }
            }
            Value::Object(members) => {
                inputs.push(Input::Fixed(self.own(&known.of, known.weight)));
                for (name, value) in members {
                    if let Some(known) = self.model.field(&known.of, name) {
                        self.literal(known, value, inputs);
                    }
                }
            }
            _ => inputs.push(Input::Fixed(self.own(&known.of, known.weight))),
        }
    }

    /// What one input value weighs, without what is in it.
    fn own(&self, of: &str, weight: Option<u64>) -> u64 {
        let kind = self.model.get(of);
        weight.or(kind.and_then(|it| it.weight)).unwrap_or_else(|| {
            if kind.is_some_and(|it| it.is_input) {
                self.settings.object
            } else {
                0
            }
        })
    }

    fn value(&self, of: &str, weight: Option<u64>, value: &Json) -> u64 {
        match value {
            Json::Null => 0,
            Json::Array(items) => items.iter().fold(0, |sum: u64, item| {
                sum.saturating_add(self.value(of, weight, item))
            }),
            Json::Object(members) => {
                members
                    .iter()
                    .fold(self.own(of, weight), |sum, (name, it)| {
                        let below = self.model.field(of, name);
                        let below =
                            below.map_or(0, |known| self.value(&known.of, known.weight, it));
                        sum.saturating_add(below)
                    })
            }
            _ => self.own(of, weight),
        }
    }
}

struct With<'f> {
    compiler: Compiler<'f>,
    variables: &'f Map<String, Json>,
}

impl With<'_> {
    /// `sized` names the fields that have the size of the field above.
    fn selection(
        &self,
        selection: &Selection,
        sized: Option<(&[String], u64)>,
    ) -> Result<u64, Refusal> {
        let mut sum = 0_u64;
        for field in &selection.fields {
            sum = sum.saturating_add(self.field(field, sized)?);
        }
        sum = sum.saturating_add(self.parts(&selection.shared, sized)?);
        let mut dearest = 0;
        for (_, parts) in &selection.branches {
            dearest = dearest.max(self.parts(parts, sized)?);
        }
        Ok(sum.saturating_add(dearest))
    }

    fn parts(
        &self,
        parts: &[(Gate, Selection)],
        sized: Option<(&[String], u64)>,
    ) -> Result<u64, Refusal> {
        let mut sum = 0_u64;
        for (_, below) in parts
            .iter()
            .filter(|(gate, _)| gate.is_open(self.variables))
        {
            sum = sum.saturating_add(self.selection(below, sized)?);
        }
        Ok(sum)
    }

    fn field(&self, field: &Field, sized: Option<(&[String], u64)>) -> Result<u64, Refusal> {
        if !field.gate.is_open(self.variables) {
            return Ok(0);
        }
        let own = match &field.size {
            Some(size) => Some(size.with(self.variables)?),
            None => None,
        };
        let hands_on = own.filter(|_| !field.sized.is_empty());
        let below = hands_on.map(|size| (field.sized.as_slice(), size));
        let one = field
            .weight
            .saturating_add(self.selection(&field.below, below)?);
        let told = own.filter(|_| field.sized.is_empty());
        let from_above = sized.filter(|(names, _)| names.contains(&field.name));
        let mut all = one;
        for level in 0..field.lists {
            let size = told.or(from_above.map(|(_, size)| size));
            let size = size.filter(|_| level == 0).unwrap_or(field.list_size);
            all = all.saturating_mul(size);
        }
        let arguments = field.arguments.iter().map(|input| match input {
            Input::Fixed(weight) => *weight,
            Input::Variable { name, of, weight } => self
                .variables
                .get(name)
                .map_or(0, |value| self.compiler.value(of, *weight, value)),
        });
        Ok(arguments.fold(all, u64::saturating_add))
    }
}
