//! The operations in use: what clients have registered, read from ConfigMaps,
//! and whether a schema still answers them.
//!
//! | key | holds |
//! |---|---|
//! | `….graphql` | one document |
//! | `….json` | `{ "id": "document", … }`, or a manifest `{ "operations": [{ "id", "body" }] }` |

use std::{collections::BTreeMap, ffi::OsStr, path::Path};

use gateway::{config::Limits, plan};
use graphql_tools::static_graphql::schema::Document;
use serde::Deserialize;

/// One registered operation.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Operation {
    /// ConfigMap, key and id: where to find it.
    pub id: String,
    pub document: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Manifest {
    Listed { operations: Vec<Listed> },
    Mapped(BTreeMap<String, String>),
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    body: String,
}

/// Reads the operations of one ConfigMap. A key that cannot be read is an
/// error: a check that silently checks less is none.
pub fn read(map: &str, data: &BTreeMap<String, String>) -> Result<Vec<Operation>, String> {
    let mut operations = Vec::new();
    for (key, text) in data {
        let id = format!("{map}/{key}");
        let kind = Path::new(key).extension().and_then(OsStr::to_str);
        if kind == Some("graphql") {
            operations.push(Operation {
                id,
                document: text.clone(),
            });
        } else if kind == Some("json") {
            let manifest = serde_json::from_str(text).map_err(|error| format!("{id}: {error}"))?;
            let listed: Vec<(String, String)> = match manifest {
                Manifest::Listed { operations } => {
                    operations.into_iter().map(|it| (it.id, it.body)).collect()
                }
                Manifest::Mapped(map) => map.into_iter().collect(),
            };
            operations.extend(listed.into_iter().map(|(name, document)| Operation {
                id: format!("{id}#{name}"),
                document,
            }));
        } else {
            return Err(format!("{id}: neither .graphql nor .json"));
        }
    }
    Ok(operations)
}

/// Why a schema cannot answer an operation; None where it can. The gateway's
/// own parser and rules decide.
pub fn refusal(api: &Document, operation: &Operation) -> Option<String> {
    let limits = Limits::default();
    let checked = plan::parse(&operation.document, &limits)
        .and_then(|document| plan::validate(api, &document));
    let rejection = checked.err()?;
    let messages = rejection.errors.iter().map(|error| match &error.message {
        gateway::error::Message::Both { en, .. } => en.as_str(),
        gateway::error::Message::Plain(text) => text.as_str(),
    });
    Some(messages.collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use graphql_tools::parser::parse_schema;

    use super::*;

    fn data(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs
            .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()))
            .collect()
    }

    #[test]
    fn reads_documents_and_both_kinds_of_manifest() {
        let read = read(
            "portal",
            &data(&[
                ("a.graphql", "{ a }"),
                ("b.json", r#"{"one": "{ b }"}"#),
                (
                    "c.json",
                    r#"{"format": "x", "version": 1, "operations": [{"id": "two", "name": "C", "type": "query", "body": "{ c }"}]}"#,
                ),
            ]),
        );
        let ids: Vec<_> = read
            .unwrap()
            .into_iter()
            .map(|it| (it.id, it.document))
            .collect();
        assert_eq!(
            ids,
            [
                ("portal/a.graphql".to_owned(), "{ a }".to_owned()),
                ("portal/b.json#one".to_owned(), "{ b }".to_owned()),
                ("portal/c.json#two".to_owned(), "{ c }".to_owned()),
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_not_nothing() {
        for (key, text) in [("a.json", "["), ("a.json", "[1]"), ("a.txt", "{ a }")] {
            assert!(
                read("portal", &data(&[(key, text)])).is_err(),
                "{key} {text}"
            );
        }
    }

    #[test]
    fn an_operation_is_refused_where_its_field_or_argument_is_not_there() {
        // The schema of a supergraph names the built-in scalars.
        let api = "scalar Int scalar String type Query { a(x: Int): Int }";
        let api = parse_schema::<String>(api).unwrap().into_static();
        let refused = |document: &str| {
            refusal(
                &api,
                &Operation {
                    id: "x".to_owned(),
                    document: document.to_owned(),
                },
            )
        };
        assert_eq!(refused("query Q($x: Int) { a(x: $x) }"), None);
        assert!(refused("{ b }").is_some());
        assert!(refused("{ a(y: 1) }").is_some());
        assert!(refused("query Q($x: String) { a(x: $x) }").is_some());
        assert!(refused("{").is_some());
    }
}
