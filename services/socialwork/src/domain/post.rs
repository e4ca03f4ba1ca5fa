//! 专业社工岗位 (A46): a fact of staffing, with one holder at a time. It has no
//! price: services are bought, not heads (买事不买人).

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    DivisionCode, Refusal,
    keys::{CommunityId, SocialWorkerId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::studio::StudioId;

kernel::typed_id!(
    /// Post of a studio (专业社工岗位).
    PostId, "post");
kernel::typed_id!(
    /// Holding of a post (岗位任职).
    PostHoldingId, "post_holding");

/// A post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    pub id: PostId,
    pub studio_id: StudioId,
    pub division_code: DivisionCode,
    pub title: String,
    pub duties: String,
    pub established_at: DateTime<Utc>,
    pub abolished_at: Option<DateTime<Utc>>,
}

impl Post {
    /// The post goes; who held it stays on record.
    pub fn abolish(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.check_standing()?;
        self.abolished_at = Some(now);
        Ok(())
    }

    /// Refuses a post that was abolished.
    pub fn check_standing(&self) -> Result<(), Refusal> {
        if self.abolished_at.is_none() {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "POST_ABOLISHED",
            zh: "岗位已撤销",
            en: "the post is abolished",
        ))
    }
}

/// Somebody holds a post from a day, and to a day where that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostHolding {
    pub id: PostHoldingId,
    pub post_id: PostId,
    pub social_worker_id: SocialWorkerId,
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
}

impl PostHolding {
    /// Whether it covers a day.
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }

    /// Ends it with a day, no later than it would have ended.
    pub fn end(&mut self, on: NaiveDate) -> Result<(), Refusal> {
        if on < self.from || self.to.is_some_and(|to| on > to) {
            return Err(refuse!(
                Invalid,
                "POST_HOLDING_END",
                field: "input.on",
                zh: "结束日须在任职起始日之后,且不晚于原定结束日",
                en: "a holding ends after it began, and no later than it would have",
            ));
        }
        self.to = Some(on);
        Ok(())
    }
}

/// The days of a holding, in order.
pub fn check_days(from: NaiveDate, to: Option<NaiveDate>) -> Result<(), Refusal> {
    if to.is_none_or(|to| from <= to) {
        return Ok(());
    }
    Err(refuse!(
        Invalid,
        "POST_HOLDING_DAYS",
        field: "input.to",
        zh: "结束日不能早于起始日",
        en: "the last day is not before the first",
    ))
}

/// Which posts a list shows.
#[derive(Clone, Debug, Default)]
pub struct PostFilter {
    pub division: Option<DivisionCode>,
    pub community: Option<CommunityId>,
    /// Nobody holds it on this day.
    pub vacant_on: Option<NaiveDate>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holding_ends_once_it_began_and_never_later() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let mut one = PostHolding {
            id: PostHoldingId::from_uuid(uuid::Uuid::nil()),
            post_id: PostId::from_uuid(uuid::Uuid::nil()),
            social_worker_id: SocialWorkerId::from_uuid(uuid::Uuid::nil()),
            from: day("2026-03-01"),
            to: None,
        };
        assert!(one.covers(day("2030-01-01")));
        assert!(one.end(day("2026-02-28")).is_err());
        one.end(day("2026-12-31")).unwrap();
        assert!(!one.covers(day("2027-01-01")));
        assert!(one.end(day("2027-01-01")).is_err());
        assert!(check_days(day("2026-03-02"), Some(day("2026-03-01"))).is_err());
    }
}
