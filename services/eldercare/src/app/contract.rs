//! What was delivered under a contract, for those who pay for it.

use kernel::keys::{ContractId, ResidentId};
use kit::auth::{Caller, Resource};

use crate::{
    error::{Error, Result},
    state::State,
    store,
};

/// What was settled under a contract.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    pub visits: i64,
    pub minutes: i64,
    /// Each elder served, with how many visits.
    pub recipients: Vec<(ResidentId, i64)>,
}

/// The settled visits of a contract. The whole list of recipients is for those
/// who buy, pay, supervise or perform; anybody else learns of themself alone.
pub async fn summarize(state: &State, caller: &Caller, id: ContractId) -> Result<Summary> {
    if caller.actor.is_anonymous() {
        return Err(Error::new(
            kernel::Kind::Unauthenticated,
            "UNAUTHENTICATED",
            "请先登录",
            "Please log in first",
        ));
    }
    let mut conn = state.core.db.read().await?;
    let Some(contract) = store::contract::find(&mut conn, id).await? else {
        return Ok(Summary::default());
    };
    let resource = Resource::new("Contract", id)
        .in_division(contract.division_code)
        .of_organization(contract.organization_id.as_uuid());
    let whole = state
        .core
        .policies
        .allows(&caller.actor, "summarizeContract", &resource);
    let rows = store::visit::summarize(&mut conn, id).await?;
    let own = caller.actor.resident_id;
    Ok(Summary {
        visits: rows.iter().map(|(_, visits, _)| visits).sum(),
        minutes: rows.iter().map(|(_, _, minutes)| minutes).sum(),
        recipients: rows
            .into_iter()
            .map(|(elder, visits, _)| (elder, visits))
            .filter(|(elder, _)| whole || Some(elder.as_uuid()) == own)
            .collect(),
    })
}
