//! Citizen identity numbers (公民身份号码, GB 11643): 17 digits and a check character.
//!
//! The first six digits are never judged: divisions are abolished, the numbers that name them
//! stay with their holders for life.

use std::borrow::Cow;
use std::fmt;

use chrono::{Datelike, NaiveDate};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{Fault, Kind as FaultKind, Lang};

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK: &[u8; 11] = b"10X98765432";

/// Never says more of the number than what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("an identity number has 18 characters, this has {0}")]
    Length(usize),
    #[error("this is an identity number of the first generation (15 digits); use the 18-digit one")]
    Legacy15,
    #[error("an identity number of the first generation has 15 digits, this has {0}")]
    LegacyLength(usize),
    #[error("character {0} of the 15-digit identity number is not a digit")]
    LegacyCharacter(usize),
    #[error("character {0} of the identity number must be a digit (the last may be X)")]
    Character(usize),
    #[error("the identity number does not hold a real date of birth")]
    BirthDate,
    #[error("the date of birth in the identity number lies in the future")]
    BornInFuture,
    #[error("the check character of the identity number is wrong; a digit is probably mistyped")]
    CheckDigit,
    #[error("a sequence number has at most three digits")]
    Sequence,
}

impl Fault for Error {
    fn kind(&self) -> FaultKind {
        FaultKind::Invalid
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Length(_) => "CITIZEN_ID_LENGTH",
            Self::Legacy15 => "CITIZEN_ID_LEGACY_15",
            Self::LegacyLength(_) | Self::LegacyCharacter(_) => "CITIZEN_ID_LEGACY_MALFORMED",
            Self::Character(_) => "CITIZEN_ID_CHARACTER",
            Self::BirthDate => "CITIZEN_ID_BIRTH_DATE",
            Self::BornInFuture => "CITIZEN_ID_BORN_IN_FUTURE",
            Self::CheckDigit => "CITIZEN_ID_CHECK_DIGIT",
            Self::Sequence => "CITIZEN_ID_SEQUENCE",
        }
    }

    fn message(&self, lang: Lang) -> Cow<'static, str> {
        let zh: Cow<'static, str> = match self {
            Self::Length(found) => format!("身份号码应为 18 位，实为 {found} 位").into(),
            Self::Legacy15 => "这是 15 位的第一代身份证号码，请使用 18 位号码".into(),
            Self::LegacyLength(found) => {
                format!("第一代身份证号码应为 15 位，实为 {found} 位").into()
            }
            Self::LegacyCharacter(at) => format!("第一代身份证号码第 {at} 位不是数字").into(),
            Self::Character(at) => format!("身份号码第 {at} 位须为数字（末位可为 X）").into(),
            Self::BirthDate => "身份号码中的出生日期不存在".into(),
            Self::BornInFuture => "身份号码中的出生日期晚于今天".into(),
            Self::CheckDigit => "身份号码校验位不符，请检查是否有误".into(),
            Self::Sequence => "顺序码最多三位".into(),
        };
        lang.pick(zh, self.to_string().into())
    }
}

/// Told by the 17th digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sex {
    /// 女
    Female,
    /// 男
    Male,
}

/// Whose number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 居民身份证
    Mainland,
    /// 港澳台居民居住证 (81, 82, 83)
    HongKongMacaoTaiwanPermit,
    /// 外国人永久居留身份证, beginning with 9
    ForeignPermanentResident,
}

/// A valid number. Its memory is wiped, it has no Display, and Debug hides it.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct CitizenId([u8; 18]);

