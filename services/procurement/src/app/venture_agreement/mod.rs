//! 资助协议: signed by the grantee or its host, paid in instalments after
//! independent evaluations, ended early with what is to come back.

mod end;
mod evaluate;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{Fen, IdempotencyKey, keys::OrganizationId, refuse};
use kit::{
    auth::{Caller, Resource},
    db::Tx,
    events,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use end::{Recover, Terminate, recover, terminate};
pub use evaluate::{Evaluate, evaluate};

use super::{
    record, venture_application,
    venture_round::{self, close_if_ended, event, moved},
};
use crate::{
    domain::{
        fund::EntryKind,
        venture_agreement::{
            Host, VentureAgreement, VentureAgreementId, VentureAgreementState, signatory, tranches,
        },
        venture_application::VentureApplicationId,
        venture_round::{VentureRound, VentureRoundId},
    },
    error::Result,
    state::State,
    store,
};

/// What an agreement is to the policies.
pub fn resource(one: &VentureAgreement) -> Resource {
    Resource::new("VentureAgreement", one.id)
        .in_division(one.division_code)
        .of_organization(one.organization_id.as_uuid())
}

/// With which project, through which host.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sign {
    pub application_id: VentureApplicationId,
    pub fiscal_host_id: Option<OrganizationId>,
}

/// Signs the agreement: its amount is committed, its instalments are fixed.
pub async fn sign(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Sign,
) -> Result<VentureAgreement> {
    caller.signed_in("signVentureAgreement")?;
    let before = state
        .core
        .answered(caller, "signVentureAgreement", &key, &input);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let host = match input.fiscal_host_id {
        Some(id) => {
            let found = state.suppliers.find(caller, id).await?;
            Some(Host {
                id,
                legal_person: found.legal_person,
                may_bid: found.may_bid,
            })
        }
        None => None,
    };
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let action = "signVentureAgreement";
    let (round, mut project) =
        venture_application::locked(&mut tx, caller, action, input.application_id).await?;
    let asked = venture_application::resource(&project, &round);
    state.core.authorize(caller, action, &asked)?;
    if let Some(first) = tx.replay("signVentureAgreement", &key, &input, now).await? {
        return Ok(first);
    }
    let (grantee, legal) = (project.organization_id, project.legal_person);
    project.agree(now)?;
    let one = VentureAgreement {
        id: VentureAgreementId::new(&state.core.ids),
        application_id: project.id,
        round_id: round.id,
        organization_id: grantee,
        legal_person: legal,
        fiscal_host_id: signatory(grantee, legal, round.operator_id, host)?,
        fund_id: round.fund_id,
        division_code: round.division_code,
        amount: project.requested,
        state: VentureAgreementState::Performing,
        version: 1,
        signed_by: caller.actor.subject.clone(),
        signed_at: now,
        ended_at: None,
        ended_reason: None,
        to_recover: Fen::ZERO,
        recovered: Fen::ZERO,
        updated_at: now,
        tranches: tranches(project.requested, &round.tranche_percents, &state.core.ids)?,
        evaluations: Vec::new(),
    };
    let (fund_id, amount) = (one.fund_id, one.amount);
    moved(
        &mut tx,
        state,
        caller,
        fund_id,
        EntryKind::Commit,
        amount,
        one.id.as_uuid(),
    )
    .await?;
    store::venture_agreement::insert(&mut tx, &one).await?;
    store::venture_application::update(&mut tx, &mut project).await?;
    let data = told(&one, json!({ "amount_fen": amount }));
    events::append(
        &mut tx,
        &event("procurement.venture.signed", &round, now, data),
    )
    .await?;
    let detail = json!({ "amount_fen": amount, "fiscal_host_id": one.fiscal_host_id });
    finish(tx, caller, action, (one, now), detail).await
}

/// Pays the next instalment; the last one closes the project.
pub async fn pay(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: VentureAgreementId,
) -> Result<VentureAgreement> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let action = "payVentureTranche";
    let (mut round, mut one) = locked(&mut tx, caller, action, id).await?;
    state.core.authorize(caller, action, &resource(&one))?;
    if let Some(first) = tx.replay("payVentureTranche", &key, &id, now).await? {
        return Ok(first);
    }
    let mut next = one.next_tranche()?.clone();
    let (fund_id, amount) = (one.fund_id, next.amount);
    let entry = moved(
        &mut tx,
        state,
        caller,
        fund_id,
        EntryKind::Pay,
        amount,
        next.id.as_uuid(),
    );
    next.entry_id = Some(entry.await?);
    next.paid_by = Some(caller.actor.subject.clone());
    next.paid_at = Some(now);
    store::venture_agreement::set_paid(&mut tx, &next).await?;
    let seq = next.seq;
    if let Some(slot) = one.tranches.iter_mut().find(|tranche| tranche.seq == seq) {
        *slot = next;
    }
    if one.paid()? == one.amount {
        one.close(now)?;
        store::venture_agreement::update(&mut tx, &mut one).await?;
        close_if_ended(&mut tx, &mut round, now).await?;
    }
    let data = told(&one, json!({ "amount_fen": amount, "seq": seq }));
    events::append(
        &mut tx,
        &event("procurement.venture.paid", &round, now, data),
    )
    .await?;
    let detail = json!({ "seq": seq, "amount_fen": amount });
    finish(tx, caller, action, (one, now), detail).await
}

fn told(one: &VentureAgreement, mut more: Value) -> Value {
    more["agreement_id"] = json!(one.id);
    more["organization_id"] = json!(one.organization_id);
    more
}

async fn finish(
    mut tx: Tx,
    caller: &Caller,
    action: &str,
    (one, now): (VentureAgreement, DateTime<Utc>),
    detail: Value,
) -> Result<VentureAgreement> {
    record(&mut tx, caller, action, &resource(&one), now, detail).await?;
    tx.answer(one).await
}

/// The round first, then the agreement under it.
async fn locked(
    tx: &mut Tx,
    caller: &Caller,
    action: &str,
    id: VentureAgreementId,
) -> Result<(VentureRound, VentureAgreement)> {
    caller.signed_in(action)?;
    let seen = find(tx, id).await?;
    let round = venture_round::locked(tx, caller, action, seen.round_id).await?;
    Ok((round, find(tx, id).await?))
}

async fn find(tx: &mut Tx, id: VentureAgreementId) -> Result<VentureAgreement> {
    store::venture_agreement::load_many(tx, &[id])
        .await?
        .remove(&id)
        .ok_or_else(unknown)
}

/// Agreements are public.
pub async fn load_many(
    state: &State,
    ids: &[VentureAgreementId],
) -> Result<HashMap<VentureAgreementId, VentureAgreement>> {
    store::venture_agreement::load_many(&mut *state.core.db.read().await?, ids).await
}

/// The agreements of rounds.
pub async fn load_many_by_round(
    state: &State,
    ids: &[VentureRoundId],
) -> Result<HashMap<VentureRoundId, Vec<VentureAgreement>>> {
    store::venture_agreement::load_many_by_round(&mut *state.core.db.read().await?, ids).await
}

/// The agreement is not there.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "VENTURE_AGREEMENT_NOT_FOUND",
        zh: "没有这份资助协议",
        en: "there is no such grant agreement",
    )
    .into()
}
