//! 双报到 and 资源链接 (A5, A17): units and members report to the community, and what
//! they offer meets what residents need.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Refusal,
    keys::{CommunityId, NeedId, ResidentId},
    refuse, typed_id,
};
use serde::{Deserialize, Serialize};

use super::{
    joint_meeting::ResidentUnitId,
    moves::{Moves as _, moves},
};

typed_id!(
    /// A check-in (报到).
    CheckInId, "check_in");
typed_id!(
    /// Something that a unit offers (资源).
    ResourceOfferId, "resource_offer");

kernel::text_enum! {
    /// Where a check-in stands.
    pub enum CheckInState {
        /// 已报到
        Registered = "REGISTERED",
        /// 已认领
        Claimed = "CLAIMED",
        /// 已完成
        Done = "DONE",
        /// 已评价
        Rated = "RATED",
        /// 已撤回
        Withdrawn = "WITHDRAWN",
    }
}

moves!(CheckInState, "check_in", "CHECK_IN_STATE", [Registered], [
    Registered => Claimed,
    Registered => Withdrawn,
    Claimed => Done,
    Claimed => Withdrawn,
    Done => Rated,
]);

kernel::text_enum! {
    /// What is offered.
    pub enum ResourceKind {
        /// 场地
        Venue = "VENUE",
        /// 人力
        People = "PEOPLE",
        /// 资金
        Funds = "FUNDS",
        /// 物资
        Goods = "GOODS",
        /// 技能
        Skill = "SKILL",
    }
}

kernel::text_enum! {
    /// Where an offer stands.
    pub enum OfferState {
        /// 可用
        Offered = "OFFERED",
        /// 已对接
        Matched = "MATCHED",
        /// 已落实
        Delivered = "DELIVERED",
        /// 已撤回
        Withdrawn = "WITHDRAWN",
    }
}

moves!(OfferState, "resource_offer", "RESOURCE_OFFER_STATE", [Offered], [
    Offered => Matched,
    Offered => Withdrawn,
    // The match came to nothing.
    Matched => Offered,
    Matched => Delivered,
]);

/// A unit or a member that reported to the community.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckIn {
    pub id: CheckInId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub unit_id: Option<ResidentUnitId>,
    pub resident_id: Option<ResidentId>,
    pub offers: String,
    pub registered_by: String,
    pub registered_at: DateTime<Utc>,
    pub state: CheckInState,
    pub need_id: Option<NeedId>,
    pub result: Option<String>,
    pub stars: Option<i32>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

/// Something that a unit offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceOffer {
    pub id: ResourceOfferId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub unit_id: ResidentUnitId,
    pub kind: ResourceKind,
    pub description: String,
    pub offered_at: DateTime<Utc>,
    pub state: OfferState,
    pub need_id: Option<NeedId>,
    pub result: Option<String>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

/// A unit reports, or a person, and not both.
pub fn check_who(unit: bool, person: bool) -> Result<(), Refusal> {
    if unit != person {
        return Ok(());
    }
    Err(refuse!(
        Invalid, "CHECK_IN_ONE_OF_TWO", field: "input.unitId",
        zh: "单位报到填单位,党员报到填本人,二者只填其一", en: "a unit or a person reports, and not both",
    ))
}

impl CheckIn {
    /// Moves.
    pub fn step(&mut self, next: CheckInState, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.updated_at = now;
        Ok(())
    }
}

impl ResourceOffer {
    /// Moves.
    pub fn step(&mut self, next: OfferState, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.updated_at = now;
        Ok(())
    }
}
