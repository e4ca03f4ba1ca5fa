//! 盖章 (A21): a resident asks for the community's seal, for an item in force.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Refusal,
    keys::{CommunityId, ResidentId},
    typed_id,
};
use serde::{Deserialize, Serialize};

use super::{
    moves::{Moves as _, moves},
    work_list::WorkListItemId,
};

typed_id!(
    /// A request for the seal (盖章申请).
    SealRequestId, "seal_request");

kernel::text_enum! {
    /// Where a request stands.
    pub enum SealState {
        /// 已提交
        Submitted = "SUBMITTED",
        /// 已盖章
        Sealed = "SEALED",
        /// 不予盖章
        Refused = "REFUSED",
        /// 已撤回
        Withdrawn = "WITHDRAWN",
    }
}

moves!(SealState, "seal_request", "SEAL_REQUEST_STATE", [Submitted], [
    Submitted => Sealed,
    Submitted => Refused,
    Submitted => Withdrawn,
]);

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealRequest {
    pub id: SealRequestId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub item_id: WorkListItemId,
    pub resident_id: ResidentId,
    pub purpose: String,
    pub channel: String,
    pub assisted_by: Option<String>,
    pub requested_at: DateTime<Utc>,
    pub state: SealState,
    /// As in the register of seals.
    pub seal_no: Option<String>,
    pub refusal_reason: Option<String>,
    pub decided_by: Option<String>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

impl SealRequest {
    /// Moves; who decided is kept.
    pub fn step(
        &mut self,
        next: SealState,
        by: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.decided_by = by;
        self.updated_at = now;
        Ok(())
    }
}
