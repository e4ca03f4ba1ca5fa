//! 亲属关系: registered by staff who saw the evidence; ended by them or by the elder.

use std::collections::HashMap;

use kernel::{IdempotencyKey, keys::ResidentId, refuse};
use kit::{audit, auth::Caller};
use sqlx::PgConnection;

use crate::{
    domain::{
        elder::Elder,
        relation::{EndRelation, RegisterRelation, Relation, RelationId},
    },
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
    let people = (input.resident_id, input.relative_id);
    let elder = elder_of(&mut *state.core.db.read().await?, people)
        .await?
        .ok_or_else(super::elder::unknown)?;
    let resource = super::elder::resource(&elder);
    super::elder::authorize(state, caller, "registerRelation", &elder)?;
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

/// The elder of a relation; of two, the relative.
async fn elder_of(
    conn: &mut PgConnection,
    (resident, relative): (ResidentId, ResidentId),
) -> Result<Option<Elder>> {
    let mut elders = store::elder::load_many(conn, &[resident, relative]).await?;
    Ok(elders
        .remove(&relative)
        .or_else(|| elders.remove(&resident)))
}

/// Ends a relation: from then on it opens nothing. The elder needs nobody's
/// leave for it.
pub async fn end(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: EndRelation,
) -> Result<RelationId> {
    const ACTION: &str = "endRelation";
    caller.signed_in(ACTION)?;
    let input = input.check()?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (relation, stands) = store::relation::lock(&mut tx, input.relation_id)
        .await?
        .ok_or_else(unknown)?;
    let elder = elder_of(&mut tx, (relation.resident_id, relation.relative_id))
        .await?
        .ok_or_else(unknown)?;
    let asked = super::elder::resource(&elder);
    state
        .core
        .authorize_seen(caller, (ACTION, "readElder"), &asked, unknown)?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    if !stands {
        return Err(refuse!(
            Refused,
            "RELATION_ENDED",
            field: "input.relationId",
            zh: "该亲属关系登记已终止",
            en: "this relation has ended already",
        )
        .into());
    }
    let end = (input.reason.as_str(), caller.actor.subject.as_str());
    store::relation::end(&mut tx, relation.id, end, now).await?;
    let entry = audit::Entry::write(caller, ACTION, &asked, now)
        .detail(serde_json::json!({ "relation_id": relation.id, "reason": input.reason }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(relation.id).await
}

/// The relation is not there, or not for this caller.
fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "RELATION_NOT_FOUND",
        zh: "没有这项亲属关系登记,或您无权处理",
        en: "there is no such relation, or it is not for you",
    )
    .into()
}

/// The relations of elders whom the caller has been shown.
pub async fn load_many(
    state: &State,
    residents: &[ResidentId],
) -> Result<HashMap<ResidentId, Vec<Relation>>> {
    store::relation::load_many(&mut *state.core.db.read().await?, residents).await
}
