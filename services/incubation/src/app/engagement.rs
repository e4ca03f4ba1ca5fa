//! 承接: keeping what procurement tells, and reading it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    Fen,
    keys::{CommunityId, ContractId, OrganizationId, TraceId},
};
use serde::Deserialize;
use sqlx::PgConnection;

use crate::{domain::engagement::Engagement, error::Result, state::State, store};

/// What `procurement.contract.signed` says, as far as it matters here.
#[derive(Clone, Debug, Deserialize)]
pub struct ContractSigned {
    pub contract_id: ContractId,
    pub organization_id: OrganizationId,
    pub trace_id: TraceId,
    #[serde(default)]
    pub community_id: Option<CommunityId>,
    pub amount_fen: Fen,
}

/// Keeps a contract that was signed; in the transaction of its delivery.
pub async fn note(
    conn: &mut PgConnection,
    signed: ContractSigned,
    at: DateTime<Utc>,
) -> Result<()> {
    let one = Engagement {
        contract_id: signed.contract_id,
        organization_id: signed.organization_id,
        trace_id: signed.trace_id,
        community_id: signed.community_id,
        amount: signed.amount_fen,
        signed_at: at,
    };
    if !store::engagement::insert(conn, &one).await? {
        tracing::info!(contract = %one.contract_id, "a contract was told again");
    }
    Ok(())
}

/// The contracts of many organisations; signed contracts are public.
pub async fn load_many_of(
    state: &State,
    organizations: &[OrganizationId],
) -> Result<HashMap<OrganizationId, Vec<Engagement>>> {
    store::engagement::load_many_of(&mut *state.core.db.read().await?, organizations).await
}

/// The contracts of many chains.
pub async fn load_many_by_trace(
    state: &State,
    traces: &[TraceId],
) -> Result<HashMap<TraceId, Vec<Engagement>>> {
    store::engagement::load_many_by_trace(&mut *state.core.db.read().await?, traces).await
}
