//! Grades and terms, without a database.

use proptest::prelude::*;

use super::*;
use crate::domain::organization::register::tests::{filed, now, registered};

fn table(floors: [i32; 4]) -> GradeTable {
    let floors = [0, floors[3], floors[2], floors[1], floors[0]];
    let rows = Grade::ALL.iter().zip(floors).map(|(&grade, floor)| Cutoff {
        grade,
        floor,
        source: "办法".into(),
    });
    GradeTable::try_new(rows.collect()).unwrap()
}

fn anqing() -> GradeTable {
    table([950, 901, 851, 801])
}

const TERMS: Terms = Terms {
    after_registration: 2,
    valid: 5,
    upgrade: 2,
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn try_assess(
    organization: &Organization,
    standing: Option<&mut Assessment>,
    score: i32,
    on: &str,
) -> Result<Assessment, Refusal> {
    let new = NewAssessment {
        score,
        on: day(on),
        by: "registrar",
        now: now(),
    };
    let id = AssessmentId::from_uuid(uuid::Uuid::from_u128(2));
    assess(id, organization, &anqing(), TERMS, standing, &new)
}

#[test]
fn the_same_score_is_another_grade_with_another_registrar() {
    let luoyang = table([900, 800, 700, 600]);
    for (score, there, here) in [
        (950, Grade::A5, Grade::A5),
        (949, Grade::A4, Grade::A5),
        (900, Grade::A3, Grade::A5),
        (850, Grade::A2, Grade::A4),
        (800, Grade::A1, Grade::A4),
        (599, Grade::A1, Grade::A1),
        (0, Grade::A1, Grade::A1),
    ] {
        assert_eq!(
            anqing().grade(score).unwrap().grade,
            there,
            "{score} in 安庆"
        );
        assert_eq!(luoyang.grade(score).unwrap().grade, here, "{score} in 洛阳");
    }
}

#[test]
fn refuses_a_score_outside_of_0_to_1000() {
    assert_eq!(anqing().grade(1001).unwrap_err().reason, "SCORE_RANGE");
    assert_eq!(anqing().grade(-1).unwrap_err().reason, "SCORE_RANGE");
}

#[test]
fn refuses_a_table_with_a_gap_or_in_disorder() {
    assert!(GradeTable::try_new(vec![]).is_err());
    let row = |grade, floor| Cutoff {
        grade,
        floor,
        source: "办法".into(),
    };
    assert!(GradeTable::try_new(vec![row(Grade::A5, 900)]).is_err());
    assert!(GradeTable::try_new(vec![row(Grade::A1, 0), row(Grade::A2, 0)]).is_err());
    assert!(GradeTable::try_new(vec![row(Grade::A1, 0), row(Grade::A1, 5)]).is_err());
}

#[test]
fn a_grade_holds_for_five_years_less_a_day() {
    // Registered on 2020-05-06.
    let assessment = try_assess(&registered(), None, 905, "2022-05-06").unwrap();
    assert_eq!(assessment.grade, Grade::A4);
    assert_eq!(assessment.valid_to, day("2027-05-05"));
    assert!(assessment.in_force(day("2027-05-05")) && !assessment.in_force(day("2027-05-06")));
}

#[test]
fn refuses_an_assessment_too_early_or_of_whom_it_is_not_for() {
    let reason = |organization: &Organization, on| {
        try_assess(organization, None, 905, on).unwrap_err().reason
    };
    assert_eq!(reason(&registered(), "2022-05-05"), "ASSESSMENT_TOO_EARLY");
    assert_eq!(reason(&registered(), "2026-03-03"), "DAY_IN_FUTURE");
    assert_eq!(
        reason(&filed(), "2026-03-02"),
        "ORGANIZATION_NOT_ASSESSABLE"
    );
    let mut abnormal = registered();
    abnormal
        .set_status(OrganizationStatus::Abnormal, "未报年报", "a", now())
        .unwrap();
    assert_eq!(
        reason(&abnormal, "2026-03-02"),
        "ORGANIZATION_NOT_ASSESSABLE"
    );
}

#[test]
fn only_a_higher_grade_after_two_years_takes_the_place_of_one_in_force() {
    let organization = registered();
    let mut standing = try_assess(&organization, None, 860, "2023-01-10").unwrap();
    for (score, on) in [
        (960, "2025-01-09"),
        (860, "2025-01-10"),
        (810, "2025-01-10"),
    ] {
        let refused = try_assess(&organization, Some(&mut standing), score, on).unwrap_err();
        assert_eq!(refused.reason, "ASSESSMENT_IN_FORCE");
    }
    assert_eq!(standing.valid_to, day("2028-01-09"));
    let next = try_assess(&organization, Some(&mut standing), 960, "2025-01-10").unwrap();
    assert_eq!(
        (standing.valid_to, next.grade),
        (day("2025-01-09"), Grade::A5)
    );
}

#[test]
fn notice_is_given_a_number_of_working_days_before_the_end() {
    let calendar = WorkCalendar::default();
    // Friday 2026-03-13 back to Friday 2026-03-06: five working days after it.
    let notice = notice_day(&calendar, day("2026-03-13"), 5).unwrap();
    assert_eq!(notice, day("2026-03-08"));
    assert_eq!(
        calendar.working_days_between(notice, day("2026-03-13")),
        Ok(5)
    );
}

proptest! {
    #[test]
    fn every_score_has_exactly_one_grade_and_a_higher_one_no_lower_grade(
        a in 0..=FULL_SCORE, b in 0..=FULL_SCORE,
    ) {
        let table = anqing();
        let (low, high) = (a.min(b), a.max(b));
        prop_assert!(table.grade(low).unwrap().grade <= table.grade(high).unwrap().grade);
    }

    #[test]
    fn notice_leaves_as_many_working_days_as_asked(offset in 0_u64..2000, days in 0_u32..100) {
        let calendar = WorkCalendar::from_rows([(day("2026-10-01"), false)]).unwrap();
        let end = day("2026-01-01") + Days::new(offset);
        let notice = notice_day(&calendar, end, days).unwrap();
        prop_assert_eq!(calendar.working_days_between(notice, end), Ok(i64::from(days)));
    }
}
