//! A plan that would send one value for another. Where the planner must ask for
//! one field twice, for two computed fields that require it with different
//! arguments, it keeps the two apart by keys of its own; asked at two places of
//! one document it uses one key for both and mixes them up. Rather no answer
//! than a wrong one.

use std::collections::{BTreeSet, HashMap};

use hive_router_query_planner::planner::plan_nodes::{FetchNodePathSegment, FetchRewrite};

use super::program::{PathStep, Program, Require, Single};
use crate::supergraph::Schema;

/// The planner's keys.
const KEY: &str = "_internal_qp_alias_";

/// Whether required values may be mixed up: some document uses such a key for two
/// fields, and some representation is read from one; or a document asks by
/// one for what is read by none, so that whoever wanted it reads another value.
pub fn is_ambiguous(schema: &Schema, program: &Program) -> bool {
    if may_mix(schema, program, program) {
        return true;
    }
    let singles = program.root.singles();
    let mut read = BTreeSet::new();
    for single in &singles {
        single.requires().for_each(|it| reads(it, &mut read));
    }
    let clash = singles.iter().any(|it| clashes(&it.call().document));
    if clash && !read.is_empty() {
        return true;
    }
    let renamed = singles.iter().flat_map(|it| it.rewrites());
    let renamed: BTreeSet<&str> = renamed.filter_map(renamed_key).collect();
    let used = |key: &str| read.contains(key) || renamed.contains(key);
    singles.iter().any(|it| {
        let asked: Vec<_> = keys(&it.call().document).collect();
        // The planner may ask twice for what one reader needs.
        let is_read = |wanted: &str| asked.iter().any(|(key, it)| used(key) && *it == wanted);
        asked.iter().any(|(key, it)| !used(key) && !is_read(it))
    })
}

/// Whether what a later program reads at entities may be what an earlier one, or
/// itself, has left there for a computed field further up, with other arguments.
pub fn may_mix(schema: &Schema, earlier: &Program, later: &Program) -> bool {
    let (left, read) = (Places::of(earlier).below, Places::of(later).own);
    let mut both = read.intersection(&left);
    both.any(|place| {
        place
            .last()
            .is_some_and(|name| schema.is_required_with_arguments(name))
    })
}

/// Where required fields are in the data, each by the names that lead to it.
#[derive(Default)]
struct Places<'p> {
    /// Those of the entities themselves.
    own: BTreeSet<Vec<&'p str>>,
    /// Those further down.
    below: BTreeSet<Vec<&'p str>>,
}

impl<'p> Places<'p> {
    fn of(program: &'p Program) -> Self {
        let mut places = Self::default();
        for alias in program.root.singles().into_iter().flat_map(Single::aliases) {
            for path in &alias.paths {
                let fields = path.iter().filter_map(|step| match step {
                    PathStep::Field(key) => Some(key.as_str()),
                    _ => None,
                });
                let mut at: Vec<&str> = fields.collect();
                let entity = at.len();
                for item in &alias.requires {
                    places.note(item, entity, &mut at);
                }
            }
        }
        places
    }

    /// `at` leads to where the item is, its first `entity` steps to the entity.
    fn note(&mut self, item: &'p Require, entity: usize, at: &mut Vec<&'p str>) {
        match item {
            Require::Fragment { below, .. } => {
                for it in below {
                    self.note(it, entity, at);
                }
            }
            Require::Field { send, below, .. } => {
                let is_own = at.len() == entity;
                at.push(send);
                let places = if is_own {
                    &mut self.own
                } else {
                    &mut self.below
                };
                places.insert(at.clone());
                for it in below {
                    self.note(it, entity, at);
                }
                at.pop();
            }
        }
    }
}

/// The planner's keys in a document, and the field that each stands for.
fn keys(document: &str) -> impl Iterator<Item = (&str, &str)> {
    let keys = document.match_indices(KEY);
    let keys = keys.filter_map(|(index, _)| document[index..].split_once(':'));
    keys.map(|(key, rest)| (key, field(rest.trim_start())))
}

fn clashes(document: &str) -> bool {
    let mut known: HashMap<&str, &str> = HashMap::new();
    keys(document).any(|(key, field)| {
        let known = known.insert(key, field);
        known.is_some_and(|other| other != field)
    })
}

/// The key that a rewrite renames.
fn renamed_key(rewrite: &FetchRewrite) -> Option<&str> {
    match rewrite {
        FetchRewrite::KeyRenamer(renamer) => match renamer.path.last()? {
            FetchNodePathSegment::Key(key) => Some(key),
            FetchNodePathSegment::TypenameEquals(_) => None,
        },
        FetchRewrite::ValueSetter(_) => None,
    }
}

/// A field with its arguments, at the beginning of a text.
fn field(text: &str) -> &str {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name = text.find(|c| !is_name(c)).unwrap_or(text.len());
    if !text[name..].starts_with('(') {
        return &text[..name];
    }
    let end = text[name..].find(')').map_or(text.len(), |end| name + end);
    &text[..end]
}

/// Notes the planner's keys that a required field is read from.
fn reads<'p>(item: &'p Require, into: &mut BTreeSet<&'p str>) {
    match item {
        Require::Field {
            read,
            or_read,
            below,
            ..
        } => {
            let keys = [Some(read.as_str()), or_read.as_deref()];
            into.extend(keys.into_iter().flatten().filter(|it| it.starts_with(KEY)));
            for it in below {
                reads(it, into);
            }
        }
        Require::Fragment { below, .. } => {
            for it in below {
                reads(it, into);
            }
        }
    }
}
