//! 签字: those who were served say whether they are satisfied, each once.

use kernel::{
    IdempotencyKey, Refusal,
    keys::{MilestoneId, ResidentId},
    refuse,
};
use kit::auth::Caller;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{find, locked, resource};
use crate::{
    app::record,
    domain::{
        milestone::{Milestone, Signature},
        text,
    },
    error::Result,
    state::State,
    store,
};

/// A recipient's word, by themself or on paper.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sign {
    pub milestone_id: MilestoneId,
    pub satisfied: bool,
    pub comment: Option<String>,
    /// For whom staff enter a paper signature.
    pub resident_id: Option<ResidentId>,
}

/// Takes a recipient's signature: only of somebody who was served, once.
pub async fn sign_acceptance(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Sign,
) -> Result<Milestone> {
    let own = caller.actor.resident_id.map(ResidentId::from_uuid);
    let signer = input.resident_id.or(own).ok_or_else(|| {
        refuse!(
            Invalid,
            "SIGNER_MISSING",
            field: "input.residentId",
            zh: "录入纸质签字时须指明居民",
            en: "name the resident whose signature you enter",
        )
    })?;
    let on_paper = own != Some(signer);
    let (seen, of) = find(state, input.milestone_id).await?;
    let asked = resource(&seen, &of).owned_by(signer.as_uuid());
    state.core.authorize(caller, "signAcceptance", &asked)?;
    let before = state.core.answered(caller, "signAcceptance", &key, &input);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let comment = input
        .comment
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let comment = comment
        .map(|words| text("input.comment", words, 500))
        .transpose()?;
    let delivery = state.deliveries.of_contract(caller, of.id).await?;
    if !delivery.recipients.contains(&signer) {
        return Err(refuse!(
            Refused,
            "NOT_A_RECIPIENT",
            field: "input.residentId",
            zh: "只有接受过本合同服务的居民可以签字",
            en: "only residents who were served under this contract sign",
        )
        .into());
    }

    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("signAcceptance", &key, &input, now).await? {
        return Ok(first);
    }
    let (milestone, _) = locked(&mut tx, input.milestone_id).await?;
    milestone.check_signing()?;
    if store::milestone::has_signed(&mut tx, milestone.id, signer).await? {
        return Err(signed_already(on_paper).into());
    }
    let signature = Signature {
        milestone_id: milestone.id,
        resident_id: signer,
        satisfied: input.satisfied,
        comment,
        entered_by: caller.actor.subject.clone(),
        on_paper,
        signed_at: now,
    };
    store::milestone::insert_signature(&mut tx, &signature).await?;
    let detail = json!({ "satisfied": input.satisfied, "on_paper": on_paper });
    record(&mut tx, caller, "signAcceptance", &asked, now, detail).await?;
    tx.answer(milestone).await
}

/// A word once given stands: neither the resident nor the desk changes it.
fn signed_already(on_paper: bool) -> Refusal {
    if on_paper {
        refuse!(
            AlreadyExists,
            "ACCEPTANCE_ALREADY_SIGNED",
            field: "input.residentId",
            zh: "该居民已为此节点签字;每人只签一次,签字不能更改",
            en: "this resident has signed for the milestone already; each signs once, and what was signed stands",
        )
    } else {
        refuse!(
            AlreadyExists,
            "ACCEPTANCE_ALREADY_SIGNED",
            field: "input.milestoneId",
            zh: "您已为此节点签字;每人只签一次,签字不能更改",
            en: "you have signed for this milestone already; each signs once, and what was signed stands",
        )
    }
}
