//! Roles named in policies. To Cedar a role is any text, so a misspelt one
//! would pass its validator and quietly never match.

use anyhow::{Result, ensure};
use cedar_policy::PolicySet;
use serde_json::Value;

use crate::auth::Role;

/// Refuses a policy that names a role the platform does not have.
pub(super) fn check(policies: &PolicySet) -> Result<()> {
    for policy in policies.policies() {
        let mut named = Vec::new();
        collect(&policy.to_json()?, &mut named);
        for role in named {
            ensure!(
                role.parse::<Role>().is_ok(),
                "policy {}: there is no role \"{role}\"; the roles are {}",
                policy.id(),
                Role::ALL
                    .iter()
                    .map(|role| role.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            );
        }
    }
    Ok(())
}

/// The texts compared with `principal.roles`, in Cedar's JSON form of a policy.
fn collect(expression: &Value, named: &mut Vec<String>) {
    match expression {
        Value::Object(object) => {
            for (operator, operands) in object {
                let asks = ["contains", "containsAny", "containsAll"].contains(&operator.as_str());
                if asks && is_roles(&operands["left"]) {
                    texts(&operands["right"], named);
                } else {
                    collect(operands, named);
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|one| collect(one, named)),
        _ => {}
    }
}

fn is_roles(expression: &Value) -> bool {
    let access = &expression["."];
    access["attr"] == "roles" && access["left"]["Var"] == "principal"
}

fn texts(expression: &Value, named: &mut Vec<String>) {
    match expression {
        Value::String(text) => named.push(text.clone()),
        Value::Object(object) => object.values().for_each(|value| texts(value, named)),
        Value::Array(all) => all.iter().for_each(|value| texts(value, named)),
        _ => {}
    }
}
