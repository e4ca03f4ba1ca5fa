//! 志愿者 (B10): voluntary and unpaid; trained and insured before a home visit.

use chrono::{DateTime, Months, NaiveDate, Utc};
use kernel::{
    DivisionCode, Refusal,
    keys::{CommunityId, ResidentId, VolunteerId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::worker::Unfit;

kernel::typed_id!(
    /// Training of a volunteer (志愿者培训).
    VolunteerTrainingId, "volunteer_training");

/// Training of a volunteer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolunteerTraining {
    pub id: VolunteerTrainingId,
    pub volunteer_id: VolunteerId,
    pub topic: String,
    pub held_on: NaiveDate,
}

/// A volunteer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volunteer {
    pub id: VolunteerId,
    pub resident_id: ResidentId,
    pub community_id: Option<CommunityId>,
    pub division_code: DivisionCode,
    pub skills: Vec<String>,
    /// The first day of training; none where there was none.
    pub trained_from: Option<NaiveDate>,
    pub insured_until: Option<NaiveDate>,
    /// Of a minor: the day by which they are of age at the latest.
    pub adult_by: Option<NaiveDate>,
    pub guardian_consent_at: Option<DateTime<Utc>>,
    pub active: bool,
    pub demo: bool,
    pub version: i32,
    pub registered_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Volunteer {
    /// Whether they may go into somebody's home on a day.
    pub fn fitness(&self, day: NaiveDate) -> Result<(), Unfit> {
        if !self.active {
            return Err(Unfit::Inactive);
        }
        if self.is_minor_without_consent(day) {
            return Err(Unfit::MinorWithoutConsent);
        }
        if self.trained_from.is_none_or(|from| from > day) {
            return Err(Unfit::VolunteerNotTrained);
        }
        if self.insured_until.is_none_or(|until| until < day) {
            return Err(Unfit::VolunteerNotInsured);
        }
        Ok(())
    }

    /// Whether they are not of age on a day and no guardian has consented.
    pub fn is_minor_without_consent(&self, day: NaiveDate) -> bool {
        let minor = self.adult_by.is_some_and(|adult_by| day < adult_by);
        minor && self.guardian_consent_at.is_none()
    }

    /// Takes over what staff have seen.
    pub fn update(&mut self, change: VolunteerChange, now: DateTime<Utc>) -> Result<(), Refusal> {
        if let Some(skills) = change.skills {
            self.skills = check_skills(skills)?;
        }
        if let Some(until) = change.insured_until {
            self.insured_until = Some(until);
        }
        match change.guardian_consent {
            Some(true) => self.guardian_consent_at = self.guardian_consent_at.or(Some(now)),
            Some(false) => self.guardian_consent_at = None,
            None => {}
        }
        self.active = change.active.unwrap_or(self.active);
        self.updated_at = now;
        Ok(())
    }
}

/// Which volunteers a list asks for.
#[derive(Clone, Debug, Default)]
pub struct VolunteerFilter {
    pub community: Option<CommunityId>,
    pub skill: Option<String>,
    pub active: Option<bool>,
}

/// What may change about a volunteer; none leaves it as it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct VolunteerChange {
    pub skills: Option<Vec<String>>,
    pub insured_until: Option<NaiveDate>,
    pub guardian_consent: Option<bool>,
    pub active: Option<bool>,
}

/// The day by which somebody of so many full years is of age at the latest;
/// none where they are already. The birth date is never known here.
pub fn adult_by(age: u32, adult_age: i64, today: NaiveDate) -> Result<Option<NaiveDate>, Refusal> {
    let missing = adult_age - i64::from(age);
    if missing <= 0 {
        return Ok(None);
    }
    u32::try_from(missing * 12)
        .ok()
        .and_then(|months| today.checked_add_months(Months::new(months)))
        .map(Some)
        .ok_or_else(|| {
            refuse!(
                Refused,
                "AGE_UNKNOWN",
                zh: "无法判定是否成年",
                en: "it cannot be told when this person is of age",
            )
        })
}

/// Up to 20 skills of 1 to 50 characters, each once.
pub fn check_skills(skills: Vec<String>) -> Result<Vec<String>, Refusal> {
    let mut kept: Vec<String> = Vec::with_capacity(skills.len());
    for skill in skills {
        let skill = skill.trim();
        if skill.is_empty() || skill.chars().count() > 50 {
            return Err(refuse!(
                Invalid,
                "SKILL_LENGTH",
                field: "input.skills",
                zh: "每项技能须为 1 至 50 个字",
                en: "a skill has 1 to 50 characters",
            ));
        }
        if !kept.iter().any(|known| known == skill) {
            kept.push(skill.to_owned());
        }
    }
    if kept.len() > 20 {
        return Err(refuse!(
            Invalid,
            "SKILLS_TOO_MANY",
            field: "input.skills",
            zh: "技能最多 20 项",
            en: "name at most 20 skills",
        ));
    }
    Ok(kept)
}

