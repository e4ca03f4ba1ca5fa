//! What to do for one Subgraph: keep its version, say how it stands, let it go
//! when nothing is made of it any more.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;

use super::{Action, Event};
use crate::{
    MAX_TEXT,
    crd::{ConditionStatus, Conditions, SchemaRef, Subgraph, SubgraphStatus},
    release::holds,
    version::{self, Version},
};

/// Held while a graph selects the subgraph or a release is made of it: its
/// version must stay. A graph that goes lets go of all its subgraphs, so that
/// an operator may go after it.
pub const FINALIZER: &str = "graph.sanshe.cn/in-release";

/// Everything that the plan depends on.
#[derive(Clone, Debug)]
pub struct State {
    pub subgraph: Subgraph,
    /// What the source said.
    pub source: Source,
    /// The ConfigMaps of this subgraph's versions.
    pub maps: Vec<ConfigMap>,
    /// The supergraphs that select it or are made of it.
    pub graphs: Vec<Graph>,
    pub now: DateTime<Utc>,
}

/// What the source of the schema said.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    Sdl(String),
    /// Nobody asked: suspended, or going.
    Skipped,
    Failed {
        reason: &'static str,
        zh: String,
        en: String,
    },
}

/// A supergraph, as this subgraph sees it.
#[derive(Clone, Debug)]
pub struct Graph {
    pub name: String,
    /// Whether its selector matches.
    pub selects: bool,
    /// The version of this subgraph that its newest release is made of.
    pub has: Option<String>,
    /// What its status says is kept out: digest, reason, message.
    pub refuses: Option<(Option<String>, String, String)>,
}

/// Plans.
pub fn plan(state: &State) -> Vec<Action> {
    let held: Vec<&str> = {
        let having = state.graphs.iter().filter(|it| it.has.is_some());
        having.map(|it| it.name.as_str()).collect()
    };
    let is_going = state.subgraph.metadata.deletion_timestamp.is_some();
    if is_going && held.is_empty() {
        return finalizers(state, false).into_iter().collect();
    }
    let mut actions = Vec::new();
    if !is_going {
        let is_wanted = state.graphs.iter().any(|it| it.selects || it.has.is_some());
        actions.extend(finalizers(state, is_wanted));
    }
    let before = state.subgraph.status.clone().unwrap_or_default();
    let generation = state.subgraph.metadata.generation.unwrap_or_default();
    let mut conditions = Conditions::new(&before.conditions, state.now, generation);
    let offered = offer(state, &before, &mut conditions, &mut actions);
    sweep(state, offered.as_ref(), &mut actions);
    accepted(state, offered.as_ref(), &mut conditions);
    ready(is_going.then_some(&held), &mut conditions);

    let events: Vec<_> = conditions
        .changed()
        .into_iter()
        // The summary would say the same a second time.
        .filter(|it| it.type_ != "Ready" || is_going)
        .filter(|it| it.status != ConditionStatus::Unknown)
        .map(|it| {
            let warning = it.status == ConditionStatus::False || it.reason == "LastKnown";
            Action::Event(Event::new(warning, &it.reason, "Reconcile", &it.message))
        })
        .collect();
    let status = SubgraphStatus {
        observed_generation: Some(generation),
        schema: offered,
        conditions: conditions.into_list(),
    };
    if state.subgraph.status.as_ref() != Some(&status) {
        actions.push(Action::SubgraphStatus(Box::new(status)));
        actions.extend(events);
    }
    actions
}

fn finalizers(state: &State, wanted: bool) -> Option<Action> {
    let has = state.subgraph.finalizers().iter().any(|it| it == FINALIZER);
    let list = if wanted {
        vec![FINALIZER.to_owned()]
    } else {
        Vec::new()
    };
    (has != wanted).then_some(Action::Finalizers(list))
}

/// Decides the version that is offered, and keeps it.
fn offer(
    state: &State,
    before: &SubgraphStatus,
    conditions: &mut Conditions<'_>,
    actions: &mut Vec<Action>,
) -> Option<SchemaRef> {
    const TYPE: &str = "SchemaKnown";
    let spec = &state.subgraph.spec;
    let last = before.schema.clone();
    match &state.source {
        Source::Sdl(sdl) if sdl.len() > MAX_TEXT => {
            let bytes = sdl.len();
            let zh = format!("SDL 有 {bytes} 字节,最多 {MAX_TEXT}");
            let en = format!("the SDL has {bytes} bytes, at most {MAX_TEXT} are kept");
            unknown(conditions, last.is_some(), "TooLarge", (&zh, &en));
            last
        }
        Source::Sdl(sdl) => {
            let version = Version {
                endpoint: spec.endpoint.clone(),
                timeout: spec.timeout.clone(),
                sdl: sdl.clone(),
            };
            let wanted = version.config_map(&state.subgraph);
            let name = wanted.name_any();
            let kept = state.maps.iter().find(|it| it.name_any() == name);
            if !kept.is_some_and(|found| holds(found, &wanted)) {
                actions.push(Action::Apply(Box::new(wanted)));
            }
            conditions.set(TYPE, true, "Known", ("结构已取得", "the schema is known"));
            Some(SchemaRef {
                digest: version.digest(),
                config_map: name,
            })
        }
        Source::Skipped if spec.suspend => {
            let text = ("已暂停:不取新版本", "suspended: no new version is taken");
            conditions.set(TYPE, last.is_some(), "Suspended", text);
            last
        }
        Source::Skipped => {
            let text = ("正在删除", "it is being deleted");
            conditions.set(TYPE, last.is_some(), "Deleting", text);
            last
        }
        Source::Failed { reason, zh, en } => {
            unknown(conditions, last.is_some(), reason, (zh, en));
            last
        }
    }
}

