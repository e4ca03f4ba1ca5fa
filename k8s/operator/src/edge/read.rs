//! Reading what a plan depends on.

use std::collections::BTreeMap;

use k8s_openapi::{api::core::v1::ConfigMap, apimachinery::pkg::apis::meta::v1::LabelSelector};
use kube::{
    ResourceExt as _,
    api::ListParams,
    core::{Selector, SelectorExt as _},
};

use super::{Edge, Error, ask::ask, is_owned};
use crate::{
    MANAGER,
    crd::{Part, Subgraph, Supergraph},
    judge::{Question, Versions},
    operations::{self, Operation},
    plan::{
        subgraph::{Graph, Source, State as SubgraphState},
        supergraph::{Judged, State as SupergraphState},
    },
    release::{self, Release, served_name},
    version::{self, Version},
};

impl Edge {
    pub(super) async fn subgraph_state(&self, subgraph: Subgraph) -> Result<SubgraphState, Error> {
        let name = subgraph.name_any();
        let source = self.source(&subgraph).await?;
        let maps = self.maps(&format!("{}={name}", version::LABEL)).await?;
        let supergraphs = self
            .api::<Supergraph>()
            .list(&ListParams::default())
            .await?;
        let mut graphs = Vec::new();
        for supergraph in supergraphs {
            // A graph that goes is made of nothing.
            if supergraph.metadata.deletion_timestamp.is_none() {
                graphs.push(view(&supergraph, &subgraph)?);
            }
        }
        Ok(SubgraphState {
            maps: maps
                .into_iter()
                .filter(|it| is_owned(&subgraph, it))
                .collect(),
            subgraph,
            source,
            graphs,
            now: self.clock.now(),
        })
    }

    async fn source(&self, subgraph: &Subgraph) -> Result<Source, Error> {
        let spec = &subgraph.spec;
        if spec.suspend || subgraph.metadata.deletion_timestamp.is_some() {
            return Ok(Source::Skipped);
        }
        if let Some(sdl) = &spec.schema.sdl {
            return Ok(Source::Sdl(sdl.clone()));
        }
        let Some(from) = &spec.schema.config_map_ref else {
            return Ok(ask(&spec.endpoint, &self.limits).await);
        };
        let (name, key) = (&from.name, &from.key);
        let Some(map) = self.api::<ConfigMap>().get_opt(name).await? else {
            return Ok(Source::Failed {
                reason: "ConfigMapMissing",
                zh: format!("没有 ConfigMap {name}"),
                en: format!("there is no ConfigMap {name}"),
            });
        };
        let sdl = map.data.as_ref().and_then(|data| data.get(key));
        Ok(match sdl {
            Some(sdl) => Source::Sdl(sdl.clone()),
            None => Source::Failed {
                reason: "KeyMissing",
                zh: format!("ConfigMap {name} 没有键 {key}"),
                en: format!("the ConfigMap {name} has no key {key}"),
            },
        })
    }

    async fn maps(&self, labels: &str) -> Result<Vec<ConfigMap>, Error> {
        let list = ListParams::default().labels(labels);
        Ok(self.api::<ConfigMap>().list(&list).await?.items)
    }

    pub(super) async fn supergraph_state(
        &self,
        supergraph: Supergraph,
    ) -> Result<SupergraphState, Error> {
        let name = supergraph.name_any();
        // One list: a release and the versions it is made of are seen together.
        let managed = self
            .maps(&format!("app.kubernetes.io/managed-by={MANAGER}"))
            .await?;
        let label = |map: &ConfigMap, key: &str| map.labels().get(key).cloned();
        let served_name = served_name(&name);
        let maps: Vec<ConfigMap> = managed
            .iter()
            .filter(|it| label(it, release::LABEL).as_ref() == Some(&name))
            .filter(|it| it.name_any() != served_name && is_owned(&supergraph, it))
            .cloned()
            .collect();
        let versions: BTreeMap<String, Version> = managed
            .iter()
            .filter(|it| label(it, version::LABEL).is_some())
            .filter_map(|it| Some((it.name_any(), Version::read(it)?)))
            .collect();
        let subgraphs = self.selected(&supergraph).await?;
        let judged = self.look(&supergraph, &subgraphs, &maps, &versions).await?;
        Ok(SupergraphState {
            served: self.api::<ConfigMap>().get_opt(&served_name).await?,
            supergraph,
            judged,
            maps,
            now: self.clock.now(),
        })
    }

