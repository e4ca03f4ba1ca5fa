//! Use cases: authorisation, and the only begin and commit.
pub mod ballot;
pub mod community;
pub mod linkage;
pub mod need;
pub mod project;
pub mod proposal;
pub mod rating;

use kernel::IdempotencyKey;
use kit::auth::Caller;
use serde::{Serialize, de::DeserializeOwned};

use crate::{error::Result, state::State};

/// What the same call was answered before. Asked where peers are asked before
/// the transaction: a repeated call needs neither them nor the rules again.
/// The transaction only looks, and is dropped.
async fn answered<T: DeserializeOwned>(
    state: &State,
    caller: &Caller,
    operation: &'static str,
    key: &IdempotencyKey,
    input: &impl Serialize,
) -> Result<Option<T>> {
    let mut look = state.core.db.begin(caller).await?;
    look.replay(operation, key, input, state.core.clock.now())
        .await
}
