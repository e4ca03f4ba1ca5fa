//! 事权划分 (A19): which of the three bodies leads an item of work.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, keys::CommunityId, typed_id};
use serde::{Deserialize, Serialize};

typed_id!(
    /// An item of duty (职责事项).
    DutyItemId, "duty_item");

kernel::text_enum! {
    /// Who leads.
    pub enum LeadBody {
        /// 社区党工委
        PartyWorkCommittee = "PARTY_WORK_COMMITTEE",
        /// 社区公共服务中心
        PublicServiceCentre = "PUBLIC_SERVICE_CENTRE",
        /// 社区居委会
        ResidentsCommittee = "RESIDENTS_COMMITTEE",
    }
}

/// One item has one lead body at a time; a change is a new row, and the one
/// before it ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyItem {
    pub id: DutyItemId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub code: String,
    pub title: String,
    pub lead_body: LeadBody,
    pub basis_document: String,
    pub starts_on: NaiveDate,
    pub created_at: DateTime<Utc>,
    /// The first day it no longer holds.
    pub until_on: Option<NaiveDate>,
    pub version: i32,
}
