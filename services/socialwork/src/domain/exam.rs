//! 市民政考试 (A48): the municipal examination of the third source.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Refusal, keys::ResidentId, refuse};
use serde::{Deserialize, Serialize};

kernel::typed_id!(
    /// Result of an examination (考试成绩).
    ExamId, "exam");

/// One sitting of one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exam {
    pub id: ExamId,
    pub resident_id: ResidentId,
    pub division_code: DivisionCode,
    pub passed: bool,
    pub score: i32,
    pub held_on: NaiveDate,
    pub recorded_by: String,
    pub recorded_at: DateTime<Utc>,
}

/// What is recorded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewExam {
    pub resident_id: ResidentId,
    pub passed: bool,
    pub score: i32,
    pub held_on: NaiveDate,
}

impl NewExam {
    /// Checks what is recorded.
    pub fn checked(self, today: NaiveDate) -> Result<Self, Refusal> {
        if !(0..=100).contains(&self.score) {
            return Err(refuse!(
                Invalid,
                "EXAM_SCORE",
                field: "input.score",
                zh: "成绩须在 0 至 100 分之间",
                en: "a score lies between 0 and 100",
            ));
        }
        super::training::check_not_future(self.held_on, today)?;
        Ok(self)
    }

    /// A pass needs the pass mark; failing above it (cheating) may happen.
    pub fn check_mark(&self, mark: i64) -> Result<(), Refusal> {
        if self.passed && i64::from(self.score) < mark {
            return Err(refuse!(
                Refused,
                "EXAM_BELOW_PASS_MARK",
                field: "input.passed",
                zh: "成绩未达 {mark} 分合格线,不能登记为合格",
                en: "the score is below the pass mark of {mark} and cannot be a pass",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exam(score: i32, passed: bool) -> NewExam {
        NewExam {
            resident_id: ResidentId::from_uuid(uuid::Uuid::nil()),
            passed,
            score,
            held_on: "2026-03-01".parse().unwrap(),
        }
    }

    #[test]
    fn a_pass_needs_the_mark() {
        assert!(exam(60, true).check_mark(60).is_ok());
        assert_eq!(
            exam(59, true).check_mark(60).unwrap_err().reason,
            "EXAM_BELOW_PASS_MARK"
        );
        assert!(exam(90, false).check_mark(60).is_ok());
    }

    #[test]
    fn refuses_scores_off_the_scale() {
        let today = "2026-03-02".parse().unwrap();
        assert!(exam(101, true).checked(today).is_err());
        assert!(exam(-1, false).checked(today).is_err());
        assert!(exam(0, false).checked(today).is_ok());
    }
}
