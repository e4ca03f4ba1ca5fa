//! 试点社区 (A14–A16, SM-1): recommended by the county, approved by the city in one
//! of two batches, built, operating, assessed, a demonstration. The criteria are
//! data; see `pilot_criteria`.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Level, Refusal, keys::CommunityId, refuse, typed_id};
use serde::{Deserialize, Serialize};

use super::moves::{Moves as _, moves};

typed_id!(
    /// A pilot community (试点社区).
    PilotId, "pilot");
typed_id!(
    /// What was shown for a criterion (佐证).
    PilotEvidenceId, "pilot_evidence");
typed_id!(
    /// An assessment by the four tests (示范评估).
    PilotAssessmentId, "pilot_assessment");
typed_id!(
    /// How one of the five guarantees stands (保障状况).
    PilotGuaranteeId, "pilot_guarantee");

kernel::text_enum! {
    /// Where a pilot stands.
    pub enum PilotState {
        /// 起草
        Drafted = "DRAFTED",
        /// 县区已推荐
        CountyRecommended = "COUNTY_RECOMMENDED",
        /// 市级审核
        CityReview = "CITY_REVIEW",
        /// 退回
        Returned = "RETURNED",
        /// 已批准
        Approved = "APPROVED",
        /// 建设
        Building = "BUILDING",
        /// 运行
        Operating = "OPERATING",
        /// 已评估
        Assessed = "ASSESSED",
        /// 示范
        Demonstration = "DEMONSTRATION",
        /// 暂停
        Suspended = "SUSPENDED",
        /// 退出
        Exited = "EXITED",
    }
}

moves!(PilotState, "pilot", "PILOT_STATE", [Drafted], [
    Drafted => CountyRecommended,
    CountyRecommended => CityReview,
    CityReview => Returned,
    Returned => CountyRecommended,
    CityReview => Approved,
    Approved => Building,
    Approved => Operating,
    Building => Operating,
    Operating => Assessed,
    // Something fell short: go on, and be assessed again.
    Assessed => Operating,
    Assessed => Demonstration,
    Building => Suspended,
    Operating => Suspended,
    Demonstration => Suspended,
    Suspended => Building,
    Suspended => Operating,
    Drafted => Exited,
    CountyRecommended => Exited,
    CityReview => Exited,
    Returned => Exited,
    Approved => Exited,
    Building => Exited,
    Operating => Exited,
    Assessed => Exited,
    Demonstration => Exited,
    Suspended => Exited,
]);

kernel::text_enum! {
    /// Whether a criterion is met.
    pub enum EvidenceStatus {
        /// 达到
        Met = "MET",
        /// 在建
        UnderConstruction = "UNDER_CONSTRUCTION",
        /// 未达到
        NotMet = "NOT_MET",
    }
}

kernel::text_enum! {
    /// Who says so.
    pub enum Attestor {
        /// 社区
        Community = "COMMUNITY",
        /// 县(市、区)
        County = "COUNTY",
        /// 市
        City = "CITY",
    }
}

kernel::text_enum! {
    /// 五项保障
    pub enum Guarantee {
        /// 制度保障
        Institution = "INSTITUTION",
        /// 资金保障
        Funding = "FUNDING",
        /// 能力建设保障
        Capacity = "CAPACITY",
        /// 绩效评估保障
        Evaluation = "EVALUATION",
        /// 社会监督保障
        Supervision = "SUPERVISION",
    }
}

kernel::text_enum! {
    /// How a guarantee stands.
    pub enum Light {
        /// 红
        Red = "RED",
        /// 黄
        Amber = "AMBER",
        /// 绿
        Green = "GREEN",
    }
}

/// A pilot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pilot {
    pub id: PilotId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub reason: String,
    pub drafted_by: String,
    pub created_at: DateTime<Utc>,
    pub state: PilotState,
    pub county_document: Option<String>,
    pub recommended_by: Option<String>,
    pub batch: Option<i32>,
    pub approval_document: Option<String>,
    pub approved_by: Option<String>,
    pub approved_at: Option<DateTime<Utc>>,
    /// Why it was returned, suspended or ended.
    pub note: Option<String>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

/// What was shown for a criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PilotEvidence {
    pub id: PilotEvidenceId,
    pub pilot_id: PilotId,
    pub criterion: String,
    pub status: EvidenceStatus,
    pub evidence: String,
    pub document: Option<String>,
    pub attestor: Attestor,
    pub attested_by: String,
    pub attested_at: DateTime<Utc>,
}

