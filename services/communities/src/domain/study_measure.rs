//! 借鉴措施: what a delegation wants to adopt at home, whose task it is, by when.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Refusal, typed_id};
use serde::{Deserialize, Serialize};

use super::{
    moves::{Moves as _, moves},
    study_visit::StudyVisitId,
};

typed_id!(
    /// Something to adopt (借鉴措施).
    StudyMeasureId, "study_measure");

kernel::text_enum! {
    /// What became of it.
    pub enum StudyMeasureState {
        /// 待落实
        Open = "OPEN",
        /// 已落实
        Adopted = "ADOPTED",
        /// 不再采用
        GivenUp = "GIVEN_UP",
    }
}

moves!(StudyMeasureState, "study_measure", "STUDY_MEASURE_STATE", [Open], [
    Open => Adopted,
    Open => GivenUp,
]);

/// Something to adopt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudyMeasure {
    pub id: StudyMeasureId,
    pub visit_id: StudyVisitId,
    /// Of the visitor.
    pub division_code: DivisionCode,
    pub title: String,
    /// The post or body that sees to it.
    pub owner: String,
    pub due_on: NaiveDate,
    pub created_at: DateTime<Utc>,
    pub state: StudyMeasureState,
    /// What shows that it was adopted.
    pub evidence: Option<String>,
    /// Why it was given up.
    pub note: Option<String>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

impl StudyMeasure {
    /// It is done at home now.
    pub fn adopt(&mut self, evidence: String, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(StudyMeasureState::Adopted)?;
        self.evidence = Some(evidence);
        self.updated_at = now;
        Ok(())
    }

    /// It does not fit at home.
    pub fn give_up(&mut self, note: String, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(StudyMeasureState::GivenUp)?;
        self.note = Some(note);
        self.updated_at = now;
        Ok(())
    }

    /// Whether it should have been decided.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.state == StudyMeasureState::Open && self.due_on < today
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure() -> StudyMeasure {
        let at = "2026-03-02T01:00:00Z".parse().unwrap();
        StudyMeasure {
            id: StudyMeasureId::from_uuid(uuid::Uuid::from_u128(1)),
            visit_id: StudyVisitId::from_uuid(uuid::Uuid::from_u128(2)),
            division_code: DivisionCode::try_new("230103001001").unwrap(),
            title: "设长者食堂".into(),
            owner: "社区居委会".into(),
            due_on: "2026-06-01".parse().unwrap(),
            created_at: at,
            state: StudyMeasureState::Open,
            evidence: None,
            note: None,
            updated_at: at,
            version: 1,
        }
    }

    #[test]
    fn a_measure_is_decided_once() {
        let now = "2026-04-01T01:00:00Z".parse().unwrap();
        let mut adopted = measure();
        adopted.adopt("食堂开业".into(), now).unwrap();
        assert_eq!(adopted.evidence.as_deref(), Some("食堂开业"));
        let refused = adopted.give_up("无场地".into(), now).unwrap_err();
        assert_eq!(refused.reason, "STUDY_MEASURE_STATE");
        let mut dropped = measure();
        dropped.give_up("无场地".into(), now).unwrap();
        assert!(dropped.adopt("食堂开业".into(), now).is_err());
    }

    #[test]
    fn it_is_overdue_after_its_day_until_it_is_decided() {
        let day = |text: &str| text.parse().unwrap();
        let mut one = measure();
        assert!(!one.is_overdue(day("2026-06-01")) && one.is_overdue(day("2026-06-02")));
        one.adopt("食堂开业".into(), one.created_at).unwrap();
        assert!(!one.is_overdue(day("2026-06-02")));
    }
}
