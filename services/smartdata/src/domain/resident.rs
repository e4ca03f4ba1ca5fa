//! 居民 (A61, A65, B15): the only record of the platform with personal data.

mod fields;
mod personal;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, GridCode, Level, PiiKeys, Refusal, keys::ResidentId, refuse};
use serde::{Deserialize, Serialize};

use super::{division::Division, grid::missing_community};

pub use fields::{Access, Fields, PersonalField};
pub use personal::{Personal, Sealed, citizen_index, fingerprint};

kernel::text_enum! {
    /// Where a resident stands.
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

impl ResidentStatus {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Alive, Self::Moved),
        (Self::Moved, Self::Alive),
        (Self::Alive, Self::Deceased),
        (Self::Moved, Self::Deceased),
        (Self::Alive, Self::Merged),
        (Self::Moved, Self::Merged),
    ];

    fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(refuse!(
            Refused,
            "RESIDENT_STATUS",
            zh: "居民当前状态为 {self},不能变为 {next}",
            en: "the resident is {self} and cannot become {next}",
        ))
    }
}

kernel::text_enum! {
    /// 性别, as the identity number tells it.
    pub enum Sex {
        /// 女
        Female = "FEMALE",
        /// 男
        Male = "MALE",
    }
}

kernel::text_enum! {
    /// How an identity was verified.
    pub enum VerificationMethod {
        /// 当面核验身份证件
        IdCard = "ID_CARD",
        /// 核对户口簿
        HouseholdRegister = "HOUSEHOLD_REGISTER",
        /// 入户核实
        HomeVisit = "HOME_VISIT",
        /// 部门数据共享比对
        SharedData = "SHARED_DATA",
    }
}

/// That somebody verified an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    pub at: DateTime<Utc>,
    pub by: String,
    pub method: VerificationMethod,
}

/// A resident. Personal fields are sealed; [`Personal`] opens them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resident {
    pub id: ResidentId,
    pub sealed: Sealed,
    pub birth_date: NaiveDate,
    pub sex: Sex,
    pub community_code: DivisionCode,
    pub grid_code: Option<GridCode>,
    pub status: ResidentStatus,
    pub verification: Option<Verification>,
    pub died_on: Option<NaiveDate>,
    pub merged_into: Option<ResidentId>,
    pub demo: bool,
    pub version: i32,
    pub registered_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Where a new resident lives.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Home {
    pub community_code: DivisionCode,
    pub grid_code: Option<GridCode>,
    pub demo: bool,
}

impl Resident {
    /// A resident of a community that is in force; demonstration data where
    /// the community is.
    pub fn try_new(
        id: ResidentId,
        keys: &PiiKeys,
        personal: &Personal,
        home: &Home,
        community: Option<&Division>,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        let community = community_in_force(community, now)?;
        check_grid(home.grid_code.as_ref(), &home.community_code)?;
        Ok(Self {
            id,
            sealed: Sealed::of(id, keys, personal),
            birth_date: personal.citizen_id.birth_date(),
            sex: match personal.citizen_id.sex() {
                kernel::citizen_id::Sex::Female => Sex::Female,
                kernel::citizen_id::Sex::Male => Sex::Male,
            },
            community_code: home.community_code,
            grid_code: home.grid_code,
            status: ResidentStatus::Alive,
            verification: None,
            died_on: None,
            merged_into: None,
            demo: home.demo || community.demo,
            version: 1,
            registered_at: now,
            updated_at: now,
        })
    }

    /// Somebody compared the person with their papers.
    pub fn verify(
        &mut self,
        by: &str,
        method: VerificationMethod,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if self.status != ResidentStatus::Alive {
            return Err(refuse!(
                Refused,
                "RESIDENT_STATUS",
                zh: "只有在册居民可以核验身份",
                en: "only a resident who lives here can be verified",
            ));
        }
        if self.verification.is_some() {
            return Err(refuse!(
                Refused,
                "RESIDENT_ALREADY_VERIFIED",
                zh: "该居民的身份已经核验",
                en: "the identity of this resident is verified already",
            ));
        }
        self.verification = Some(Verification {
            at: now,
            by: by.to_owned(),
            method,
        });
        self.updated_at = now;
        Ok(())
    }

    /// Moves to another community or grid, comes back, or (without a home)
    /// moves away.
    pub fn settle(
        &mut self,
        home: Option<(DivisionCode, Option<GridCode>)>,
        community: Option<&Division>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        match home {
            None => self.status = self.status.to(ResidentStatus::Moved)?,
            Some((code, grid)) => {
                let community = community_in_force(community, now)?;
                if community.demo && !self.demo {
                    return Err(refuse!(
                        Refused,
                        "DEMO_COMMUNITY",
                        field: "input.communityCode",
                        zh: "真实居民不能迁入示范社区",
                        en: "a real resident cannot move into a demonstration community",
                    ));
                }
                check_grid(grid.as_ref(), &code)?;
                if self.status != ResidentStatus::Alive {
                    self.status = self.status.to(ResidentStatus::Alive)?;
                }
                self.community_code = code;
                self.grid_code = grid;
            }
        }
        self.updated_at = now;
        Ok(())
    }

    /// Has died; nothing new begins for them.
    pub fn die(&mut self, on: NaiveDate, now: DateTime<Utc>) -> Result<(), Refusal> {
        let status = self.status.to(ResidentStatus::Deceased)?;
        if on > kernel::china_date(now) || on < self.birth_date {
            return Err(refuse!(
                Invalid,
                "DEATH_DATE",
                field: "input.diedOn",
                zh: "死亡日期须在出生日期之后且不晚于今天",
                en: "the date of death lies between the date of birth and today",
            ));
        }
        self.status = status;
        self.died_on = Some(on);
        self.updated_at = now;
        Ok(())
    }

    /// Full years on a day; the dead stay as old as they became.
    pub fn age_on(&self, day: NaiveDate) -> u32 {
        self.died_on
            .unwrap_or(day)
            .years_since(self.birth_date)
            .unwrap_or(0)
    }
}

fn community_in_force(
    community: Option<&Division>,
    now: DateTime<Utc>,
) -> Result<&Division, Refusal> {
    community
        .filter(|division| division.code.level() == Level::Community)
        .filter(|division| division.in_force(kernel::china_date(now)))
        .ok_or_else(|| missing_community("input.communityCode"))
}

/// A grid lies in the community it is named with.
pub fn check_grid(grid: Option<&GridCode>, community: &DivisionCode) -> Result<(), Refusal> {
    if grid.is_none_or(|grid| grid.community() == *community) {
        return Ok(());
    }
    Err(refuse!(
        Invalid,
        "GRID_OF_OTHER_COMMUNITY",
        field: "input.gridCode",
        zh: "网格不在该社区内",
        en: "the grid lies in another community",
    ))
}

#[cfg(test)]
mod tests;
