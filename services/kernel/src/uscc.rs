//! Unified social credit codes (统一社会信用代码, GB 32100): 18 characters from a set of 31.
//!
//! Two checks live in a code: the organisation code in positions 9–17 has its own modulus-11
//! character, and the whole has a modulus-31 one. Some early codes that are really in use fail
//! them, so a failing code is not lost: it is accepted with a reason that somebody gives.

use std::borrow::Cow;
use std::fmt;

use crate::{Fault, Kind, Lang};

/// No I, O, S, V, Z.
const CHARSET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS: [u32; 17] = [
    1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
];
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
const REASON_CHARS: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("a unified social credit code has 18 characters, this has {0}")]
    Length(usize),
    #[error("character {position} of the code, `{found}`, may not stand there")]
    Character { position: usize, found: char },
    #[error(
        "the check character of the organisation code (position 17) is wrong; an early code may be \
         accepted with a reason"
    )]
    OrganisationCheck,
    #[error(
        "the check character (position 18) is wrong; an early code may be accepted with a reason"
    )]
    CheckDigit,
    #[error(
        "accepting a code whose check fails needs a reason of at least {REASON_CHARS} characters"
    )]
    OverrideReason,
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Length(_) => "USCC_LENGTH",
            Self::Character { .. } => "USCC_CHARACTER",
            Self::OrganisationCheck => "USCC_ORGANISATION_CHECK",
            Self::CheckDigit => "USCC_CHECK_DIGIT",
            Self::OverrideReason => "USCC_OVERRIDE_REASON",
        }
    }

    fn message(&self, lang: Lang) -> Cow<'static, str> {
        let zh = match self {
            Self::Length(found) => format!("统一社会信用代码应为 18 位，实为 {found} 位"),
            Self::Character { position, found } => {
                format!("统一社会信用代码第 {position} 位不能是“{found}”")
            }
            Self::OrganisationCheck => {
                "组织机构代码校验位（第 17 位）不符；早期代码可填写理由后收录".to_owned()
            }
            Self::CheckDigit => "校验位（第 18 位）不符；早期代码可填写理由后收录".to_owned(),
            Self::OverrideReason => {
                format!("收录校验不符的代码须填写理由，不少于 {REASON_CHARS} 个字")
            }
        };
        lang.pick(zh, self.to_string()).into()
    }
}

/// How the code stands with its checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsccCheck {
    Ok,
    /// Accepted although a check fails, by somebody, for a reason.
    LegacyOverride {
        reason: String,
    },
}

/// The registering department (登记管理部门), position 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Authority {
    /// 机构编制
    Establishment,
    /// 外交
    ForeignAffairs,
    /// 司法行政
    Justice,
    /// 文化
    Culture,
    /// 民政
    CivilAffairs,
    /// 旅游
    Tourism,
    /// 宗教
    Religion,
    /// 工会
    TradeUnions,
    /// 工商 (市场监管)
    Market,
    /// 农业
    Agriculture,
    /// Any other.
    Other,
}

/// The sort of body (机构类别) told by positions 1 and 2, as far as 民政 registers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// 社会团体 51
    SocialGroup,
    /// 民办非企业单位 52
    PrivateNonEnterprise,
    /// 基金会 53
    Foundation,
    /// 村民委员会 54
    VillagersCommittee,
    /// 居民委员会 55
    ResidentsCommittee,
    /// Registered elsewhere or as another sort.
    Other,
}

/// A code that is well formed and whose checks hold or were overridden.
#[derive(Clone, PartialEq, Eq)]
pub struct Uscc {
    code: [u8; 18],
    check: UsccCheck,
}

