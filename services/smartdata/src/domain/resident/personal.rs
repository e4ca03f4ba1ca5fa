//! Personal fields in the clear and sealed. Each sealed field is bound to its
//! column and its row, so that a value copied elsewhere does not open there.

use std::fmt;

use chrono::NaiveDate;
use kernel::{CitizenId, PiiKeys, Refusal, keys::ResidentId, pii, refuse};

/// Personal fields in the clear. No Display, and Debug hides them.
#[derive(Clone)]
pub struct Personal {
    pub name: String,
    pub citizen_id: CitizenId,
    pub phone: Option<String>,
}

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Personal(hidden)")
    }
}

impl Personal {
    /// Checks what somebody typed; `today` is the present day in China.
    pub fn try_new(
        name: &str,
        citizen_id: &str,
        phone: Option<&str>,
        today: NaiveDate,
    ) -> Result<Self, Refusal> {
        let citizen_id = CitizenId::parse(citizen_id.trim(), today)
            .map_err(|error| Refusal::from(error).with_field("input.citizenId"))?;
        Ok(Self {
            name: check_name(name)?,
            citizen_id,
            phone: phone.map(check_phone).transpose()?,
        })
    }
}

fn check_name(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    let count = name.chars().count();
    let odd = |c: char| c.is_control() || c.is_ascii_digit();
    if count == 0 || count > 50 || name.chars().any(odd) {
        return Err(refuse!(
            Invalid,
            "PERSON_NAME",
            field: "input.name",
            zh: "姓名须为 1 至 50 个字,不含数字和控制字符",
            en: "a name has 1 to 50 characters, no digits and no control characters",
        ));
    }
    Ok(name.to_owned())
}

/// A mobile number of 11 digits, or a landline with its area code; written as
/// digits alone.
fn check_phone(phone: &str) -> Result<String, Refusal> {
    let national = phone.trim().strip_prefix("+86").unwrap_or(phone);
    let digits: String = national
        .chars()
        .filter(|c| !matches!(c, ' ' | '-'))
        .collect();
    let all_digits = digits.bytes().all(|b| b.is_ascii_digit());
    let mobile = digits.len() == 11 && digits.as_bytes()[0] == b'1' && digits.as_bytes()[1] >= b'3';
    let landline = (10..=12).contains(&digits.len()) && digits.starts_with('0');
    if all_digits && (mobile || landline) {
        return Ok(digits);
    }
    Err(refuse!(
        Invalid,
        "PHONE_MALFORMED",
        field: "input.phone",
        zh: "电话须为 11 位手机号,或带区号的固定电话",
        en: "a phone number is a mobile number of 11 digits or a landline with its area code",
    ))
}

/// Personal fields as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    pub name: Vec<u8>,
    pub citizen_id: Vec<u8>,
    pub phone: Option<Vec<u8>>,
    /// Finds the same person again without showing who it is.
    pub citizen_index: Vec<u8>,
}

impl Sealed {
    /// Seals the fields of one resident.
    pub fn of(id: ResidentId, keys: &PiiKeys, personal: &Personal) -> Self {
        let seal = |column: &str, text: &str| keys.encrypt_text(&bound(column, id), text);
        Self {
            name: seal("name", &personal.name),
            citizen_id: seal("citizen_id", personal.citizen_id.expose()),
            phone: personal.phone.as_deref().map(|phone| seal("phone", phone)),
            citizen_index: citizen_index(keys, &personal.citizen_id),
        }
    }

    /// The name, in full or with most of it covered.
    pub fn name(&self, id: ResidentId, keys: &PiiKeys, full: bool) -> Result<String, pii::Error> {
        let name = keys.decrypt_text(&bound("name", id), &self.name)?;
        Ok(if full { name } else { pii::mask_name(&name) })
    }

    /// The identity number, in full or with most of it covered.
    pub fn citizen_id(
        &self,
        id: ResidentId,
        keys: &PiiKeys,
        full: bool,
    ) -> Result<String, pii::Error> {
        let number = keys.decrypt_text(&bound("citizen_id", id), &self.citizen_id)?;
        if full {
            return Ok(number);
        }
        // It was valid on the day it was taken down; whether it still is does
        // not matter for covering it.
        Ok(CitizenId::parse(&number, NaiveDate::MAX)
            .map_or_else(|_| "*".repeat(18), |number| number.masked()))
    }

    /// The phone number, in full or with most of it covered.
    pub fn phone(
        &self,
        id: ResidentId,
        keys: &PiiKeys,
        full: bool,
    ) -> Result<Option<String>, pii::Error> {
        let Some(sealed) = &self.phone else {
            return Ok(None);
        };
        let phone = keys.decrypt_text(&bound("phone", id), sealed)?;
        Ok(Some(if full { phone } else { pii::mask_phone(&phone) }))
    }
}

/// The blind index by which one person has one record.
pub fn citizen_index(keys: &PiiKeys, number: &CitizenId) -> Vec<u8> {
    keys.blind_index("residents.citizen_id", number.expose())
        .to_vec()
}

/// Tells whether a repeated request carries the same person, for the hash of
/// the request: a plain hash of an identity number could be guessed.
pub fn fingerprint(keys: &PiiKeys, personal: &Personal) -> String {
    let all = format!(
        "{}\n{}\n{}",
        personal.name,
        personal.citizen_id.expose(),
        personal.phone.as_deref().unwrap_or_default()
    );
    let mac = keys.blind_index("residents.request", &all);
    mac.iter().fold(String::with_capacity(64), |mut hex, byte| {
        use fmt::Write as _;
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn bound(column: &str, id: ResidentId) -> String {
    format!("residents.{column}/{id}")
}