/// What somebody registers with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewVolunteer {
    pub resident_id: ResidentId,
    pub skills: Vec<String>,
    pub insured_until: Option<NaiveDate>,
    pub guardian_consent: bool,
}

impl NewVolunteer {
    /// Checks what somebody registers with.
    pub fn checked(mut self, today: NaiveDate) -> Result<Self, Refusal> {
        self.skills = check_skills(self.skills)?;
        if self.insured_until.is_some_and(|until| until < today) {
            return Err(refuse!(
                Invalid,
                "INSURANCE_EXPIRED",
                field: "input.insuredUntil",
                zh: "保险已过期",
                en: "this insurance has run out",
            ));
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn volunteer() -> Volunteer {
        let at = "2026-03-02T01:00:00Z".parse().unwrap();
        Volunteer {
            id: VolunteerId::from_uuid(Uuid::from_u128(1)),
            resident_id: ResidentId::from_uuid(Uuid::from_u128(2)),
            community_id: None,
            division_code: DivisionCode::try_new("230103001001").unwrap(),
            skills: vec![],
            trained_from: Some(day("2026-02-01")),
            insured_until: Some(day("2026-12-31")),
            adult_by: None,
            guardian_consent_at: None,
            active: true,
            demo: false,
            version: 1,
            registered_at: at,
            updated_at: at,
        }
    }

    #[test]
    fn only_the_trained_and_insured_go_into_homes() {
        let today = day("2026-03-02");
        assert_eq!(volunteer().fitness(today), Ok(()));
        let untrained = Volunteer {
            trained_from: None,
            ..volunteer()
        };
        assert_eq!(untrained.fitness(today), Err(Unfit::VolunteerNotTrained));
        assert_eq!(
            volunteer().fitness(day("2026-01-31")),
            Err(Unfit::VolunteerNotTrained)
        );
        let uninsured = Volunteer {
            insured_until: None,
            ..volunteer()
        };
        assert_eq!(uninsured.fitness(today), Err(Unfit::VolunteerNotInsured));
        assert_eq!(volunteer().fitness(day("2026-12-31")), Ok(()));
        assert_eq!(
            volunteer().fitness(day("2027-01-01")),
            Err(Unfit::VolunteerNotInsured)
        );
        let gone = Volunteer {
            active: false,
            ..volunteer()
        };
        assert_eq!(gone.fitness(today), Err(Unfit::Inactive));
    }

    #[test]
    fn a_minor_needs_consent_until_of_age() {
        let minor = Volunteer {
            adult_by: Some(day("2026-09-01")),
            ..volunteer()
        };
        assert_eq!(
            minor.fitness(day("2026-08-31")),
            Err(Unfit::MinorWithoutConsent)
        );
        assert_eq!(minor.fitness(day("2026-09-01")), Ok(()));
        let mut consented = minor;
        let change = VolunteerChange {
            guardian_consent: Some(true),
            ..VolunteerChange::default()
        };
        consented
            .update(change, "2026-03-02T01:00:00Z".parse().unwrap())
            .unwrap();
        assert_eq!(consented.fitness(day("2026-08-31")), Ok(()));
    }

    #[test]
    fn keeps_each_skill_once() {
        let kept = check_skills(vec!["理发".into(), " 理发 ".into(), "陪聊".into()]).unwrap();
        assert_eq!(kept, ["理发", "陪聊"]);
        assert!(check_skills(vec![" ".into()]).is_err());
        assert!(check_skills((0..21).map(|n| n.to_string()).collect()).is_err());
    }

    proptest! {
        #[test]
        fn of_age_is_never_told_too_early(age in 0_u32..30, start in 0_i64..20_000) {
            let today = day("1990-01-01") + chrono::TimeDelta::days(start);
            match adult_by(age, 18, today).unwrap() {
                None => prop_assert!(age >= 18),
                // Somebody who turned `age` today is of age on that very day,
                // and nobody of that age is so later.
                Some(by) => prop_assert!(
                    age < 18
                        && by >= today.checked_add_months(Months::new((18 - age) * 12)).unwrap()
                ),
            }
        }
    }
}
