//! What to do for one Supergraph: keep the newest release, give gateways the
//! one they shall have, keep so many to go back to, say how it stands.

mod say;

use chrono::{DateTime, Utc};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;

use super::{Action, Event};
use crate::{
    crd::{Conditions, Supergraph, SupergraphStatus},
    judge::Verdict,
    release::{Release, holds},
};

/// Everything that the plan depends on.
#[derive(Clone, Debug)]
pub struct State {
    pub supergraph: Supergraph,
    pub judged: Judged,
    /// The ConfigMaps of its releases.
    pub maps: Vec<ConfigMap>,
    /// Whatever has the name of the ConfigMap that gateways mount.
    pub served: Option<ConfigMap>,
    pub now: DateTime<Utc>,
}

/// What came of looking at the subgraphs.
#[derive(Clone, Debug)]
pub enum Judged {
    Verdict(Verdict),
    /// Nothing is selected, and nothing was ever published.
    Empty,
    /// The first release waits for the schemas of these.
    Waiting(Vec<String>),
    /// The operations in use cannot be read, so nothing can be checked.
    Unreadable(String),
}

/// Plans.
pub fn plan(state: &State) -> Vec<Action> {
    if state.supergraph.metadata.deletion_timestamp.is_some() {
        // Its ConfigMaps go with it.
        return Vec::new();
    }
    let mut actions = Vec::new();
    let kept = releases(state, &mut actions);
    let newest = kept.first();
    let pin = state.supergraph.spec.pin.as_deref();
    let target = match pin {
        None => newest,
        Some(pin) => kept.iter().find(|it| it.digest().starts_with(pin)),
    };
    let is_ours = state.served.as_ref().is_none_or(|it| is_owned(state, it));
    if let (Some(target), true) = (target, is_ours) {
        let wanted = target.served(&state.supergraph);
        if !state
            .served
            .as_ref()
            .is_some_and(|found| holds(found, &wanted))
        {
            actions.push(Action::Apply(Box::new(wanted)));
        }
    }
    let before = state.supergraph.status.clone().unwrap_or_default();
    // An unknown pin changes nothing: gateways keep what they have.
    let served = match (is_ours, target) {
        (true, Some(target)) => Some(target),
        (true, None) => kept.iter().find(|it| {
            let served = before.served.as_ref();
            served.is_some_and(|served| served.digest == it.digest())
        }),
        (false, _) => None,
    };
    let kept_count = sweep(state, &kept, served, &mut actions);
    let name = state.supergraph.name_any();
    let generation = state.supergraph.metadata.generation.unwrap_or_default();
    let mut conditions = Conditions::new(&before.conditions, state.now, generation);
    let view = say::View {
        state,
        newest,
        served,
        is_ours,
        pin_known: target.is_some() || pin.is_none(),
    };
    view.conditions(&mut conditions);
    let refused = match &state.judged {
        Judged::Verdict(verdict) => verdict.refused.clone(),
        _ => Vec::new(),
    };
    let served = served.map(|it| it.reference(&name));
    let events = say::events(&before, served.as_ref(), &refused, &conditions);
    let status = SupergraphStatus {
        observed_generation: Some(generation),
        served,
        newest: newest.map(|it| it.reference(&name)),
        history: kept_count,
        subgraphs: newest.map(|it| it.parts.clone()).unwrap_or_default(),
        refused,
        conditions: conditions.into_list(),
    };
    if state.supergraph.status.as_ref() != Some(&status) {
        actions.push(Action::SupergraphStatus(Box::new(status)));
        actions.extend(events.into_iter().map(Action::Event));
    }
    actions
}

/// All releases, newest first, with the one that is made now.
fn releases(state: &State, actions: &mut Vec<Action>) -> Vec<Release> {
    let maps = state.maps.iter().filter(|it| is_owned(state, it));
    let mut releases: Vec<Release> = maps.filter_map(Release::read).collect();
    releases.sort_by_key(|it| std::cmp::Reverse(it.revision));
    if let Judged::Verdict(Verdict {
        accepted: Some(accepted),
        ..
    }) = &state.judged
    {
        let made = Release {
            revision: releases.first().map_or(1, |it| it.revision + 1),
            supergraph: accepted.supergraph.clone(),
            parts: accepted.parts.clone(),
            breaking: accepted.breaking.clone(),
        };
        if releases
            .first()
            .is_none_or(|it| it.digest() != made.digest())
        {
            actions.push(Action::Apply(Box::new(made.config_map(&state.supergraph))));
            // A graph that was there before is the newest again.
            releases.retain(|it| it.digest() != made.digest());
            releases.insert(0, made);
        }
    }
    releases
}

/// Deletes what is beyond the history; answers what stays.
fn sweep(
    state: &State,
    releases: &[Release],
    served: Option<&Release>,
    actions: &mut Vec<Action>,
) -> Vec<crate::crd::ReleaseRef> {
    let name = state.supergraph.name_any();
    let most = usize::from(state.supergraph.spec.history.max(1));
    let mut kept = Vec::new();
    for release in releases {
        let reference = release.reference(&name);
        // What gateways have must stay, however old it is.
        if kept.len() < most || served == Some(release) {
            kept.push(reference);
            continue;
        }
        let map = state
            .maps
            .iter()
            .find(|it| it.name_any() == reference.config_map);
        if let Some(uid) = map.and_then(ResourceExt::uid) {
            actions.push(Action::Delete {
                name: reference.config_map,
                uid,
            });
        }
    }
    kept
}

/// Whether a ConfigMap is of this supergraph, and not of one that had its name.
fn is_owned(state: &State, map: &ConfigMap) -> bool {
    let uid = state.supergraph.uid();
    let owners = map.owner_references();
    owners.iter().any(|owner| Some(&owner.uid) == uid.as_ref())
}

#[cfg(test)]
mod tests;
