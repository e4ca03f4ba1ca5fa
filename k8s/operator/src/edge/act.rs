//! Carrying a plan out: server-side apply with one field manager, deletion only
//! of what was seen, events that may fail.

use std::fmt::Debug;

use k8s_openapi::{NamespaceResourceScope, api::core::v1::ConfigMap};
use kube::{
    Resource, ResourceExt as _,
    api::{DeleteParams, Patch, PatchParams, Preconditions},
    runtime::events::{Event, EventType},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

use super::{Edge, Error};
use crate::{MANAGER, plan};

impl Edge {
    /// Carries out the plan of `of`, in order.
    pub(super) async fn act<K>(&self, of: &K, actions: &[plan::Action]) -> Result<(), Error>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
            + Clone
            + Debug
            + DeserializeOwned,
    {
        let maps = self.api::<ConfigMap>();
        for action in actions {
            match action {
                plan::Action::Apply(map) => {
                    maps.patch(&map.name_any(), &params(), &Patch::Apply(map))
                        .await?;
                    tracing::info!(config_map = %map.name_any(), "applied");
                }
                plan::Action::Delete { name, uid } => {
                    let params = DeleteParams {
                        preconditions: Some(Preconditions {
                            uid: Some(uid.clone()),
                            resource_version: None,
                        }),
                        ..DeleteParams::default()
                    };
                    match maps.delete(name, &params).await {
                        Ok(_) => tracing::info!(config_map = %name, "deleted"),
                        // Somebody else was faster.
                        Err(kube::Error::Api(status))
                            if status.is_not_found() || status.is_conflict() => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                plan::Action::Finalizers(list) => self.finalizers(of, list).await?,
                plan::Action::SubgraphStatus(status) => self.status(of, status).await?,
                plan::Action::SupergraphStatus(status) => self.status(of, status).await?,
                plan::Action::Event(event) => self.event(of, event).await,
            }
        }
        Ok(())
    }

    async fn finalizers<K>(&self, of: &K, list: &[String]) -> Result<(), Error>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
            + Clone
            + Debug
            + DeserializeOwned,
    {
        // With the uid, so that nothing is made anew that went meanwhile.
        let patch = json!({
            "apiVersion": K::api_version(&()),
            "kind": K::kind(&()),
            "metadata": { "uid": of.meta().uid, "finalizers": list },
        });
        let name = of.name_any();
        self.api::<K>()
            .patch(&name, &params(), &Patch::Apply(&patch))
            .await?;
        Ok(())
    }

    async fn status<K, S>(&self, of: &K, status: &S) -> Result<(), Error>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
            + Clone
            + Debug
            + DeserializeOwned,
        S: Serialize + Debug,
    {
        let patch = json!({
            "apiVersion": K::api_version(&()),
            "kind": K::kind(&()),
            "metadata": { "uid": of.meta().uid },
            "status": status,
        });
        let name = of.name_any();
        self.api::<K>()
            .patch_status(&name, &params(), &Patch::Apply(&patch))
            .await?;
        Ok(())
    }

    /// An event that is lost changes nothing.
    async fn event<K>(&self, of: &K, event: &plan::Event)
    where
        K: Resource<DynamicType = ()>,
    {
        let note = &event.note;
        let (kind, name) = (K::kind(&()), of.name_any());
        if event.warning {
            tracing::warn!(%kind, %name, reason = %event.reason, note, "noticed");
        } else {
            tracing::info!(%kind, %name, reason = %event.reason, note, "noticed");
        }
        let published = Event {
            type_: if event.warning {
                EventType::Warning
            } else {
                EventType::Normal
            },
            reason: event.reason.clone(),
            note: Some(note.clone()),
            action: event.action.to_owned(),
            secondary: None,
        };
        if let Err(error) = self.recorder.publish(&published, &of.object_ref(&())).await {
            tracing::warn!(%error, "an event was lost");
        }
    }
}

fn params() -> PatchParams {
    PatchParams::apply(MANAGER).force()
}