impl CitizenId {
    /// Reads a number; `x` is taken for `X`. `today` is the present day in China.
    pub fn parse(text: &str, today: NaiveDate) -> Result<Self, Error> {
        let count = text.chars().count();
        if count == 15 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Error::Legacy15);
        }
        if count != 18 {
            return Err(Error::Length(count));
        }
        for (index, c) in text.chars().enumerate() {
            if !(c.is_ascii_digit() || index == 17 && matches!(c, 'x' | 'X')) {
                return Err(Error::Character(index + 1));
            }
        }
        let mut number = [0; 18];
        number.copy_from_slice(text.as_bytes());
        number[17] = number[17].to_ascii_uppercase();
        let id = Self(number);
        if check(&id.0) != id.0[17] {
            return Err(Error::CheckDigit);
        }
        match born(&id.0) {
            None => Err(Error::BirthDate),
            Some(date) if date > today => Err(Error::BornInFuture),
            Some(_) => Ok(id),
        }
    }

    /// Makes the 18-digit number of a 15-digit one. The first generation gave the sequence
    /// numbers 996–999 to people over a hundred years old, so those were born in the 1800s.
    pub fn convert_legacy(text: &str, today: NaiveDate) -> Result<Self, Error> {
        if let Some(at) = text.chars().position(|c| !c.is_ascii_digit()) {
            return Err(Error::LegacyCharacter(at + 1));
        }
        if text.len() != 15 {
            return Err(Error::LegacyLength(text.len()));
        }
        let century = if &text[12..] >= "996" { "18" } else { "19" };
        Self::complete(&[&text[..6], century, &text[6..]], today)
    }

    /// A well-formed number for demonstrations and tests: a prefix of six digits, a date of
    /// birth and a sequence number up to 999 (odd for men).
    pub fn synthetic(prefix: &str, birth: NaiveDate, sequence: u16) -> Result<Self, Error> {
        if prefix.len() != 6 {
            return Err(Error::Length(12 + prefix.chars().count()));
        }
        if sequence > 999 {
            return Err(Error::Sequence);
        }
        let birth_digits = birth.format("%Y%m%d").to_string();
        Self::complete(&[prefix, &birth_digits, &format!("{sequence:03}")], birth)
    }

    /// Adds the check character and reads the result.
    fn complete(parts: &[&str], today: NaiveDate) -> Result<Self, Error> {
        let mut text = Zeroizing::new(parts.concat());
        if let Some(at) = text.chars().position(|c| !c.is_ascii_digit()) {
            return Err(Error::Character(at + 1));
        }
        let mut number = [b'0'; 18];
        let Some(first) = number
            .get_mut(..text.len())
            .filter(|first| first.len() == 17)
        else {
            return Err(Error::Length(text.len() + 1));
        };
        first.copy_from_slice(text.as_bytes());
        text.push(char::from(check(&number)));
        number.zeroize();
        Self::parse(&text, today)
    }

    /// The number itself, for encryption and keyed hashing only.
    pub fn expose(&self) -> &str {
        std::str::from_utf8(&self.0).expect("an identity number holds ASCII only")
    }

    pub fn birth_date(&self) -> NaiveDate {
        born(&self.0).expect("the date was checked when the number was read")
    }

    pub fn sex(&self) -> Sex {
        if self.0[16] % 2 == 1 {
            Sex::Male
        } else {
            Sex::Female
        }
    }

    /// Whole years on a day.
    pub fn age_on(&self, day: NaiveDate) -> u32 {
        day.years_since(self.birth_date()).unwrap_or(0)
    }

    pub fn kind(&self) -> Kind {
        match &self.0[..2] {
            b"81" | b"82" | b"83" => Kind::HongKongMacaoTaiwanPermit,
            [b'9', _] => Kind::ForeignPermanentResident,
            _ => Kind::Mainland,
        }
    }

    /// What a screen may show: the first three and the last two characters. Enough for a clerk
    /// to match a card in hand, too little to rebuild the date of birth.
    pub fn masked(&self) -> String {
        let text = self.expose();
        format!("{}*************{}", &text[..3], &text[16..])
    }
}

fn check(number: &[u8; 18]) -> u8 {
    let sum: u32 = number
        .iter()
        .zip(WEIGHTS)
        .map(|(b, w)| u32::from(b - b'0') * w)
        .sum();
    CHECK[(sum % 11) as usize]
}

fn born(number: &[u8; 18]) -> Option<NaiveDate> {
    let digits = |range: std::ops::Range<usize>| {
        number[range]
            .iter()
            .fold(0u32, |n, b| n * 10 + u32::from(b - b'0'))
    };
    let year = i32::try_from(digits(6..10)).ok()?;
    NaiveDate::from_ymd_opt(year, digits(10..12), digits(12..14)).filter(|day| day.year() >= 1800)
}

