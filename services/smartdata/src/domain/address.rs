//! 地址 (A61 地理库): in exactly one grid on every day.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, GridCode, Refusal, refuse};

kernel::typed_id!(
    /// Address (地址).
    AddressId, "address");

/// An address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub id: AddressId,
    pub division_code: DivisionCode,
    pub text: String,
    pub created_at: DateTime<Utc>,
}

/// Where an address lay, from a day until before another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressGrid {
    pub address_id: AddressId,
    pub grid_code: GridCode,
    pub from: NaiveDate,
    pub until: Option<NaiveDate>,
}

impl AddressGrid {
    /// Whether it held on a day.
    pub fn holds(&self, on: NaiveDate) -> bool {
        self.from <= on && self.until.is_none_or(|end| on < end)
    }

    /// The next assignment begins later than the present one, in another grid.
    pub fn check_next(&self, grid: &GridCode, from: NaiveDate) -> Result<(), Refusal> {
        if self.grid_code == *grid {
            return Err(refuse!(
                Refused,
                "ADDRESS_GRID_SAME",
                field: "input.gridCode",
                zh: "该地址已在此网格",
                en: "the address lies in this grid already",
            ));
        }
        if from <= self.from {
            return Err(refuse!(
                Invalid,
                "ADDRESS_GRID_FROM",
                field: "input.from",
                zh: "生效日期须晚于现有归属的生效日期",
                en: "the new grid begins after the present one",
            ));
        }
        Ok(())
    }
}
