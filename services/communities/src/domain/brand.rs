//! 一社一品 (A13): what a community is known for, one at a time.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, keys::CommunityId, typed_id};
use serde::{Deserialize, Serialize};

typed_id!(
    /// A brand (社区品牌).
    BrandId, "community_brand");

/// A brand; a new one retires the one before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommunityBrand {
    pub id: BrandId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub theme: String,
    pub evidence: String,
    pub declared_by: String,
    pub declared_at: DateTime<Utc>,
    pub retired_at: Option<DateTime<Utc>>,
    pub version: i32,
}
