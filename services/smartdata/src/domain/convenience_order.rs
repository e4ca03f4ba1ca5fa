//! 便民服务订单 (A59, A62): an open service, ordered, done, rated.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Refusal,
    keys::{OrganizationId, ResidentId},
    refuse,
};

kernel::typed_id!(
    /// Order of an open service (便民服务订单).
    ConvenienceOrderId, "convenience_order");

kernel::text_enum! {
    /// Where an order stands.
    pub enum ConvenienceOrderState {
        /// 已下单
        Placed = "PLACED",
        /// 已接单
        Accepted = "ACCEPTED",
        /// 已完成
        Done = "DONE",
        /// 已评价
        Rated = "RATED",
        /// 未接单
        Refused = "REFUSED",
        /// 已取消
        Cancelled = "CANCELLED",
    }
}

impl ConvenienceOrderState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Placed, Self::Accepted),
        (Self::Placed, Self::Refused),
        (Self::Placed, Self::Cancelled),
        (Self::Accepted, Self::Done),
        (Self::Accepted, Self::Cancelled),
        (Self::Done, Self::Rated),
    ];
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvenienceOrder {
    pub id: ConvenienceOrderId,
    pub number: String,
    pub item_code: String,
    pub division_code: DivisionCode,
    pub resident_id: ResidentId,
    pub provider_organization_id: Option<OrganizationId>,
    pub wish: String,
    pub wanted_at: DateTime<Utc>,
    pub placed_by: String,
    pub channel: String,
    pub assisted_by: Option<String>,
    pub state: ConvenienceOrderState,
    /// What came of it, or why it did not take place.
    pub outcome: Option<String>,
    pub accepted_by: Option<String>,
    pub done_at: Option<DateTime<Utc>>,
    pub stars: Option<i32>,
    pub rating_note: Option<String>,
    pub version: i32,
    pub placed_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl ConvenienceOrder {
    /// What is wanted lies ahead.
    pub fn check_wanted(wanted: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refusal> {
        if wanted > now {
            return Ok(());
        }
        Err(refuse!(
            Invalid,
            "ORDER_WANTED",
            field: "input.wantedAt",
            zh: "期望时间须晚于现在",
            en: "the time wanted lies ahead",
        ))
    }

    /// Somebody will do it.
    pub fn accept(&mut self, by: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.move_to(ConvenienceOrderState::Accepted, now)?;
        self.accepted_by = Some(by.to_owned());
        Ok(())
    }

    /// Ends: done, refused or cancelled, with words.
    pub fn end(
        &mut self,
        next: ConvenienceOrderState,
        words: String,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.move_to(next, now)?;
        self.outcome = Some(words);
        if next == ConvenienceOrderState::Done {
            self.done_at = Some(now);
        }
        Ok(())
    }

    /// 好差评.
    pub fn rate(
        &mut self,
        stars: i32,
        note: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if !(1..=5).contains(&stars) {
            return Err(refuse!(
                Invalid,
                "STARS_RANGE",
                field: "input.stars",
                zh: "评价须为 1 至 5 星",
                en: "a rating is 1 to 5 stars",
            ));
        }
        self.move_to(ConvenienceOrderState::Rated, now)?;
        self.stars = Some(stars);
        self.rating_note = note;
        Ok(())
    }

    fn move_to(&mut self, next: ConvenienceOrderState, now: DateTime<Utc>) -> Result<(), Refusal> {
        if !ConvenienceOrderState::MOVES.contains(&(self.state, next)) {
            let state = self.state;
            return Err(refuse!(
                Refused,
                "ORDER_STATE",
                zh: "订单当前状态为 {state},不能变为 {next}",
                en: "the order is {state} and cannot become {next}",
            ));
        }
        self.state = next;
        self.updated_at = now;
        Ok(())
    }
}
