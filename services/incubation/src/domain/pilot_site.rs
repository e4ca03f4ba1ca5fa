//! 试点社区 (A34, A36) as far as it matters here, and the two duties that the
//! database raises from it: a centre of its own, a centre of its district.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Refusal, keys::CommunityId, refuse, typed_id};
use serde::{Deserialize, Serialize};

use super::{moves::moves, service_centre::ServiceCentreId};

typed_id!(
    /// Fact about a pilot community (试点情况).
    PilotSiteId, "incubation_pilot_site");
typed_id!(
    /// Duty to set up an incubation centre (应设孵化中心).
    CentreObligationId, "centre_obligation");
typed_id!(
    /// Task to set up a district's service centre (区级中心筹建任务).
    DistrictCentreTaskId, "district_centre_task");

kernel::text_enum! {
    /// Where a fact comes from.
    pub enum FactSource {
        /// 试点服务推送
        Event = "EVENT",
        /// 民政部门证明
        Attested = "ATTESTED",
    }
}

/// What is known about a pilot, and from which day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PilotSite {
    pub id: PilotSiteId,
    pub community_id: CommunityId,
    pub created_at: DateTime<Utc>,
    pub division_code: DivisionCode,
    /// None until it is measured.
    pub area_m2: Option<i32>,
    pub active: bool,
    pub as_of: NaiveDate,
    pub source: FactSource,
    pub document: String,
    pub attested_by: String,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

/// 应设双创培育孵化中心. Written by the database alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CentreObligation {
    pub id: CentreObligationId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub area_m2: i32,
    pub threshold_m2: i32,
    pub raised_on: NaiveDate,
    pub lifted_on: Option<NaiveDate>,
}

kernel::text_enum! {
    /// Where a task stands.
    pub enum DistrictCentreTaskState {
        /// 待筹建
        Open = "OPEN",
        /// 已设立
        Established = "ESTABLISHED",
        /// 说明理由后不设
        Waived = "WAIVED",
    }
}

moves!(DistrictCentreTaskState, "district_centre_task", [
    Open => Established, Open => Waived, Waived => Established,
]);

/// 筹建区级社会服务中心. Raised by the database alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DistrictCentreTask {
    pub id: DistrictCentreTaskId,
    pub division_code: DivisionCode,
    pub pilots: i32,
    pub threshold: i32,
    pub raised_on: NaiveDate,
    pub state: DistrictCentreTaskState,
    pub centre_id: Option<ServiceCentreId>,
    pub decided_by: Option<String>,
    pub decided_on: Option<NaiveDate>,
    pub reason: Option<String>,
    pub version: i32,
}

/// Refuses a fact that is older than what is known.
pub fn check_newer(known: &PilotSite, as_of: NaiveDate) -> Result<(), Refusal> {
    if as_of >= known.as_of {
        return Ok(());
    }
    let latest = known.as_of;
    Err(refuse!(
        Refused,
        "PILOT_SITE_OLDER",
        field: "input.asOf",
        zh: "已有 {latest} 的试点情况,不能再报更早的",
        en: "a fact of {latest} is known; an older one does not replace it",
    ))
}
