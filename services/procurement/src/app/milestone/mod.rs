//! 节点: submitted with proof of delivery, signed for by those served, accepted
//! by somebody independent, paid once. Each step has a file of its own.

mod accept;
mod pay;
mod sign;
mod submit;

use std::collections::HashMap;

use kernel::{
    keys::{ContractId, MilestoneId},
    refuse,
};
use kit::auth::{Caller, Resource};

pub use self::{
    accept::accept,
    pay::pay,
    sign::{Sign, sign_acceptance},
    submit::{Submit, submit},
};
use super::contract;
use crate::{
    domain::{
        contract::Contract,
        milestone::{Milestone, Payment, Signature},
    },
    error::Result,
    state::State,
    store,
};

/// What a milestone is to the policies.
fn resource(milestone: &Milestone, contract: &Contract) -> Resource {
    contract::of_contractor(Resource::new("Milestone", milestone.id), contract)
}

async fn find(state: &State, id: MilestoneId) -> Result<(Milestone, Contract)> {
    let mut conn = state.core.db.read().await?;
    let milestone = store::milestone::load_many(&mut conn, &[id])
        .await?
        .remove(&id)
        .ok_or_else(unknown)?;
    let contract = store::contract::load_many(&mut conn, &[milestone.contract_id])
        .await?
        .remove(&milestone.contract_id)
        .ok_or_else(contract::unknown)?;
    Ok((milestone, contract))
}

async fn locked(tx: &mut kit::db::Tx, id: MilestoneId) -> Result<(Milestone, Contract)> {
    let milestone = store::milestone::lock(tx, id).await?.ok_or_else(unknown)?;
    let contract = store::contract::lock(tx, milestone.contract_id)
        .await?
        .ok_or_else(contract::unknown)?;
    Ok((milestone, contract))
}

/// Milestones are public, as the contract is.
pub async fn load_many(
    state: &State,
    ids: &[MilestoneId],
) -> Result<HashMap<MilestoneId, Milestone>> {
    store::milestone::load_many(&mut *state.core.db.read().await?, ids).await
}

/// The payments under contracts.
pub async fn payments(
    state: &State,
    ids: &[ContractId],
) -> Result<HashMap<ContractId, Vec<Payment>>> {
    store::payment::load_many_by_contract(&mut *state.core.db.read().await?, ids).await
}

/// The signatures under milestones: how many is public, whose and what they
/// said is for those who keep the file and for the signer.
pub async fn signatures(
    state: &State,
    ids: &[MilestoneId],
) -> Result<HashMap<MilestoneId, Vec<Signature>>> {
    store::milestone::load_signatures(&mut *state.core.db.read().await?, ids).await
}

/// Whether the caller may see a signature and whose it is.
pub fn may_read_signature(
    state: &State,
    caller: &Caller,
    milestone: &Milestone,
    of: &Contract,
    signature: &Signature,
) -> bool {
    let asked = resource(milestone, of).owned_by(signature.resident_id.as_uuid());
    state
        .core
        .authorize(caller, "readSignature", &asked)
        .is_ok()
}

/// The milestone is not there.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "MILESTONE_NOT_FOUND",
        zh: "没有这个合同节点",
        en: "there is no such milestone",
    )
    .into()
}
