//! 入孵组织 (A38–A42, SM-4): from application to 出壳, or to the day the room
//! is given back.

mod course;
#[cfg(test)]
mod tests;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Refusal, keys::OrganizationId, refuse, typed_id};
use serde::{Deserialize, Serialize};

use super::{
    incubation_centre::{IncubationCentre, IncubationCentreId},
    moves::{Moves as _, moves},
    organization::{FunctionalType, Organization, OrganizationStatus, check_text},
};

pub use course::{Extension, Graduation, Term};

typed_id!(
    /// Incubation of an organisation (入孵).
    IncubateeId, "incubatee");

kernel::text_enum! {
    /// Where an incubation stands.
    pub enum IncubateeState {
        /// 已申请
        Applied = "APPLIED",
        /// 初审通过
        Screened = "SCREENED",
        /// 评审通过
        Reviewed = "REVIEWED",
        /// 已签孵化协议
        Agreement = "AGREEMENT",
        /// 在孵
        Incubating = "INCUBATING",
        /// 延期在孵
        Extended = "EXTENDED",
        /// 出壳
        Graduated = "GRADUATED",
        /// 出壳后跟踪
        Tracked = "TRACKED",
        /// 已终止,待移交
        Terminated = "TERMINATED",
        /// 已移交
        Vacated = "VACATED",
        /// 未通过
        Rejected = "REJECTED",
        /// 已撤回
        Withdrawn = "WITHDRAWN",
    }
}

moves!(IncubateeState, "incubatee", [
    Applied => Screened, Applied => Rejected, Applied => Withdrawn,
    Screened => Reviewed, Screened => Rejected, Screened => Withdrawn,
    Reviewed => Agreement, Reviewed => Withdrawn,
    Agreement => Incubating, Agreement => Withdrawn,
    Incubating => Graduated, Incubating => Extended, Incubating => Terminated,
    Extended => Graduated, Extended => Terminated,
    Graduated => Tracked, Terminated => Vacated,
]);

kernel::text_enum! {
    /// How far it has grown.
    pub enum IncubationStage {
        /// 种子期
        Seed = "SEED",
        /// 初创期
        Start = "START",
        /// 成长期
        Growth = "GROWTH",
    }
}

/// An organisation in a centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incubatee {
    pub id: IncubateeId,
    pub organization_id: OrganizationId,
    pub centre_id: IncubationCentreId,
    pub division_code: DivisionCode,
    pub goal: String,
    /// What its kind adds to the review.
    pub priority_points: i32,
    pub applied_on: NaiveDate,
    pub created_at: DateTime<Utc>,
    pub state: IncubateeState,
    pub stage: Option<IncubationStage>,
    pub review_total: Option<i32>,
    pub agreement_from: Option<NaiveDate>,
    pub agreement_to: Option<NaiveDate>,
    pub extensions: i32,
    pub started_on: Option<NaiveDate>,
    pub graduated_on: Option<NaiveDate>,
    pub ended_on: Option<NaiveDate>,
    pub vacate_due: Option<NaiveDate>,
    pub vacated_on: Option<NaiveDate>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

/// What an organisation applies with.
#[derive(Clone, Debug)]
pub struct NewIncubatee<'a> {
    pub organization: &'a Organization,
    pub centre: &'a IncubationCentre,
    pub goal: &'a str,
    /// The points of the kinds that are encouraged, in force today.
    pub priority: i32,
    pub on: NaiveDate,
    pub now: DateTime<Utc>,
}

impl Incubatee {
    /// An organisation, also one that is still preparing, applies to a centre.
    pub fn apply(id: IncubateeId, new: &NewIncubatee<'_>) -> Result<Self, Refusal> {
        use OrganizationStatus::{Filed, Preparing, Registered};
        let status = new.organization.status;
        if !matches!(status, Preparing | Filed | Registered) {
            return Err(refuse!(
                Refused,
                "ORGANIZATION_NOT_INCUBATED",
                field: "input.organizationId",
                zh: "组织状态为 {status},不能申请入孵",
                en: "an organisation that is {status} is not incubated",
            ));
        }
        new.centre.check_open()?;
        let priority = match new.organization.functional_type {
            FunctionalType::Other => 0,
            FunctionalType::Hub | FunctionalType::SocialService | FunctionalType::Charity => {
                new.priority
            }
        };
        Ok(Self {
            id,
            organization_id: new.organization.id,
            centre_id: new.centre.id,
            division_code: new.centre.division_code,
            goal: check_text(new.goal, "input.goal", 1000)?,
            priority_points: priority,
            applied_on: new.on,
            created_at: new.now,
            state: IncubateeState::Applied,
            stage: None,
            review_total: None,
            agreement_from: None,
            agreement_to: None,
            extensions: 0,
            started_on: None,
            graduated_on: None,
            ended_on: None,
            vacate_due: None,
            vacated_on: None,
            updated_at: new.now,
            version: 1,
        })
    }

    /// Moves on; answers where it came from, for the log.
    pub fn go(&mut self, next: IncubateeState) -> Result<IncubateeState, Refusal> {
        let from = self.state;
        self.state = from.to(next)?;
        Ok(from)
    }

    /// Decides by the sheets of the advisers: their mean, rounded down, and
    /// what its kind adds.
    pub fn decide(&mut self, scores: &[i32], needed: i32, pass: i32) -> Result<bool, Refusal> {
        self.state.to(IncubateeState::Reviewed)?;
        let counted = i32::try_from(scores.len()).unwrap_or(i32::MAX);
        if counted < needed || counted == 0 {
            return Err(refuse!(
                Refused,
                "REVIEWS_MISSING",
                zh: "须有 {needed} 名顾问评审,现有 {counted} 名",
                en: "{needed} advisers have to review it; {counted} have",
            ));
        }
        let total = scores.iter().sum::<i32>() / counted + self.priority_points;
        self.review_total = Some(total);
        Ok(total >= pass)
    }

    /// Whether it is under way in the centre.
    pub fn incubating(&self) -> bool {
        matches!(
            self.state,
            IncubateeState::Incubating | IncubateeState::Extended
        )
    }

    /// Services and scores are of the time of incubation.
    pub fn check_day(&self, field: &str, day: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
        if !self.incubating() {
            return Err(refuse!(
                Refused,
                "NOT_INCUBATING",
                zh: "该组织当前不在孵化期",
                en: "the organisation is not being incubated",
            ));
        }
        if day > today || self.started_on.is_none_or(|started| day < started) {
            return Err(refuse!(
                Invalid,
                "DAY_OUTSIDE_INCUBATION",
                field: field,
                zh: "日期须在入孵之后、今天之前",
                en: "the day lies between the start of the incubation and today",
            ));
        }
        Ok(())
    }
}
