//! Who is acting (行为人): a person or a service, as the token says.

use std::collections::BTreeSet;

use kernel::DivisionCode;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use super::Role;

/// Who is acting. The ids tell which records of the services are their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Actor {
    /// The `sub` of the token; empty only for nobody.
    pub subject: String,
    /// A name to show, never to decide by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What they are; names this version does not know are ignored.
    #[serde(deserialize_with = "known_roles")]
    pub roles: BTreeSet<Role>,
    /// The division they work in or live in: their reach ends there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub division: Option<DivisionCode>,
    /// Their resident record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resident_id: Option<Uuid>,
    /// The organisation they act for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<Uuid>,
    /// Their social worker record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub social_worker_id: Option<Uuid>,
    /// Their volunteer record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volunteer_id: Option<Uuid>,
    /// Their record in the pool of experts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expert_id: Option<Uuid>,
}

impl Actor {
    /// Nobody in particular: a request without a token.
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// Someone with a subject and roles; the rest is set field by field.
    pub fn new(subject: impl Into<String>, roles: impl IntoIterator<Item = Role>) -> Self {
        Self {
            subject: subject.into(),
            roles: roles.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Whether nobody is logged in.
    pub fn is_anonymous(&self) -> bool {
        self.subject.is_empty()
    }

    /// Whether they carry the role.
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

/// The roles this version knows among those named: an older service must keep
/// serving people who were given a newer role as well.
pub(super) fn read_roles<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> BTreeSet<Role> {
    names
        .into_iter()
        .filter_map(|name| name.as_ref().parse().ok())
        .collect()
}

fn known_roles<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<Role>, D::Error> {
    Ok(read_roles(Vec::<String>::deserialize(deserializer)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignores_a_role_of_a_later_version() {
        let actor: Actor =
            serde_json::from_str(r#"{"subject":"a","roles":["expert","moon_keeper"]}"#).unwrap();
        assert_eq!(actor.roles, BTreeSet::from([Role::Expert]));
    }

    #[test]
    fn survives_json() {
        let mut actor = Actor::new("u-1", [Role::Resident, Role::Volunteer]);
        actor.division = Some(DivisionCode::try_new("110105001000").unwrap());
        actor.resident_id = Some(Uuid::from_u128(7));
        let json = serde_json::to_string(&actor).unwrap();
        assert_eq!(serde_json::from_str::<Actor>(&json).unwrap(), actor);
    }

    #[test]
    fn nobody_has_no_role() {
        assert!(Actor::anonymous().is_anonymous());
        assert!(Role::ALL.iter().all(|role| !Actor::anonymous().is(*role)));
    }
}