impl Uscc {
    /// Reads a code; lower case is taken for upper case.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let code = well_formed(text)?;
        if organisation_check(&code) != code[16] {
            return Err(Error::OrganisationCheck);
        }
        if check(&code) != code[17] {
            return Err(Error::CheckDigit);
        }
        Ok(Self {
            code,
            check: UsccCheck::Ok,
        })
    }

    /// Reads a code and, where a check fails, accepts it for a reason. A code whose checks hold
    /// needs none and keeps none.
    pub fn with_override(text: &str, reason: &str) -> Result<Self, Error> {
        match Self::parse(text) {
            Err(Error::OrganisationCheck | Error::CheckDigit) => {
                let reason = reason.trim();
                if reason.chars().count() < REASON_CHARS {
                    return Err(Error::OverrideReason);
                }
                let check = UsccCheck::LegacyOverride {
                    reason: reason.to_owned(),
                };
                Ok(Self {
                    code: well_formed(text)?,
                    check,
                })
            }
            read => read,
        }
    }

    /// Reads what is stored: a code and the reason that may go with it.
    pub fn from_parts(text: &str, override_reason: Option<&str>) -> Result<Self, Error> {
        override_reason.map_or_else(
            || Self::parse(text),
            |reason| Self::with_override(text, reason),
        )
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.code).expect("a credit code holds ASCII only")
    }

    pub fn check(&self) -> &UsccCheck {
        &self.check
    }

    pub fn override_reason(&self) -> Option<&str> {
        match &self.check {
            UsccCheck::Ok => None,
            UsccCheck::LegacyOverride { reason } => Some(reason),
        }
    }

    pub fn authority(&self) -> Authority {
        match self.code[0] {
            b'1' => Authority::Establishment,
            b'2' => Authority::ForeignAffairs,
            b'3' => Authority::Justice,
            b'4' => Authority::Culture,
            b'5' => Authority::CivilAffairs,
            b'6' => Authority::Tourism,
            b'7' => Authority::Religion,
            b'8' => Authority::TradeUnions,
            b'9' => Authority::Market,
            b'N' => Authority::Agriculture,
            _ => Authority::Other,
        }
    }

    pub fn category(&self) -> Category {
        match &self.code[..2] {
            b"51" => Category::SocialGroup,
            b"52" => Category::PrivateNonEnterprise,
            b"53" => Category::Foundation,
            b"54" => Category::VillagersCommittee,
            b"55" => Category::ResidentsCommittee,
            _ => Category::Other,
        }
    }

    /// The six digits of the registering authority's division. Divisions are abolished while
    /// codes stay, so this need not name one that exists.
    pub fn division_digits(&self) -> &str {
        &self.as_str()[2..8]
    }

    /// The organisation code (组织机构代码) with its check character.
    pub fn organisation_code(&self) -> &str {
        &self.as_str()[8..17]
    }
}

fn well_formed(text: &str) -> Result<[u8; 18], Error> {
    let count = text.chars().count();
    if count != 18 {
        return Err(Error::Length(count));
    }
    let mut code = [0; 18];
    for (index, found) in text.chars().enumerate() {
        let upper = found.to_ascii_uppercase();
        let allowed = match index {
            2..=7 => upper.is_ascii_digit(),
            _ => upper.is_ascii() && CHARSET.contains(&(upper as u8)),
        };
        if !allowed {
            return Err(Error::Character {
                position: index + 1,
                found,
            });
        }
        code[index] = upper as u8;
    }
    Ok(code)
}

fn check(code: &[u8; 18]) -> u8 {
    let value = |b: &u8| CHARSET.iter().position(|c| c == b).unwrap_or(0);
    let sum: usize = code
        .iter()
        .zip(WEIGHTS)
        .map(|(b, w)| value(b) * w as usize)
        .sum();
    // A sum divisible by 31 leaves 31, which is no symbol: the standard writes it 0.
    CHARSET[(31 - sum % 31) % 31]
}

