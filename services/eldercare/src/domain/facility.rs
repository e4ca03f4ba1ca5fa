//! 养老服务设施 (A57): 日间照料室, 活动室, 社工室, and how many each takes in.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Refusal, keys::OrganizationId, refuse};
use serde::{Deserialize, Serialize};

use super::text::check_text;

kernel::typed_id!(
    /// Facility (养老服务设施).
    FacilityId,
    "facility"
);
kernel::typed_id!(
    /// Room of a facility (房间).
    RoomId,
    "room"
);

kernel::text_enum! {
    /// What a room is for.
    pub enum RoomKind {
        /// 日间照料室
        DayCare = "DAY_CARE",
        /// 活动室
        Activity = "ACTIVITY",
        /// 社工室
        SocialWork = "SOCIAL_WORK",
    }
}

/// A room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    pub id: RoomId,
    pub facility_id: FacilityId,
    pub kind: RoomKind,
    pub name: String,
    pub capacity: i32,
    pub added_at: DateTime<Utc>,
}

/// A facility, with its rooms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facility {
    pub id: FacilityId,
    pub organization_id: Option<OrganizationId>,
    pub division_code: DivisionCode,
    pub name: String,
    /// How many it may take in at a time.
    pub capacity: i32,
    pub rooms: Vec<Room>,
    pub opened_by: String,
    pub opened_at: DateTime<Utc>,
}

impl Facility {
    /// Whether it has all three kinds of room, as pilots must (五).
    pub fn is_complete(&self) -> bool {
        RoomKind::ALL
            .iter()
            .all(|kind| self.rooms.iter().any(|room| room.kind == *kind))
    }
}

/// What is opened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenFacility {
    pub division_code: DivisionCode,
    pub organization_id: Option<OrganizationId>,
    pub name: String,
    pub capacity: i32,
}

impl OpenFacility {
    /// Checks the name and the number.
    pub fn check(mut self) -> Result<Self, Refusal> {
        self.name = check_text(&self.name, 100, "input.name")?;
        check_capacity(self.capacity)?;
        Ok(self)
    }
}

/// What is added to a facility.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AddRoom {
    pub facility_id: FacilityId,
    pub kind: RoomKind,
    pub name: String,
    pub capacity: i32,
}

impl AddRoom {
    /// Checks the name and the number.
    pub fn check(mut self) -> Result<Self, Refusal> {
        self.name = check_text(&self.name, 100, "input.name")?;
        check_capacity(self.capacity)?;
        Ok(self)
    }
}

fn check_capacity(capacity: i32) -> Result<(), Refusal> {
    if (1..=1000).contains(&capacity) {
        return Ok(());
    }
    Err(refuse!(
        Invalid,
        "CAPACITY_RANGE",
        field: "input.capacity",
        zh: "可容纳人数须为 1 至 1000",
        en: "it takes in 1 to 1000 people",
    ))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn complete_with_all_three_rooms_and_not_before() {
        let room = |kind| Room {
            id: RoomId::from_uuid(Uuid::nil()),
            facility_id: FacilityId::from_uuid(Uuid::nil()),
            kind,
            name: "一楼".into(),
            capacity: 20,
            added_at: DateTime::UNIX_EPOCH,
        };
        let mut one = Facility {
            id: FacilityId::from_uuid(Uuid::nil()),
            organization_id: None,
            division_code: "230103001001".parse().unwrap(),
            name: "日间照料中心".into(),
            capacity: 30,
            rooms: vec![room(RoomKind::DayCare), room(RoomKind::Activity)],
            opened_by: "staff".into(),
            opened_at: DateTime::UNIX_EPOCH,
        };
        assert!(!one.is_complete());
        one.rooms.push(room(RoomKind::SocialWork));
        assert!(one.is_complete());
        for capacity in [0, 1001] {
            assert_eq!(
                check_capacity(capacity).unwrap_err().reason,
                "CAPACITY_RANGE"
            );
        }
    }
}
