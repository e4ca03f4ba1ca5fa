//! The vectors of B4, and what holds for all scores.

use proptest::prelude::*;

use super::*;

fn full() -> Vec<ItemScore> {
    ITEMS
        .iter()
        .map(|item| ItemScore {
            code: item.code.into(),
            score: item.max,
        })
        .collect()
}

/// Scores that sum to `total`: points are taken from the last items first.
fn summing_to(total: i32) -> Vec<ItemScore> {
    let mut scores = full();
    let mut surplus = 90 - total;
    for score in scores.iter_mut().rev() {
        let taken = surplus.min(score.score);
        score.score -= taken;
        surplus -= taken;
    }
    scores
}

fn reason(scores: &[ItemScore]) -> &'static str {
    score(scores, Adjusters::default()).unwrap_err().reason
}

#[test]
fn the_form_has_26_items_and_90_points_in_four_parts() {
    assert_eq!(ITEMS.len(), 26);
    let scored = score(&full(), Adjusters::default()).unwrap();
    assert_eq!((scored.parts, scored.total), ([32, 15, 28, 15], 90));
}

#[test]
fn levels_change_exactly_at_the_limits_of_the_standard() {
    for (total, level) in [
        (90, AbilityLevel::Intact),
        (89, AbilityLevel::Mild),
        (66, AbilityLevel::Mild),
        (65, AbilityLevel::Moderate),
        (46, AbilityLevel::Moderate),
        (45, AbilityLevel::Severe),
        (30, AbilityLevel::Severe),
        (29, AbilityLevel::Total),
        (0, AbilityLevel::Total),
    ] {
        let scored = score(&summing_to(total), Adjusters::default()).unwrap();
        assert_eq!((scored.total, scored.base_level), (total, level));
        assert_eq!(scored.final_level, level);
    }
}

#[test]
fn a_coma_is_total_disability_whatever_the_scores() {
    let with = Adjusters {
        coma: true,
        ..Adjusters::default()
    };
    let scored = score(&full(), with).unwrap();
    assert_eq!(scored.final_level, AbilityLevel::Total);
    assert!(scored.explanation_zh.contains("昏迷"));
}

#[test]
fn dementia_and_two_risk_events_together_worsen_by_one_level_only() {
    for (dementia_or_mental, risk_events, level) in [
        (false, 1, AbilityLevel::Intact),
        (true, 0, AbilityLevel::Mild),
        (false, 2, AbilityLevel::Mild),
        (true, 5, AbilityLevel::Mild),
    ] {
        let with = Adjusters {
            dementia_or_mental,
            risk_events,
            coma: false,
        };
        assert_eq!(score(&full(), with).unwrap().final_level, level);
    }
    let with = Adjusters {
        dementia_or_mental: true,
        ..Adjusters::default()
    };
    let worst = score(&summing_to(3), with).unwrap();
    assert_eq!(worst.final_level, AbilityLevel::Total);
}

#[test]
fn refuses_missing_unknown_repeated_and_excessive_items() {
    let mut missing = full();
    missing.pop();
    assert_eq!(reason(&missing), "ITEMS_INCOMPLETE");
    let mut unknown = full();
    unknown[0].code = "B9.9".into();
    assert_eq!(reason(&unknown), "ITEM_UNKNOWN");
    let mut twice = full();
    twice[1].code = twice[0].code.clone();
    assert_eq!(reason(&twice), "ITEM_TWICE");
    for wrong in [-1, 5] {
        let mut excessive = full();
        excessive[0].score = wrong;
        assert_eq!(reason(&excessive), "SCORE_RANGE");
    }
}

#[test]
fn refuses_one_assessor_and_the_same_one_twice() {
    let clock = kernel::SystemClock;
    let ids = kernel::Ids::new(std::sync::Arc::new(clock));
    let (a, b) = (SocialWorkerId::new(&ids), SocialWorkerId::new(&ids));
    assert!(check_assessors(&[a, b], 2).is_ok());
    assert_eq!(
        check_assessors(&[a], 2).unwrap_err().reason,
        "ASSESSORS_TOO_FEW"
    );
    assert_eq!(
        check_assessors(&[a, a], 2).unwrap_err().reason,
        "ASSESSOR_TWICE"
    );
}

proptest! {
    #[test]
    fn a_point_less_is_never_a_better_level(
        total in 1i32..=90, coma: bool, dementia_or_mental: bool, risk_events in 0i32..5,
    ) {
        let with = Adjusters { coma, dementia_or_mental, risk_events };
        let more = score(&summing_to(total), with).unwrap();
        let less = score(&summing_to(total - 1), with).unwrap();
        prop_assert!(less.final_level >= more.final_level);
        prop_assert!(more.final_level >= more.base_level);
    }
}
