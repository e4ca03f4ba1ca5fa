use kube::api::ObjectMeta;

use super::*;
use crate::{crd::Condition, plan::fixture};

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

fn state() -> State {
    State {
        subgraph: fixture::subgraph(),
        source: Source::Sdl("type Query { needs: Int }".to_owned()),
        maps: Vec::new(),
        graphs: Vec::new(),
        now: at(0),
    }
}

fn graph(has: Option<&str>) -> Graph {
    Graph {
        name: "city".to_owned(),
        selects: true,
        has: has.map(str::to_owned),
        refuses: None,
    }
}

fn failed() -> Source {
    Source::Failed {
        reason: "EndpointUnreachable",
        zh: "连不上".to_owned(),
        en: "not reached".to_owned(),
    }
}

/// The state after the plan was carried out.
fn done(mut state: State) -> State {
    for action in plan(&state) {
        match action {
            Action::Apply(map) => {
                let mut map = *map;
                map.metadata.uid = Some(format!("uid-{}", map.name_any()));
                state.maps.push(map);
            }
            Action::Delete { name, .. } => state.maps.retain(|it| it.name_any() != name),
            Action::Finalizers(list) => state.subgraph.metadata.finalizers = Some(list),
            Action::SubgraphStatus(status) => state.subgraph.status = Some(*status),
            Action::SupergraphStatus(_) => unreachable!("a subgraph's plan"),
            Action::Event(_) => {}
        }
    }
    state
}

fn condition<'s>(state: &'s State, type_: &str) -> &'s Condition {
    let status = state.subgraph.status.as_ref().unwrap();
    status
        .conditions
        .iter()
        .find(|it| it.type_ == type_)
        .unwrap()
}

fn said(state: &State, type_: &str) -> (ConditionStatus, String) {
    let found = condition(state, type_);
    (found.status, found.reason.clone())
}

fn digest(state: &State) -> String {
    state
        .subgraph
        .status
        .as_ref()
        .unwrap()
        .schema
        .as_ref()
        .unwrap()
        .digest
        .clone()
}

#[test]
fn keeps_the_version_and_then_has_nothing_to_do() {
    let mut state = done(state());
    assert_eq!(state.maps.len(), 1);
    assert_eq!(said(&state, "Accepted").1, "NotSelected");
    state.now = at(100);
    assert_eq!(
        plan(&state),
        [],
        "a look that finds nothing new writes nothing"
    );
}

#[test]
fn is_ready_when_every_selecting_graph_has_its_version() {
    let mut state = done(state());
    state.graphs = vec![graph(None)];
    state = done(state);
    assert_eq!(
        said(&state, "Ready"),
        (ConditionStatus::Unknown, "Pending".to_owned())
    );
    let digest = digest(&state);
    state.graphs = vec![graph(Some(&digest))];
    state = done(state);
    assert_eq!(
        said(&state, "Ready"),
        (ConditionStatus::True, "Accepted".to_owned())
    );
    assert_eq!(plan(&state), []);
}

#[test]
fn says_why_a_graph_refuses_its_version() {
    let mut state = done(state());
    let digest = digest(&state);
    let refusal = (
        Some(digest),
        "BreakingChange".to_owned(),
        "坏 / bad".to_owned(),
    );
    state.graphs = vec![Graph {
        refuses: Some(refusal),
        ..graph(Some("before"))
    }];
    let planned = plan(&state);
    assert!(planned.iter().any(|it| matches!(it,
        Action::Event(event) if event.warning && event.reason == "BreakingChange")));
    state = done(state);
    assert_eq!(
        said(&state, "Ready"),
        (ConditionStatus::False, "BreakingChange".to_owned())
    );
    assert_eq!(
        condition(&state, "Accepted").message,
        "超图 city:坏 / supergraph city: bad"
    );
}

#[test]
fn a_refusal_of_another_version_is_no_refusal_of_this_one() {
    let mut state = done(state());
    let refusal = (
        Some("other".to_owned()),
        "BreakingChange".to_owned(),
        String::new(),
    );
    state.graphs = vec![Graph {
        refuses: Some(refusal),
        ..graph(Some("before"))
    }];
    assert_eq!(said(&done(state), "Accepted").1, "Pending");
}

