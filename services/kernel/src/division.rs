//! Administrative division codes (行政区划代码) of 12 digits and grid codes (网格编码) of 15.
//!
//! The parts are 2 digits for the province, 2 for the city, 2 for the county, 3 for the township
//! and 3 for the community. A level is told by its trailing zero parts.
//!
//! Gaps, decided from the national data: every county stands under a city part that is not 00
//! (counties run by a province directly use the city part 90), so city 00 under a county is
//! refused. A few cities have no counties (东莞 4419, 中山 4420, 儋州 4604): their townships carry
//! the county part 00, so that gap is allowed and the parent of such a township is the city.
//! A community always has a township.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

mod error;
mod grid;

pub use error::Error;
pub use grid::GridCode;

/// The text form that both codes have.
macro_rules! text_form {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Self::try_new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(text: String) -> Result<Self, Error> {
                Self::try_new(&text)
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.as_str().to_owned()
            }
        }
    };
}

use text_form;

/// The level of a division.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 省级
    Province,
    /// 地级
    City,
    /// 县级
    County,
    /// 乡级
    Township,
    /// 村级 (社区、村)
    Community,
}

impl Level {
    pub const ALL: [Self; 5] = [
        Self::Province,
        Self::City,
        Self::County,
        Self::Township,
        Self::Community,
    ];

    /// How many digits of a code name a division of this level.
    pub const fn digits(self) -> usize {
        match self {
            Self::Province => 2,
            Self::City => 4,
            Self::County => 6,
            Self::Township => 9,
            Self::Community => 12,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::City => "city",
            Self::County => "county",
            Self::Township => "township",
            Self::Community => "community",
        }
    }

    pub const fn zh(self) -> &'static str {
        match self {
            Self::Province => "省级",
            Self::City => "地级",
            Self::County => "县级",
            Self::Township => "乡级",
            Self::Community => "村级",
        }
    }
}

/// The sort of township its part of the code tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TownshipKind {
    /// 街道 001–099
    Subdistrict,
    /// 镇 100–199
    Town,
    /// 乡 200–399
    Township,
    /// 类似乡级单位 400–599
    TownLikeUnit,
    /// A number outside the published ranges.
    Other,
}

/// The sort of community its part of the code tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommunityKind {
    /// 居民委员会 001–199
    ResidentsCommittee,
    /// 村民委员会 200–399
    VillagersCommittee,
    /// 类似单位 400–599
    SimilarUnit,
    /// A number outside the published ranges.
    Other,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A division code (行政区划代码): exactly 12 digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct DivisionCode([u8; 12]);

impl DivisionCode {
    /// Reads a full code.
    pub fn try_new(text: &str) -> Result<Self, Error> {
        let digits = digits::<12>(text, "division", "12")?;
        let code = Self(digits);
        if digits[0] == b'0' {
            return Err(Error::Province);
        }
        let zero = |level| code.part(level).bytes().all(|b| b == b'0');
        if zero(Level::City) && !zero(Level::County) {
            return Err(Error::Gap {
                part: Level::City,
                below: Level::County,
            });
        }
        if zero(Level::City) && !zero(Level::Township) {
            return Err(Error::Gap {
                part: Level::City,
                below: Level::Township,
            });
        }
        if zero(Level::Township) && !zero(Level::Community) {
            return Err(Error::Gap {
                part: Level::Township,
                below: Level::Community,
            });
        }
        Ok(code)
    }

    /// Reads the short form of a level (2, 4, 6 or 9 digits) or a full code.
    pub fn from_short(text: &str) -> Result<Self, Error> {
        match text.len() {
            2 | 4 | 6 | 9 | 12 => Self::try_new(&format!("{text:0<12}")),
            _ => Err(Error::Length {
                what: "division",
                expected: "2, 4, 6, 9 or 12",
                found: text.chars().count(),
            }),
        }
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a division code holds ASCII digits only")
    }

    fn part(&self, level: Level) -> &str {
        let start = match level {
            Level::Province => 0,
            Level::City => 2,
            Level::County => 4,
            Level::Township => 6,
            Level::Community => 9,
        };
        &self.as_str()[start..level.digits()]
    }

    pub fn level(&self) -> Level {
        Level::ALL
            .into_iter()
            .rev()
            .find(|level| self.part(*level).bytes().any(|b| b != b'0'))
            .unwrap_or(Level::Province)
    }

    /// The significant digits: what the codes of everything inside begin with.
    pub fn prefix(&self) -> &str {
        &self.as_str()[..self.level().digits()]
    }

    /// The next division up; none above a province.
    pub fn parent(&self) -> Option<Self> {
        let mut above = self.0;
        let start = match self.level() {
            Level::Province => return None,
            Level::City => 2,
            Level::County => 4,
            Level::Township => 6,
            Level::Community => 9,
        };
        above[start..].fill(b'0');
        Some(Self(above))
    }

