//! Plans of a Supergraph, carried out on a state in memory.

use kube::api::ObjectMeta;

use super::*;
use crate::{
    crd::{BreakingChanges, Condition, ConditionStatus, Part, Refused},
    judge::Accepted,
    plan::fixture,
    release::served_name,
};

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

fn accepted(text: &str) -> Judged {
    Judged::Verdict(Verdict {
        accepted: Some(Accepted {
            supergraph: text.to_owned(),
            parts: vec![Part {
                name: "needs".to_owned(),
                digest: format!("digest of {text}"),
            }],
            breaking: Vec::new(),
        }),
        refused: Vec::new(),
    })
}

fn refusing(text: &str, reason: &str) -> Judged {
    let Judged::Verdict(mut verdict) = accepted(text) else {
        unreachable!("made above")
    };
    verdict.refused.push(Refused {
        subgraph: "needs".to_owned(),
        digest: Some("bad".to_owned()),
        reason: reason.to_owned(),
        message: "坏 / bad".to_owned(),
    });
    Judged::Verdict(verdict)
}

fn state(judged: Judged) -> State {
    State {
        supergraph: fixture::supergraph(),
        judged,
        maps: Vec::new(),
        served: None,
        now: at(0),
    }
}

/// The state after its plan was carried out.
fn done(mut state: State) -> State {
    for action in plan(&state) {
        match action {
            Action::Apply(map) if map.name_any() == served_name("city") => {
                state.served = Some(*map);
            }
            Action::Apply(map) => {
                let mut map = *map;
                map.metadata.uid = Some(format!("uid-{}", map.name_any()));
                state.maps.retain(|it| it.name_any() != map.name_any());
                state.maps.push(map);
            }
            Action::Delete { name, .. } => state.maps.retain(|it| it.name_any() != name),
            Action::SupergraphStatus(status) => state.supergraph.status = Some(*status),
            Action::Event(_) => {}
            other => unreachable!("{other:?}"),
        }
    }
    state.now += chrono::TimeDelta::seconds(60);
    state
}

fn then(mut state: State, judged: Judged) -> State {
    state.judged = judged;
    done(state)
}

fn status(state: &State) -> &SupergraphStatus {
    state.supergraph.status.as_ref().unwrap()
}

fn condition<'s>(state: &'s State, type_: &str) -> &'s Condition {
    let conditions = &status(state).conditions;
    conditions.iter().find(|it| it.type_ == type_).unwrap()
}

fn said(state: &State, type_: &str) -> (ConditionStatus, String) {
    let found = condition(state, type_);
    (found.status, found.reason.clone())
}

fn text(state: &State) -> &str {
    &state.served.as_ref().unwrap().data.as_ref().unwrap()[crate::release::KEY]
}

fn revisions(state: &State) -> Vec<u64> {
    status(state).history.iter().map(|it| it.revision).collect()
}

fn events(state: &State) -> Vec<String> {
    let events = plan(state).into_iter().filter_map(|it| match it {
        Action::Event(event) => Some(event.reason),
        _ => None,
    });
    events.collect()
}

#[test]
fn publishes_and_then_has_nothing_to_do() {
    let state = done(state(accepted("one")));
    assert_eq!(text(&state), "one");
    assert_eq!(
        said(&state, "Ready"),
        (ConditionStatus::True, "Ready".to_owned())
    );
    assert_eq!(status(&state).observed_generation, Some(1));
    assert_eq!(status(&state).served, status(&state).newest);
    assert_eq!(
        plan(&state),
        [],
        "a look that finds nothing new writes nothing"
    );
}

