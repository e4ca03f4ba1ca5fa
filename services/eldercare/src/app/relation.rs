//! 亲属关系: registered by staff who saw the evidence.

use std::collections::HashMap;

use kernel::{IdempotencyKey, keys::ResidentId};
use kit::{audit, auth::Caller};

use crate::{
    domain::relation::{RegisterRelation, Relation, RelationId},
    error::Result,
    state::State,
    store,
};

/// Registers a relation. One of the two is an elder, in whose community the
/// staff work.
pub async fn register(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: RegisterRelation,
) -> Result<Relation> {
    caller.signed_in("registerRelation")?;
    let input = input.check()?;
    let elders = store::elder::load_many(
        &mut *state.core.db.read().await?,
        &[input.resident_id, input.relative_id],
    )
    .await?;
    let elder = elders
        .get(&input.relative_id)
        .or_else(|| elders.get(&input.resident_id))
        .ok_or_else(super::elder::unknown)?;
    let resource = super::elder::resource(elder);
    super::elder::authorize(state, caller, "registerRelation", elder)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("registerRelation", &key, &input, now).await? {
        return Ok(first);
    }
    let relation = Relation {
        id: RelationId::new(&state.core.ids),
        resident_id: input.resident_id,
        relative_id: input.relative_id,
        kinship: input.kinship,
        evidence: input.evidence,
        verified_by: caller.actor.subject.clone(),
        verified_at: now,
    };
    store::relation::insert(&mut tx, &relation).await?;
    let entry = audit::Entry::write(caller, "registerRelation", &resource, now)
        .detail(serde_json::json!({ "relation_id": relation.id, "kinship": relation.kinship }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(relation).await
}

/// The relations of elders whom the caller has been shown.
pub async fn load_many(
    state: &State,
    residents: &[ResidentId],
) -> Result<HashMap<ResidentId, Vec<Relation>>> {
    store::relation::load_many(&mut *state.core.db.read().await?, residents).await
}
