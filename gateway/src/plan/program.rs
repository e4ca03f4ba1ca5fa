//! The planner's plan, in the form the executor runs: every fetch has its slot
//! for the answer, every text is ready to be sent.

use std::collections::{BTreeSet, HashMap};

use hive_router_query_planner::planner::plan_nodes::FetchRewrite;
use serde_json::{Map, Value as Json};

pub use hive_router_query_planner::planner::plan_nodes::FlattenNodePathSegment as PathStep;

use super::room::Room;

/// What is run to answer one operation.
#[derive(Debug)]
pub struct Program {
    pub root: Step,
    /// How many answers there can be.
    pub slots: usize,
    /// Keys of ours in documents and data, and what the client calls them.
    pub renamed: HashMap<String, String>,
    pub room: Room,
}

/// What a step takes beside its document: its paths, keys and requirements.
const STEP_BYTES: usize = 1_024;

/// One step.
#[derive(Debug)]
pub enum Step {
    Fetch(Box<Fetch>),
    Entities(Box<Entities>),
    Sequence(Vec<Step>),
    Parallel(Vec<Step>),
    /// Runs one of two, by a Boolean variable.
    Condition {
        variable: String,
        then: Option<Box<Step>>,
        otherwise: Option<Box<Step>>,
    },
    Subscription(Box<Fetch>),
}

/// What every call to a subgraph has.
#[derive(Debug)]
pub struct Call {
    pub service: String,
    /// Where its answer is kept while the request lasts.
    pub slot: usize,
    /// How many calls precede it at least: the benchmark's level.
    pub level: usize,
    pub document: String,
    /// The client's variables it uses.
    pub variables: Vec<String>,
    pub is_mutation: bool,
}

/// A call for root fields.
#[derive(Debug)]
pub struct Fetch {
    pub call: Call,
    /// Where the answer goes; empty is the root.
    pub path: Vec<PathStep>,
    pub rewrites: Vec<FetchRewrite>,
    /// The response keys asked for, for errors that hit the whole call.
    pub keys: Vec<String>,
}

/// A call for entities: one alias, or several in a batch.
#[derive(Debug)]
pub struct Entities {
    pub call: Call,
    pub aliases: Vec<Alias>,
}

/// One `_entities` field.
#[derive(Debug)]
pub struct Alias {
    /// Its response key.
    pub key: String,
    /// Its representations variable; aliases with the same input share one.
    pub variable: String,
    /// Where entities are taken from and merged into.
    pub paths: Vec<Vec<PathStep>>,
    pub requires: Vec<Require>,
    pub input_rewrites: Vec<FetchRewrite>,
    pub output_rewrites: Vec<FetchRewrite>,
    /// Response keys asked for, by type condition.
    pub keys: Vec<(String, Vec<String>)>,
}

/// What a representation is made of.
#[derive(Debug)]
pub enum Require {
    Field {
        /// The key in the data, and where it is looked for if that is absent.
        read: String,
        or_read: Option<String>,
        /// The key in the representation.
        send: String,
        below: Vec<Require>,
    },
    Fragment {
        condition: String,
        below: Vec<Require>,
        /// Whether these are fields alone, each wanted once and as a whole:
        /// nothing has to be gathered before it is written.
        is_plain: bool,
    },
}

impl Require {
    pub fn fragment(condition: String, below: Vec<Self>) -> Self {
        let mut sent = BTreeSet::new();
        let is_plain = below.iter().all(|item| match item {
            Self::Field { send, below, .. } => below.is_empty() && sent.insert(send),
            Self::Fragment { .. } => false,
        });
        Self::Fragment {
            is_plain,
            condition,
            below,
        }
    }
}

impl Program {
    /// The calls whose streams are the source of a subscription.
    pub fn sources(&self, variables: &Map<String, Json>) -> Vec<&Fetch> {
        let mut found = Vec::new();
        self.root.sources(variables, &mut found);
        found
    }
}

impl Step {
    /// How many calls lie on the longest way through the step.
    pub(super) fn levels(&self) -> usize {
        match self {
            Self::Fetch(_) | Self::Entities(_) | Self::Subscription(_) => 1,
            Self::Sequence(steps) => steps.iter().map(Self::levels).sum(),
            Self::Parallel(steps) => steps.iter().map(Self::levels).max().unwrap_or(0),
            Self::Condition {
                then, otherwise, ..
            } => {
                let branches = [then, otherwise];
                branches
                    .into_iter()
                    .flatten()
                    .map(|step| step.levels())
                    .max()
                    .unwrap_or(0)
            }
        }
    }

