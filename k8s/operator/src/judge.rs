//! Which changes of subgraphs may enter the graph.
//!
//! All of them together where that composes and breaks nobody. Where it does
//! not, each change is tried on top of those that were let in, so that the
//! mistake of one department holds up no other. What stays out is named with
//! its reason; the graph keeps the version it had.

use std::{
    any::Any,
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use gateway::{
    compose::{Problem, SubgraphSchema, compose},
    config::Limits,
    peer::Peers,
    supergraph::{Generation, Transports, packed::MAX_GRAPH},
    transport::{MemoryTransport, TransportError},
};
use graphql_tools::static_graphql::schema::Document;

use crate::{
    MAX_TEXT,
    crd::{BreakingChanges, Part, Refused},
    diff,
    operations::{self, Operation},
    text,
    version::Version,
};

/// At most so many compositions for one look.
const ATTEMPTS: usize = 64;

/// At most so many lines in one message.
const SHOWN: usize = 10;

/// Subgraph → version.
pub type Versions = BTreeMap<String, Version>;

/// What is judged.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// What the subgraphs offer now.
    pub offered: Versions,
    /// What the newest release is made of; a version that is lost is absent.
    pub base: Versions,
    /// The newest release; None before the first.
    pub newest: Option<String>,
    pub policy: BreakingChanges,
    pub operations: Vec<Operation>,
}

/// The judgement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// The graph of everything that may be in it; None where there is none yet.
    pub accepted: Option<Accepted>,
    pub refused: Vec<Refused>,
}

/// A graph that passed.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    pub supergraph: String,
    pub parts: Vec<Part>,
    /// What goes, where the policy lets it.
    pub breaking: Vec<String>,
}

/// Why a graph did not pass.
#[derive(Clone, Debug)]
struct Objection {
    reason: &'static str,
    zh: String,
    en: String,
}

/// The schema that clients see.
struct Api(Generation);

impl Api {
    /// Loads a supergraph as the gateway does, without a way to anywhere.
    fn load(supergraph: &str, versions: &Versions) -> Result<Self, Objection> {
        let nowhere = || {
            MemoryTransport::new(|_, _, _| {
                Box::pin(async {
                    Err(TransportError::new(
                        kernel::Kind::Unavailable,
                        "only a check",
                    ))
                })
            })
        };
        let transports: Transports = versions
            .keys()
            .map(|name| (name.clone(), Arc::new(nowhere()) as _))
            .collect();
        let (text, limits) = (supergraph.to_owned(), Limits::default());
        let loaded = Generation::load(0, text, transports, &Peers::unused(), &limits);
        loaded.map(Self).map_err(|refusal| Objection {
            reason: "Unusable",
            zh: refusal.zh,
            en: refusal.en,
        })
    }

    fn document(&self) -> &Document {
        &self.0.planner.consumer_schema.document
    }
}

/// Judges. The same question has the same answer.
pub fn judge(question: &Question) -> Verdict {
    let changes: Vec<&String> = {
        let names = question.offered.keys().chain(question.base.keys());
        let mut names: Vec<_> = names
            .filter(|name| question.offered.get(*name) != question.base.get(*name))
            .collect();
        names.sort();
        names.dedup();
        names
    };
    if let (true, Some(newest)) = (changes.is_empty(), &question.newest) {
        return Verdict {
            accepted: Some(Accepted {
                supergraph: newest.clone(),
                parts: parts(&question.base),
                breaking: Vec::new(),
            }),
            refused: Vec::new(),
        };
    }
    let before = question
        .newest
        .as_ref()
        .and_then(|newest| Api::load(newest, &question.base).ok());
    let objection = match attempt(question, &question.offered, before.as_ref()) {
        Ok(accepted) => {
            return Verdict {
                accepted: Some(accepted),
                refused: Vec::new(),
            };
        }
        Err(objection) => objection,
    };
    let Some(newest) = &question.newest else {
        // The first release is whole or it is not.
        let refused = changes
            .iter()
            .map(|name| refused(question, name, &objection));
        return Verdict {
            accepted: None,
            refused: refused.collect(),
        };
    };
    one_by_one(question, newest, &changes, objection, before.as_ref())
}

fn one_by_one(
    question: &Question,
    newest: &str,
    changes: &[&String],
    together: Objection,
    before: Option<&Api>,
) -> Verdict {
    let mut versions = question.base.clone();
    let mut accepted = Accepted {
        supergraph: newest.to_owned(),
        parts: parts(&versions),
        breaking: Vec::new(),
    };
    let mut pending: Vec<(&String, Objection)> = changes
        .iter()
        .map(|name| (*name, together.clone()))
        .collect();
    let mut attempts = 0;
    // A single change was tried already.
    let mut moved = pending.len() > 1;
    while moved && attempts < ATTEMPTS {
        moved = false;
        for (name, _) in std::mem::take(&mut pending) {
            let mut tried = versions.clone();
            match question.offered.get(name) {
                Some(version) => tried.insert(name.clone(), version.clone()),
                None => tried.remove(name),
            };
            attempts += 1;
            match attempt(question, &tried, before) {
                Ok(passed) => {
                    (versions, accepted, moved) = (tried, passed, true);
                }
                Err(objection) => pending.push((name, objection)),
            }
        }
        moved = moved && !pending.is_empty();
    }
    let refused = pending
        .iter()
        .map(|(name, objection)| refused(question, name, objection));
    Verdict {
        accepted: Some(accepted),
        refused: refused.collect(),
    }
}