/// A source that fails takes nothing from the graph: the last version stays.
fn unknown(conditions: &mut Conditions<'_>, has_last: bool, reason: &str, text: (&str, &str)) {
    if has_last {
        let zh = format!("沿用上一个版本({reason}):{}", text.0);
        let en = format!("the last version is kept ({reason}): {}", text.1);
        conditions.set("SchemaKnown", true, "LastKnown", (zh, en));
    } else {
        conditions.set("SchemaKnown", false, reason, text);
    }
}

/// Versions that nobody needs go: neither offered nor in a newest release.
fn sweep(state: &State, offered: Option<&SchemaRef>, actions: &mut Vec<Action>) {
    let subgraph = state.subgraph.name_any();
    let mut needed: BTreeSet<String> = state
        .graphs
        .iter()
        .filter_map(|it| Some(version::name(&subgraph, it.has.as_ref()?)))
        .collect();
    needed.extend(offered.map(|it| it.config_map.clone()));
    for map in &state.maps {
        let name = map.name_any();
        if let (false, Some(uid)) = (needed.contains(&name), map.uid()) {
            actions.push(Action::Delete { name, uid });
        }
    }
}

fn accepted(state: &State, offered: Option<&SchemaRef>, conditions: &mut Conditions<'_>) {
    const TYPE: &str = "Accepted";
    let is_going = state.subgraph.metadata.deletion_timestamp.is_some();
    let digest = offered.map(|it| &it.digest);
    let wanted = if is_going { None } else { digest };
    let refusal = state.graphs.iter().find_map(|graph| {
        let (refused, reason, message) = graph.refuses.as_ref()?;
        (refused.as_ref() == wanted).then_some((graph, reason, message))
    });
    if let Some((graph, reason, message)) = refusal {
        let (zh, en) = message.split_once(" / ").unwrap_or((message, message));
        let name = &graph.name;
        let text = (
            format!("超图 {name}:{zh}"),
            format!("supergraph {name}: {en}"),
        );
        conditions.set(TYPE, false, reason, text);
        return;
    }
    let selecting: Vec<_> = state.graphs.iter().filter(|it| it.selects).collect();
    let names = selecting.iter().map(|it| it.name.as_str());
    let names = names.collect::<Vec<_>>().join(", ");
    if selecting.is_empty() {
        let text = ("没有超图选中此子图", "no supergraph selects it");
        conditions.set(TYPE, ConditionStatus::Unknown, "NotSelected", text);
    } else if digest.is_some() && selecting.iter().all(|it| it.has.as_ref() == digest) {
        let text = (
            format!("已进入超图 {names}"),
            format!("in the supergraph {names}"),
        );
        conditions.set(TYPE, true, "Accepted", text);
    } else {
        let text = (
            format!("等待超图 {names}"),
            format!("waiting for the supergraph {names}"),
        );
        conditions.set(TYPE, ConditionStatus::Unknown, "Pending", text);
    }
}

fn ready(held: Option<&Vec<&str>>, conditions: &mut Conditions<'_>) {
    if let Some(held) = held {
        let names = held.join(", ");
        let text = (
            format!("正在删除:超图 {names} 仍由它组成,见 Accepted"),
            format!("deletion waits: the supergraph {names} is still made of it, see Accepted"),
        );
        conditions.set("Ready", false, "InRelease", text);
        return;
    }
    let first = ["SchemaKnown", "Accepted"]
        .into_iter()
        .filter_map(|it| conditions.get(it))
        .find(|it| it.status != ConditionStatus::True)
        .cloned();
    match first {
        None => conditions.set("Ready", true, "Accepted", ("就绪", "ready")),
        Some(it) => {
            let (zh, en) = it.message.split_once(" / ").unwrap_or((&it.message, ""));
            conditions.set("Ready", it.status, &it.reason, (zh, en));
        }
    }
}

#[cfg(test)]
mod tests;
