//! Personal data: encryption of single fields, blind indexes for uniqueness and search, masks.

use std::borrow::Cow;
use std::fmt;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Fault, Kind, Lang};

const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;
const INDEX_TAG: &[u8] = b"sanshe.pii.index.v1";

/// Never says what was in the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("two keys carry the version {0}")]
    DuplicateVersion(u8),
    #[error("the field was encrypted with key version {0}, which is not loaded")]
    UnknownVersion(u8),
    #[error("the encrypted field is too short")]
    TooShort,
    #[error("the encrypted field was changed, or belongs to another column")]
    Tampered,
    #[error("the decrypted field is not text")]
    NotText,
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        Kind::Internal
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::DuplicateVersion(_) => "PII_KEY_DUPLICATE",
            Self::UnknownVersion(_) => "PII_KEY_UNKNOWN",
            Self::TooShort | Self::Tampered | Self::NotText => "PII_FIELD_DAMAGED",
        }
    }

    fn message(&self, lang: Lang) -> Cow<'static, str> {
        let zh = match self {
            Self::DuplicateVersion(version) => format!("密钥版本 {version} 重复"),
            Self::UnknownVersion(version) => format!("字段使用的密钥版本 {version} 未加载"),
            Self::TooShort => "加密字段长度不足".to_owned(),
            Self::Tampered => "加密字段被改动，或属于其他列".to_owned(),
            Self::NotText => "解密结果不是文本".to_owned(),
        };
        lang.pick(zh, self.to_string()).into()
    }
}

#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct Versioned {
    version: u8,
    key: [u8; 32],
}

/// The keys of a service. New fields use the current key; older versions only decrypt. The
/// index key never rotates, or the indexes would have to be rebuilt.
#[derive(Clone)]
pub struct PiiKeys {
    current: Versioned,
    previous: Vec<Versioned>,
    hmac_key: IndexKey,
}

#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct IndexKey([u8; 32]);

impl PiiKeys {
    pub fn new(
        current: (u8, [u8; 32]),
        previous: Vec<(u8, [u8; 32])>,
        hmac_key: [u8; 32],
    ) -> Result<Self, Error> {
        let mut seen = vec![current.0];
        for (version, _) in &previous {
            if seen.contains(version) {
                return Err(Error::DuplicateVersion(*version));
            }
            seen.push(*version);
        }
        let versioned = |(version, key)| Versioned { version, key };
        Ok(Self {
            current: versioned(current),
            previous: previous.into_iter().map(versioned).collect(),
            hmac_key: IndexKey(hmac_key),
        })
    }

    pub const fn current_version(&self) -> u8 {
        self.current.version
    }