fn organisation_check(code: &[u8; 18]) -> u8 {
    let value = |b: u8| char::from(b).to_digit(36).unwrap_or(0);
    let sum: u32 = code[8..16]
        .iter()
        .zip(ORGANISATION_WEIGHTS)
        .map(|(b, w)| value(*b) * w)
        .sum();
    b"0123456789X0"[(11 - sum % 11) as usize]
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uscc({}, {:?})", self.as_str(), self.check)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_codes_in_use() {
        for text in [
            "91350100M000100Y43",
            "9144030071526726XG",
            "91110000600037341L",
        ] {
            let uscc = Uscc::parse(text).unwrap();
            assert_eq!((uscc.as_str(), uscc.check()), (text, &UsccCheck::Ok));
        }
    }

    #[test]
    fn writes_the_check_of_a_sum_divisible_by_31_as_zero() {
        for text in [
            "522306000000000350",
            "522306000000002700",
            "522306000000005020",
        ] {
            assert!(Uscc::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn early_codes_fail_a_check_and_are_kept_with_a_reason() {
        for text in [
            "91350100M0001TGQXM",
            "91350211M0000XUF46",
            "91350203M0001FUE2P",
        ] {
            let error = Uscc::parse(text).unwrap_err();
            assert!(
                matches!(error, Error::CheckDigit | Error::OrganisationCheck),
                "{text}"
            );
            assert_eq!(
                Uscc::with_override(text, " 早 期 "),
                Err(Error::OverrideReason)
            );
            assert_eq!(
                Uscc::with_override(text, "    "),
                Err(Error::OverrideReason)
            );
            let kept = Uscc::with_override(text, "早期发放的代码").unwrap();
            assert_eq!(kept.override_reason(), Some("早期发放的代码"));
            assert_eq!(
                Uscc::from_parts(kept.as_str(), kept.override_reason()),
                Ok(kept)
            );
        }
    }

    #[test]
    fn a_sound_code_keeps_no_override() {
        let uscc = Uscc::with_override("91110000600037341L", "没有必要的理由").unwrap();
        assert_eq!(uscc.override_reason(), None);
        assert!(Uscc::with_override("91110000600037341L", "").is_ok());
    }

    #[test]
    fn an_override_does_not_excuse_a_malformed_code() {
        let refused = |text| Uscc::with_override(text, "早期发放的代码").unwrap_err();
        assert_eq!(refused("9111000060003734"), Error::Length(16));
        assert_eq!(
            refused("91110000600037341I"),
            Error::Character {
                position: 18,
                found: 'I'
            }
        );
        assert_eq!(
            refused("91A10000600037341L"),
            Error::Character {
                position: 3,
                found: 'A'
            }
        );
        assert_eq!(refused("９1110000600037341L").reason(), "USCC_CHARACTER");
    }

    #[test]
    fn refuses_each_letter_outside_the_set() {
        for letter in ['I', 'O', 'S', 'V', 'Z', 'i', '-', '社'] {
            let text = format!("9111000060003734{letter}L");
            assert_eq!(
                Uscc::parse(&text),
                Err(Error::Character {
                    position: 17,
                    found: letter
                })
            );
        }
    }

    #[test]
    fn tells_the_two_checks_apart() {
        assert_eq!(Uscc::parse("911100006000373410"), Err(Error::CheckDigit));
        assert_eq!(
            Uscc::parse("91110000600037342L"),
            Err(Error::OrganisationCheck)
        );
    }

    #[test]
    fn the_positions_tell_who_registered_what() {
        let uscc = Uscc::parse("522306000000000350").unwrap();
        assert_eq!(uscc.authority(), Authority::CivilAffairs);
        assert_eq!(uscc.category(), Category::PrivateNonEnterprise);
        assert_eq!(
            (uscc.division_digits(), uscc.organisation_code()),
            ("230600", "000000035")
        );
        let company = Uscc::parse("91110000600037341l").unwrap();
        assert_eq!(
            (company.authority(), company.category()),
            (Authority::Market, Category::Other)
        );
        assert_eq!(company.to_string(), "91110000600037341L");
    }

    /// Completes both checks, as a registrar does.
    fn completed(first: &str) -> String {
        let mut code = [b'0'; 18];
        code[..16].copy_from_slice(first.as_bytes());
        code[16] = organisation_check(&code);
        code[17] = check(&code);
        String::from_utf8(code.to_vec()).unwrap()
    }

    proptest! {
        #[test]
        fn completed_codes_are_read_and_a_changed_character_is_noticed(
            first in "[1-9A-HJ-NPQRTUWXY][0-9A-HJ-NPQRTUWXY][0-9]{6}[0-9A-HJ-NPQRTUWXY]{8}",
            at in 0usize..18, symbol in 0usize..31,
        ) {
            let text = completed(&first);
            prop_assert!(Uscc::parse(&text).is_ok());
            let mut changed = text.clone().into_bytes();
            changed[at] = CHARSET[symbol];
            let changed = String::from_utf8(changed).unwrap();
            prop_assert_eq!(Uscc::parse(&changed).is_ok(), changed == text);
        }

        #[test]
        fn reading_never_panics(text in "\\PC{0,20}") {
            let _ = Uscc::with_override(&text, "随便写的理由");
        }
    }
}
