//! 联动链: this service's part, found by the chain.

use std::collections::HashMap;

use kernel::keys::TraceId;
use kit::auth::Caller;

use super::tender::may_read;
use crate::{
    domain::{need::ProcurementNeed, tender::Tender},
    error::Result,
    state::State,
    store,
};

/// The needs of chains.
pub async fn needs(state: &State, traces: &[TraceId]) -> Result<HashMap<TraceId, ProcurementNeed>> {
    store::need::load_many_by_trace(&mut *state.core.db.read().await?, traces).await
}

/// The latest tenders of chains that the caller may read.
pub async fn tenders(
    state: &State,
    caller: &Caller,
    traces: &[TraceId],
) -> Result<HashMap<TraceId, Tender>> {
    let mut found =
        store::tender::load_many_by_trace(&mut *state.core.db.read().await?, traces).await?;
    found.retain(|_, tender| may_read(state, caller, tender));
    Ok(found)
}
