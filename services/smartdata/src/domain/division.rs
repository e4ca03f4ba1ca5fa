//! 行政区划 (A60, B3): the tree from province to community.

use chrono::NaiveDate;
use kernel::{DivisionCode, Level, Refusal, refuse};
use serde::{Deserialize, Serialize};

use super::text;

/// A division. Levels and parents are told by the code itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Division {
    pub code: DivisionCode,
    pub name: String,
    pub demo: bool,
    /// The first day it was in force; none where it is older than the register.
    pub valid_from: Option<NaiveDate>,
    /// The day it stopped being in force; none while it is.
    pub valid_to: Option<NaiveDate>,
}

impl Division {
    /// A community of the demonstration below a township that is in force.
    /// The national files end at townships, so these are the only divisions
    /// that the platform makes itself.
    pub fn demo(
        code: DivisionCode,
        name: &str,
        township: Option<&Self>,
        today: NaiveDate,
    ) -> Result<Self, Refusal> {
        if code.level() != Level::Community {
            return Err(refuse!(
                Invalid,
                "DIVISION_NOT_COMMUNITY",
                field: "input.code",
                zh: "只能在乡镇、街道之下新建示范社区,代码须为 12 位村级代码",
                en: "only communities below a township can be made, with a code of community level",
            ));
        }
        let Some(township) = township.filter(|above| above.in_force(today)) else {
            return Err(refuse!(
                Refused,
                "DIVISION_PARENT_MISSING",
                field: "input.code",
                zh: "代码所属的乡镇、街道不存在或已撤销,请先导入行政区划",
                en: "the township of this code does not exist or has ended; import the divisions first",
            ));
        };
        debug_assert_eq!(
            Some(township.code),
            code.parent(),
            "the caller reads the parent"
        );
        let name = text::name(name, "input.name")?;
        Ok(Self {
            code,
            name,
            demo: true,
            valid_from: Some(today),
            valid_to: None,
        })
    }

    /// Whether it is in force on a day.
    pub fn in_force(&self, on: NaiveDate) -> bool {
        self.valid_from.is_none_or(|begin| begin <= on) && self.valid_to.is_none_or(|end| on < end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn township() -> Division {
        Division {
            code: DivisionCode::from_short("230103001").unwrap(),
            name: "花园街道".into(),
            demo: false,
            valid_from: Some(day("2026-01-01")),
            valid_to: None,
        }
    }

    #[test]
    fn makes_a_community_only_below_a_township_in_force() {
        let code = DivisionCode::try_new("230103001001").unwrap();
        let today = day("2026-11-24");
        let made = Division::demo(code, " 向阳社区 ", Some(&township()), today).unwrap();
        assert!(made.demo && made.name == "向阳社区");
        assert_eq!(
            Division::demo(code, "向阳社区", None, today)
                .unwrap_err()
                .reason,
            "DIVISION_PARENT_MISSING"
        );
        let ended = Division {
            valid_to: Some(today),
            ..township()
        };
        assert!(Division::demo(code, "向阳社区", Some(&ended), today).is_err());
    }

    #[test]
    fn never_makes_a_township_or_higher() {
        let code = DivisionCode::from_short("230103002").unwrap();
        let refused = Division::demo(code, "某街道", Some(&township()), day("2026-11-24"));
        assert_eq!(refused.unwrap_err().reason, "DIVISION_NOT_COMMUNITY");
    }

    #[test]
    fn a_division_is_in_force_from_its_first_day_until_before_its_last() {
        let ended = Division {
            valid_to: Some(day("2026-06-01")),
            ..township()
        };
        assert!(!ended.in_force(day("2025-12-31")));
        assert!(ended.in_force(day("2026-01-01")));
        assert!(ended.in_force(day("2026-05-31")));
        assert!(!ended.in_force(day("2026-06-01")));
    }
}
