//! A plan that would send one value for another. Where the planner must ask for
//! one field twice, for two computed fields that require it with different
//! arguments, it keeps the two apart by keys of its own; asked at two places of
//! one document it uses one key for both and mixes them up. Rather no answer
//! than a wrong one.

use std::collections::HashMap;

use super::program::{Program, Require, Step};

/// The planner's keys.
const KEY: &str = "_internal_qp_alias_";

/// Whether required values may be mixed up.
pub fn is_ambiguous(program: &Program) -> bool {
    let mut finder = Finder::default();
    finder.step(&program.root);
    finder.reads_ours && finder.clashes
}

#[derive(Default)]
struct Finder {
    /// Some representation is read from such a key.
    reads_ours: bool,
    /// Some document uses such a key for two fields.
    clashes: bool,
}

impl Finder {
    fn step(&mut self, step: &Step) {
        match step {
            Step::Fetch(it) | Step::Subscription(it) => self.document(&it.call.document),
            Step::Entities(it) => {
                self.document(&it.call.document);
                for alias in &it.aliases {
                    self.reads_ours |= reads(&alias.requires);
                }
            }
            Step::Sequence(steps) | Step::Parallel(steps) => {
                for step in steps {
                    self.step(step);
                }
            }
            Step::Condition {
                then, otherwise, ..
            } => {
                for step in [then, otherwise].into_iter().flatten() {
                    self.step(step);
                }
            }
        }
    }

    fn document(&mut self, text: &str) {
        let mut known: HashMap<&str, &str> = HashMap::new();
        for (index, _) in text.match_indices(KEY) {
            let Some((key, rest)) = text[index..].split_once(':') else {
                continue;
            };
            let field = field(rest.trim_start());
            self.clashes |= known.insert(key, field).is_some_and(|other| other != field);
        }
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

fn reads(requires: &[Require]) -> bool {
    requires.iter().any(|item| match item {
        Require::Field {
            read,
            or_read,
            below,
            ..
        } => {
            let or_read = or_read.as_deref().unwrap_or_default();
            read.starts_with(KEY) || or_read.starts_with(KEY) || reads(below)
        }
        Require::Fragment { below, .. } => reads(below),
    })
}