#[test]
fn a_refusal_leaves_the_release_in_place_and_says_why_once() {
    let good = done(state(accepted("one")));
    let mut bad = good.clone();
    bad.judged = refusing("one", "CompositionFailed");
    assert_eq!(events(&bad), ["CompositionFailed"]);
    let bad = done(bad);
    assert_eq!(text(&bad), "one");
    assert_eq!(
        said(&bad, "Composed"),
        (ConditionStatus::False, "CompositionFailed".to_owned())
    );
    assert_eq!(said(&bad, "Served").0, ConditionStatus::True);
    assert_eq!(
        said(&bad, "Ready"),
        (ConditionStatus::False, "CompositionFailed".to_owned())
    );
    assert_eq!(plan(&bad), []);
    let back = then(bad, accepted("one"));
    assert_eq!(said(&back, "Ready").0, ConditionStatus::True);
    assert_eq!(revisions(&back), [1]);
}

#[test]
fn the_transition_time_is_that_of_the_flip() {
    let good = done(state(accepted("one")));
    let bad = then(good, refusing("one", "BreakingChange"));
    let since = condition(&bad, "Compatible").last_transition_time.clone();
    assert_eq!(since, "1970-01-01T00:01:00Z");
    let worse = then(bad, refusing("one", "CompositionFailed"));
    assert_eq!(
        condition(&worse, "Compatible").last_transition_time,
        "1970-01-01T00:02:00Z"
    );
    assert_eq!(
        condition(&worse, "Ready").last_transition_time,
        since,
        "it was False already"
    );
}

#[test]
fn a_pin_serves_an_older_release_and_its_removal_the_newest() {
    let one = done(state(accepted("one")));
    let first = status(&one).newest.clone().unwrap();
    let mut two = then(one, accepted("two"));
    assert_eq!(text(&two), "two");
    two.supergraph.spec.pin = Some(first.digest[..12].to_owned());
    two.supergraph.metadata.generation = Some(2);
    assert_eq!(events(&two), ["Released"]);
    let pinned = done(two);
    assert_eq!(text(&pinned), "one");
    assert_eq!(
        said(&pinned, "Served"),
        (ConditionStatus::True, "Pinned".to_owned())
    );
    assert_eq!(status(&pinned).observed_generation, Some(2));
    assert_eq!(plan(&pinned), []);

    // Composition goes on meanwhile.
    let mut three = then(pinned, accepted("three"));
    assert_eq!(text(&three), "one");
    assert_eq!(status(&three).newest.as_ref().unwrap().revision, 3);
    three.supergraph.spec.pin = None;
    assert_eq!(text(&done(three)), "three");
}

#[test]
fn an_unknown_pin_changes_nothing_that_is_served() {
    let mut state = done(state(accepted("one")));
    state.supergraph.spec.pin = Some("0123456789ab".to_owned());
    let state = done(state);
    assert_eq!(text(&state), "one");
    assert_eq!(
        said(&state, "Ready"),
        (ConditionStatus::False, "PinUnknown".to_owned())
    );
    let state = then(state, accepted("two"));
    assert_eq!(text(&state), "one");
    assert_eq!(status(&state).served.as_ref().unwrap().revision, 1);
    assert_eq!(plan(&state), []);
}

#[test]
fn keeps_so_many_releases_and_the_one_that_is_served() {
    let mut state = done(state(accepted("r1")));
    let first = status(&state).newest.clone().unwrap();
    for text in ["r2", "r3", "r4"] {
        state = then(state, accepted(text));
    }
    assert_eq!(revisions(&state), [4, 3, 2]);
    assert_eq!(state.maps.len(), 3);
    assert!(
        state
            .maps
            .iter()
            .all(|it| it.name_any() != first.config_map)
    );

    let second = status(&state).history[2].clone();
    state.supergraph.spec.pin = Some(second.digest);
    state = done(state);
    for text in ["r5", "r6", "r7"] {
        state = then(state, accepted(text));
    }
    assert_eq!(revisions(&state), [7, 6, 5, 2], "what gateways have stays");
    assert_eq!(text(&state), "r2");
    state.supergraph.spec.pin = None;
    state = done(done(state));
    assert_eq!(revisions(&state), [7, 6, 5]);
}

