//! A file of known operations: the manifest that Apollo's tools write, or plain
//! `{ "id": "document" }`.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use hive_router_query_planner::utils::parsing::safe_parse_operation;
use kernel::{Refusal, refuse};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use crate::strict;

/// A manifest is read whole.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// What marks the manifest of Apollo's tools.
const APOLLO: &str = "apollo-persisted-query-manifest";

/// Documents by id.
#[derive(Debug, Default)]
pub struct Manifest {
    documents: HashMap<String, String>,
    /// Hashes of all documents, to know one by its text.
    hashes: HashSet<[u8; 32]>,
}

impl Manifest {
    /// Reads a manifest of either form.
    pub fn parse(text: &[u8]) -> Result<Self, Refusal> {
        let json = strict::parse(text).map_err(|error| broken(&error.to_string()))?;
        let Json::Object(members) = json else {
            return Err(broken("it is no JSON object"));
        };
        let mut manifest = Self::default();
        match members.get("format") {
            Some(format) if members.contains_key("operations") => {
                if *format != APOLLO || members.get("version").is_none_or(|it| *it != 1) {
                    return Err(broken("its format or version is unknown"));
                }
                let operations = members.get("operations").and_then(Json::as_array);
                for operation in operations.ok_or_else(|| broken("operations is no list"))? {
                    let part = |name: &str| operation.get(name).and_then(Json::as_str);
                    let (Some(id), Some(body)) = (part("id"), part("body")) else {
                        return Err(broken("an operation has no id or no body"));
                    };
                    manifest.add(id, body)?;
                }
            }
            _ => {
                for (id, document) in &members {
                    let document = document.as_str();
                    let document =
                        document.ok_or_else(|| broken(&format!("{id:?} is no document")))?;
                    manifest.add(id, document)?;
                }
            }
        }
        Ok(manifest)
    }

    fn add(&mut self, id: &str, document: &str) -> Result<(), Refusal> {
        if id.is_empty() {
            return Err(broken("an id is empty"));
        }
        safe_parse_operation(document)
            .map_err(|_| broken(&format!("the document of {id:?} cannot be parsed")))?;
        self.hashes.insert(Sha256::digest(document).into());
        // Clients may name the kind of hash.
        let id = id.strip_prefix("sha256:").unwrap_or(id);
        match self.documents.insert(id.to_owned(), document.to_owned()) {
            Some(other) if other != document => Err(broken(&format!("{id:?} stands twice"))),
            _ => Ok(()),
        }
    }

    /// The document of an id.
    pub fn get(&self, id: &str) -> Option<&str> {
        let id = id.strip_prefix("sha256:").unwrap_or(id);
        self.documents.get(id).map(String::as_str)
    }

    /// Whether a document is known by its text.
    pub fn holds(&self, document: &str) -> bool {
        !document.is_empty()
            && self
                .hashes
                .contains::<[u8; 32]>(&Sha256::digest(document).into())
    }

    pub fn len(&self) -> usize {
        self.documents.len()
    }

    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }
}

fn broken(why: &str) -> Refusal {
    refuse!(Invalid, "MANIFEST_BROKEN", field: "persisted.manifest",
        zh: "操作清单无法使用:{why}", en: "the manifest cannot be used: {why}")
}

/// The file, and how it looked when it was read last.
#[derive(Debug)]
pub struct Watched {
    path: PathBuf,
    seen: Mutex<Option<(SystemTime, u64)>>,
}

impl Watched {
    pub const fn new(path: PathBuf) -> Self {
        Self {
            path,
            seen: Mutex::new(None),
        }
    }

    /// The manifest if the file has changed.
    pub async fn read(&self) -> Result<Option<Manifest>, Refusal> {
        let unreadable = |error: std::io::Error| broken(&error.to_string());
        let about = tokio::fs::metadata(&self.path).await.map_err(unreadable)?;
        let looks = (about.modified().map_err(unreadable)?, about.len());
        if *self.seen.lock().unwrap_or_else(PoisonError::into_inner) == Some(looks) {
            return Ok(None);
        }
        if about.len() > MOST_BYTES {
            return Err(broken(&format!("it has more than {MOST_BYTES} bytes")));
        }
        let text = tokio::fs::read(&self.path).await.map_err(unreadable)?;
        let parsing = tokio::task::spawn_blocking(move || Manifest::parse(&text));
        let manifest = parsing
            .await
            .map_err(|_| broken("reading it broke down"))??;
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(looks);
        Ok(Some(manifest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Manifest, Refusal> {
        Manifest::parse(text.as_bytes())
    }

    #[test]
    fn reads_both_forms() {
        let apollo = parsed(
            r#"{"format":"apollo-persisted-query-manifest","version":1,"operations":[
                {"id":"a1","name":"A","type":"query","body":"query A { a }"}]}"#,
        )
        .unwrap();
        assert_eq!(apollo.get("a1"), Some("query A { a }"));
        assert!(apollo.holds("query A { a }") && !apollo.holds("query A { b }"));
        let plain = parsed(r#"{"sha256:ab":"{ a }","format":"{ b }"}"#).unwrap();
        assert_eq!(
            (plain.get("ab"), plain.get("sha256:ab")),
            (Some("{ a }"), Some("{ a }"))
        );
        assert_eq!(plain.get("format"), Some("{ b }"));
        assert!(!plain.holds(""));
    }

    #[test]
    fn says_what_is_wrong_with_a_broken_one() {
        for (text, says) in [
            ("", "EOF"),
            ("[]", "no JSON object"),
            (r#"{"a":1}"#, "\"a\" is no document"),
            (r#"{"a":"{"}"#, "\"a\" cannot be parsed"),
            (r#"{"":"{ a }"}"#, "an id is empty"),
            (r#"{"ab":"{ a }","sha256:ab":"{ b }"}"#, "stands twice"),
            (r#"{"a":"{ a }","a":"{ b }"}"#, "stands twice"),
            (r#"{"format":"other","operations":[]}"#, "format or version"),
            (
                r#"{"format":"apollo-persisted-query-manifest","version":2,"operations":[]}"#,
                "format or version",
            ),
            (
                r#"{"format":"apollo-persisted-query-manifest","version":1,"operations":{}}"#,
                "no list",
            ),
            (
                r#"{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"a"}]}"#,
                "no body",
            ),
        ] {
            let refusal = parsed(text).unwrap_err();
            assert!(refusal.en.contains(says), "{text}: {}", refusal.en);
        }
    }
}
