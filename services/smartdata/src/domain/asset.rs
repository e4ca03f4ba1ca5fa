//! 物资 (A61 物质库): what a community has, where, and what each count found.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, GridCode, Refusal, refuse};
use serde::{Deserialize, Serialize};

use super::text;

kernel::typed_id!(
    /// Asset (物资).
    AssetId, "asset");

kernel::text_enum! {
    /// What it is.
    pub enum AssetKind {
        /// 场所
        Venue = "VENUE",
        /// 设施
        Facility = "FACILITY",
        /// 设备
        Equipment = "EQUIPMENT",
        /// 车辆
        Vehicle = "VEHICLE",
        /// 物资储备
        Supplies = "SUPPLIES",
    }
}

kernel::text_enum! {
    /// How it stands.
    pub enum AssetState {
        /// 在用
        InUse = "IN_USE",
        /// 闲置
        Idle = "IDLE",
        /// 损坏
        Broken = "BROKEN",
        /// 报废
        Retired = "RETIRED",
    }
}

/// An asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    pub id: AssetId,
    pub code: String,
    pub name: String,
    pub kind: AssetKind,
    pub division_code: DivisionCode,
    pub grid_code: Option<GridCode>,
    pub location: String,
    pub custodian: String,
    pub unit: String,
    pub quantity: i32,
    pub state: AssetState,
    pub counted_at: DateTime<Utc>,
    pub version: i32,
    pub registered_at: DateTime<Utc>,
}

/// 盘点: what was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetCount {
    pub asset_id: AssetId,
    pub version: i32,
    pub quantity: i32,
    pub state: AssetState,
    pub note: Option<String>,
    pub actor: String,
    pub actor_name: Option<String>,
    pub at: DateTime<Utc>,
}

/// What an asset is made from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewAsset {
    pub code: String,
    pub name: String,
    pub kind: AssetKind,
    pub division_code: DivisionCode,
    pub grid_code: Option<GridCode>,
    pub location: String,
    pub custodian: String,
    pub unit: String,
    pub quantity: i32,
}

impl Asset {
    /// An asset in use.
    pub fn try_new(id: AssetId, new: NewAsset, now: DateTime<Utc>) -> Result<Self, Refusal> {
        super::resident::check_grid(new.grid_code.as_ref(), &new.division_code)?;
        Ok(Self {
            id,
            code: code(&new.code)?,
            name: text::name(&new.name, "input.name")?,
            kind: new.kind,
            division_code: new.division_code,
            grid_code: new.grid_code,
            location: text::words(&new.location, "input.location", 200)?,
            custodian: text::name(&new.custodian, "input.custodian")?,
            unit: text::words(&new.unit, "input.unit", 20)?,
            quantity: quantity(new.quantity)?,
            state: AssetState::InUse,
            counted_at: now,
            version: 1,
            registered_at: now,
        })
    }

    /// What a count found; what was retired is counted no more.
    pub fn count(
        &mut self,
        found: i32,
        state: AssetState,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if self.state == AssetState::Retired {
            return Err(refuse!(
                Refused,
                "ASSET_RETIRED",
                zh: "物资已报废,不可再盘点",
                en: "an asset that was retired is counted no more",
            ));
        }
        self.quantity = quantity(found)?;
        self.state = state;
        self.counted_at = now;
        Ok(())
    }
}

fn quantity(number: i32) -> Result<i32, Refusal> {
    if number >= 0 {
        return Ok(number);
    }
    Err(refuse!(
        Invalid,
        "ASSET_QUANTITY",
        field: "input.quantity",
        zh: "数量不得为负",
        en: "a quantity is not negative",
    ))
}

fn code(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let good = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
    if (2..=40).contains(&text.len()) && !text.starts_with('-') && text.chars().all(good) {
        return Ok(text.to_owned());
    }
    Err(refuse!(
        Invalid,
        "ASSET_CODE",
        field: "input.code",
        zh: "编码须为 2 至 40 位大写字母、数字、连字符",
        en: "a code has 2 to 40 capital letters, digits and hyphens",
    ))
}
