//! 服务对象 (A53): an elder, by the id of the resident.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Refusal, keys::ResidentId, refuse};
use serde::{Deserialize, Serialize};

kernel::text_enum! {
    /// On what ground an elder is served; rules of price look at it.
    pub enum ElderCategory {
        /// 一般老年人
        Ordinary = "ORDINARY",
        /// 低保、低收入
        LowIncome = "LOW_INCOME",
        /// 特困供养
        SpecialHardship = "SPECIAL_HARDSHIP",
        /// 重点空巢
        KeyEmptyNest = "KEY_EMPTY_NEST",
        /// 优抚对象
        PreferentialTreatment = "PREFERENTIAL_TREATMENT",
        /// 失独
        BereavedParent = "BEREAVED_PARENT",
    }
}

kernel::text_enum! {
    /// How a resident stands with smartdata.
    pub enum ResidentStatus {
        /// 在册
        Alive = "ALIVE",
        /// 迁出
        Moved = "MOVED",
        /// 死亡
        Deceased = "DECEASED",
        /// 已并入另一记录
        Merged = "MERGED",
    }
}

/// An elder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elder {
    pub resident_id: ResidentId,
    pub category: ElderCategory,
    pub lives_alone: bool,
    pub division_code: DivisionCode,
    pub demo: bool,
    pub version: i32,
    pub registered_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Which elders a list asks for.
#[derive(Clone, Debug, Default)]
pub struct ElderFilter {
    pub below: Option<DivisionCode>,
    pub category: Option<ElderCategory>,
    pub lives_alone: Option<bool>,
    /// Whether somebody looks in on them.
    pub looked_in_on: Option<bool>,
}

/// What a registration says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RegisterElder {
    pub resident_id: ResidentId,
    pub category: ElderCategory,
    pub lives_alone: bool,
}

/// Whether somebody of this age is an elder in law (老年人权益保障法 art. 2).
pub fn check_age(age: u32, least: i64) -> Result<(), Refusal> {
    if i64::from(age) >= least {
        return Ok(());
    }
    Err(refuse!(
        Refused,
        "ELDER_TOO_YOUNG",
        zh: "年满 {least} 周岁方为老年人,该居民 {age} 周岁",
        en: "an elder is {least} or older, this resident is {age}",
    ))
}

/// No orders, and no new record, for the dead.
pub fn deceased() -> Refusal {
    refuse!(
        Refused,
        "RESIDENT_DECEASED",
        zh: "该居民已登记为死亡,不能办理",
        en: "this resident is recorded as deceased",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_is_old_enough_and_fifty_nine_is_not() {
        assert!(check_age(60, 60).is_ok());
        assert_eq!(check_age(59, 60).unwrap_err().reason, "ELDER_TOO_YOUNG");
    }
}