/// The four tests of a demonstration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PilotAssessment {
    pub id: PilotAssessmentId,
    pub pilot_id: PilotId,
    /// 机制健全
    pub mechanism: bool,
    /// 运行有序
    pub orderly: bool,
    /// 群众满意
    pub satisfied: bool,
    /// 可复制推广
    pub replicable: bool,
    pub evidence: String,
    pub assessed_by: String,
    pub assessed_at: DateTime<Utc>,
}

/// How one of the five guarantees stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PilotGuarantee {
    pub id: PilotGuaranteeId,
    pub pilot_id: PilotId,
    pub guarantee: Guarantee,
    pub status: Light,
    pub grounds: String,
    pub document: Option<String>,
    pub stated_by: String,
    pub stated_at: DateTime<Utc>,
}

/// A criterion, and what was last shown for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateItem {
    pub code: String,
    pub title: String,
    pub title_en: String,
    pub facility: bool,
    pub attestor: Attestor,
    pub source: String,
    pub shown: Option<PilotEvidence>,
}

/// How many pilots a district or county has, and should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    pub division_code: DivisionCode,
    pub urban: bool,
    pub approved: i64,
    pub least: i64,
}

impl Quota {
    pub fn is_met(&self) -> bool {
        self.approved >= self.least
    }
}

/// 市辖区 have 01 to 20 in the third pair of digits of their code (GB/T 2260),
/// counties and county-level cities what follows.
pub fn is_urban(division: &DivisionCode) -> bool {
    matches!(&division.as_str()[4..6], pair if ("01"..="20").contains(&pair))
}

/// The level at which somebody of this division attests.
pub fn attestor_of(division: &DivisionCode, official: bool) -> Attestor {
    match division.level() {
        Level::Province | Level::City if official => Attestor::City,
        Level::County if official => Attestor::County,
        _ => Attestor::Community,
    }
}

/// Whether the caller's division is of the level a step asks for.
pub fn check_level(division: Option<&DivisionCode>, wanted: Attestor) -> Result<(), Refusal> {
    if division.is_some_and(|code| attestor_of(code, true) == wanted) {
        return Ok(());
    }
    let (zh, en) = match wanted {
        Attestor::City => ("市级", "city"),
        Attestor::County => ("县(市、区)级", "county or district"),
        Attestor::Community => ("社区", "community"),
    };
    Err(refuse!(
        Forbidden, "PILOT_LEVEL",
        zh: "此步骤由{zh}民政部门办理", en: "this step is for civil affairs of the {en}",
    ))
}

impl Pilot {
    /// Moves; what a move needs besides, the database asks.
    pub fn step(
        &mut self,
        next: PilotState,
        note: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.note = note;
        self.updated_at = now;
        Ok(())
    }

    /// The county recommends it.
    pub fn recommend(
        &mut self,
        document: String,
        by: String,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.step(PilotState::CountyRecommended, None, now)?;
        self.county_document = Some(document);
        self.recommended_by = Some(by);
        Ok(())
    }

    /// The city approves it, in one of the two batches.
    pub fn approve(
        &mut self,
        batch: i32,
        (document, by): (String, String),
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if ![1, 2].contains(&batch) {
            return Err(refuse!(
                Invalid, "PILOT_BATCH", field: "input.batch",
                zh: "批次为 1(具备条件)或 2(在建)", en: "the batch is 1 (ready) or 2 (under construction)",
            ));
        }
        if self.recommended_by.as_deref() == Some(by.as_str()) {
            return Err(refuse!(
                Refused, "PILOT_APPROVED_BY_ANOTHER",
                zh: "推荐人不能自己批准", en: "whoever recommends does not approve",
            ));
        }
        self.step(PilotState::Approved, None, now)?;
        self.batch = Some(batch);
        self.approval_document = Some(document);
        self.approved_by = Some(by);
        self.approved_at = Some(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> DivisionCode {
        DivisionCode::try_new(text).unwrap()
    }

    #[test]
    fn districts_and_counties_are_told_by_their_codes() {
        assert!(is_urban(&code("230103000000")));
        assert!(!is_urban(&code("230123000000")));
        assert!(!is_urban(&code("230183000000")));
    }

    #[test]
    fn each_step_belongs_to_a_level() {
        let (city, district) = (code("230100000000"), code("230103000000"));
        assert!(check_level(Some(&city), Attestor::City).is_ok());
        assert!(check_level(Some(&district), Attestor::City).is_err());
        assert!(check_level(Some(&district), Attestor::County).is_ok());
        assert!(check_level(Some(&city), Attestor::County).is_err());
        assert!(check_level(None, Attestor::City).is_err());
        assert_eq!(attestor_of(&city, false), Attestor::Community);
    }
}
