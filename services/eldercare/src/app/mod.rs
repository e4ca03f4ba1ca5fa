//! Use cases: authorisation, and the only begin and commit.
pub mod alarm;
pub mod appeal;
pub mod assessment;
pub mod booking;
pub mod care_plan;
pub mod care_worker;
pub mod contact;
pub mod contract;
pub mod credential;
pub mod credit;
pub mod elder;
pub mod facility;
pub mod gauge;
pub mod inbox;
pub mod linkage;
mod look;
pub mod menu_item;
pub mod order;
pub mod provider;
pub mod relation;
pub mod resident;
pub mod slot;
pub mod tier;
pub mod visit;
pub mod visit_audit;

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
