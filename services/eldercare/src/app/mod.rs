//! Use cases: authorisation, and the only begin and commit.
pub mod alarm;
pub mod assessment;
pub mod contract;
pub mod credit;
pub mod elder;
pub mod gauge;
pub mod linkage;
pub mod menu_item;
pub mod order;
pub mod relation;
pub mod resident;
pub mod tier;
pub mod visit;

use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, RequestHash};
use kit::{auth::Caller, idempotency::IdempotentCall};
use serde::Serialize;

use crate::error::Result;

/// A call whose refusals are kept as answers too (`kit::idempotency::run`):
/// whoever asks again with the key is refused again, whatever has changed.
fn call(
    caller: &Caller,
    operation: &'static str,
    key: IdempotencyKey,
    input: &impl Serialize,
    at: DateTime<Utc>,
) -> Result<IdempotentCall> {
    Ok(IdempotentCall {
        subject: caller.actor.subject.clone(),
        operation,
        key,
        request: RequestHash::of(operation, &serde_json::to_value(input)?),
        at,
    })
}