    /// Takes a step out of the paths that have it at an index: the place it
    /// stands for is where the path has led already.
    pub(super) fn enter(&mut self, index: usize, entry: &str) {
        let enter = |path: &mut Vec<PathStep>| {
            if matches!(path.get(index), Some(PathStep::Field(name)) if name == entry) {
                path.remove(index);
            }
        };
        match self {
            Self::Fetch(it) | Self::Subscription(it) => enter(&mut it.path),
            Self::Entities(it) => {
                for alias in &mut it.aliases {
                    alias.paths.iter_mut().for_each(enter);
                }
            }
            Self::Sequence(steps) | Self::Parallel(steps) => {
                for step in steps {
                    step.enter(index, entry);
                }
            }
            Self::Condition {
                then, otherwise, ..
            } => {
                for step in [then, otherwise].into_iter().flatten() {
                    step.enter(index, entry);
                }
            }
        }
    }

    /// About how many bytes the step takes.
    pub(super) fn bytes(&self) -> usize {
        let bytes = |single: &Single<'_>| match single {
            Single::Root(it) => it.call.document.len() + STEP_BYTES,
            Single::Entities(it) => it.call.document.len() + STEP_BYTES * (1 + it.aliases.len()),
        };
        self.singles().iter().map(bytes).sum()
    }

    fn sources<'s>(&'s self, variables: &Map<String, Json>, into: &mut Vec<&'s Fetch>) {
        match self {
            Self::Subscription(source) => into.push(source),
            Self::Fetch(_) | Self::Entities(_) => {}
            Self::Sequence(steps) | Self::Parallel(steps) => {
                for step in steps {
                    step.sources(variables, into);
                }
            }
            Self::Condition {
                variable,
                then,
                otherwise,
            } => {
                let holds = variables.get(variable) == Some(&Json::Bool(true));
                if let Some(step) = if holds { then } else { otherwise } {
                    step.sources(variables, into);
                }
            }
        }
    }

    /// The services the step may call.
    pub fn services(&self) -> BTreeSet<&str> {
        let singles = self.singles();
        singles
            .iter()
            .map(|it| it.call().service.as_str())
            .collect()
    }

    /// All calls that the step may make.
    pub(super) fn singles(&self) -> Vec<Single<'_>> {
        match self {
            Self::Fetch(it) | Self::Subscription(it) => vec![Single::Root(it)],
            Self::Entities(it) => vec![Single::Entities(it)],
            Self::Sequence(steps) | Self::Parallel(steps) => {
                steps.iter().flat_map(Self::singles).collect()
            }
            Self::Condition {
                then, otherwise, ..
            } => {
                let branches = [then, otherwise].into_iter().flatten();
                branches.flat_map(|step| step.singles()).collect()
            }
        }
    }
}

/// One call of a program.
#[derive(Clone, Copy, Debug)]
pub enum Single<'s> {
    Root(&'s Fetch),
    Entities(&'s Entities),
}

impl<'s> Single<'s> {
    pub const fn call(self) -> &'s Call {
        match self {
            Self::Root(it) => &it.call,
            Self::Entities(it) => &it.call,
        }
    }

    /// What is rewritten in its answer.
    pub fn rewrites(self) -> impl Iterator<Item = &'s FetchRewrite> {
        let (own, aliases) = match self {
            Self::Root(it) => (&it.rewrites[..], &[][..]),
            Self::Entities(it) => (&[][..], &it.aliases[..]),
        };
        own.iter()
            .chain(aliases.iter().flat_map(|alias| &alias.output_rewrites))
    }

    /// The entities it asks for.
    pub const fn aliases(self) -> &'s [Alias] {
        match self {
            Self::Root(_) => &[],
            Self::Entities(it) => it.aliases.as_slice(),
        }
    }

    /// What entities must have to be asked for.
    pub fn requires(self) -> impl Iterator<Item = &'s Require> {
        self.aliases().iter().flat_map(|alias| &alias.requires)
    }
}
