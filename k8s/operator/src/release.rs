//! A release of the graph in an immutable ConfigMap that is named by its digest,
//! and the one ConfigMap with a fixed name that gateways mount.
//!
//! All that the operator must remember is in these: a status that was lost is
//! written anew from them.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Resource as _, ResourceExt as _, api::ObjectMeta};

use crate::{
    crd::{Part, ReleaseRef, Supergraph},
    text,
    version::{annotation, digest, labels, short},
};

/// The label that names the supergraph a release belongs to.
pub const LABEL: &str = "graph.sanshe.cn/supergraph";

/// The key that gateways read.
pub const KEY: &str = "supergraph.graphql";

const PARTS: &str = "subgraphs.json";
const REVISION: &str = "revision";
const DIGEST: &str = "digest";
const BREAKING: &str = "breaking-changes";

/// One release.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Release {
    pub revision: u64,
    pub supergraph: String,
    /// What it is made of, by name.
    pub parts: Vec<Part>,
    /// What it took away from the one before, where that was let pass.
    pub breaking: Vec<String>,
}

impl Release {
    /// SHA-256 of the supergraph and of what it is made of, in hexadecimal.
    pub fn digest(&self) -> String {
        digest(&[&self.supergraph, &self.parts_text()])
    }

    fn parts_text(&self) -> String {
        serde_json::to_string(&self.parts).unwrap_or_default()
    }

    pub fn reference(&self, supergraph: &str) -> ReleaseRef {
        let digest = self.digest();
        ReleaseRef {
            config_map: name(supergraph, &digest),
            digest,
            revision: self.revision,
        }
    }

    /// Reads a release's ConfigMap; None for any other.
    pub fn read(map: &ConfigMap) -> Option<Self> {
        let data = map.data.as_ref()?;
        let annotations = map.annotations();
        Some(Self {
            revision: annotations.get(&annotation(REVISION))?.parse().ok()?,
            supergraph: text::get(map, KEY)?,
            parts: serde_json::from_str(data.get(PARTS)?).ok()?,
            breaking: annotations
                .get(&annotation(BREAKING))
                .map(|text| text.lines().map(str::to_owned).collect())
                .unwrap_or_default(),
        })
    }

    /// The immutable ConfigMap of this release.
    pub fn config_map(&self, owner: &Supergraph) -> ConfigMap {
        let digest = self.digest();
        let mut map = base(owner, name(&owner.name_any(), &digest), &digest);
        map.data = Some(BTreeMap::from([(PARTS.to_owned(), self.parts_text())]));
        text::put(&mut map, KEY, &self.supergraph);
        let annotations = map.annotations_mut();
        annotations.insert(annotation(REVISION), self.revision.to_string());
        if !self.breaking.is_empty() {
            annotations.insert(annotation(BREAKING), self.breaking.join("\n"));
        }
        map.immutable = Some(true);
        map
    }

    /// The ConfigMap that gateways mount, with this release in it.
    pub fn served(&self, owner: &Supergraph) -> ConfigMap {
        let mut map = base(owner, served_name(&owner.name_any()), &self.digest());
        text::put(&mut map, KEY, &self.supergraph);
        map
    }
}

fn base(owner: &Supergraph, name: String, digest: &str) -> ConfigMap {
    ConfigMap {
        metadata: ObjectMeta {
            name: Some(name),
            namespace: owner.namespace(),
            labels: Some(labels(LABEL, &owner.name_any())),
            annotations: Some(BTreeMap::from([(annotation(DIGEST), digest.to_owned())])),
            owner_references: owner.controller_owner_ref(&()).map(|it| vec![it]),
            ..ObjectMeta::default()
        },
        ..ConfigMap::default()
    }
}

/// The name of the ConfigMap that gateways mount.
pub fn served_name(supergraph: &str) -> String {
    format!("{supergraph}-supergraph")
}

/// The name of a release's ConfigMap.
pub fn name(supergraph: &str, digest: &str) -> String {
    format!("{supergraph}-supergraph-{}", short(digest))
}

/// Whether `found` has all that `wanted` states: what others add is left alone.
pub fn holds(found: &ConfigMap, wanted: &ConfigMap) -> bool {
    let within = |wanted: &BTreeMap<String, String>, found: &BTreeMap<String, String>| {
        wanted
            .iter()
            .all(|(key, value)| found.get(key) == Some(value))
    };
    text::same(found, wanted)
        && found.immutable.unwrap_or_default() == wanted.immutable.unwrap_or_default()
        && within(wanted.labels(), found.labels())
        && within(wanted.annotations(), found.annotations())
        && wanted.owner_references().iter().all(|owner| {
            found
                .owner_references()
                .iter()
                .any(|it| it.uid == owner.uid)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::fixture;

    fn release() -> Release {
        Release {
            revision: 7,
            supergraph: "type Query { a: Int }".to_owned(),
            parts: vec![Part {
                name: "needs".to_owned(),
                digest: "d".to_owned(),
            }],
            breaking: vec!["Query.b removed".to_owned(), "C removed".to_owned()],
        }
    }

    #[test]
    fn a_release_is_read_back_as_it_was_written() {
        let owner = fixture::supergraph();
        let map = release().config_map(&owner);
        assert_eq!(Release::read(&map), Some(release()));
        assert_eq!(
            Release::read(&release().served(&owner)),
            None,
            "no release of its own"
        );
    }

    #[test]
    fn what_others_add_is_no_difference_and_what_they_change_is() {
        let owner = fixture::supergraph();
        let wanted = release().served(&owner);
        let mut found = wanted.clone();
        found
            .labels_mut()
            .insert("theirs".to_owned(), "x".to_owned());
        found
            .annotations_mut()
            .insert("theirs".to_owned(), "x".to_owned());
        assert!(holds(&found, &wanted));
        let mut edited = wanted.clone();
        edited
            .data
            .as_mut()
            .unwrap()
            .insert(KEY.to_owned(), "scalar X".to_owned());
        assert!(!holds(&edited, &wanted));
        let mut orphan = wanted.clone();
        orphan.metadata.owner_references = None;
        assert!(!holds(&orphan, &wanted));
    }
}
