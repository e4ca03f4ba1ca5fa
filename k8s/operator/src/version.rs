//! A version of a subgraph: endpoint, timeout and SDL, frozen in an immutable
//! ConfigMap that is named by its digest. Whatever happens to the Subgraph
//! later, the graph can still be made of the version that was accepted.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Resource as _, ResourceExt as _, api::ObjectMeta};
use sha2::{Digest as _, Sha256};

use crate::{GROUP, crd::Subgraph};

/// The label that names the subgraph a version belongs to.
pub const LABEL: &str = "graph.sanshe.cn/subgraph";

const SDL: &str = "schema.graphql";
const ENDPOINT: &str = "endpoint";
const TIMEOUT: &str = "timeout";

/// What a subgraph offers to the graph.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Version {
    pub endpoint: String,
    pub timeout: String,
    pub sdl: String,
}

impl Version {
    /// SHA-256 of all three, in hexadecimal.
    pub fn digest(&self) -> String {
        digest(&[&self.endpoint, &self.timeout, &self.sdl])
    }

    /// The address as the gateway reads it in a supergraph: the fragment is for
    /// the gateway and is never sent.
    pub fn url(&self) -> String {
        format!("{}#timeout={}", self.endpoint, self.timeout)
    }

    /// Reads a version's ConfigMap; None for any other.
    pub fn read(map: &ConfigMap) -> Option<Self> {
        let data = map.data.as_ref()?;
        Some(Self {
            endpoint: data.get(ENDPOINT)?.clone(),
            timeout: data.get(TIMEOUT)?.clone(),
            sdl: data.get(SDL)?.clone(),
        })
    }

    /// The ConfigMap that holds this version.
    pub fn config_map(&self, owner: &Subgraph) -> ConfigMap {
        let subgraph = owner.name_any();
        let data = [
            (ENDPOINT, &self.endpoint),
            (TIMEOUT, &self.timeout),
            (SDL, &self.sdl),
        ];
        ConfigMap {
            metadata: ObjectMeta {
                name: Some(name(&subgraph, &self.digest())),
                namespace: owner.namespace(),
                labels: Some(labels(LABEL, &subgraph)),
                owner_references: owner.controller_owner_ref(&()).map(|it| vec![it]),
                ..ObjectMeta::default()
            },
            data: Some(
                data.map(|(key, value)| (key.to_owned(), value.clone()))
                    .into(),
            ),
            immutable: Some(true),
            ..ConfigMap::default()
        }
    }
}

/// The name of a version's ConfigMap.
pub fn name(subgraph: &str, digest: &str) -> String {
    format!("{subgraph}-schema-{}", short(digest))
}

/// The part of a digest that names carry.
pub fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// SHA-256 over texts, each behind its length, so that no two lists share one.
pub fn digest(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// The labels of everything that the operator makes.
pub fn labels(kind: &str, name: &str) -> BTreeMap<String, String> {
    [
        (kind, name),
        ("app.kubernetes.io/managed-by", crate::MANAGER),
        ("app.kubernetes.io/part-of", "sanshe"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into()
}

/// `graph.sanshe.cn/name`.
pub fn annotation(name: &str) -> String {
    format!("{GROUP}/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(sdl: &str) -> Version {
        Version {
            endpoint: "grpc://needs:7401".to_owned(),
            timeout: "3s".to_owned(),
            sdl: sdl.to_owned(),
        }
    }

    #[test]
    fn the_endpoint_and_the_timeout_belong_to_the_version() {
        let one = version("type Query { a: Int }");
        let moved = Version {
            endpoint: "grpc://needs:7402".to_owned(),
            ..one.clone()
        };
        let slower = Version {
            timeout: "4s".to_owned(),
            ..one.clone()
        };
        assert_ne!(one.digest(), moved.digest());
        assert_ne!(one.digest(), slower.digest());
        assert_eq!(one.url(), "grpc://needs:7401#timeout=3s");
    }

    #[test]
    fn texts_that_meet_elsewhere_have_another_digest() {
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
    }

    #[test]
    fn a_version_is_read_back_as_it_was_written() {
        let owner = Subgraph::new("needs", crate::plan::fixture::subgraph_spec());
        let version = version("type Query { a: Int }");
        let map = version.config_map(&owner);
        assert_eq!(map.immutable, Some(true));
        assert_eq!(Version::read(&map), Some(version));
        assert_eq!(Version::read(&ConfigMap::default()), None);
    }
}
