//! The walk over variables and arguments, to the first place that does not fit.

use std::collections::HashSet;

use async_graphql::{
    Name, Value, Variables,
    parser::{
        parse_query,
        types::{
            BaseType, ExecutableDocument, OperationDefinition, OperationType, Selection,
            SelectionSet, Type,
        },
    },
};

use super::{
    Asked, Inputs, Kind, Misfit,
    fits::{Whole, fits},
    say,
};

type Fit = Result<(), Misfit>;

/// The name at the bottom of a type.
pub(super) fn named(kind: &Type) -> &Name {
    match &kind.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}

impl Asked<'_> {
    /// The first place that does not fit; none where everything seems to.
    pub(in super::super) fn misfit(&self, whole: Whole) -> Option<Misfit> {
        let document = parse_query(self.query).ok()?;
        let operation = self.operation_of(&document)?;
        let variables: Variables = if self.variables.is_empty() {
            Variables::default()
        } else {
            serde_json::from_slice(self.variables).ok()?
        };
        let walk = Walk {
            inputs: self.inputs,
            document: &document,
            variables: &variables,
            whole,
        };
        let fit = walk
            .variables(operation)
            .and_then(|()| walk.operation(operation));
        fit.err()
    }

    fn operation_of<'d>(
        &self,
        document: &'d ExecutableDocument,
    ) -> Option<&'d OperationDefinition> {
        let mut all = document.operations.iter();
        let found = match self.operation.filter(|name| !name.is_empty()) {
            Some(wanted) => all.find(|(name, _)| name.is_none_or(|name| name == wanted)),
            None => all.next(),
        };
        found.map(|(_, operation)| &operation.node)
    }
}

struct Walk<'a> {
    inputs: &'a Inputs,
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    whole: Whole,
}

impl Walk<'_> {
    fn variables(&self, operation: &OperationDefinition) -> Fit {
        for definition in &operation.variable_definitions {
            let (name, kind) = (&definition.node.name.node, &definition.node.var_type.node);
            let mut path = vec![name.to_string()];
            match self.variables.get(name) {
                Some(value) => self.value(value, kind, &mut path)?,
                None if kind.nullable || definition.node.default_value.is_some() => {}
                None => return Err(say::missing(&path)),
            }
        }
        Ok(())
    }

    fn operation(&self, operation: &OperationDefinition) -> Fit {
        let [query, mutation, subscription] = &self.inputs.roots;
        let root = match operation.ty {
            OperationType::Query => query,
            OperationType::Mutation => mutation,
            OperationType::Subscription => subscription,
        };
        match root {
            Some(root) => self.selection(&operation.selection_set.node, root, &mut HashSet::new()),
            None => Ok(()),
        }
    }

    fn selection(&self, set: &SelectionSet, of: &Name, seen: &mut HashSet<Name>) -> Fit {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let fields = self.inputs.fields.get(of);
                    let Some(known) = fields.and_then(|of| of.get(&field.name.node)) else {
                        continue;
                    };
                    for (name, value) in &field.arguments {
                        let mut path = vec![name.node.to_string()];
                        let Some(slot) = known.arguments.get(&name.node) else {
                            return Err(say::unknown(&path));
                        };
                        // A variable inside has been judged by its own type; one
                        // that was left out stands for nothing here.
                        let filled = value.node.clone().into_const_with(|variable| {
                            self.variables.get(&variable).cloned().ok_or(())
                        });
                        if let Ok(value) = filled {
                            self.value(&value, &slot.kind, &mut path)?;
                        }
                    }
                    self.selection(&field.selection_set.node, &known.answers, seen)?;
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref();
                    let on = on.map_or(of, |condition| &condition.node.on.node);
                    self.selection(&fragment.node.selection_set.node, on, seen)?;
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    // Each once: it says nothing new a second time.
                    if !seen.insert(name.clone()) {
                        continue;
                    }
                    if let Some(fragment) = self.document.fragments.get(name) {
                        let on = &fragment.node.type_condition.node.on.node;
                        self.selection(&fragment.node.selection_set.node, on, seen)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn value(&self, value: &Value, kind: &Type, path: &mut Vec<String>) -> Fit {
        match (&kind.base, value) {
            (_, Value::Null) if kind.nullable => Ok(()),
            (_, Value::Null) => Err(say::missing(path)),
            (BaseType::List(inner), Value::List(items)) => {
                for (at, item) in items.iter().enumerate() {
                    path.push(at.to_string());
                    self.value(item, inner, path)?;
                    path.pop();
                }
                Ok(())
            }
            // One value stands for a list of one.
            (BaseType::List(inner), single) => self.value(single, inner, path),
            (BaseType::Named(name), value) => self.named(value, name, path),
        }
    }

    fn named(&self, value: &Value, name: &Name, path: &mut Vec<String>) -> Fit {
        match (self.inputs.kinds.get(name), value) {
            (Some(Kind::Enum(values)), value) => match value {
                Value::Enum(given) if values.contains(given) => Ok(()),
                Value::String(given) if values.iter().any(|one| one == given.as_str()) => Ok(()),
                _ => Err(say::none_of(path, values)),
            },
            (Some(Kind::Object(slots)), Value::Object(given)) => {
                for (field, value) in given {
                    path.push(field.to_string());
                    match slots.get(field) {
                        Some(slot) => self.value(value, &slot.kind, path)?,
                        None => return Err(say::unknown(path)),
                    }
                    path.pop();
                }
                let mut required: Vec<&Name> = slots
                    .iter()
                    .filter(|(_, slot)| !slot.kind.nullable && !slot.default)
                    .map(|(field, _)| field)
                    .filter(|field| !given.contains_key(field.as_str()))
                    .collect();
                required.sort_unstable();
                match required.first() {
                    Some(field) => {
                        path.push(field.to_string());
                        Err(say::missing(path))
                    }
                    None => Ok(()),
                }
            }
            (Some(Kind::Object(_)), _) => Err(say::object(path)),
            (None, value) if fits(name, value, self.whole) => Ok(()),
            (None, _) => Err(say::scalar(path, name, self.whole)),
        }
    }
}
