//! `_entities`: representations out, fields in.

use super::{
    Execution, Outcome, errors, locate, locate::Place, merge, represent::Representations, rewrite,
};
use crate::{
    error::{GraphError, PathSegment},
    plan::{Alias, Entities},
    value::{Object, Value},
};

/// Where an alias's answers go.
struct Gathered<'a> {
    representations: Representations,
    /// Each place with the index of its representation and its type.
    places: Vec<(Place<'a>, usize, Option<&'a str>)>,
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
        let mut outcome = self.outcome();
        match answer {
            Ok(answer) => self.complete(&mut outcome, step, &gathered, answer),
            Err(error) => {
                for (alias, it) in step.aliases.iter().zip(&gathered) {
                    self.fail(&mut outcome, alias, it, &error);
                }
            }
        }
    }

    fn gather(&self, alias: &'a Alias, service: &str) -> Gathered<'a> {
        let schema = &self.with.generation.schema;
        let outcome = self.outcome();
        let mut representations = Representations::default();
        let mut places = Vec::new();
        for path in &alias.paths {
            locate::locate(schema, &outcome.data, path, &mut |place, entity| {
                let (requires, rewrites) = (&alias.requires, &alias.input_rewrites);
                let index = representations.add(schema, entity, requires, rewrites, service);
                if let Some(index) = index {
                    places.push((place.to_vec(), index, entity.typename()));
                }
            });
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
        for (place, _, typename) in &gathered.places {
            for (condition, keys) in &alias.keys {
                if !typename.is_none_or(|name| schema.overlaps(name, condition)) {
                    continue;
                }
                for key in keys {
                    let mut path: Vec<_> = place.iter().map(|step| step.to_error()).collect();
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
        mut answer: Object<'a>,
    ) {
        let errors = answer.remove("errors");
        let data = answer.remove("data");
        for error in errors.iter().filter_map(Value::as_array).flatten() {
            let error = errors::read(error, self.with.expose);
            self.rewrite_error(outcome, step, gathered, data.as_ref(), error);
        }
        let Some(Value::Object(mut data)) = data else {
            return;
        };
        let schema = &self.with.generation.schema;
        for (alias, it) in step.aliases.iter().zip(gathered) {
            let Some(Value::Array(mut entities)) = data.remove(&alias.key) else {
                continue;
            };
            for entity in &mut entities {
                rewrite::apply(schema, entity, &alias.output_rewrites);
            }
            // The last user of an entity takes it, the others copy.
            let mut uses = vec![0_usize; entities.len()];
            for (_, index, _) in &it.places {
                if let Some(uses) = uses.get_mut(*index) {
                    *uses += 1;
                }
            }
            for (place, index, _) in &it.places {
                let Some(entity) = entities.get_mut(*index) else {
                    continue;
                };
                uses[*index] -= 1;
                let entity = if uses[*index] == 0 {
                    std::mem::take(entity)
                } else {
                    entity.clone()
                };
                if let Some(target) = locate::descend(&mut outcome.data, place) {
                    merge::merge(schema, target, entity);
                }
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
        data: Option<&Value<'a>>,
        error: GraphError,
    ) {
        let alias = |key: &String| step.aliases.iter().position(|alias| alias.key == *key);
        let known = match error.path.as_slice() {
            [PathSegment::Key(key), PathSegment::Index(index), rest @ ..] => {
                alias(key).map(|at| (at, vec![*index], rest.to_vec()))
            }
            [PathSegment::Key(key), rest @ ..] if !rest.is_empty() => alias(key).map(|at| {
                let entities = data
                    .and_then(|data| data.get(key))
                    .and_then(Value::as_array);
                let lacks = |entity: &Value<'a>| match &rest[0] {
                    PathSegment::Key(field) => entity.get(field).is_none_or(Value::is_null),
                    PathSegment::Index(_) => entity.is_null(),
                };
                let count = gathered[at].representations.len();
                let lacking = (0..count)
                    .filter(|index| entities.and_then(|it| it.get(*index)).is_none_or(lacks));
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
        for (place, used, _) in &gathered[at].places {
            if indices.contains(used) {
                let own = place.iter().map(|step| step.to_error());
                let path = own.chain(rest.iter().cloned()).collect();
                self.report(outcome, error.clone().at(path));
            }
        }
    }
}
