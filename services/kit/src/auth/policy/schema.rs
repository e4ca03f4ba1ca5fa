//! A service's schema, completed with what every service is given.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, Result, ensure};
use cedar_policy::{Entity, EntityId, EntityTypeName, EntityUid, Schema, SchemaFragment};
use serde_json::{Map, Value, json};

use super::{
    declared::{NAMESPACE, Type, complete, namespace, parse, section},
    resource::{Attribute, Resource},
};

const USER: &str = "User";
/// The one kind of principal.
const BASE: &str = "
namespace Sanshe {
  entity User = {
    roles: Set<String>,
    division: String,
    residentId: String,
    organizationId: String,
    socialWorkerId: String,
    volunteerId: String,
    expertId: String,
  };
}
";

/// What a service may ask about, made ready for quick decisions.
pub(super) struct Catalogue {
    pub schema: Schema,
    pub text: String,
    pub user: EntityTypeName,
    kinds: HashMap<String, Kind>,
    pub actions: BTreeMap<String, Action>,
}

/// A kind of thing.
pub(super) struct Kind {
    pub name: EntityTypeName,
    attributes: BTreeMap<String, (Type, bool)>,
}

/// Something done to things of some kinds.
pub(super) struct Action {
    pub uid: EntityUid,
    /// Only where the action belongs to a group.
    pub entity: Option<Entity>,
    kinds: Vec<String>,
}

impl Catalogue {
    pub fn read(source: &str) -> Result<Self> {
        let mut declared = namespace(parse(source)?)?;
        let mut types = section(&mut declared, "entityTypes");
        let actions = section(&mut declared, "actions");

        ensure!(
            !types.contains_key(USER),
            "User is given and cannot be declared"
        );
        let mut kinds = HashMap::new();
        for (name, declaration) in &mut types {
            let attributes = complete(declaration).with_context(|| format!("the kind {name}"))?;
            let name_of_type: EntityTypeName = format!("{NAMESPACE}::{name}")
                .parse()
                .with_context(|| format!("the kind {name}"))?;
            kinds.insert(
                name.clone(),
                Kind {
                    name: name_of_type,
                    attributes,
                },
            );
        }
        let mut base = namespace(parse(BASE)?)?;
        types.append(&mut section(&mut base, "entityTypes"));
        let applies = applies(&actions, &kinds)?;
        declared.insert("entityTypes".into(), Value::Object(types));
        declared.insert("actions".into(), Value::Object(actions));

        let fragment = SchemaFragment::from_json_value(json!({ NAMESPACE: declared }))?;
        let text = fragment.to_cedarschema()?;
        let schema: Schema = fragment.try_into()?;
        let actions = ready(&schema, applies)?;
        let user = format!("{NAMESPACE}::{USER}").parse()?;
        Ok(Self {
            schema,
            text,
            user,
            kinds,
            actions,
        })
    }

    /// The kind of a resource whose attributes are those of the schema.
    pub fn kind(&self, resource: &Resource) -> Result<&Kind, String> {
        let kind = self
            .kinds
            .get(resource.kind)
            .ok_or_else(|| format!("the schema has no kind {}", resource.kind))?;
        for (name, value) in &resource.extra {
            let given = match value {
                Attribute::Bool(_) => Type::Bool,
                Attribute::Long(_) => Type::Long,
                Attribute::Text(_) => Type::Text,
            };
            match kind.attributes.get(*name) {
                Some((declared, _)) if *declared == given => {}
                Some((declared, _)) => {
                    return Err(format!(
                        "{}.{name} is {declared:?}, not {given:?}",
                        resource.kind
                    ));
                }
                None => return Err(format!("{} has no attribute {name}", resource.kind)),
            }
        }
        for (name, (_, required)) in &kind.attributes {
            if *required && !resource.extra.contains_key(name.as_str()) {
                return Err(format!("{}.{name} was not given", resource.kind));
            }
        }
        Ok(kind)
    }

    /// An action that applies to a kind.
    pub fn action(&self, name: &str, kind: &str) -> Result<&Action, String> {
        let action = self
            .actions
            .get(name)
            .ok_or_else(|| format!("the schema has no action {name}"))?;
        if action.kinds.iter().any(|one| one == kind) {
            Ok(action)
        } else {
            Err(format!("the action {name} does not apply to {kind}"))
        }
    }
}

/// The kinds each action applies to; groups of actions apply to none.
fn applies(
    actions: &Map<String, Value>,
    kinds: &HashMap<String, Kind>,
) -> Result<BTreeMap<String, Vec<String>>> {
    let mut applies = BTreeMap::new();
    for (name, action) in actions {
        let Some(to) = action["appliesTo"].as_object() else {
            continue;
        };
        let mut of = Vec::new();
        for kind in to
            .get("resourceTypes")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let kind = kind.as_str().unwrap_or_default();
            let kind = kind.strip_prefix("Sanshe::").unwrap_or(kind);
            ensure!(
                kinds.contains_key(kind),
                "the action {name} applies to {kind}, which is no kind"
            );
            of.push(kind.to_owned());
        }
        if !of.is_empty() {
            applies.insert(name.clone(), of);
        }
    }
    Ok(applies)
}

fn ready(
    schema: &Schema,
    applies: BTreeMap<String, Vec<String>>,
) -> Result<BTreeMap<String, Action>> {
    let entities = schema.action_entities()?;
    let named: EntityTypeName = format!("{NAMESPACE}::Action").parse()?;
    applies
        .into_iter()
        .map(|(name, kinds)| {
            let uid = EntityUid::from_type_name_and_id(named.clone(), EntityId::new(&name));
            let grouped = entities
                .ancestors(&uid)
                .is_some_and(|mut above| above.next().is_some());
            let entity = if grouped {
                entities.get(&uid).cloned()
            } else {
                None
            };
            Ok((name, Action { uid, entity, kinds }))
        })
        .collect()
}
