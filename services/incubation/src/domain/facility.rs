//! 现场核查 (A37): what a centre has to have, each looked at with evidence.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Refusal, refuse, typed_id};
use serde::{Deserialize, Serialize};

use super::incubation_centre::IncubationCentreId;

typed_id!(
    /// A look at one thing a centre has to have (现场核查记录).
    FacilityCheckId, "facility_check");

kernel::text_enum! {
    /// What the plan asks of a centre.
    pub enum FacilityItem {
        /// 综合保障功能
        GeneralSupport = "GENERAL_SUPPORT",
        /// 能力培养功能
        CapacityBuilding = "CAPACITY_BUILDING",
        /// 专业服务功能
        ProfessionalService = "PROFESSIONAL_SERVICE",
        /// 固定的工作场所和设施
        FixedPremises = "FIXED_PREMISES",
        /// 明显标识
        Sign = "SIGN",
        /// 制度图板
        Boards = "BOARDS",
    }
}

impl FacilityItem {
    /// What can be seen is shown.
    fn needs_photo(self) -> bool {
        matches!(self, Self::FixedPremises | Self::Sign | Self::Boards)
    }
}

/// One look at one thing; never changed, looked at again instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacilityCheck {
    pub id: FacilityCheckId,
    pub centre_id: IncubationCentreId,
    pub item: FacilityItem,
    pub passed: bool,
    pub evidence: String,
    pub photos: Vec<String>,
    pub checked_on: NaiveDate,
    pub checked_by: String,
    pub created_at: DateTime<Utc>,
}

/// Refuses something seen without a picture of it.
pub fn check_photos(item: FacilityItem, passed: bool, photos: &[String]) -> Result<(), Refusal> {
    if passed && item.needs_photo() && photos.is_empty() {
        return Err(refuse!(
            Invalid,
            "FACILITY_PHOTO_MISSING",
            field: "input.photos",
            zh: "固定场所、标识和图板须附照片",
            en: "premises, sign and boards are shown in a photo",
        ));
    }
    if photos.len() > 20 || photos.iter().any(|it| it.is_empty() || it.len() > 300) {
        return Err(refuse!(
            Invalid,
            "FACILITY_PHOTOS",
            field: "input.photos",
            zh: "照片最多 20 张,每张的引用为 1 至 300 个字符",
            en: "at most 20 photos, each named in 1 to 300 characters",
        ));
    }
    Ok(())
}

/// What has not passed, by the last look at each.
pub fn missing(checks: &[FacilityCheck]) -> Vec<FacilityItem> {
    let last = |item: FacilityItem| checks.iter().rev().find(|check| check.item == item);
    FacilityItem::ALL
        .iter()
        .copied()
        .filter(|item| !last(*item).is_some_and(|check| check.passed))
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub fn check(item: FacilityItem, passed: bool) -> FacilityCheck {
        FacilityCheck {
            id: FacilityCheckId::from_uuid(uuid::Uuid::from_u128(1)),
            centre_id: IncubationCentreId::from_uuid(uuid::Uuid::from_u128(2)),
            item,
            passed,
            evidence: "现场核查".into(),
            photos: Vec::new(),
            checked_on: "2026-03-02".parse().unwrap(),
            checked_by: "a".into(),
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn what_can_be_seen_is_shown_once_it_passes() {
        let photo = ["photo-1".to_owned()];
        assert!(check_photos(FacilityItem::Sign, true, &photo).is_ok());
        assert!(check_photos(FacilityItem::Sign, false, &[]).is_ok());
        assert!(check_photos(FacilityItem::CapacityBuilding, true, &[]).is_ok());
        assert!(check_photos(FacilityItem::Sign, true, &[]).is_err());
    }
}