    async fn selected(&self, supergraph: &Supergraph) -> Result<Vec<Subgraph>, Error> {
        let selector = selector(supergraph)?;
        let all = self.api::<Subgraph>().list(&ListParams::default()).await?;
        let selected = all
            .into_iter()
            .filter(|it| it.metadata.deletion_timestamp.is_none() && selector.matches(it.labels()));
        Ok(selected.collect())
    }

    async fn look(
        &self,
        supergraph: &Supergraph,
        subgraphs: &[Subgraph],
        maps: &[ConfigMap],
        versions: &BTreeMap<String, Version>,
    ) -> Result<Judged, Error> {
        let newest = maps
            .iter()
            .filter_map(Release::read)
            .max_by_key(|it| it.revision);
        let made_of: &[Part] = newest.as_ref().map_or(&[], |it| &it.parts);
        let base: Versions = made_of
            .iter()
            .filter_map(|part| {
                let version = versions.get(&version::name(&part.name, &part.digest))?;
                Some((part.name.clone(), version.clone()))
            })
            .collect();
        let (mut offered, mut unknown) = (Versions::new(), Vec::new());
        for subgraph in subgraphs {
            let name = subgraph.name_any();
            let schema = subgraph.status.as_ref().and_then(|it| it.schema.as_ref());
            let version = schema.and_then(|it| versions.get(&it.config_map));
            // A subgraph that is there and not known yet takes nothing away.
            match version.or_else(|| base.get(&name)) {
                Some(version) => {
                    offered.insert(name, version.clone());
                }
                None => unknown.push(name),
            }
        }
        if newest.is_none() && subgraphs.is_empty() {
            return Ok(Judged::Empty);
        }
        if newest.is_none() && !unknown.is_empty() {
            return Ok(Judged::Waiting(unknown));
        }
        let operations = match self.operations(supergraph).await? {
            Ok(operations) => operations,
            Err(why) => return Ok(Judged::Unreadable(why)),
        };
        let question = Question {
            offered,
            base,
            newest: newest.map(|it| it.supergraph),
            policy: supergraph.spec.checks.breaking_changes,
            operations,
        };
        let verdict = self.judge(&supergraph.name_any(), question).await?;
        Ok(Judged::Verdict(verdict))
    }

    /// The operations in use, or why they cannot be read.
    async fn operations(
        &self,
        supergraph: &Supergraph,
    ) -> Result<Result<Vec<Operation>, String>, Error> {
        let mut operations = Vec::new();
        for name in &supergraph.spec.checks.operations {
            let Some(map) = self.api::<ConfigMap>().get_opt(name).await? else {
                return Ok(Err(format!("no ConfigMap {name}")));
            };
            match operations::read(name, &map.data.unwrap_or_default()) {
                Ok(read) => operations.extend(read),
                Err(why) => return Ok(Err(why)),
            }
        }
        operations.sort();
        Ok(Ok(operations))
    }
}

fn selector(supergraph: &Supergraph) -> Result<Selector, Error> {
    let selector = &supergraph.spec.selector;
    LabelSelector {
        match_labels: selector.match_labels.clone(),
        match_expressions: selector.match_expressions.clone(),
    }
    .try_into()
    .map_err(|error| Error::Selector(format!("{error}")))
}

/// A supergraph as a subgraph sees it.
fn view(supergraph: &Supergraph, subgraph: &Subgraph) -> Result<Graph, Error> {
    let name = subgraph.name_any();
    let status = supergraph.status.as_ref();
    let has = status.and_then(|it| it.subgraphs.iter().find(|part| part.name == name));
    let refuses = status.and_then(|it| it.refused.iter().find(|it| it.subgraph == name));
    Ok(Graph {
        name: supergraph.name_any(),
        selects: selector(supergraph)?.matches(subgraph.labels()),
        has: has.map(|it| it.digest.clone()),
        refuses: refuses.map(|it| (it.digest.clone(), it.reason.clone(), it.message.clone())),
    })
}