    /// From this division itself up to its province.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> + use<> {
        std::iter::successors(Some(*self), Self::parent)
    }

    /// The division of a level this one lies in; none where it has none of that level.
    pub fn at(&self, level: Level) -> Option<Self> {
        self.ancestors().find(|code| code.level() == level)
    }

    /// Whether the other is this division or lies in it.
    pub fn contains(&self, other: &Self) -> bool {
        other.as_str().starts_with(self.prefix())
    }

    /// The sort of township, for codes of that level and below.
    pub fn township_kind(&self) -> Option<TownshipKind> {
        match self.part(Level::Township).parse::<u16>().ok()? {
            0 => None,
            1..=99 => Some(TownshipKind::Subdistrict),
            100..=199 => Some(TownshipKind::Town),
            200..=399 => Some(TownshipKind::Township),
            400..=599 => Some(TownshipKind::TownLikeUnit),
            _ => Some(TownshipKind::Other),
        }
    }

    /// The sort of community, for codes of that level.
    pub fn community_kind(&self) -> Option<CommunityKind> {
        match self.part(Level::Community).parse::<u16>().ok()? {
            0 => None,
            1..=199 => Some(CommunityKind::ResidentsCommittee),
            200..=399 => Some(CommunityKind::VillagersCommittee),
            400..=599 => Some(CommunityKind::SimilarUnit),
            _ => Some(CommunityKind::Other),
        }
    }
}

fn digits<const N: usize>(
    text: &str,
    what: &'static str,
    expected: &'static str,
) -> Result<[u8; N], Error> {
    if let Some((index, found)) = text.chars().enumerate().find(|(_, c)| !c.is_ascii_digit()) {
        return Err(Error::Digit {
            position: index + 1,
            found,
        });
    }
    text.as_bytes().try_into().map_err(|_| Error::Length {
        what,
        expected,
        found: text.len(),
    })
}

