//! What a service declares, read from its schema file and completed.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use cedar_policy::SchemaFragment;
use serde_json::{Map, Value, json};

use super::located;

/// The namespace of all kinds and actions.
pub(super) const NAMESPACE: &str = "Sanshe";
/// What every kind has: where it lies (with all divisions above), and whose it is.
pub(super) const COMMON: [&str; 3] = ["divisions", "owner", "organization"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Bool,
    Long,
    Text,
}

pub(super) fn parse(source: &str) -> Result<Value> {
    let (fragment, warnings) = SchemaFragment::from_cedarschema_str(source)
        .map_err(|error| anyhow::anyhow!("{}", located(source, &error)))?;
    for warning in warnings {
        tracing::warn!(%warning, "the policy schema is odd");
    }
    Ok(fragment.to_json_value()?)
}

/// The declarations, written with or without `namespace Sanshe { … }`.
pub(super) fn namespace(schema: Value) -> Result<Map<String, Value>> {
    let Value::Object(spaces) = schema else {
        bail!("the schema is empty");
    };
    let mut spaces: Vec<(String, Value)> = spaces
        .into_iter()
        .filter(|(_, space)| {
            ["entityTypes", "actions"].iter().any(|part| {
                space[*part]
                    .as_object()
                    .is_some_and(|part| !part.is_empty())
            })
        })
        .collect();
    match (spaces.pop(), spaces.is_empty()) {
        (Some((name, Value::Object(space))), true) => {
            ensure!(
                name.is_empty() || name == NAMESPACE,
                "the only namespace is {NAMESPACE}, not {name}"
            );
            Ok(space)
        }
        (None, _) => bail!("the schema declares nothing"),
        _ => bail!("the schema has more than one namespace; the only one is {NAMESPACE}"),
    }
}

pub(super) fn section(space: &mut Map<String, Value>, name: &str) -> Map<String, Value> {
    match space.remove(name) {
        Some(Value::Object(section)) => section,
        _ => Map::new(),
    }
}

/// Adds the attributes every kind has, and answers those of its own.
pub(super) fn complete(declaration: &mut Value) -> Result<BTreeMap<String, (Type, bool)>> {
    let declaration = declaration
        .as_object_mut()
        .context("it is neither empty nor a record")?;
    ensure!(
        !declaration.contains_key("enum"),
        "enumerated kinds are not used here"
    );
    ensure!(!declaration.contains_key("tags"), "tags are not used here");
    let parents = declaration.get("memberOfTypes").and_then(Value::as_array);
    ensure!(
        parents.is_none_or(Vec::is_empty),
        "kinds are not in one another here"
    );

    let shape = declaration
        .entry("shape")
        .or_insert_with(|| json!({ "type": "Record", "attributes": {} }));
    let attributes = shape["attributes"]
        .as_object_mut()
        .context("its shape is no record")?;
    let mut own = BTreeMap::new();
    for (name, attribute) in attributes.iter() {
        ensure!(
            !COMMON.contains(&name.as_str()),
            "{name} is given and cannot be declared"
        );
        let named = attribute["name"]
            .as_str()
            .or(attribute["type"].as_str())
            .unwrap_or_default();
        let of_type = match named.trim_start_matches("__cedar::") {
            "Bool" | "Boolean" => Type::Bool,
            "Long" => Type::Long,
            "String" => Type::Text,
            _ => bail!("{name} is neither Bool, Long nor String"),
        };
        let required = attribute["required"].as_bool().unwrap_or(true);
        own.insert(name.clone(), (of_type, required));
    }
    let text = json!({ "type": "String", "required": true });
    let divisions = json!({ "type": "Set", "element": { "type": "String" }, "required": true });
    for (name, attribute) in COMMON.into_iter().zip([divisions, text.clone(), text]) {
        attributes.insert(name.to_owned(), attribute);
    }
    Ok(own)
}
