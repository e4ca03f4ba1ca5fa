//! 整份打分: what every sheet of scores is held to, of a tender as of a venture
//! round: whole, within range, each score once, unchangeable when locked.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use kernel::{Refusal, refuse};

use super::{score_sheet::Score, tender::CriterionId};

/// What is judged by.
pub trait Factor {
    fn id(&self) -> CriterionId;
    fn name(&self) -> &str;
    fn max_score(&self) -> i32;
    /// Whether it is scored by hand; a price is computed.
    fn is_scored(&self) -> bool {
        true
    }
}

/// One score of a sheet, and how it is refused where it does not fit.
pub trait Line {
    /// What is judged.
    type Of: Ord;

    fn of(&self) -> Self::Of;
    fn criterion(&self) -> CriterionId;
    fn score(&self) -> Score;
    /// What is judged is not to be judged here.
    fn foreign(at: usize) -> Refusal;
    /// There is no such criterion here.
    fn unknown_criterion(at: usize) -> Refusal;
    /// The same was scored before.
    fn twice(at: usize) -> Refusal;
}

/// Where a score stands in what was sent.
pub fn field(at: usize, name: &str) -> String {
    format!("input.scores.{at}.{name}")
}

/// Checks that a sheet scores everything on every criterion that is scored by
/// hand, each once and within range.
pub fn check<L: Line, F: Factor>(
    given: &[L],
    judged: &[L::Of],
    factors: &[F],
) -> Result<(), Refusal> {
    let mut seen: BTreeSet<(L::Of, CriterionId)> = BTreeSet::new();
    for (at, one) in given.iter().enumerate() {
        if !judged.contains(&one.of()) {
            return Err(L::foreign(at));
        }
        let Some(factor) = factors.iter().find(|it| it.id() == one.criterion()) else {
            return Err(L::unknown_criterion(at));
        };
        if !factor.is_scored() {
            return Err(refuse!(
                Refused,
                "SCORE_OF_PRICE",
                field: field(at, "criterionId"),
                zh: "价格分由系统计算,不由评委打分",
                en: "the price score is computed, not given",
            ));
        }
        let (name, most) = (factor.name(), factor.max_score());
        if one.score().0 < 0 || i64::from(one.score().0) > i64::from(most) * 100 {
            return Err(refuse!(
                Refused,
                "SCORE_OUT_OF_RANGE",
                field: field(at, "score"),
                zh: "“{name}”的分值须在 0 至 {most} 之间",
                en: "a score of \"{name}\" lies between 0 and {most}",
            ));
        }
        if !seen.insert((one.of(), one.criterion())) {
            return Err(L::twice(at));
        }
    }
    let scored = factors.iter().filter(|it| it.is_scored()).count();
    let missing = judged.len() * scored - seen.len();
    if missing > 0 {
        return Err(refuse!(
            Refused,
            "SCORES_INCOMPLETE",
            field: "input.scores",
            zh: "打分表不完整,还缺 {missing} 项",
            en: "{missing} scores are missing",
        ));
    }
    Ok(())
}

/// There is no sheet to lock.
pub fn missing() -> Refusal {
    refuse!(
        Refused,
        "SHEET_MISSING",
        zh: "请先提交打分表",
        en: "submit your scores first",
    )
}

/// Refuses to lock a sheet again.
pub fn check_open(locked_at: Option<DateTime<Utc>>) -> Result<(), Refusal> {
    if locked_at.is_none() {
        return Ok(());
    }
    Err(refuse!(
        Refused,
        "SHEET_LOCKED",
        zh: "打分表已锁定,不能更改",
        en: "a locked score sheet never changes",
    ))
}
