//! How a Supergraph stands: conditions and events.

use kube::ResourceExt as _;

use super::{Event, Judged, State};
use crate::{
    crd::{
        BreakingChanges, Condition, ConditionStatus, Conditions, Refused, ReleaseRef,
        SupergraphStatus,
    },
    release::{Release, served_name},
};

/// What the conditions are about.
#[derive(Debug)]
pub struct View<'a> {
    pub state: &'a State,
    pub newest: Option<&'a Release>,
    pub served: Option<&'a Release>,
    pub is_ours: bool,
    pub pin_known: bool,
}

const BREAKING: &str = "BreakingChange";
const PUBLISHED_ANYWAY: &str = "BreakingChangePublished";

impl View<'_> {
    pub fn conditions(&self, conditions: &mut Conditions<'_>) {
        self.composed(conditions);
        self.compatible(conditions);
        self.served(conditions);
        ready(conditions);
    }

    fn refused(&self) -> &[Refused] {
        match &self.state.judged {
            Judged::Verdict(verdict) => &verdict.refused,
            _ => &[],
        }
    }

    fn composed(&self, conditions: &mut Conditions<'_>) {
        const TYPE: &str = "Composed";
        match &self.state.judged {
            Judged::Empty => {
                let text = ("选择器没有选中任何子图", "the selector selects no subgraph");
                conditions.set(TYPE, false, "NoSubgraphs", text);
            }
            Judged::Waiting(names) => {
                let names = names.join(", ");
                let text = (
                    format!("首次发布等待这些子图的结构:{names}"),
                    format!("the first release waits for the schemas of: {names}"),
                );
                conditions.set(TYPE, ConditionStatus::Unknown, "WaitingForSchemas", text);
            }
            _ => {
                let out: Vec<_> = self
                    .refused()
                    .iter()
                    .filter(|it| it.reason != BREAKING)
                    .collect();
                match out.first() {
                    Some(first) => conditions.set(TYPE, false, &first.reason, listed(&out)),
                    None => conditions.set(TYPE, true, "Composed", ("已合成", "it composes")),
                }
            }
        }
    }

    fn compatible(&self, conditions: &mut Conditions<'_>) {
        const TYPE: &str = "Compatible";
        if let Judged::Unreadable(why) = &self.state.judged {
            let text = (
                format!("无法读取正在使用的操作,暂不发布:{why}"),
                format!("the operations in use cannot be read, so nothing is published: {why}"),
            );
            conditions.set(TYPE, false, "OperationsUnreadable", text);
            return;
        }
        let out: Vec<_> = self
            .refused()
            .iter()
            .filter(|it| it.reason == BREAKING)
            .collect();
        if !out.is_empty() {
            conditions.set(TYPE, false, BREAKING, listed(&out));
            return;
        }
        let Some(newest) = self.newest else {
            let text = ("尚未发布", "nothing was published yet");
            conditions.set(TYPE, ConditionStatus::Unknown, "NothingPublished", text);
            return;
        };
        if newest.breaking.is_empty() {
            let text = ("没有破坏性变更", "it breaks nobody");
            conditions.set(TYPE, true, "NoBreakingChange", text);
            return;
        }
        let gone = newest.breaking.join("; ");
        if self.state.supergraph.spec.checks.breaking_changes == BreakingChanges::Warn {
            let text = (
                format!("已按策略发布破坏性变更:{gone}"),
                format!("published as the policy says, though it breaks clients: {gone}"),
            );
            conditions.set(TYPE, false, PUBLISHED_ANYWAY, text);
        } else {
            let text = (
                format!("删除的内容无人使用:{gone}"),
                format!("what went is used by no operation: {gone}"),
            );
            conditions.set(TYPE, true, "NotInUse", text);
        }
    }

    fn served(&self, conditions: &mut Conditions<'_>) {
        const TYPE: &str = "Served";
        let map = served_name(&self.state.supergraph.name_any());
        let pin = self
            .state
            .supergraph
            .spec
            .pin
            .as_deref()
            .unwrap_or_default();
        if !self.is_ours {
            let text = (
                format!("ConfigMap {map} 已存在且不属于此超图"),
                format!("the ConfigMap {map} is there and not of this supergraph"),
            );
            conditions.set(TYPE, false, "NameTaken", text);
            return;
        }
        if !self.pin_known {
            let text = (
                format!("没有摘要为 {pin} 的版本,网关保持现有版本"),
                format!("no release has the digest {pin}: gateways keep what they have"),
            );
            conditions.set(TYPE, false, "PinUnknown", text);
            return;
        }
        let Some(served) = self.served else {
            let text = ("尚未发布", "nothing was published yet");
            conditions.set(TYPE, false, "NothingPublished", text);
            return;
        };
        let revision = served.revision;
        if pin.is_empty() {
            let text = (
                format!("已发布第 {revision} 版"),
                format!("release {revision} is published"),
            );
            conditions.set(TYPE, true, "Published", text);
        } else {
            let text = (
                format!("已固定在第 {revision} 版"),
                format!("pinned to release {revision}"),
            );
            conditions.set(TYPE, true, "Pinned", text);
        }
    }
}

fn listed(refused: &[&Refused]) -> (String, String) {
    let lines = |of: usize| {
        let lines = refused.iter().map(|it| {
            let (zh, en) = it
                .message
                .split_once(" / ")
                .unwrap_or((&it.message, &it.message));
            format!("{}: {}", it.subgraph, [zh, en][of])
        });
        lines.collect::<Vec<_>>().join("; ")
    };
    (lines(0), lines(1))
}

fn ready(conditions: &mut Conditions<'_>) {
    let first = ["Served", "Composed", "Compatible"]
        .into_iter()
        .filter_map(|it| conditions.get(it))
        .find(|it| it.status != ConditionStatus::True && it.reason != PUBLISHED_ANYWAY)
        .cloned();
    match first {
        None => {
            let text = (
                "所有子图的现有版本都已生效",
                "every subgraph is in with its present version",
            );
            conditions.set("Ready", true, "Ready", text);
        }
        Some(it) => {
            let (zh, en) = it.message.split_once(" / ").unwrap_or((&it.message, ""));
            conditions.set("Ready", it.status, &it.reason, (zh, en));
        }
    }
}

/// What happened since the last status.
pub fn events(
    before: &SupergraphStatus,
    served: Option<&ReleaseRef>,
    refused: &[Refused],
    conditions: &Conditions<'_>,
) -> Vec<Event> {
    let mut events = Vec::new();
    if let Some(served) = served
        && before.served.as_ref().map(|it| &it.digest) != Some(&served.digest)
    {
        let note = format!(
            "网关将使用 {0} / gateways are given {0} (release {1})",
            served.config_map, served.revision
        );
        events.push(Event::new(false, "Released", "Publish", &note));
    }
    for it in refused.iter().filter(|it| !before.refused.contains(it)) {
        let note = format!("{}: {}", it.subgraph, it.message);
        events.push(Event::new(true, &it.reason, "Compose", &note));
    }
    let worth = |it: &&Condition| match (it.type_.as_str(), it.status) {
        ("Composed" | "Compatible", ConditionStatus::True) => !before.conditions.is_empty(),
        ("Composed" | "Compatible", ConditionStatus::False) => refused.is_empty(),
        ("Served", ConditionStatus::False) => true,
        _ => false,
    };
    for it in conditions.changed().into_iter().filter(worth) {
        let warning = it.status == ConditionStatus::False;
        events.push(Event::new(warning, &it.reason, "Check", &it.message));
    }
    events
}
