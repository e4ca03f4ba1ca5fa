//! 时段 (A56): when a room takes people in, and how many.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Refusal, refuse};
use serde::{Deserialize, Serialize};

use super::{
    facility::{FacilityId, RoomId, RoomKind},
    text::check_text,
};

kernel::typed_id!(
    /// Slot of a room (时段).
    SlotId,
    "slot"
);

kernel::text_enum! {
    /// Where a slot stands.
    pub enum SlotState {
        /// 开放
        Open = "OPEN",
        /// 已取消
        Cancelled = "CANCELLED",
    }
}

/// A slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    pub id: SlotId,
    pub room_id: RoomId,
    pub facility_id: FacilityId,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub capacity: i32,
    pub booked: i32,
    pub waiting: i32,
    pub state: SlotState,
    pub cancel_reason: Option<String>,
    pub version: i32,
    pub opened_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What is opened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenSlot {
    pub room_id: RoomId,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub capacity: i32,
}

impl OpenSlot {
    /// Ends after it begins, within a day, not in the past, with some place.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.ends_at <= self.starts_at || self.ends_at - self.starts_at > TimeDelta::days(1) {
            return Err(refuse!(
                Invalid,
                "SLOT_HOURS",
                field: "input.endsAt",
                zh: "结束时间须晚于开始时间,且不超过 24 小时",
                en: "a slot ends after it begins, within 24 hours",
            ));
        }
        if self.starts_at <= now {
            return Err(refuse!(
                Invalid,
                "SLOT_PAST",
                field: "input.startsAt",
                zh: "开始时间已过",
                en: "the beginning has passed",
            ));
        }
        if self.capacity < 1 {
            return Err(refuse!(
                Invalid,
                "CAPACITY_RANGE",
                field: "input.capacity",
                zh: "名额至少为 1",
                en: "a slot takes in at least one",
            ));
        }
        Ok(())
    }
}

impl Slot {
    /// How many places are left.
    pub fn vacancy(&self) -> i32 {
        match self.state {
            SlotState::Open => self.capacity - self.booked,
            SlotState::Cancelled => 0,
        }
    }

    /// Whether somebody may still ask for a place, or give it back.
    pub fn check_before(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state == SlotState::Open && now < self.starts_at {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "SLOT_CLOSED",
            zh: "该时段已开始或已取消",
            en: "this slot has begun or was cancelled",
        ))
    }

    /// It does not take place.
    pub fn cancel(&mut self, reason: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.check_before(now)?;
        self.cancel_reason = Some(check_text(reason, 500, "input.reason")?);
        self.state = SlotState::Cancelled;
        self.updated_at = now;
        Ok(())
    }
}

/// Which slots a list asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct SlotFilter {
    pub facility: Option<FacilityId>,
    pub kind: Option<RoomKind>,
    pub below: Option<kernel::DivisionCode>,
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
    pub vacant: bool,
}
