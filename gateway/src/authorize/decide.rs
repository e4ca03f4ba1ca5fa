//! What this caller is denied.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Write as _,
    sync::Arc,
};

use kernel::{Refusal, refuse};

use super::{Deciders, Guard, Requirement};
use crate::{context::RequestContext, error::Rejection};

/// Who asks, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// Whether a good token came with the request.
    pub authenticated: bool,
    pub scopes: BTreeSet<String>,
}

/// Why something is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    Unauthenticated,
    Scopes,
    Policy,
}

impl Cause {
    /// What the caller is told.
    pub fn refusal(self) -> Refusal {
        match self {
            Self::Unauthenticated => refuse!(Unauthenticated, "UNAUTHENTICATED_FIELD",
                zh: "需要登录才能读取此字段", en: "log in to read this field"),
            Self::Scopes => refuse!(Forbidden, "SCOPES_MISSING",
                zh: "令牌的权限范围不足以读取此字段",
                en: "the token's scopes do not allow to read this field"),
            Self::Policy => refuse!(Forbidden, "POLICY_DENIED",
                zh: "策略不允许读取此字段", en: "a policy does not allow to read this field"),
        }
    }
}

/// What is denied, and why.
#[derive(Clone, Debug, Default)]
pub struct Denied {
    types: HashMap<String, Cause>,
    fields: HashMap<String, HashMap<String, Cause>>,
    /// The same denials have the same text, and so share a plan.
    key: String,
}

impl Denied {
    pub fn is_empty(&self) -> bool {
        self.key.is_empty()
    }

    pub fn key(&self) -> &str {
        &self.key
    }

    pub fn of_type(&self, typename: &str) -> Option<Cause> {
        self.types.get(typename).copied()
    }

    pub fn field(&self, typename: &str, field: &str) -> Option<Cause> {
        self.fields.get(typename)?.get(field).copied()
    }

    /// Guards come in a fixed order, so the key is the same for the same set.
    fn add(&mut self, guard: &Guard, cause: Cause) {
        let typename = guard.typename.clone();
        let field = guard.field.as_deref().unwrap_or("");
        // Writing to a text cannot fail.
        let _ = write!(self.key, "{typename}.{field}:{cause:?};");
        match &guard.field {
            None => {
                self.types.insert(typename, cause);
            }
            Some(field) => {
                let fields = self.fields.entry(typename).or_default();
                fields.insert(field.clone(), cause);
            }
        }
    }
}

/// Asks who can tell, once per request, and decides every guard.
pub async fn decide(
    guards: &[Guard],
    deciders: Deciders<'_>,
    context: &RequestContext,
) -> Result<Arc<Denied>, Rejection> {
    if guards.is_empty() {
        return Ok(Arc::default());
    }
    let mut caller = Caller::default();
    if let Some(identity) = deciders.identity {
        caller.authenticated = true;
        caller.scopes.extend(identity.scopes.iter().cloned());
    }
    let asked: BTreeSet<&String> = guards
        .iter()
        .flat_map(|guard| guard.requirement.policies.iter().flatten().flatten())
        .collect();
    let mut holding = BTreeSet::new();
    if let (Some(policies), false) = (deciders.policies, asked.is_empty()) {
        let asked: Vec<String> = asked.into_iter().cloned().collect();
        holding.extend(policies.decide(&asked, &caller, context).await);
    }
    let mut denied = Denied::default();
    for guard in guards {
        if let Some(cause) = judge(&guard.requirement, &caller, &holding) {
            denied.add(guard, cause);
        }
    }
    Ok(Arc::new(denied))
}

fn judge(requirement: &Requirement, caller: &Caller, holding: &BTreeSet<String>) -> Option<Cause> {
    let holds = |any: &Vec<Vec<String>>, have: &BTreeSet<String>| {
        any.iter()
            .any(|all| all.iter().all(|name| have.contains(name)))
    };
    if requirement.authenticated && !caller.authenticated {
        return Some(Cause::Unauthenticated);
    }
    let cause = if !requirement
        .scopes
        .iter()
        .all(|any| holds(any, &caller.scopes))
    {
        Cause::Scopes
    } else if !requirement.policies.iter().all(|any| holds(any, holding)) {
        Cause::Policy
    } else {
        return None;
    };
    Some(if caller.authenticated {
        cause
    } else {
        Cause::Unauthenticated
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(scopes: &[&[&str]], has: Option<&[&str]>) -> Option<Cause> {
        let list = scopes
            .iter()
            .map(|all| all.iter().map(|it| (*it).to_owned()).collect());
        let requirement = Requirement {
            scopes: vec![list.collect()],
            ..Requirement::default()
        };
        let caller = Caller {
            authenticated: has.is_some(),
            scopes: has
                .unwrap_or_default()
                .iter()
                .map(|it| (*it).to_owned())
                .collect(),
        };
        judge(&requirement, &caller, &BTreeSet::new())
    }

    #[test]
    fn one_whole_list_of_scopes_must_be_there() {
        let wanted: &[&[&str]] = &[&["read", "mail"], &["admin"]];
        assert_eq!(judged(wanted, Some(&["read", "mail"])), None);
        assert_eq!(judged(wanted, Some(&["admin"])), None);
        assert_eq!(judged(wanted, Some(&["read"])), Some(Cause::Scopes));
        assert_eq!(judged(wanted, None), Some(Cause::Unauthenticated));
    }

    #[test]
    fn no_list_at_all_lets_nobody_in() {
        assert_eq!(judged(&[], Some(&["admin"])), Some(Cause::Scopes));
    }

    #[test]
    fn policies_hold_only_where_they_were_decided() {
        let requirement = Requirement {
            policies: vec![vec![vec!["own".to_owned()]]],
            ..Requirement::default()
        };
        let caller = Caller {
            authenticated: true,
            ..Caller::default()
        };
        assert_eq!(
            judge(&requirement, &caller, &BTreeSet::new()),
            Some(Cause::Policy)
        );
        let holding = BTreeSet::from(["own".to_owned()]);
        assert_eq!(judge(&requirement, &caller, &holding), None);
    }
}
