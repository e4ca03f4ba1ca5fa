//! The two entities of a decision: who, and what.

use std::collections::{HashMap, HashSet};

use cedar_policy::{Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression};
use uuid::Uuid;

use super::{
    declared::COMMON,
    resource::{Attribute, Resource},
    schema::Kind,
};
use crate::auth::Actor;

/// An id the actor does not have.
const NONE_OF_ACTOR: &str = "";
/// An id the resource does not have. Not the same text: else a person without
/// an organisation would own every record without one.
const NONE_OF_RESOURCE: &str = "-";

pub(super) fn user(kind: &EntityTypeName, actor: &Actor) -> Result<Entity, String> {
    let own = |id: Option<Uuid>| text(id.map_or_else(|| NONE_OF_ACTOR.into(), |id| id.to_string()));
    let division = actor
        .division
        .map_or_else(String::new, |code| code.as_str().to_owned());
    let attributes = [
        (
            "roles",
            set(actor.roles.iter().map(|role| role.as_str().to_owned())),
        ),
        ("division", text(division)),
        ("residentId", own(actor.resident_id)),
        ("organizationId", own(actor.organization_id)),
        ("socialWorkerId", own(actor.social_worker_id)),
        ("volunteerId", own(actor.volunteer_id)),
        ("expertId", own(actor.expert_id)),
    ];
    entity(kind, &actor.subject, attributes.into_iter())
}

pub(super) fn thing(kind: &Kind, resource: &Resource) -> Result<Entity, String> {
    let of =
        |id: Option<Uuid>| text(id.map_or_else(|| NONE_OF_RESOURCE.into(), |id| id.to_string()));
    let divisions = resource
        .division
        .iter()
        .flat_map(kernel::DivisionCode::ancestors)
        .map(|code| code.as_str().to_owned());
    let common = COMMON.into_iter().zip([
        set(divisions),
        of(resource.owner_resident),
        of(resource.organization),
    ]);
    let own = resource.extra.iter().map(|(name, value)| {
        let value = match value {
            Attribute::Bool(value) => RestrictedExpression::new_bool(*value),
            Attribute::Long(value) => RestrictedExpression::new_long(*value),
            Attribute::Text(value) => text(value.clone()),
        };
        (*name, value)
    });
    entity(&kind.name, &resource.id, common.chain(own))
}

fn entity(
    kind: &EntityTypeName,
    id: &str,
    attributes: impl Iterator<Item = (&'static str, RestrictedExpression)>,
) -> Result<Entity, String> {
    let uid = EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id));
    let attributes: HashMap<_, _> = attributes
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Entity::new(uid, attributes, HashSet::new()).map_err(|error| error.to_string())
}

fn text(value: String) -> RestrictedExpression {
    RestrictedExpression::new_string(value)
}

fn set(values: impl Iterator<Item = String>) -> RestrictedExpression {
    RestrictedExpression::new_set(values.map(text))
}
