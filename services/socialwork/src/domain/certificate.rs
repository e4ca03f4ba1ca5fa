//! 志愿服务记录证明 (B10): free and true; its code proves it without a name.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use kernel::{Minutes, Refusal, china_date, keys::VolunteerId, refuse};
use serde::{Deserialize, Serialize};

kernel::typed_id!(
    /// Certificate of volunteer service (志愿服务记录证明).
    CertificateId, "volunteer_certificate");

/// Twenty hexadecimal digits: 80 bits that nobody guesses.
const CODE_BYTES: usize = 10;

/// A certificate that was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    pub id: CertificateId,
    pub volunteer_id: VolunteerId,
    pub number: String,
    /// As stored: twenty hexadecimal digits without hyphens.
    pub code: String,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub records: i64,
    pub minutes: Minutes,
    pub issued_by: String,
    pub issued_at: DateTime<Utc>,
    /// Whether every record it names still stands.
    pub standing: bool,
}

impl Certificate {
    /// The code in groups of five, as it is printed.
    pub fn printed_code(&self) -> String {
        let mut printed = String::with_capacity(self.code.len() + 3);
        for (n, digit) in self.code.chars().enumerate() {
            if n > 0 && n % 5 == 0 {
                printed.push('-');
            }
            printed.push(digit);
        }
        printed
    }
}

/// The code of a keyed hash.
pub fn code(hash: &[u8; 32]) -> String {
    hash.iter()
        .take(CODE_BYTES)
        .fold(String::new(), |mut code, byte| {
            // Writing to a string never fails.
            let _ = write!(code, "{byte:02X}");
            code
        })
}

/// A code somebody typed, without hyphens and blanks; none where it cannot be one.
pub fn read_code(text: &str) -> Option<String> {
    if text.len() > 100 {
        return None;
    }
    let code: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let good = code.len() == CODE_BYTES * 2 && code.bytes().all(|b| b.is_ascii_hexdigit());
    good.then_some(code)
}

/// The number of a certificate: the year and a running number.
pub fn number(serial: i64, now: DateTime<Utc>) -> String {
    format!("ZYFW{}{serial:08}", china_date(now).year())
}

/// A period that is over, or ends today.
pub fn check_period(from: NaiveDate, to: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    if from <= to && to <= today {
        return Ok(());
    }
    Err(refuse!(
        Invalid,
        "CERTIFICATE_PERIOD",
        field: "input.to",
        zh: "起止日期须先后有序,且不晚于今天",
        en: "the period ends after it begins, and not after today",
    ))
}

/// Nothing was served in the period.
pub fn nothing_served() -> Refusal {
    refuse!(
        Refused,
        "CERTIFICATE_NOTHING_SERVED",
        zh: "该时段没有志愿服务记录",
        en: "there is no record of service in this period",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_a_code_as_people_type_it() {
        let made = code(&[0xAB; 32]);
        assert_eq!(made, "ABABABABABABABABABAB");
        assert_eq!(read_code(" abab-ababab ABABAB-abab"), Some(made));
        assert_eq!(read_code("ABAB"), None);
        assert_eq!(read_code(&"Z".repeat(20)), None);
        assert_eq!(read_code(&"-".repeat(101)), None);
    }

    #[test]
    fn refuses_a_period_that_is_not_over() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let today = day("2026-03-02");
        assert!(check_period(day("2026-01-01"), today, today).is_ok());
        assert!(check_period(day("2026-01-01"), day("2026-03-03"), today).is_err());
        assert!(check_period(today, day("2026-01-01"), today).is_err());
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(hash in any::<[u8; 32]>()) {
            let certificate = Certificate {
                id: CertificateId::from_uuid(uuid::Uuid::nil()),
                volunteer_id: VolunteerId::from_uuid(uuid::Uuid::nil()),
                number: String::new(),
                code: code(&hash),
                from: NaiveDate::MIN,
                to: NaiveDate::MIN,
                records: 1,
                minutes: Minutes::new(1),
                issued_by: String::new(),
                issued_at: DateTime::UNIX_EPOCH,
                standing: true,
            };
            prop_assert_eq!(read_code(&certificate.printed_code()), Some(certificate.code));
        }
    }
}
