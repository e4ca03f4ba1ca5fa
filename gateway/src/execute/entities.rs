//! `_entities`: representations out, fields in.

use super::{Execution, Outcome, errors, locate, merge, represent::Representations, rewrite};
use crate::{
    error::{GraphError, PathSegment},
    plan::{Alias, Entities},
    value::{Node, View},
};

/// Where an alias's answers go.
struct Gathered<'a> {
    representations: Representations,
    places: Vec<Place<'a>>,
}

/// Where an entity stands.
struct Place<'a> {
    node: Node,
    /// Which representation asks for it.
    index: usize,
    typename: Option<&'a str>,
}

impl<'a> Execution<'a> {
    /// One call with all its aliases.
    pub(super) async fn entities(&self, step: &'a Entities) {
        let gathered: Vec<_> = step
            .aliases
            .iter()
            .map(|alias| self.gather(alias, &step.call.service))
            .collect();
        let mut lists: Vec<(&str, Vec<u8>)> = Vec::with_capacity(gathered.len());
        let mut count = 0;
        for (alias, it) in step.aliases.iter().zip(&gathered) {
            if lists.iter().all(|(name, _)| *name != alias.variable) {
                let mut list = Vec::new();
                it.representations.write(&mut list);
                lists.push((&alias.variable, list));
                count += it.representations.len();
            }
        }
        if gathered.iter().all(|it| it.representations.is_empty()) {
            return;
        }
        let answer = self
            .call(&step.call, self.variables(&step.call, &lists), count)
            .await;
        let outcome = &mut *self.outcome();
        match answer {
            Ok(answer) => self.complete(outcome, step, &gathered, answer),
            Err(error) => {
                for (alias, it) in step.aliases.iter().zip(&gathered) {
                    self.fail(outcome, alias, it, &error);
                }
            }
        }
    }

    fn gather(&self, alias: &'a Alias, service: &str) -> Gathered<'a> {
        let schema = &self.with.generation.schema;
        let outcome = &mut *self.outcome();
        let mut nodes = Vec::new();
        for path in &alias.paths {
            let data = outcome.tree.view(outcome.data);
            locate::locate(schema, data, path, &mut |place| nodes.push(place.node()));
        }
        let mut representations = Representations::with_capacity(nodes.len());
        let mut places = Vec::with_capacity(nodes.len());
        for node in nodes {
            let mut entity = node;
            if !alias.input_rewrites.is_empty() {
                entity = outcome.tree.copy(node);
                rewrite::apply(schema, &mut outcome.tree, entity, &alias.input_rewrites);
            }
            let entity = outcome.tree.view(entity);
            if let Some(index) = representations.add(schema, entity, &alias.requires, service) {
                let typename = outcome.tree.view(node).typename();
                places.push(Place {
                    node,
                    index,
                    typename,
                });
            }
        }
        Gathered {
            representations,
            places,
        }
    }

    /// Nulls only the fields of this call: they stay absent, with an error at
    /// each place they were wanted.
    fn fail(
        &self,
        outcome: &mut Outcome<'a>,
        alias: &Alias,
        gathered: &Gathered<'a>,
        error: &GraphError,
    ) {
        let schema = &self.with.generation.schema;
        for place in &gathered.places {
            for (condition, keys) in &alias.keys {
                let overlaps = |name| schema.overlaps(name, condition);
                if !place.typename.is_none_or(overlaps) {
                    continue;
                }
                for key in keys {
                    let mut path = outcome.tree.path(place.node);
                    path.push(PathSegment::Key(key.clone()));
                    self.report(outcome, error.clone().at(path));
                }
            }
        }
    }

    fn complete(
        &self,
        outcome: &mut Outcome<'a>,
        step: &'a Entities,
        gathered: &[Gathered<'a>],
        answer: Node,
    ) {
        for error in errors::all(outcome.tree.view(answer), self.with.expose) {
            self.rewrite_error(outcome, step, gathered, answer, error);
        }
        let schema = &self.with.generation.schema;
        let tree = &mut outcome.tree;
        let Some(data) = tree.get(answer, "data") else {
            return;
        };
        for (alias, it) in step.aliases.iter().zip(gathered) {
            let Some(entities) = tree.get(data, &alias.key) else {
                continue;
            };
            let entities = tree.children(entities);
            for entity in &entities {
                rewrite::apply(schema, tree, *entity, &alias.output_rewrites);
            }
            // The last user of an entity takes it, the others copy.
            let mut uses = vec![0_usize; entities.len()];
            for place in &it.places {
                if let Some(uses) = uses.get_mut(place.index) {
                    *uses += 1;
                }
            }
            for place in &it.places {
                let Some(entity) = entities.get(place.index) else {
                    continue;
                };
                uses[place.index] -= 1;
                if tree.view(*entity).is_null() {
                    outcome.absent.add(place.node);
                    continue;
                }
                let entity = match uses[place.index] {
                    0 => *entity,
                    _ => tree.copy(*entity),
                };
                merge::merge(schema, tree, place.node, entity);
            }
        }
    }

    /// `[alias, i, …]` becomes the path of every place that used
    /// representation i. Some libraries leave the index out; then the error
    /// belongs to the entities that lack the field.
    fn rewrite_error(
        &self,
        outcome: &mut Outcome<'a>,
        step: &Entities,
        gathered: &[Gathered<'a>],
        answer: Node,
        error: GraphError,
    ) {
        let alias = |key: &String| step.aliases.iter().position(|alias| alias.key == *key);
        let known = match error.path.as_slice() {
            [PathSegment::Key(key), PathSegment::Index(index), rest @ ..] => {
                alias(key).map(|at| (at, vec![*index], rest.to_vec()))
            }
            [PathSegment::Key(key), rest @ ..] if !rest.is_empty() => alias(key).map(|at| {
                let data = outcome.tree.view(answer).get("data");
                let entities = data.and_then(|data| data.get(key));
                let entities: Vec<_> = entities.into_iter().flat_map(View::items).collect();
                let lacks = |entity: &View<'_, '_>| match &rest[0] {
                    PathSegment::Key(field) => entity.get(field).is_none_or(View::is_null),
                    PathSegment::Index(_) => entity.is_null(),
                };
                let count = gathered[at].representations.len();
                let lacking = (0..count).filter(|index| entities.get(*index).is_none_or(lacks));
                (at, lacking.collect(), rest.to_vec())
            }),
            _ => None,
        };
        let Some((at, indices, mut rest)) = known else {
            // The whole call failed as GraphQL: the error stands at every field
            // that it was to bring.
            for (alias, it) in step.aliases.iter().zip(gathered) {
                let named =
                    matches!(error.path.first(), Some(PathSegment::Key(key)) if *key == alias.key);
                if named || error.path.is_empty() {
                    self.fail(outcome, alias, it, &error);
                }
            }
            return;
        };
        rewrite::rename_path(&mut rest, &step.aliases[at].output_rewrites);
        for place in &gathered[at].places {
            if indices.contains(&place.index) {
                let mut path = outcome.tree.path(place.node);
                path.extend(rest.iter().cloned());
                self.report(outcome, error.clone().at(path));
            }
        }
    }
}