#[test]
fn a_graph_that_comes_back_is_the_newest_again() {
    let state = then(
        then(done(state(accepted("one"))), accepted("two")),
        accepted("one"),
    );
    assert_eq!(text(&state), "one");
    assert_eq!(revisions(&state), [3, 2]);
    assert_eq!(plan(&state), []);
}

#[test]
fn what_others_have_under_the_name_is_left_alone() {
    let mut state = state(accepted("one"));
    state.served = Some(ConfigMap {
        metadata: ObjectMeta {
            name: Some(served_name("city")),
            ..ObjectMeta::default()
        },
        ..ConfigMap::default()
    });
    let state = done(state);
    assert_eq!(state.served.as_ref().unwrap().data, None);
    assert_eq!(
        said(&state, "Ready"),
        (ConditionStatus::False, "NameTaken".to_owned())
    );
}

#[test]
fn releases_of_a_supergraph_that_had_the_name_are_not_its_own() {
    let mut state = done(state(accepted("one")));
    state.supergraph.metadata.uid = Some("uid-new".to_owned());
    state.supergraph.status = None;
    state.served = None;
    let state = then(state, accepted("two"));
    assert_eq!(revisions(&state), [1]);
}

#[test]
fn an_edited_or_lost_config_map_is_restored() {
    let good = done(state(accepted("one")));
    let mut edited = good.clone();
    edited.served.as_mut().unwrap().data = None;
    assert!(matches!(plan(&edited)[..], [Action::Apply(_)]));
    let mut lost = good.clone();
    lost.served = None;
    assert!(matches!(plan(&lost)[..], [Action::Apply(_)]));
    let mut forgotten = good;
    forgotten.supergraph.status = None;
    let restored = done(forgotten);
    assert_eq!(
        revisions(&restored),
        [1],
        "a lost status is written from the ConfigMaps"
    );
}

#[test]
fn before_the_first_release_it_says_what_it_waits_for() {
    let waiting = done(state(Judged::Waiting(vec!["needs".to_owned()])));
    assert_eq!(
        said(&waiting, "Composed"),
        (ConditionStatus::Unknown, "WaitingForSchemas".to_owned())
    );
    assert_eq!(
        said(&waiting, "Ready"),
        (ConditionStatus::False, "NothingPublished".to_owned())
    );
    assert!(waiting.served.is_none());
    let empty = done(state(Judged::Empty));
    assert_eq!(
        said(&empty, "Composed"),
        (ConditionStatus::False, "NoSubgraphs".to_owned())
    );
}

#[test]
fn unreadable_operations_stop_publishing_and_nothing_else() {
    let good = done(state(accepted("one")));
    let blind = then(
        good,
        Judged::Unreadable("portal/a.json: no JSON".to_owned()),
    );
    assert_eq!(text(&blind), "one");
    assert_eq!(
        said(&blind, "Compatible"),
        (ConditionStatus::False, "OperationsUnreadable".to_owned())
    );
    assert_eq!(plan(&blind), []);
}

#[test]
fn what_went_is_told_for_as_long_as_the_release_is_the_newest() {
    let mut state = done(state(accepted("one")));
    let Judged::Verdict(mut verdict) = accepted("two") else {
        unreachable!("made above")
    };
    verdict.accepted.as_mut().unwrap().breaking = vec!["Query.a is gone".to_owned()];
    state.supergraph.spec.checks.breaking_changes = BreakingChanges::Warn;
    let state = then(state, Judged::Verdict(verdict));
    let said_then = said(&state, "Compatible");
    assert_eq!(
        said_then,
        (ConditionStatus::False, "BreakingChangePublished".to_owned())
    );
    assert_eq!(said(&state, "Ready").0, ConditionStatus::True);
    // The next look finds nothing changed, and says the same.
    let state = then(state, accepted("two"));
    assert_eq!(said(&state, "Compatible"), said_then);
}