#[test]
fn a_source_that_fails_keeps_the_last_version() {
    let mut fresh = state();
    fresh.source = failed();
    let fresh = done(fresh);
    assert_eq!(said(&fresh, "SchemaKnown").1, "EndpointUnreachable");
    assert!(fresh.subgraph.status.unwrap().schema.is_none());

    let mut known = done(state());
    let before = digest(&known);
    known.source = failed();
    let known = done(known);
    assert_eq!(
        said(&known, "SchemaKnown"),
        (ConditionStatus::True, "LastKnown".to_owned())
    );
    assert_eq!(digest(&known), before);
    assert_eq!(known.maps.len(), 1);
}

#[test]
fn suspended_it_takes_no_new_version() {
    let mut state = done(state());
    let before = digest(&state);
    state.subgraph.spec.suspend = true;
    state.subgraph.spec.endpoint = "grpc://elsewhere:1".to_owned();
    state.source = Source::Skipped;
    let state = done(state);
    assert_eq!(digest(&state), before);
    assert_eq!(said(&state, "SchemaKnown").1, "Suspended");
}

#[test]
fn versions_go_when_neither_offered_nor_in_a_release() {
    let mut state = done(state());
    let first = digest(&state);
    state.graphs = vec![graph(Some(&first))];
    state.source = Source::Sdl("type Query { other: Int }".to_owned());
    state = done(state);
    assert_eq!(state.maps.len(), 2, "the release is made of the first");
    let second = digest(&state);
    state.graphs = vec![graph(Some(&second))];
    state = done(state);
    let names: Vec<_> = state.maps.iter().map(ResourceExt::name_any).collect();
    assert_eq!(names, [version::name("needs", &second)]);
}

#[test]
fn a_version_that_was_edited_or_lost_is_restored() {
    let mut state = done(state());
    state.maps.clear();
    assert!(matches!(plan(&state)[..], [Action::Apply(_)]));
    state.maps.push(ConfigMap {
        metadata: ObjectMeta {
            name: Some(version::name("needs", &digest(&state))),
            uid: Some("x".to_owned()),
            ..ObjectMeta::default()
        },
        ..ConfigMap::default()
    });
    assert!(matches!(plan(&state)[..], [Action::Apply(_)]));
}

#[test]
fn deletion_waits_until_no_release_is_made_of_it() {
    let mut state = done(state());
    let digest = digest(&state);
    state.graphs = vec![graph(None)];
    state = done(state);
    assert_eq!(state.subgraph.finalizers(), [FINALIZER]);
    let removal = (None, "BreakingChange".to_owned(), "坏 / bad".to_owned());
    state.graphs = vec![Graph {
        refuses: Some(removal),
        ..graph(Some(&digest))
    }];
    state.subgraph.metadata.deletion_timestamp =
        Some(serde_json::from_value(serde_json::json!("2026-01-01T00:00:00Z")).unwrap());
    state.source = Source::Skipped;
    state = done(state);
    assert_eq!(state.subgraph.finalizers(), [FINALIZER]);
    assert_eq!(
        said(&state, "Ready"),
        (ConditionStatus::False, "InRelease".to_owned())
    );
    assert_eq!(said(&state, "Accepted").1, "BreakingChange");
    assert_eq!(plan(&state), []);

    state.graphs = vec![graph(None)];
    assert_eq!(plan(&state), [Action::Finalizers(Vec::new())]);
}

#[test]
fn nothing_is_held_where_no_graph_wants_it() {
    let mut state = done(state());
    assert_eq!(state.subgraph.finalizers(), [""; 0]);
    state.graphs = vec![graph(None)];
    state = done(state);
    assert_eq!(state.subgraph.finalizers(), [FINALIZER]);
    state.graphs.clear();
    state = done(state);
    assert_eq!(state.subgraph.finalizers(), [""; 0], "the graph is gone");
}

#[test]
fn an_sdl_that_fits_no_config_map_is_refused() {
    let mut state = state();
    state.source = Source::Sdl("x".repeat(MAX_TEXT + 1));
    let state = done(state);
    assert_eq!(
        said(&state, "SchemaKnown"),
        (ConditionStatus::False, "TooLarge".to_owned())
    );
    assert!(state.maps.is_empty());
}
