//! __Noun__: what it is, and the rules it obeys.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Refusal, refuse};
use serde::{Deserialize, Serialize};

kernel::typed_id!(
    /// The id of a `__Noun__`. Move it to `kernel::keys` once another service
    /// keeps it.
    __Noun__Id, "__noun__");

/// A __noun__.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct __Noun__ {
    pub id: __Noun__Id,
    pub division_code: DivisionCode,
    pub name: String,
    pub demo: bool,
    pub created_at: DateTime<Utc>,
}

/// What a __noun__ is made from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct New__Noun__ {
    pub division_code: DivisionCode,
    pub name: String,
    pub demo: bool,
}

impl __Noun__ {
    /// A __noun__ with a name of 1 to 100 characters.
    pub fn try_new(id: __Noun__Id, new: New__Noun__, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let name = new.name.trim();
        if name.is_empty() || name.chars().count() > 100 {
            return Err(refuse!(
                Invalid,
                "NAME_LENGTH",
                field: "input.name",
                zh: "名称须为 1 至 100 个字",
                en: "a name has 1 to 100 characters",
            ));
        }
        Ok(Self {
            id,
            division_code: new.division_code,
            name: name.to_owned(),
            demo: new.demo,
            created_at: now,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Result<__Noun__, Refusal> {
        let new = New__Noun__ {
            division_code: DivisionCode::try_new("230103001001").unwrap(),
            name: name.to_owned(),
            demo: true,
        };
        let id = __Noun__Id::from_uuid(uuid::Uuid::from_u128(1));
        __Noun__::try_new(id, new, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn refuses_a_name_that_is_blank_or_too_long() {
        assert_eq!(named("  ").unwrap_err().reason, "NAME_LENGTH");
        assert_eq!(named(&"长".repeat(101)).unwrap_err().reason, "NAME_LENGTH");
        assert_eq!(named(" 花园 ").unwrap().name, "花园");
    }
}
