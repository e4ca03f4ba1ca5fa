//! The edges: reading the cluster, asking subgraphs, carrying plans out.
//!
//! [`subgraph`] and [`supergraph`] are one look each: read, plan, act. They can
//! be called at any time and as often as one likes.

mod act;
mod ask;
mod read;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use gateway::config::Limits;
use k8s_openapi::api::core::v1::ConfigMap;
use kernel::SharedClock;
use kube::{
    Api, Client, Resource, ResourceExt as _,
    runtime::events::{Recorder, Reporter},
};

use crate::{
    MANAGER,
    crd::{Subgraph, Supergraph},
    judge::{self, Question, Verdict},
    plan,
    version::digest,
};

/// Why a look failed; it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the API server refused or did not answer")]
    Api(#[from] kube::Error),
    #[error("the selector cannot be used: {0}")]
    Selector(String),
    #[error("judging broke down")]
    Broken,
}

/// What every look needs.
pub struct Edge {
    client: Client,
    namespace: String,
    clock: SharedClock,
    recorder: Recorder,
    limits: Limits,
    /// The last judgement for each supergraph: a look that finds nothing new
    /// composes nothing.
    judged: Mutex<HashMap<String, (String, Arc<Verdict>)>>,
}

impl std::fmt::Debug for Edge {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Edge")
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}

impl Edge {
    /// `instance` is the name of the pod, for events.
    pub fn new(
        client: Client,
        namespace: String,
        clock: SharedClock,
        instance: Option<String>,
    ) -> Self {
        let reporter = Reporter {
            controller: MANAGER.to_owned(),
            instance: instance.or_else(|| Some(MANAGER.to_owned())),
        };
        Self {
            recorder: Recorder::new(client.clone(), reporter),
            client,
            namespace,
            clock,
            limits: Limits::default(),
            judged: Mutex::default(),
        }
    }

    /// The resources of one kind in the namespace.
    pub fn api<K>(&self) -> Api<K>
    where
        K: Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// One look at a Subgraph. Answers it as it was found, if it is there.
    pub async fn subgraph(&self, name: &str) -> Result<Option<Subgraph>, Error> {
        let Some(subgraph) = self.api::<Subgraph>().get_opt(name).await? else {
            return Ok(None);
        };
        let state = self.subgraph_state(subgraph).await?;
        let actions = plan::subgraph::plan(&state);
        self.act(&state.subgraph, &actions).await?;
        Ok(Some(state.subgraph))
    }

    /// One look at a Supergraph.
    pub async fn supergraph(&self, name: &str) -> Result<(), Error> {
        let Some(supergraph) = self.api::<Supergraph>().get_opt(name).await? else {
            self.judged().remove(name);
            return Ok(());
        };
        let state = self.supergraph_state(supergraph).await?;
        let actions = plan::supergraph::plan(&state);
        self.act(&state.supergraph, &actions).await?;
        let status = actions.iter().find_map(|it| match it {
            plan::Action::SupergraphStatus(status) => Some(status.as_ref()),
            _ => None,
        });
        measure(name, status.or(state.supergraph.status.as_ref()));
        Ok(())
    }

    fn judged(&self) -> std::sync::MutexGuard<'_, HashMap<String, (String, Arc<Verdict>)>> {
        self.judged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Judges off the async threads, once per question.
    async fn judge(&self, supergraph: &str, question: Question) -> Result<Verdict, Error> {
        let key = digest(&[&format!("{question:?}")]);
        if let Some((known, verdict)) = self.judged().get(supergraph)
            && *known == key
        {
            return Ok(Verdict::clone(verdict));
        }
        let work = tokio::task::spawn_blocking(move || judge::judge(&question));
        let verdict = work.await.map_err(|_| Error::Broken)?;
        let entry = (key, Arc::new(verdict.clone()));
        self.judged().insert(supergraph.to_owned(), entry);
        Ok(verdict)
    }
}

/// Whether a ConfigMap is of this very resource, and not of one that had its name.
fn is_owned<K: Resource>(owner: &K, map: &ConfigMap) -> bool {
    let uid = owner.meta().uid.as_ref();
    map.owner_references().iter().any(|it| Some(&it.uid) == uid)
}

fn measure(name: &str, status: Option<&crate::crd::SupergraphStatus>) {
    let Some(status) = status else { return };
    let is_ready = status
        .conditions
        .iter()
        .any(|it| it.type_ == "Ready" && it.status == crate::crd::ConditionStatus::True);
    let refused = u32::try_from(status.refused.len()).unwrap_or(u32::MAX);
    metrics::gauge!("operator.supergraph.ready", "supergraph" => name.to_owned())
        .set(f64::from(u8::from(is_ready)));
    metrics::gauge!("operator.supergraph.refused", "supergraph" => name.to_owned())
        .set(f64::from(refused));
}
