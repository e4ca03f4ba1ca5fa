//! 能力认定: certifying, revoking, reading.

use std::collections::HashMap;

use kernel::{IdempotencyKey, keys::OrganizationId, refuse};
use kit::{audit, auth::Caller};
use serde::{Deserialize, Serialize};

use super::organization::{resource, tell_changed, unknown};
use crate::{
    domain::capability::{Certification, CertificationId, CertifyElderCare},
    error::Result,
    state::State,
    store,
};

/// The registrar certifies that an organisation takes elder care on its own.
pub async fn certify_elder_care(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    new: CertifyElderCare,
) -> Result<Certification> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let found = store::organization::lock(&mut tx, new.organization_id).await?;
    let organization = found.ok_or_else(unknown)?;
    state
        .core
        .authorize(caller, "certifyElderCare", &resource(&organization))?;
    if let Some(first) = tx.replay("certifyElderCare", &key, &new, now).await? {
        return Ok(first);
    }
    let id = CertificationId::new(&state.core.ids);
    let one = Certification::certify(id, &organization, new, &caller.actor.subject, now)?;
    store::capability::insert(&mut tx, &one).await?;
    tell_changed(&mut tx, &organization, now).await?;
    let entry = audit::Entry::write(caller, "certifyElderCare", &resource(&organization), now)
        .detail(serde_json::json!({ "certification_id": one.id, "valid_to": one.valid_to }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(one).await
}

/// Which certification is taken back, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Revoke {
    pub certification_id: CertificationId,
    pub reason: String,
}

/// The registrar takes a certification back, from today on.
pub async fn revoke_elder_care(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Revoke,
) -> Result<Certification> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let found = store::capability::find(&mut tx, input.certification_id).await?;
    let of = found.ok_or_else(unknown_certification)?.organization_id;
    // The organisation first, as everywhere: what is told of it is in order.
    let found = store::organization::lock(&mut tx, of).await?;
    let organization = found.ok_or_else(unknown)?;
    state
        .core
        .authorize(caller, "revokeElderCare", &resource(&organization))?;
    if let Some(first) = tx.replay("revokeElderCare", &key, &input, now).await? {
        return Ok(first);
    }
    let found = store::capability::lock(&mut tx, input.certification_id).await?;
    let mut one = found.ok_or_else(unknown_certification)?;
    one.revoke(&input.reason, &caller.actor.subject, now)?;
    store::capability::update_revocation(&mut tx, &one).await?;
    tell_changed(&mut tx, &organization, now).await?;
    let entry = audit::Entry::write(caller, "revokeElderCare", &resource(&organization), now)
        .detail(serde_json::json!({ "certification_id": one.id }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(one).await
}

/// The certifications of many organisations; they are public.
pub async fn load_many_of(
    state: &State,
    organizations: &[OrganizationId],
) -> Result<HashMap<OrganizationId, Vec<Certification>>> {
    store::capability::load_many_of(&mut *state.core.db.read().await?, organizations).await
}

fn unknown_certification() -> kit::Error {
    refuse!(
        NotFound,
        "CERTIFICATION_NOT_FOUND",
        field: "input.certificationId",
        zh: "没有这项认定",
        en: "there is no such certification",
    )
    .into()
}
