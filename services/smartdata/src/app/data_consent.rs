//! 个人同意: given and withdrawn by the resident; what rests on it stops at once.

use std::collections::HashMap;

use kernel::{
    IdempotencyKey, Page, Paged,
    keys::{OrganizationId, ResidentId},
    refuse,
};
use kit::{
    audit,
    auth::{Caller, Resource},
    db::Tx,
};
use serde::{Deserialize, Serialize};

use super::access_log::myself;
use crate::{
    domain::{
        data_consent::{DataConsent, DataConsentId},
        data_resource::DataResourceId,
        text,
    },
    error::Result,
    state::State,
    store,
};

fn resource(it: &DataConsent) -> Resource {
    Resource::new("DataConsent", it.id).owned_by(it.resident_id.as_uuid())
}

/// To whom, of what, for what.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Give {
    pub resource_id: DataResourceId,
    pub consumer: OrganizationId,
    pub consumer_name: String,
    pub purpose: String,
}

fn me(caller: &Caller) -> Result<ResidentId> {
    Ok(myself(caller)?.ok_or_else(|| {
        refuse!(
            Forbidden,
            "NOT_A_RESIDENT",
            zh: "您的账号没有关联居民记录",
            en: "your account belongs to no resident",
        )
    })?)
}

/// A resident consents.
pub async fn give(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Give,
) -> Result<DataConsentId> {
    const ACTION: &str = "giveDataConsent";
    let me = me(caller)?;
    let asked = Resource::any("DataConsent").owned_by(me.as_uuid());
    state.core.authorize(caller, ACTION, &asked)?;
    let consumer_name = text::name(&input.consumer_name, "input.consumerName")?;
    let purpose = text::words(&input.purpose, "input.purpose", 200)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    if store::resident::find(&mut tx, me).await?.is_none() {
        return Err(super::resident::unknown());
    }
    let known = store::data_resource::load_many(&mut tx, &[input.resource_id]).await?;
    if !known
        .get(&input.resource_id)
        .is_some_and(|it| it.dataset.is_personal())
    {
        return Err(super::data_resource::unknown().at("input.resourceId"));
    }
    let consent = DataConsent {
        id: DataConsentId::new(&state.core.ids),
        resident_id: me,
        resource_id: input.resource_id,
        consumer_organization_id: input.consumer,
        consumer_name,
        purpose,
        channel: caller.channel.as_str().to_owned(),
        assisted_by: caller.assisted_by.clone(),
        given_at: now,
        withdrawn_at: None,
        version: 1,
    };
    store::data_consent::insert(&mut tx, &consent)
        .await
        .map_err(in_force)?;
    finish(tx, caller, ACTION, &consent).await
}

fn in_force(error: kit::Error) -> kit::Error {
    if error.reason() != "CONSENT_IN_FORCE" {
        return error;
    }
    refuse!(
        AlreadyExists,
        "CONSENT_IN_FORCE",
        zh: "您已同意向该部门提供此数据",
        en: "you have consented to this receiver already",
    )
    .into()
}

/// A resident withdraws; grants that rest on it no longer reach them.
pub async fn withdraw(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: DataConsentId,
) -> Result<DataConsentId> {
    const ACTION: &str = "withdrawDataConsent";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut consent = store::data_consent::lock(&mut tx, id)
        .await?
        .ok_or_else(unknown)?;
    let may = state.core.authorize(caller, ACTION, &resource(&consent));
    may.map_err(|_| unknown())?;
    if let Some(first) = tx.replay(ACTION, &key, &id, now).await? {
        return Ok(first);
    }
    consent.withdraw(now)?;
    store::data_consent::update(&mut tx, &mut consent).await?;
    finish(tx, caller, ACTION, &consent).await
}

async fn finish(
    mut tx: Tx,
    caller: &Caller,
    action: &'static str,
    consent: &DataConsent,
) -> Result<DataConsentId> {
    let at = consent.withdrawn_at.unwrap_or(consent.given_at);
    let entry = audit::Entry::write(caller, action, &resource(consent), at);
    audit::append(&mut tx, &entry).await?;
    tx.answer(consent.id).await
}

/// The caller's own consents among some ids.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[DataConsentId],
) -> Result<HashMap<DataConsentId, DataConsent>> {
    let mut conn = state.core.db.read().await?;
    let mut found = store::data_consent::load_many(&mut conn, ids).await?;
    found.retain(|_, it| caller.actor.resident_id == Some(it.resident_id.as_uuid()));
    Ok(found)
}

/// A page of the caller's own consents.
pub async fn list(state: &State, caller: &Caller, page: &Page) -> Result<Paged<DataConsent>> {
    let me = me(caller)?;
    let rows = store::data_consent::list(&mut *state.core.db.read().await?, me, page).await?;
    Ok(page.finish(rows))
}

fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "CONSENT_NOT_FOUND",
        zh: "没有您的这份同意",
        en: "there is no such consent of yours",
    )
    .into()
}
