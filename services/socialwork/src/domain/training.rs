//! 学时 (A48, A51): training attended, in minutes. Entries are never changed.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Minutes, Refusal, keys::ResidentId, refuse};
use serde::{Deserialize, Serialize};

kernel::typed_id!(
    /// Entry of the hours ledger (学时记录).
    TrainingId, "training");

/// The longest course one entry may stand for: 500 hours.
const LONGEST: i64 = 30_000;

/// Training somebody attended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Training {
    pub id: TrainingId,
    pub resident_id: ResidentId,
    pub division_code: DivisionCode,
    pub course: String,
    pub minutes: Minutes,
    pub held_on: NaiveDate,
    pub recorded_by: String,
    pub recorded_at: DateTime<Utc>,
}

/// What is recorded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewTraining {
    pub resident_id: ResidentId,
    pub course: String,
    pub minutes: Minutes,
    pub held_on: NaiveDate,
}

impl NewTraining {
    /// Checks what is recorded.
    pub fn checked(mut self, today: NaiveDate) -> Result<Self, Refusal> {
        self.course = check_title(&self.course, "input.course")?;
        if !(1..=LONGEST).contains(&self.minutes.get()) {
            return Err(refuse!(
                Invalid,
                "TRAINING_MINUTES",
                field: "input.minutes",
                zh: "一次培训须在 1 分钟至 500 小时之间",
                en: "one course lasts between a minute and 500 hours",
            ));
        }
        check_not_future(self.held_on, today)?;
        Ok(self)
    }
}

/// The time asked for in whole minutes or in whole hours: exactly one of the two.
pub fn duration(minutes: Option<Minutes>, hours: Option<i32>) -> Result<Minutes, Refusal> {
    match (minutes, hours) {
        (Some(minutes), None) => Ok(minutes),
        (None, Some(hours)) => Ok(Minutes::from_hours(hours.into())?),
        _ => Err(refuse!(
            Invalid,
            "TRAINING_MINUTES",
            field: "input.minutes",
            zh: "学时须以分钟或小时其中一种填写",
            en: "give the time in minutes or in hours, not both",
        )),
    }
}

/// A course or topic, 1 to 200 characters.
pub fn check_title(text: &str, field: &'static str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 200 {
        return Err(refuse!(
            Invalid,
            "TITLE_LENGTH",
            field: field,
            zh: "名称须为 1 至 200 个字",
            en: "a title has 1 to 200 characters",
        ));
    }
    Ok(text.to_owned())
}

/// What has not happened cannot be recorded.
pub fn check_not_future(on: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    if on <= today {
        return Ok(());
    }
    Err(refuse!(
        Invalid,
        "DATE_IN_FUTURE",
        field: "input.on",
        zh: "日期 {on} 尚未到来",
        en: "{on} has not come yet",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn training(minutes: i64, on: &str) -> NewTraining {
        NewTraining {
            resident_id: ResidentId::from_uuid(uuid::Uuid::nil()),
            course: " 老年社会工作 ".into(),
            minutes: Minutes::new(minutes),
            held_on: day(on),
        }
    }

    #[test]
    fn keeps_what_happened_and_refuses_what_has_not() {
        let today = day("2026-03-02");
        let kept = training(90, "2026-03-02").checked(today).unwrap();
        assert_eq!(kept.course, "老年社会工作");
        assert_eq!(
            training(90, "2026-03-03")
                .checked(today)
                .unwrap_err()
                .reason,
            "DATE_IN_FUTURE"
        );
        for minutes in [-1, 0, 30_001] {
            let refused = training(minutes, "2026-03-02").checked(today).unwrap_err();
            assert_eq!(refused.reason, "TRAINING_MINUTES");
        }
    }

    #[test]
    fn takes_minutes_or_hours_but_not_both() {
        assert_eq!(duration(Some(Minutes::new(45)), None), Ok(Minutes::new(45)));
        assert_eq!(duration(None, Some(2)), Ok(Minutes::new(120)));
        assert!(duration(None, None).is_err());
        assert!(duration(Some(Minutes::new(1)), Some(1)).is_err());
    }
}
