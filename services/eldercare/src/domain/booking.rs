//! 预约 (A56): a place in a slot, or a place in the line for one.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Refusal,
    keys::{OrganizationId, ResidentId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::{slot::SlotId, text::check_text};

kernel::typed_id!(
    /// Booking of a slot (预约).
    BookingId,
    "booking"
);

kernel::text_enum! {
    /// Where a booking stands.
    pub enum BookingState {
        /// 等候
        Waiting = "WAITING",
        /// 已预约
        Booked = "BOOKED",
        /// 已取消
        Cancelled = "CANCELLED",
        /// 已到
        Attended = "ATTENDED",
        /// 未到
        Absent = "ABSENT",
    }
}

impl BookingState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Waiting, Self::Booked),
        (Self::Waiting, Self::Cancelled),
        (Self::Booked, Self::Cancelled),
        (Self::Booked, Self::Attended),
        (Self::Booked, Self::Absent),
    ];

    fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(refuse!(
            Refused,
            "BOOKING_STATE",
            zh: "预约当前状态为 {self},不能变为 {next}",
            en: "the booking is {self} and cannot become {next}",
        ))
    }
}

/// A booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    pub id: BookingId,
    pub slot_id: SlotId,
    pub elder_id: ResidentId,
    pub division_code: DivisionCode,
    pub organization_id: Option<OrganizationId>,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub state: BookingState,
    pub cancel_reason: Option<String>,
    pub channel: String,
    pub assisted_by: Option<String>,
    pub version: i32,
    pub asked_at: DateTime<Utc>,
    pub booked_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
}

impl Booking {
    /// A place is there.
    pub fn confirm(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(BookingState::Booked, now)?;
        self.booked_at = Some(now);
        Ok(())
    }

    /// No longer wanted, before it begins, or the slot does not take place.
    pub fn cancel(&mut self, reason: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        if now >= self.starts_at {
            return Err(refuse!(
                Refused,
                "SLOT_CLOSED",
                zh: "该时段已开始或已取消",
                en: "this slot has begun or was cancelled",
            ));
        }
        self.moves(BookingState::Cancelled, now)?;
        self.cancel_reason = Some(check_text(reason, 500, "input.reason")?);
        Ok(())
    }

    /// Who came, once it has begun.
    pub fn attend(&mut self, attended: bool, now: DateTime<Utc>) -> Result<(), Refusal> {
        if now < self.starts_at {
            return Err(refuse!(
                Refused,
                "SLOT_NOT_BEGUN",
                zh: "时段尚未开始,不能登记到场",
                en: "attendance is recorded once the slot has begun",
            ));
        }
        let next = if attended {
            BookingState::Attended
        } else {
            BookingState::Absent
        };
        self.moves(next, now)
    }

    fn moves(&mut self, next: BookingState, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.updated_at = now;
        Ok(())
    }
}

/// Which bookings a list asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct BookingFilter {
    pub slot: Option<SlotId>,
    pub elder: Option<ResidentId>,
    pub state: Option<BookingState>,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_place_is_given_back_before_and_attendance_told_after_the_beginning() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (before, after) = (at("2026-03-02T00:59:00Z"), at("2026-03-02T01:00:00Z"));
        let fresh = Booking {
            id: BookingId::from_uuid(Uuid::nil()),
            slot_id: SlotId::from_uuid(Uuid::nil()),
            elder_id: ResidentId::from_uuid(Uuid::nil()),
            division_code: "230103001001".parse().unwrap(),
            organization_id: None,
            starts_at: after,
            ends_at: at("2026-03-02T03:00:00Z"),
            state: BookingState::Waiting,
            cancel_reason: None,
            channel: "app".into(),
            assisted_by: None,
            version: 1,
            asked_at: before,
            booked_at: None,
            updated_at: before,
        };
        let reason = |outcome: Result<(), Refusal>| outcome.unwrap_err().reason;
        assert_eq!(reason(fresh.clone().attend(true, after)), "BOOKING_STATE");
        let mut one = fresh;
        one.confirm(before).unwrap();
        assert_eq!(reason(one.attend(true, before)), "SLOT_NOT_BEGUN");
        assert_eq!(reason(one.cancel("外出", after)), "SLOT_CLOSED");
        assert_eq!(reason(one.clone().cancel(" ", before)), "TEXT_LENGTH");
        one.attend(false, after).unwrap();
        assert_eq!(one.state, BookingState::Absent);
    }
}
