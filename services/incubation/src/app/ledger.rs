//! 账目: what happened to money that is held, for those who see what holds it.

use std::collections::HashMap;

use uuid::Uuid;

use crate::{domain::ledger::MoneyEntry, error::Result, state::State, store};

/// The entries of many owners, each in order.
pub async fn entries(state: &State, owners: &[Uuid]) -> Result<HashMap<Uuid, Vec<MoneyEntry>>> {
    store::ledger::entries(&mut *state.core.db.read().await?, owners).await
}