    /// Version byte, nonce, ciphertext. The field's name (`residents.phone`) is bound to it, so
    /// that a value copied into another column does not decrypt there.
    pub fn encrypt(&self, field_name: &str, plaintext: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).expect("the operating system gives random bytes");
        let Versioned { version, key } = &self.current;
        let aad = bound(*version, field_name);
        let sealed = Aes256Gcm::new(&(*key).into())
            .encrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: plaintext,
                    aad: &aad,
                },
            )
            .expect("only plaintexts of 64 GiB and more fail to encrypt");
        [&[*version], &nonce[..], &sealed].concat()
    }

    pub fn decrypt(&self, field_name: &str, stored: &[u8]) -> Result<Vec<u8>, Error> {
        let (&version, rest) = stored.split_first().ok_or(Error::TooShort)?;
        let (nonce, sealed) = rest
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(Error::TooShort)?;
        if sealed.len() < TAG_LEN {
            return Err(Error::TooShort);
        }
        let known = std::iter::once(&self.current).chain(&self.previous);
        let Some(Versioned { key, .. }) = known.into_iter().find(|k| k.version == version) else {
            return Err(Error::UnknownVersion(version));
        };
        let aad = bound(version, field_name);
        Aes256Gcm::new(&(*key).into())
            .decrypt(
                &Nonce::from(*nonce),
                Payload {
                    msg: sealed,
                    aad: &aad,
                },
            )
            .map_err(|_| Error::Tampered)
    }

    pub fn encrypt_text(&self, field_name: &str, text: &str) -> Vec<u8> {
        self.encrypt(field_name, text.as_bytes())
    }

    pub fn decrypt_text(&self, field_name: &str, stored: &[u8]) -> Result<String, Error> {
        String::from_utf8(self.decrypt(field_name, stored)?).map_err(|_| Error::NotText)
    }

    /// Whether the field was encrypted with another key than the current one.
    pub fn needs_reencrypt(&self, stored: &[u8]) -> bool {
        stored.first() != Some(&self.current.version)
    }

    /// A keyed hash that finds equal values without showing them. The kind (`citizen_id`) keeps
    /// indexes of different fields apart; the caller normalises the value.
    pub fn blind_index(&self, kind: &str, value: &str) -> [u8; 32] {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.hmac_key.0)
            .expect("a key of any length is accepted");
        mac.update(INDEX_TAG);
        mac.update(&(kind.len() as u64).to_be_bytes());
        mac.update(kind.as_bytes());
        mac.update(value.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for PiiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PiiKeys(current version {}, keys hidden)",
            self.current.version
        )
    }
}

fn bound(version: u8, field_name: &str) -> Vec<u8> {
    [&[version], field_name.as_bytes()].concat()
}

/// The common surnames of two characters (复姓).
const COMPOUND_SURNAMES: [&str; 30] = [
    "欧阳", "司马", "上官", "诸葛", "司徒", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "宇文",
    "长孙", "夏侯", "轩辕", "端木", "百里", "南宫", "西门", "东郭", "独孤", "呼延", "澹台", "闻人",
    "公冶", "太史", "申屠", "钟离", "万俟", "闾丘",
];

/// Keeps the surname: 张三 → 张*, 欧阳小明 → 欧阳**. A name in another form keeps its first letter.
pub fn mask_name(name: &str) -> String {
    let name = name.trim();
    let count = name.chars().count();
    if count == 1 {
        return "*".to_owned();
    }
    let compound = count > 2
        && COMPOUND_SURNAMES
            .iter()
            .any(|surname| name.starts_with(surname));
    let kept = if compound { 2 } else { 1 };
    let mut masked: String = name.chars().take(kept).collect();
    // The length of a long name tells much of it, so at most three stars follow.
    masked.push_str(&"*".repeat(count.saturating_sub(kept).min(3)));
    masked
}