impl PartialEq for CitizenId {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for CitizenId {}

impl fmt::Debug for CitizenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CitizenId(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn read(text: &str) -> Result<CitizenId, Error> {
        CitizenId::parse(text, day("2026-03-01"))
    }

    #[test]
    fn reads_the_published_example() {
        let id = read("11010519491231002X").unwrap();
        assert_eq!(id.birth_date(), day("1949-12-31"));
        assert_eq!((id.sex(), id.kind()), (Sex::Female, Kind::Mainland));
        assert_eq!(id.age_on(day("2026-12-30")), 76);
        assert_eq!(id.age_on(day("2026-12-31")), 77);
    }

    #[test]
    fn takes_a_small_x_for_a_large_one() {
        assert_eq!(
            read("11010519491231002x").unwrap(),
            read("11010519491231002X").unwrap()
        );
    }

    #[test]
    fn refuses_each_fault_for_its_own_reason() {
        for (text, error) in [
            ("", Error::Length(0)),
            ("1101051949123100", Error::Length(16)),
            ("110105491231002", Error::Legacy15),
            ("1101051949123100X2", Error::Character(17)),
            ("11010519491231００2X", Error::Character(15)),
            ("110105194912310021", Error::CheckDigit),
            ("110105194912130020", Error::CheckDigit),
        ] {
            assert_eq!(read(text).unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn refuses_dates_that_do_not_exist_or_have_not_come() {
        let with_check = |first: &str| {
            let mut number = [b'0'; 18];
            number[..17].copy_from_slice(first.as_bytes());
            format!("{first}{}", char::from(check(&number)))
        };
        assert_eq!(
            read(&with_check("11010519490229002")).unwrap_err(),
            Error::BirthDate
        );
        assert_eq!(
            read(&with_check("11010500001231002")).unwrap_err(),
            Error::BirthDate
        );
        assert_eq!(
            read(&with_check("11010520260302002")).unwrap_err(),
            Error::BornInFuture
        );
        assert!(read(&with_check("11010520260301002")).is_ok());
        assert!(
            read(&with_check("00000019480229002")).is_ok(),
            "no prefix is judged"
        );
    }

    #[test]
    fn tells_permits_by_their_prefix() {
        let kind = |prefix| {
            CitizenId::synthetic(prefix, day("1980-05-05"), 1)
                .unwrap()
                .kind()
        };
        for prefix in ["810000", "820000", "830000"] {
            assert_eq!(kind(prefix), Kind::HongKongMacaoTaiwanPermit);
        }
        assert_eq!(kind("931156"), Kind::ForeignPermanentResident);
        assert_eq!(kind("999999"), Kind::ForeignPermanentResident);
        assert_eq!(kind("110105"), Kind::Mainland);
    }

    #[test]
    fn converts_numbers_of_the_first_generation() {
        let today = day("2026-03-01");
        let id = CitizenId::convert_legacy("110105491231002", today).unwrap();
        assert_eq!(id.expose(), "11010519491231002X");
        let old = CitizenId::convert_legacy("110105851231997", today).unwrap();
        assert_eq!(old.birth_date(), day("1885-12-31"));
        let refused = |text| CitizenId::convert_legacy(text, today).unwrap_err();
        assert_eq!(refused("1101054912310"), Error::LegacyLength(13));
        assert_eq!(refused("11010549123100X"), Error::LegacyCharacter(15));
        assert_eq!(refused("110105491331002"), Error::BirthDate);
    }

    #[test]
    fn synthetic_numbers_refuse_what_cannot_be_one() {
        let birth = day("1950-01-01");
        assert!(CitizenId::synthetic("11010", birth, 1).is_err());
        assert!(CitizenId::synthetic("11010X", birth, 1).is_err());
        assert!(CitizenId::synthetic("区区", birth, 1).is_err());
        assert_eq!(
            CitizenId::synthetic("110105", birth, 1000).unwrap_err(),
            Error::Sequence
        );
        assert!(CitizenId::synthetic("110105", NaiveDate::MAX, 1).is_err());
        assert!(CitizenId::synthetic("110105", NaiveDate::MIN, 1).is_err());
    }

    #[test]
    fn shows_only_its_ends() {
        let id = read("11010519491231002X").unwrap();
        assert_eq!(id.masked(), "110*************2X");
        assert_eq!(id.masked().len(), 18);
        assert_eq!(format!("{id:?}"), "CitizenId(hidden)");
    }

    proptest! {
        #[test]
        fn a_changed_digit_or_swapped_neighbours_are_noticed(
            prefix in 100_000u32..=999_999, days in 0i64..40_000, seq in 0u16..=999,
            at in 0usize..17, by in 1u8..=9,
        ) {
            let birth = day("1900-01-01") + chrono::TimeDelta::days(days);
            let id = CitizenId::synthetic(&prefix.to_string(), birth, seq).unwrap();
            let today = day("2026-03-01");
            prop_assert_eq!(id.birth_date(), birth);
            prop_assert_eq!(id.sex() == Sex::Male, seq % 2 == 1);
            prop_assert!(CitizenId::parse(id.expose(), today).is_ok());

            let mut bytes = id.expose().as_bytes().to_vec();
            bytes[at] = b'0' + (bytes[at] - b'0' + by) % 10;
            prop_assert!(CitizenId::parse(std::str::from_utf8(&bytes).unwrap(), today).is_err());

            let mut bytes = id.expose().as_bytes().to_vec();
            bytes.swap(at, at + 1);
            let same = bytes == id.expose().as_bytes();
            let read = CitizenId::parse(std::str::from_utf8(&bytes).unwrap(), today);
            prop_assert_eq!(read.is_ok(), same);
        }

        #[test]
        fn reading_never_panics(text in "\\PC{0,20}") {
            let _ = read(&text);
            let _ = CitizenId::convert_legacy(&text, day("2026-03-01"));
        }
    }
}
