//! 公用办公桌与下沉一线 (A30): desks by the hour, and days among residents.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Refusal, keys::CommunityId, refuse, typed_id};
use serde::{Deserialize, Serialize};

use super::premises::PremisesId;

typed_id!(
    /// A shared desk (公用办公桌).
    DeskId, "desk");
typed_id!(
    /// A booking of a desk (办公桌预订).
    DeskBookingId, "desk_booking");
typed_id!(
    /// A day of somebody's work (下沉记录).
    FieldTimeLogId, "field_time_log");

/// A desk that everybody shares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    pub id: DeskId,
    pub premises_id: PremisesId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub label: String,
}

/// A booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskBooking {
    pub id: DeskBookingId,
    pub desk_id: DeskId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub booked_by: String,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub cancelled_at: Option<DateTime<Utc>>,
    pub version: i32,
}

/// A day of somebody, and how much of it was among residents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldTimeLog {
    pub id: FieldTimeLogId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub staff: String,
    pub day: NaiveDate,
    pub field_minutes: i32,
    pub total_minutes: i32,
    pub note: Option<String>,
    pub recorded_at: DateTime<Utc>,
}

/// How much of the working time was among residents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldTime {
    pub days: i64,
    pub field_minutes: i64,
    pub total_minutes: i64,
}

impl FieldTime {
    /// In whole percent; none where nothing was recorded.
    pub fn percent(&self) -> Option<i64> {
        (self.total_minutes > 0).then(|| self.field_minutes * 100 / self.total_minutes)
    }
}

/// The minutes of a day: at most sixteen hours, part of them among residents.
pub fn check_minutes(field: i32, total: i32) -> Result<(), Refusal> {
    if (1..=960).contains(&total) && (0..=total).contains(&field) {
        return Ok(());
    }
    Err(refuse!(
        Invalid, "FIELD_TIME_MINUTES", field: "input.totalMinutes",
        zh: "工作时间须为 1 至 960 分钟,一线时间不超过工作时间",
        en: "a day has 1 to 960 minutes of work, some of them among residents",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_among_residents_is_part_of_the_day() {
        assert!(check_minutes(240, 480).is_ok());
        for (field, total) in [(481, 480), (-1, 480), (0, 0), (0, 961)] {
            assert!(check_minutes(field, total).is_err());
        }
        let none = FieldTime {
            days: 0,
            field_minutes: 0,
            total_minutes: 0,
        };
        assert_eq!(none.percent(), None);
        let half = FieldTime {
            days: 1,
            field_minutes: 240,
            total_minutes: 480,
        };
        assert_eq!(half.percent(), Some(50));
    }
}