/// Keeps three digits before and four behind of a mobile number: 138****5678. A shorter number
/// keeps its last two.
pub fn mask_phone(phone: &str) -> String {
    let national = phone.trim().strip_prefix("+86").unwrap_or(phone);
    let digits: Vec<char> = national.chars().filter(char::is_ascii_digit).collect();
    let (before, behind) = if digits.len() >= 11 {
        (3, 4)
    } else {
        (0, digits.len().saturating_sub(4).min(2))
    };
    let hidden = digits.len() - before - behind;
    let mut masked: String = digits[..before].iter().collect();
    masked.push_str(&"*".repeat(hidden));
    masked.extend(&digits[before + hidden..]);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> PiiKeys {
        PiiKeys::new((1, [1; 32]), vec![], [9; 32]).unwrap()
    }

    #[test]
    fn a_field_comes_back_and_never_encrypts_the_same_twice() {
        let keys = keys();
        let stored = keys.encrypt_text("residents.phone", "13812345678");
        assert_eq!(
            keys.decrypt_text("residents.phone", &stored).unwrap(),
            "13812345678"
        );
        assert_ne!(stored, keys.encrypt_text("residents.phone", "13812345678"));
        assert_eq!(stored.len(), 1 + NONCE_LEN + 11 + TAG_LEN);
        let empty = keys.encrypt_text("residents.phone", "");
        assert_eq!(keys.decrypt_text("residents.phone", &empty).unwrap(), "");
    }

    #[test]
    fn a_value_moved_to_another_column_does_not_decrypt() {
        let keys = keys();
        let stored = keys.encrypt_text("residents.phone", "13812345678");
        assert_eq!(
            keys.decrypt("residents.name", &stored),
            Err(Error::Tampered)
        );
    }

    #[test]
    fn every_flipped_byte_is_noticed_and_short_values_are_refused() {
        let keys = keys();
        let stored = keys.encrypt_text("f", "张三");
        for at in 0..stored.len() {
            let mut changed = stored.clone();
            changed[at] ^= 1;
            let expected = if at == 0 {
                Error::UnknownVersion(0)
            } else {
                Error::Tampered
            };
            assert_eq!(keys.decrypt("f", &changed), Err(expected));
        }
        for length in 0..(1 + NONCE_LEN + TAG_LEN) {
            assert_eq!(keys.decrypt("f", &stored[..length]), Err(Error::TooShort));
        }
        assert_eq!(
            keys.decrypt_text("f", &keys.encrypt("f", &[0xff])),
            Err(Error::NotText)
        );
        assert_eq!(Error::Tampered.kind(), Kind::Internal);
    }

    #[test]
    fn a_rotated_key_still_reads_old_fields_and_says_which_to_renew() {
        let old = keys();
        let stored = old.encrypt_text("f", "张三");
        let new = PiiKeys::new((2, [2; 32]), vec![(1, [1; 32])], [9; 32]).unwrap();
        assert_eq!(new.decrypt_text("f", &stored).unwrap(), "张三");
        assert!(new.needs_reencrypt(&stored));
        let renewed = new.encrypt_text("f", "张三");
        assert!(!new.needs_reencrypt(&renewed));
        assert_eq!(old.decrypt("f", &renewed), Err(Error::UnknownVersion(2)));
        // The index outlives the rotation.
        assert_eq!(
            new.blind_index("name", "张三"),
            old.blind_index("name", "张三")
        );
        let twice = PiiKeys::new((1, [2; 32]), vec![(1, [1; 32])], [9; 32]);
        assert_eq!(twice.unwrap_err(), Error::DuplicateVersion(1));
    }

    #[test]
    fn indexes_are_keyed_and_keep_kinds_apart() {
        let keys = keys();
        let other = PiiKeys::new((1, [1; 32]), vec![], [8; 32]).unwrap();
        let index = keys.blind_index("citizen_id", "11010519491231002X");
        assert_eq!(index, keys.blind_index("citizen_id", "11010519491231002X"));
        assert_ne!(index, other.blind_index("citizen_id", "11010519491231002X"));
        assert_ne!(keys.blind_index("ab", "c"), keys.blind_index("a", "bc"));
        assert!(!format!("{keys:?}").contains('9'));
    }

    #[test]
    fn names_keep_their_surname() {
        for (name, masked) in [
            ("张三", "张*"),
            ("张小明", "张**"),
            ("欧阳小明", "欧阳**"),
            ("欧阳修", "欧阳*"),
            ("欧阳", "欧*"),
            ("阿布都热西提·买买提", "阿***"),
            ("John Smith", "J***"),
            ("张", "*"),
            (" 李四 ", "李*"),
            ("", ""),
        ] {
            assert_eq!(mask_name(name), masked);
        }
    }

    #[test]
    fn phones_keep_three_and_four_digits() {
        for (phone, masked) in [
            ("13812345678", "138****5678"),
            ("+86 138-1234-5678", "138****5678"),
            ("010-65123456", "010****3456"),
            ("65123456", "******56"),
            ("12345", "****5"),
            ("120", "***"),
            ("", ""),
        ] {
            assert_eq!(mask_phone(phone), masked);
        }
    }
}
