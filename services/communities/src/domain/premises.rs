//! 用房 (A28, A29): how large premises are, and who is given which part.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    DivisionCode, Refusal,
    keys::{CommunityId, OrganizationId},
    refuse, typed_id,
};
use serde::{Deserialize, Serialize};

use super::moves::{Moves as _, moves};

typed_id!(
    /// Premises (用房).
    PremisesId, "premises");
typed_id!(
    /// A room (房间).
    RoomId, "room");
typed_id!(
    /// An application for space (用房申请).
    SpaceApplicationId, "space_application");
typed_id!(
    /// Space given to an organisation (用房分配).
    SpaceAllocationId, "space_allocation");

kernel::text_enum! {
    /// What a room is for.
    pub enum RoomKind {
        /// 办公室
        Office = "OFFICE",
        /// 活动室
        Activity = "ACTIVITY",
        /// 日间照料室
        DayCare = "DAY_CARE",
        /// 社工室
        SocialWork = "SOCIAL_WORK",
        /// 会议室
        Meeting = "MEETING",
        /// 其他
        Other = "OTHER",
    }
}

kernel::text_enum! {
    /// Who applies, in the order of priority.
    pub enum ApplicantKind {
        /// 养老服务类社会组织
        ElderCareOrganization = "ELDER_CARE_ORGANIZATION",
        /// 其他社会组织
        SocialOrganization = "SOCIAL_ORGANIZATION",
        /// 居民团队
        ResidentTeam = "RESIDENT_TEAM",
        /// 其他
        Other = "OTHER",
    }
}

kernel::text_enum! {
    /// Where an application stands.
    pub enum SpaceApplicationState {
        /// 待办
        Applied = "APPLIED",
        /// 已分配
        Allocated = "ALLOCATED",
        /// 未分配
        Refused = "REFUSED",
        /// 已撤回
        Withdrawn = "WITHDRAWN",
    }
}

moves!(SpaceApplicationState, "space_application", "SPACE_APPLICATION_STATE", [Applied], [
    Applied => Allocated,
    Applied => Refused,
    Applied => Withdrawn,
]);

/// Premises, as last surveyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Premises {
    pub id: PremisesId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub name: String,
    pub created_at: DateTime<Utc>,
    pub total_m2: i32,
    pub office_m2: i32,
    pub activity_m2: i32,
    pub surveyed_on: NaiveDate,
    pub document: String,
    pub version: i32,
}

/// A room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    pub id: RoomId,
    pub premises_id: PremisesId,
    pub name: String,
    pub kind: RoomKind,
    pub area_m2: i32,
}

/// An application for space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpaceApplication {
    pub id: SpaceApplicationId,
    pub premises_id: PremisesId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub organization_id: OrganizationId,
    pub applicant_kind: ApplicantKind,
    pub purpose: String,
    pub area_m2: i32,
    pub starts_on: NaiveDate,
    pub until_on: NaiveDate,
    pub applied_by: String,
    pub applied_at: DateTime<Utc>,
    pub state: SpaceApplicationState,
    pub note: Option<String>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

/// Space given to an organisation for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpaceAllocation {
    pub id: SpaceAllocationId,
    pub premises_id: PremisesId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub application_id: SpaceApplicationId,
    pub room_id: Option<RoomId>,
    pub organization_id: OrganizationId,
    pub area_m2: i32,
    /// Of the office area.
    pub ceded: bool,
    pub free: bool,
    pub starts_on: NaiveDate,
    pub allocated_by: String,
    pub allocated_at: DateTime<Utc>,
    pub until_on: NaiveDate,
    pub version: i32,
}

/// The areas of a survey: the parts fit into the whole.
pub fn check_areas(total: i32, office: i32, activity: i32) -> Result<(), Refusal> {
    let parts = i64::from(office) + i64::from(activity);
    if total > 0 && office >= 0 && activity >= 0 && parts <= i64::from(total) {
        return Ok(());
    }
    Err(refuse!(
        Invalid, "PREMISES_PARTS", field: "input.totalM2",
        zh: "总面积须大于零,且不小于办公与活动面积之和",
        en: "the whole is more than zero and no smaller than offices and activity rooms",
    ))
}

/// An area is more than nothing.
pub fn check_area(field: &str, area: i32) -> Result<i32, Refusal> {
    if area > 0 {
        return Ok(area);
    }
    Err(refuse!(
        Invalid, "AREA_NOT_POSITIVE", field: field,
        zh: "面积须大于零", en: "an area is more than zero",
    ))
}

/// A period of days has at least one.
pub fn check_period(field: &str, from: NaiveDate, until: NaiveDate) -> Result<(), Refusal> {
    if until > from {
        return Ok(());
    }
    Err(refuse!(
        Invalid, "PERIOD_REVERSED", field: field,
        zh: "结束日期须晚于开始日期", en: "it ends after it begins",
    ))
}

impl SpaceApplication {
    /// Moves.
    pub fn step(
        &mut self,
        next: SpaceApplicationState,
        note: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.note = note;
        self.updated_at = now;
        Ok(())
    }
}

impl SpaceAllocation {
    /// Ends before its time: today, or before it began.
    pub fn end(&mut self, today: NaiveDate) -> Result<(), Refusal> {
        let last = today.max(self.starts_on);
        if self.until_on <= last {
            return Err(refuse!(
                Refused, "SPACE_ENDED",
                zh: "该分配已经到期", en: "the allocation is over already",
            ));
        }
        self.until_on = last;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_fit_into_the_whole() {
        assert!(check_areas(100, 40, 60).is_ok());
        for (total, office, activity) in [
            (0, 0, 0),
            (100, 50, 51),
            (100, -1, 0),
            (1, i32::MAX, i32::MAX),
        ] {
            assert!(check_areas(total, office, activity).is_err());
        }
    }
}