text_form!(DivisionCode);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Fault, Lang};

    fn code(text: &str) -> DivisionCode {
        DivisionCode::try_new(text).unwrap()
    }

    #[test]
    fn levels_are_told_by_trailing_zeros() {
        for (text, level, prefix) in [
            ("110000000000", Level::Province, "11"),
            ("110100000000", Level::City, "1101"),
            ("110105000000", Level::County, "110105"),
            ("110105014000", Level::Township, "110105014"),
            ("110105014003", Level::Community, "110105014003"),
            ("441900003000", Level::Township, "441900003"),
            ("441900000000", Level::City, "4419"),
            ("429004000000", Level::County, "429004"),
            // A whole part of zeros is needed: a trailing zero digit alone raises nothing.
            ("110110010010", Level::Community, "110110010010"),
            ("500000000000", Level::Province, "50"),
        ] {
            assert_eq!(
                (code(text).level(), code(text).prefix()),
                (level, prefix),
                "{text}"
            );
        }
    }

    #[test]
    fn short_forms_become_full_codes() {
        for (short, full) in [
            ("11", "110000000000"),
            ("1101", "110100000000"),
            ("110105", "110105000000"),
            ("110105014", "110105014000"),
            ("110105014003", "110105014003"),
            ("441900", "441900000000"),
            ("350527000", "350527000000"),
        ] {
            assert_eq!(DivisionCode::from_short(short), Ok(code(full)));
        }
        let error = DivisionCode::from_short("110").unwrap_err();
        assert!(matches!(error, Error::Length { found: 3, .. }));
        assert!(DivisionCode::from_short("").is_err());
        assert_eq!(
            DivisionCode::from_short("区"),
            Err(Error::Length {
                what: "division",
                expected: "2, 4, 6, 9 or 12",
                found: 1
            })
        );
    }

    #[test]
    fn errors_name_what_is_wrong() {
        let refused = |text: &str| DivisionCode::try_new(text).unwrap_err();
        assert_eq!(
            refused("11010"),
            Error::Length {
                what: "division",
                expected: "12",
                found: 5
            }
        );
        assert_eq!(
            refused("1101O5000000"),
            Error::Digit {
                position: 5,
                found: 'O'
            }
        );
        assert_eq!(
            refused("11010５000000"),
            Error::Digit {
                position: 6,
                found: '５'
            }
        );
        assert_eq!(refused("000000000000"), Error::Province);
        assert_eq!(refused("010000000000"), Error::Province);
        assert_eq!(
            refused("110005000000"),
            Error::Gap {
                part: Level::City,
                below: Level::County
            }
        );
        assert_eq!(
            refused("110000001000"),
            Error::Gap {
                part: Level::City,
                below: Level::Township
            }
        );
        assert_eq!(
            refused("110105000001"),
            Error::Gap {
                part: Level::Township,
                below: Level::Community
            }
        );
        assert_eq!(
            refused("110105000001").message(Lang::Zh),
            "区划代码的乡级部分为零，但其后有村级部分"
        );
    }

    #[test]
    fn ancestors_run_from_itself_to_the_province() {
        let up: Vec<_> = code("110105014003").ancestors().map(String::from).collect();
        let expected = [
            "110105014003",
            "110105014000",
            "110105000000",
            "110100000000",
            "110000000000",
        ];
        assert_eq!(up, expected);
        assert_eq!(code("110000000000").parent(), None);
        assert_eq!(
            code("110105014003").at(Level::City),
            Some(code("110100000000"))
        );
        assert_eq!(code("110100000000").at(Level::County), None);
    }

    #[test]
    fn a_township_of_a_city_without_counties_lies_in_the_city() {
        let township = code("441900003000");
        assert_eq!(township.parent(), Some(code("441900000000")));
        assert_eq!(township.at(Level::County), None);
        assert!(code("441900000000").contains(&township));
        assert_eq!(township.ancestors().count(), 3);
    }

    #[test]
    fn the_parts_tell_the_kinds() {
        let kinds = |text| (code(text).township_kind(), code(text).community_kind());
        assert_eq!(kinds("110105000000"), (None, None));
        assert_eq!(
            kinds("110105099000"),
            (Some(TownshipKind::Subdistrict), None)
        );
        assert_eq!(kinds("110105199000").0, Some(TownshipKind::Town));
        assert_eq!(kinds("110105399000").0, Some(TownshipKind::Township));
        assert_eq!(kinds("110105400000").0, Some(TownshipKind::TownLikeUnit));
        assert_eq!(kinds("110105600000").0, Some(TownshipKind::Other));
        assert_eq!(
            kinds("653126100039").1,
            Some(CommunityKind::ResidentsCommittee)
        );
        assert_eq!(
            kinds("120115106201").1,
            Some(CommunityKind::VillagersCommittee)
        );
        assert_eq!(kinds("120115106598").1, Some(CommunityKind::SimilarUnit));
        assert_eq!(kinds("120115106999").1, Some(CommunityKind::Other));
    }

    #[test]
    fn a_grid_lies_in_a_community() {
        let grid = GridCode::try_new("110105014003012").unwrap();
        assert_eq!(
            (grid.community(), grid.number()),
            (code("110105014003"), 12)
        );
        assert_eq!(GridCode::in_community(grid.community(), 12), Ok(grid));
        assert_eq!(GridCode::try_new("110105014003000"), Err(Error::GridNumber));
        assert_eq!(
            GridCode::in_community(grid.community(), 0),
            Err(Error::GridNumber)
        );
        assert_eq!(
            GridCode::in_community(grid.community(), 1000),
            Err(Error::GridNumber)
        );
        assert_eq!(
            GridCode::try_new("110105014000001"),
            Err(Error::GridNotInCommunity(Level::Township))
        );
        assert_eq!(
            GridCode::try_new("110105014003"),
            Err(Error::Length {
                what: "grid",
                expected: "15",
                found: 12
            })
        );
    }

    #[test]
    fn codes_are_checked_when_read_from_json() {
        assert_eq!(
            serde_json::to_string(&code("110000000000")).unwrap(),
            "\"110000000000\""
        );
        assert!(serde_json::from_str::<DivisionCode>("\"110005000000\"").is_err());
        assert!(serde_json::from_str::<GridCode>("\"110105014003012\"").is_ok());
    }

    fn codes() -> impl Strategy<Value = DivisionCode> {
        let parts = (
            11u16..=91,
            1u16..=99,
            0u16..=99,
            0u16..=999,
            0u16..=999,
            1usize..=5,
        );
        parts.prop_filter_map("a gap", |(p, c, x, t, v, level)| {
            let text = format!("{p}{c:02}{x:02}{t:03}{v:03}");
            let level = Level::ALL[level - 1];
            DivisionCode::try_new(&format!("{:0<12}", &text[..level.digits()])).ok()
        })
    }

    proptest! {
        #[test]
        fn every_ancestor_contains_and_is_one_level_or_a_skipped_county_up(code in codes()) {
            for above in code.ancestors() {
                prop_assert!(above.contains(&code));
                prop_assert_eq!(above.level() < code.level(), above != code);
                prop_assert_eq!(DivisionCode::try_new(above.as_str()), Ok(above));
            }
            prop_assert_eq!(code.ancestors().last().unwrap().level(), Level::Province);
            prop_assert_eq!(DivisionCode::from_short(code.prefix()), Ok(code));
        }

        #[test]
        fn containing_is_being_an_ancestor(a in codes(), b in codes()) {
            prop_assert_eq!(a.contains(&b), b.ancestors().any(|above| above == a));
        }

        #[test]
        fn reading_never_panics(text in "\\PC{0,16}") {
            let _ = DivisionCode::try_new(&text);
            let _ = DivisionCode::from_short(&text);
            let _ = GridCode::try_new(&text);
        }
    }
}
