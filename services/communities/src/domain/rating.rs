//! 评价: the resident who reported the need judges what came of it.

use chrono::{DateTime, Utc};
use kernel::{
    Refusal,
    keys::{NeedId, ProposalId, ResidentId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::words::check_words;

/// A judgement, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    pub need_id: NeedId,
    pub proposal_id: ProposalId,
    pub resident_id: ResidentId,
    pub stars: i32,
    pub comment: Option<String>,
    pub rated_at: DateTime<Utc>,
}

/// One to five stars.
pub fn check_stars(stars: i32) -> Result<(), Refusal> {
    if (1..=5).contains(&stars) {
        return Ok(());
    }
    Err(refuse!(
        Invalid,
        "STARS_RANGE",
        field: "input.stars",
        zh: "评分须为 1 至 5 星",
        en: "give one to five stars",
    ))
}

/// The resident's words; blank ones are none.
pub fn check_comment(comment: Option<&str>) -> Result<Option<String>, Refusal> {
    match comment.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => check_words("input.comment", text, 2000).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_to_five_stars_and_no_other() {
        for stars in -1..=7 {
            assert_eq!(
                check_stars(stars).is_ok(),
                (1..=5).contains(&stars),
                "{stars}"
            );
        }
    }

    #[test]
    fn a_blank_comment_is_none_and_an_endless_one_is_refused() {
        assert_eq!(check_comment(Some("  ")).unwrap(), None);
        assert_eq!(check_comment(Some(" 好 ")).unwrap().as_deref(), Some("好"));
        assert!(check_comment(Some(&"好".repeat(2001))).is_err());
    }
}
