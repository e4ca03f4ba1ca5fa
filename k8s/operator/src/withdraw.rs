//! Taking a graph out of a namespace before its operator goes: nothing stays
//! behind that waits for an operator.

use std::time::Duration;

use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams},
};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{
    crd::{Subgraph, Supergraph},
    edge::Error,
    plan::subgraph::FINALIZER,
};

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// What was left to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Withdrawn {
    /// The operator let go of every subgraph.
    Released,
    /// It did not in time, or there is none: these were let go here.
    Forced(Vec<String>),
    /// Nothing was touched: further graphs live on the same operator.
    OthersLive(Vec<String>),
}

/// Deletes the Supergraph `name`, waits for the operator to let go of its
/// subgraphs, and after `wait` does it itself. Gateways keep what they serve.
pub async fn withdraw(
    client: Client,
    namespace: &str,
    name: &str,
    wait: Duration,
    stop: &CancellationToken,
) -> Result<Withdrawn, Error> {
    let supergraphs: Api<Supergraph> = Api::namespaced(client.clone(), namespace);
    let subgraphs: Api<Subgraph> = Api::namespaced(client, namespace);
    let others: Vec<String> = there(supergraphs.list(&ListParams::default()).await)?
        .map(|list| list.items)
        .unwrap_or_default()
        .iter()
        .filter(|it| it.metadata.deletion_timestamp.is_none())
        .map(ResourceExt::name_any)
        .filter(|other| other != name)
        .collect();
    if !others.is_empty() {
        return Ok(Withdrawn::OthersLive(others));
    }
    there(supergraphs.delete(name, &DeleteParams::default()).await)?;
    let released = async {
        while !held(&subgraphs).await?.is_empty() {
            let pause = tokio::time::timeout(PAUSE, stop.cancelled());
            if pause.await.is_ok() {
                break;
            }
        }
        Ok::<_, Error>(())
    };
    if let Ok(outcome) = tokio::time::timeout(wait, released).await {
        outcome?;
    }
    let held = held(&subgraphs).await?;
    let mut forced = Vec::new();
    for subgraph in held {
        let rest: Vec<&String> = subgraph
            .finalizers()
            .iter()
            .filter(|it| *it != FINALIZER)
            .collect();
        // Only what was seen: a list that changed meanwhile is a conflict.
        let patch = json!({ "metadata": {
            "resourceVersion": subgraph.metadata.resource_version,
            "finalizers": rest,
        }});
        let name = subgraph.name_any();
        there(
            subgraphs
                .patch(&name, &PatchParams::default(), &Patch::Merge(&patch))
                .await,
        )?;
        forced.push(name);
    }
    if forced.is_empty() {
        return Ok(Withdrawn::Released);
    }
    Ok(Withdrawn::Forced(forced))
}

async fn held(subgraphs: &Api<Subgraph>) -> Result<Vec<Subgraph>, Error> {
    let list = there(subgraphs.list(&ListParams::default()).await)?;
    let all = list.map(|list| list.items).unwrap_or_default();
    Ok(all
        .into_iter()
        .filter(|it| it.finalizers().iter().any(|it| it == FINALIZER))
        .collect())
}

/// None where there is no such thing, or no such kind.
fn there<T>(answer: kube::Result<T>) -> Result<Option<T>, Error> {
    match answer {
        Ok(it) => Ok(Some(it)),
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}