fn refused(question: &Question, name: &str, objection: &Objection) -> Refused {
    Refused {
        subgraph: name.to_owned(),
        digest: question.offered.get(name).map(Version::digest),
        reason: objection.reason.to_owned(),
        message: format!("{} / {}", objection.zh, objection.en),
    }
}

fn parts(versions: &Versions) -> Vec<Part> {
    let parts = versions.iter().map(|(name, version)| Part {
        name: name.clone(),
        digest: version.digest(),
    });
    parts.collect()
}

/// Composes one set of versions and checks the result.
fn attempt(
    question: &Question,
    versions: &Versions,
    before: Option<&Api>,
) -> Result<Accepted, Objection> {
    let schemas: Vec<_> = versions
        .iter()
        .map(|(name, version)| SubgraphSchema {
            name: name.clone(),
            url: version.url(),
            sdl: version.sdl.clone(),
        })
        .collect();
    // The composing library meets some broken schemas, such as a field of a type
    // that is nowhere, with a panic.
    let composed = catch_unwind(AssertUnwindSafe(|| compose(&schemas)))
        .map_err(|panic| broke_down(panic.as_ref()))?
        .map_err(|problems| not_composed(&problems))?;
    if !text::fits(&composed.supergraph) {
        let bytes = composed.supergraph.len();
        return Err(Objection {
            reason: "TooLarge",
            zh: format!(
                "超图有 {bytes} 字节,压缩后仍放不进 ConfigMap(最多 {MAX_TEXT} 字节,展开后最多 {MAX_GRAPH})"
            ),
            en: format!(
                "the supergraph has {bytes} bytes, too many for a ConfigMap even when packed: it holds {MAX_TEXT}, and {MAX_GRAPH} unpacked"
            ),
        });
    }
    let after = Api::load(&composed.supergraph, versions)?;
    let mut accepted = Accepted {
        supergraph: composed.supergraph,
        parts: parts(versions),
        breaking: Vec::new(),
    };
    let Some(before) = before else {
        return Ok(accepted);
    };
    let gone = diff::breaking(before.document(), after.document());
    if gone.is_empty() {
        return Ok(accepted);
    }
    let broken = broken(question, before, &after);
    let is_refused = match question.policy {
        BreakingChanges::Warn => false,
        BreakingChanges::Refuse => true,
        BreakingChanges::RefuseInUse => question.operations.is_empty() || !broken.is_empty(),
    };
    if is_refused {
        return Err(breaking(&gone, &broken));
    }
    accepted.breaking = gone.into_iter().map(|it| it.en).take(SHOWN).collect();
    Ok(accepted)
}

/// The operations that worked and would not.
fn broken(question: &Question, before: &Api, after: &Api) -> Vec<String> {
    let operations = question.operations.iter();
    operations
        .filter(|it| operations::refusal(before.document(), it).is_none())
        .filter_map(|it| {
            let why = operations::refusal(after.document(), it)?;
            Some(format!("{}: {why}", it.id))
        })
        .collect()
}

fn broke_down(panic: &(dyn Any + Send)) -> Objection {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let detail = text
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("?");
    Objection {
        reason: "CompositionFailed",
        zh: format!("合成中断,结构有误:{detail}"),
        en: format!("composition broke down over a broken schema: {detail}"),
    }
}

fn not_composed(problems: &[Problem]) -> Objection {
    let lines = |text: fn(&Problem) -> &str| {
        let shown = problems.iter().take(SHOWN);
        let mut lines: Vec<_> = shown
            .map(|it| format!("[{}] {}", it.subgraphs.join(", "), text(it)))
            .collect();
        if problems.len() > SHOWN {
            lines.push(format!("… +{}", problems.len() - SHOWN));
        }
        lines.join("; ")
    };
    Objection {
        reason: "CompositionFailed",
        zh: lines(|it| &it.zh),
        en: lines(|it| &it.en),
    }
}

fn breaking(gone: &[diff::Change], broken: &[String]) -> Objection {
    let lines = |of: &mut dyn Iterator<Item = &str>, all: usize| {
        let mut lines: Vec<_> = of.take(SHOWN).map(str::to_owned).collect();
        if all > SHOWN {
            lines.push(format!("… +{}", all - SHOWN));
        }
        lines.join("; ")
    };
    let zh = lines(&mut gone.iter().map(|it| it.zh.as_str()), gone.len());
    let en = lines(&mut gone.iter().map(|it| it.en.as_str()), gone.len());
    let used = lines(&mut broken.iter().map(String::as_str), broken.len());
    if used.is_empty() {
        return Objection {
            reason: "BreakingChange",
            zh: format!("破坏性变更:{zh}"),
            en: format!("this breaks clients: {en}"),
        };
    }
    Objection {
        reason: "BreakingChange",
        zh: format!("破坏性变更:{zh};受影响的操作:{used}"),
        en: format!("this breaks clients: {en}; operations in use: {used}"),
    }
}

#[cfg(test)]
mod tests;
