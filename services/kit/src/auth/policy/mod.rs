//! May the actor do this to that one thing: Cedar policies, deny by default.
//!
//! A service commits two files that an auditor can read.
//!
//! `policies/schema.cedarschema` lists its kinds, with the attributes of their
//! own, and its actions. Every kind also has `divisions`, `owner` and
//! `organization`, and `User` is given, so neither is written there:
//!
//! ```text
//! entity Tender = { sealed: Bool };
//! entity Need;
//! action readTender, openTender appliesTo { principal: User, resource: Tender };
//! action reportNeed appliesTo { principal: User, resource: Need };
//! ```
//!
//! `policies/policies.cedar` says who may, each rule with an `@id`:
//!
//! ```text
//! @id("officers-read-tenders-of-their-division")
//! permit (principal, action == Sanshe::Action::"readTender", resource)
//! when {
//!     principal.roles.contains("procurement_officer")
//!     && resource.divisions.contains(principal.division)
//! };
//! ```
//!
//! A missing id of the actor is `""`, a missing owner or organisation of a
//! resource is `"-"`: two things that are absent are never equal.

mod declared;
mod denied;
mod entity;
mod resource;
mod roles;
mod schema;

use std::{collections::HashSet, fmt};

use anyhow::{Context as _, Result, bail, ensure};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, PolicyId, PolicySet, Request, ValidationMode,
    ValidationWarning, Validator,
};
use miette::Diagnostic;

pub use self::{
    denied::Denied,
    resource::{Attribute, Resource},
};

use super::Actor;
use schema::Catalogue;

/// The policies of one service, checked against its schema.
pub struct Policies {
    catalogue: Catalogue,
    rules: PolicySet,
    authorizer: Authorizer,
}

impl Policies {
    /// Reads a service's schema and policies. A policy that could not mean
    /// what it says (an unknown action, kind, attribute or role) is an error
    /// that names it: the service does not start.
    pub fn load(schema_src: &str, policies_src: &str) -> Result<Self> {
        let catalogue = Catalogue::read(schema_src).context("the policy schema")?;
        let rules = named(policies_src).context("the policies")?;
        roles::check(&rules)?;

        let validator = Validator::new(catalogue.schema.clone());
        let outcome = validator.validate(&rules, ValidationMode::Strict);
        let mut faults: Vec<String> = outcome
            .validation_errors()
            .map(|error| format!("policy {}: {error}", error.policy_id()))
            .collect();
        for warning in outcome.validation_warnings() {
            // A rule that can never apply is a rule somebody relies on in vain.
            let idle = matches!(
                warning,
                ValidationWarning::ImpossiblePolicy(_)
                    | ValidationWarning::InvalidActionApplication(_)
            );
            if idle {
                faults.push(format!("policy {}: {warning}", warning.policy_id()));
            } else {
                tracing::warn!(policy = %warning.policy_id(), %warning, "a policy is odd");
            }
        }
        ensure!(
            faults.is_empty(),
            "the policies do not fit the schema: {}",
            faults.join("; ")
        );
        Ok(Self {
            catalogue,
            rules,
            authorizer: Authorizer::new(),
        })
    }

    /// Whether the actor may; what no policy permits is denied.
    pub fn check(&self, actor: &Actor, action: &str, resource: &Resource) -> Result<(), Denied> {
        let decision = self.decide(actor, action, resource).map_err(|fault| {
            tracing::error!(
                action,
                kind = resource.kind,
                fault,
                "a permission was asked wrongly"
            );
            Denied::misused(action)
        })?;
        if decision {
            Ok(())
        } else if actor.is_anonymous() {
            Err(Denied::anonymous(action))
        } else {
            Err(Denied::forbidden(action))
        }
    }

    /// Whether the actor may, where a refusal is no error: to show a button or
    /// leave out a field.
    pub fn allows(&self, actor: &Actor, action: &str, resource: &Resource) -> bool {
        self.check(actor, action, resource).is_ok()
    }

    /// All actions of the service, in order: what the authorisation cases of
    /// its tests must cover.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.catalogue.actions.keys().map(String::as_str)
    }

    /// The whole schema, with what every service is given: for auditors, and
    /// for Cedar's own tools.
    pub fn schema_text(&self) -> &str {
        &self.catalogue.text
    }

    fn decide(&self, actor: &Actor, action: &str, resource: &Resource) -> Result<bool, String> {
        let kind = self.catalogue.kind(resource)?;
        let action_named = self.catalogue.action(action, resource.kind)?;

        let user = entity::user(&self.catalogue.user, actor)?;
        let thing = entity::thing(kind, resource)?;
        let uids = (user.uid(), action_named.uid.clone(), thing.uid());
        let entities = Entities::from_entities(
            [user, thing].into_iter().chain(action_named.entity.clone()),
            None,
        )
        .map_err(|error| error.to_string())?;
        // Not validated again: the catalogue has just checked kind, action and
        // attributes, at a fraction of the cost.
        let request = Request::new(uids.0, uids.1, uids.2, Context::empty(), None)
            .map_err(|error| error.to_string())?;
        let answer = self
            .authorizer
            .is_authorized(&request, &self.rules, &entities);

        // A policy that fails is skipped by Cedar; were it a `forbid`, that
        // would open a door. Any failure is therefore a refusal.
        if let Some(error) = answer.diagnostics().errors().next() {
            return Err(error.to_string());
        }
        let allowed = answer.decision() == Decision::Allow;
        if tracing::enabled!(tracing::Level::DEBUG) {
            let ids: Vec<String> = answer
                .diagnostics()
                .reason()
                .map(ToString::to_string)
                .collect();
            tracing::debug!(
                action,
                kind = resource.kind,
                allowed,
                decision.policy_ids = ids.join(","),
                "decided"
            );
        }
        Ok(allowed)
    }
}

impl fmt::Debug for Policies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policies")
            .field("policies", &self.rules.num_of_policies())
            .field("actions", &self.catalogue.actions.len())
            .finish_non_exhaustive()
    }
}

/// The policies under the names their authors gave them.
fn named(source: &str) -> Result<PolicySet> {
    let read: PolicySet = source.parse().map_err(|error: cedar_policy::ParseErrors| {
        let all: Vec<String> = error.iter().map(|e| located(source, e)).collect();
        anyhow::anyhow!("{}", all.join("; "))
    })?;
    ensure!(
        read.templates().next().is_none(),
        "templates are not used here"
    );
    let mut seen = HashSet::new();
    let mut policies = Vec::new();
    for policy in read.policies() {
        let text = policy.to_cedar().unwrap_or_default();
        let start = text.lines().next().unwrap_or_default().to_owned();
        let Some(id) = policy.annotation("id").filter(|id| !id.is_empty()) else {
            bail!("a policy has no @id(\"…\"): {start}");
        };
        ensure!(seen.insert(id.to_owned()), "two policies are called {id}");
        policies.push(policy.new_id(PolicyId::new(id)));
    }
    Ok(PolicySet::from_policies(policies)?)
}

/// A fault of a text, with the line where a person would look for it.
fn located(source: &str, error: &dyn Diagnostic) -> String {
    let offset = error
        .labels()
        .and_then(|mut labels| labels.next())
        .map(|label| label.offset());
    match offset.and_then(|offset| source.get(..offset)) {
        Some(before) => format!("line {}: {error}", before.matches('\n').count() + 1),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
