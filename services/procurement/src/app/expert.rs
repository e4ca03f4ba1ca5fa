//! 评审专家: register, declare relations, read.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{
    IdempotencyKey,
    keys::{ExpertId, OrganizationId, ResidentId},
    refuse,
};
use kit::auth::{Caller, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::record;
use crate::{
    domain::{
        expert::{Expert, Relation, RelationKind},
        text,
    },
    error::Result,
    state::State,
    store,
};

/// What an expert is to the policies.
fn resource(id: ExpertId) -> Resource {
    Resource::new("Expert", id).with("expert", id.to_string())
}

/// A person for the pool, or of the buyer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Register {
    pub resident_id: Option<ResidentId>,
    pub name: Option<String>,
    pub specialty: String,
    pub organization_id: Option<OrganizationId>,
    pub of_buyer: bool,
}

/// Registers an expert.
pub async fn register(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Register,
) -> Result<Expert> {
    let asked = Resource::any("Expert").with("expert", "-");
    state.core.authorize(caller, "registerExpert", &asked)?;
    let name = input
        .name
        .as_deref()
        .map(|name| text("input.name", name, 50))
        .transpose()?;
    let specialty = text("input.specialty", &input.specialty, 100)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("registerExpert", &key, &input, now).await? {
        return Ok(first);
    }
    let expert = Expert {
        id: ExpertId::new(&state.core.ids),
        resident_id: input.resident_id,
        name,
        specialty,
        organization_id: input.organization_id,
        of_buyer: input.of_buyer,
        registered_at: now,
    };
    store::expert::insert(&mut tx, &state.core.pii, &expert).await?;
    record(
        &mut tx,
        caller,
        "registerExpert",
        &resource(expert.id),
        now,
        json!({}),
    )
    .await?;
    // The name stays out of the kept answer.
    tx.answer(Expert {
        name: None,
        ..expert
    })
    .await
}

/// A tie to a supplier.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Declare {
    pub expert_id: ExpertId,
    pub organization_id: OrganizationId,
    pub kind: RelationKind,
    pub ended_on: Option<NaiveDate>,
}

/// Declares a relation; from then on the expert never judges that supplier,
/// until the years after its end have passed.
pub async fn declare(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Declare,
) -> Result<Expert> {
    state
        .core
        .authorize(caller, "declareRelation", &resource(input.expert_id))?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("declareRelation", &key, &input, now).await? {
        return Ok(first);
    }
    let expert = store::expert::load_many(&mut tx, &state.core.pii, &[input.expert_id])
        .await?
        .remove(&input.expert_id)
        .ok_or_else(unknown)?;
    let relation = Relation {
        id: state.core.ids.next(),
        expert_id: input.expert_id,
        organization_id: input.organization_id,
        kind: input.kind,
        ended_on: input.ended_on,
        declared_at: now,
    };
    store::expert::insert_relation(&mut tx, &relation).await?;
    let detail = json!({ "organization_id": input.organization_id, "kind": input.kind });
    record(
        &mut tx,
        caller,
        "declareRelation",
        &resource(input.expert_id),
        now,
        detail,
    )
    .await?;
    tx.answer(Expert {
        name: None,
        ..expert
    })
    .await
}

/// Experts; names only for those who may read them. Names of panels whose
/// result is published come with the panel.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[ExpertId],
) -> Result<HashMap<ExpertId, Expert>> {
    let mut experts =
        store::expert::load_many(&mut *state.core.db.read().await?, &state.core.pii, ids).await?;
    for expert in experts.values_mut() {
        if state
            .core
            .authorize(caller, "readExpert", &resource(expert.id))
            .is_err()
        {
            expert.name = None;
            expert.resident_id = None;
        }
    }
    Ok(experts)
}

/// The names of a published panel.
pub(super) async fn names(state: &State, ids: &[ExpertId]) -> Result<HashMap<ExpertId, Expert>> {
    store::expert::load_many(&mut *state.core.db.read().await?, &state.core.pii, ids).await
}

/// The expert is not there.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "EXPERT_NOT_FOUND",
        zh: "没有这位专家",
        en: "there is no such expert",
    )
    .into()
}
