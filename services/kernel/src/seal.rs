//! The sealed envelope (密封) of a bid, and of anything that must stay shut until its hour.
//!
//! The bidder gets the key, the platform the envelope: AES-256-GCM under a fresh key, bound to
//! associated data that says whose envelope it is and for what, and a commitment that is
//! published at once, so that nobody can later open to something else.

use std::borrow::Cow;
use std::fmt;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::rngs::StdRng;
use rand::{CryptoRng, SeedableRng};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{Fault, Kind, Lang};

const COMMIT_TAG: &[u8] = b"sanshe.seal.commitment.v1";
const KEY_CHECK_TAG: &[u8] = b"sanshe.seal.key-check.v1";
const KEY_CHECK_LEN: usize = 16;
const TEXT_TAG: &str = "se1";

/// Why an envelope does not open. All of them are findings, told to the people at the opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("this key does not belong to this envelope")]
    WrongKey,
    #[error("the envelope was changed, or belongs to another tender or supplier")]
    Tampered,
    #[error("the content is not what the supplier committed to")]
    CommitmentMismatch,
}

impl Fault for OpenError {
    fn kind(&self) -> Kind {
        Kind::Refused
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::WrongKey => "SEAL_WRONG_KEY",
            Self::Tampered => "SEAL_TAMPERED",
            Self::CommitmentMismatch => "SEAL_COMMITMENT_MISMATCH",
        }
    }

    fn message(&self, lang: Lang) -> Cow<'static, str> {
        let zh = match self {
            Self::WrongKey => "密钥与密封文件不匹配",
            Self::Tampered => "密封文件被改动，或属于其他项目、其他供应商",
            Self::CommitmentMismatch => "解封内容与投标时的承诺值不符",
        };
        lang.pick(Cow::Borrowed(zh), Cow::Owned(self.to_string()))
    }
}

/// The text form of an envelope or a key cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("this is not the text of a sealed envelope")]
    Envelope,
    #[error("this is not the text of an envelope key")]
    Key,
}

impl Fault for TextError {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Envelope => "SEAL_ENVELOPE_MALFORMED",
            Self::Key => "SEAL_KEY_MALFORMED",
        }
    }

    fn message(&self, lang: Lang) -> Cow<'static, str> {
        let zh = match self {
            Self::Envelope => "密封文件格式无效",
            Self::Key => "密钥格式无效",
        };
        lang.pick(Cow::Borrowed(zh), Cow::Owned(self.to_string()))
    }
}

/// The key of one envelope. Wiped from memory, hidden from Debug.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; 32]);

impl Key {
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// What the bidder keeps.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0))
    }

    pub fn from_text(text: &str) -> Result<Self, TextError> {
        let bytes = Zeroizing::new(
            URL_SAFE_NO_PAD
                .decode(text.trim())
                .map_err(|_| TextError::Key)?,
        );
        bytes
            .as_slice()
            .try_into()
            .map(Self)
            .map_err(|_| TextError::Key)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(hidden)")
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Key {}

/// A shut envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Envelope {
    pub nonce: [u8; 12],
    /// A digest of the key, then the ciphertext with its tag. The digest tells a wrong key from
    /// a changed envelope, which the cipher alone cannot.
    pub ciphertext: Vec<u8>,
    /// SHA-256 over tag, key, nonce and plaintext. The key hides the plaintext: a short one
    /// cannot be guessed from the commitment.
    pub commitment: [u8; 32],
}

impl Envelope {
    pub fn commitment_hex(&self) -> String {
        hex::encode(self.commitment)
    }

    pub fn to_text(&self) -> String {
        let [nonce, ciphertext, commitment] = [&self.nonce[..], &self.ciphertext, &self.commitment]
            .map(|b| URL_SAFE_NO_PAD.encode(b));
        format!("{TEXT_TAG}.{nonce}.{ciphertext}.{commitment}")
    }

    pub fn from_text(text: &str) -> Result<Self, TextError> {
        let read = || {
            let mut parts = text.trim().split('.');
            parts.next().filter(|tag| *tag == TEXT_TAG)?;
            let mut part = || URL_SAFE_NO_PAD.decode(parts.next()?).ok();
            let envelope = Self {
                nonce: part()?.try_into().ok()?,
                ciphertext: part()?,
                commitment: part()?.try_into().ok()?,
            };
            parts.next().is_none().then_some(envelope)
        };
        read().ok_or(TextError::Envelope)
    }
}

impl From<Envelope> for String {
    fn from(envelope: Envelope) -> Self {
        envelope.to_text()
    }
}

impl TryFrom<String> for Envelope {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        Self::from_text(&text)
    }
}

/// The associated data of a bid: both ids, each with its length so that they cannot run together.
pub fn aad(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        out.extend_from_slice(&(part.len() as u64).to_be_bytes());
        out.extend_from_slice(part);
    }
    out
}

/// Seals with randomness of the operating system.
pub fn seal_fresh(plaintext: &[u8], aad: &[u8]) -> (Envelope, Key) {
    seal(plaintext, aad, &mut StdRng::from_os_rng())
}

/// Seals under a fresh key and nonce from the given randomness.
pub fn seal(plaintext: &[u8], aad: &[u8], rng: &mut impl CryptoRng) -> (Envelope, Key) {
    let mut key = Key([0; 32]);
    rng.fill_bytes(&mut key.0);
    let mut nonce = [0; 12];
    rng.fill_bytes(&mut nonce);
    let sealed = Aes256Gcm::new(&key.0.into())
        .encrypt(
            &Nonce::from(nonce),
            Payload {
                msg: plaintext,
                aad,
            },
        )
        .expect("only plaintexts of 64 GiB and more fail to encrypt");
    let mut ciphertext = key_check(&key).to_vec();
    ciphertext.extend_from_slice(&sealed);
    let commitment = commit(&key, &nonce, plaintext);
    (
        Envelope {
            nonce,
            ciphertext,
            commitment,
        },
        key,
    )
}

/// Opens, and checks that the content is the committed one.
pub fn open(envelope: &Envelope, key: &Key, aad: &[u8]) -> Result<Vec<u8>, OpenError> {
    let (check, sealed) = envelope
        .ciphertext
        .split_at_checked(KEY_CHECK_LEN)
        .ok_or(OpenError::Tampered)?;
    let is_its_key: bool = check.ct_eq(&key_check(key)).into();
    let opened = Aes256Gcm::new(&key.0.into())
        .decrypt(&Nonce::from(envelope.nonce), Payload { msg: sealed, aad });
    match (is_its_key, opened) {
        (false, Err(_)) => Err(OpenError::WrongKey),
        // The cipher knows the key, so it was the digest beside it that was changed.
        (false, Ok(_)) | (true, Err(_)) => Err(OpenError::Tampered),
        (true, Ok(plaintext)) => {
            let committed = commit(key, &envelope.nonce, &plaintext);
            if bool::from(committed.ct_eq(&envelope.commitment)) {
                Ok(plaintext)
            } else {
                Err(OpenError::CommitmentMismatch)
            }
        }
    }
}

fn key_check(key: &Key) -> [u8; KEY_CHECK_LEN] {
    let digest = Sha256::new()
        .chain_update(KEY_CHECK_TAG)
        .chain_update(key.0)
        .finalize();
    let mut check = [0; KEY_CHECK_LEN];
    check.copy_from_slice(&digest[..KEY_CHECK_LEN]);
    check
}

fn commit(key: &Key, nonce: &[u8; 12], plaintext: &[u8]) -> [u8; 32] {
    let hash = Sha256::new()
        .chain_update(COMMIT_TAG)
        .chain_update(key.0)
        .chain_update(nonce);
    hash.chain_update(plaintext).finalize().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BID: &[u8] = "{\"price\":12800000}".as_bytes();

    fn sealed() -> (Envelope, Key, Vec<u8>) {
        let aad = aad(&[b"tender-1", b"supplier-1"]);
        let (envelope, key) = seal(BID, &aad, &mut StdRng::seed_from_u64(1));
        (envelope, key, aad)
    }

    #[test]
    fn opens_with_its_key_and_hides_its_content() {
        let (envelope, key, aad) = sealed();
        assert_eq!(open(&envelope, &key, &aad).unwrap(), BID);
        assert!(!envelope.ciphertext.windows(5).any(|w| w == b"price"));
        assert_eq!(format!("{key:?}"), "Key(hidden)");
        let (empty, key) = seal_fresh(b"", b"");
        assert_eq!(open(&empty, &key, b"").unwrap(), b"");
    }

    #[test]
    fn two_seals_of_one_bid_share_nothing() {
        let (a, b) = (seal_fresh(BID, b"x"), seal_fresh(BID, b"x"));
        assert_ne!(a.1, b.1);
        assert_ne!(
            a.0.commitment, b.0.commitment,
            "a commitment does not tell equal bids"
        );
        assert_ne!(a.0.ciphertext, b.0.ciphertext);
    }

    #[test]
    fn another_key_is_a_wrong_key() {
        let (envelope, _, aad) = sealed();
        let (_, other) = seal_fresh(BID, &aad);
        assert_eq!(open(&envelope, &other, &aad), Err(OpenError::WrongKey));
    }

    #[test]
    fn every_flipped_byte_of_the_ciphertext_or_nonce_is_tampering() {
        let (envelope, key, aad) = sealed();
        for at in 0..envelope.ciphertext.len() {
            let mut changed = envelope.clone();
            changed.ciphertext[at] ^= 1;
            assert_eq!(
                open(&changed, &key, &aad),
                Err(OpenError::Tampered),
                "byte {at}"
            );
        }
        let mut changed = envelope.clone();
        changed.nonce[0] ^= 1;
        assert_eq!(open(&changed, &key, &aad), Err(OpenError::Tampered));
        for length in [0, 5, KEY_CHECK_LEN, KEY_CHECK_LEN + 3] {
            let mut cut = envelope.clone();
            cut.ciphertext.truncate(length);
            assert_eq!(open(&cut, &key, &aad), Err(OpenError::Tampered));
        }
    }

    #[test]
    fn an_envelope_of_another_tender_or_supplier_is_tampering() {
        let (envelope, key, _) = sealed();
        let other = aad(&[b"tender-1", b"supplier-2"]);
        assert_eq!(open(&envelope, &key, &other), Err(OpenError::Tampered));
        assert_ne!(
            aad(&[b"ab", b"c"]),
            aad(&[b"a", b"bc"]),
            "parts never run together"
        );
    }

    #[test]
    fn a_swapped_envelope_does_not_open_to_another_bid() {
        let (envelope, key, aad) = sealed();
        let (other, other_key) = seal_fresh(b"{\"price\":1}", &aad);
        assert_eq!(open(&other, &key, &aad), Err(OpenError::WrongKey));
        // Somebody swaps the content and hands in its key: the published commitment remains.
        let swapped = Envelope {
            commitment: envelope.commitment,
            ..other
        };
        assert_eq!(
            open(&swapped, &other_key, &aad),
            Err(OpenError::CommitmentMismatch)
        );
        assert_eq!(OpenError::CommitmentMismatch.kind(), Kind::Refused);
    }

    #[test]
    fn text_forms_are_read_back_and_nothing_else_is() {
        let (envelope, key, _) = sealed();
        assert_eq!(
            Envelope::from_text(&envelope.to_text()),
            Ok(envelope.clone())
        );
        assert_eq!(Key::from_text(&key.to_text()), Ok(key.clone()));
        let json = serde_json::to_string(&envelope).unwrap();
        assert_eq!(serde_json::from_str::<Envelope>(&json).unwrap(), envelope);
        let more = format!("{}.AA", envelope.to_text());
        let other = envelope.to_text().replacen("se1", "se2", 1);
        for bad in ["", "se1", "se1.AA.AA.AA", &more, &other] {
            assert_eq!(Envelope::from_text(bad), Err(TextError::Envelope));
        }
        for bad in ["", "AA", "!!", &format!("{}AA", *key.to_text())] {
            assert_eq!(Key::from_text(bad), Err(TextError::Key));
        }
        assert_eq!(envelope.commitment_hex().len(), 64);
    }

    proptest! {
        #[test]
        fn any_content_comes_back(content in prop::collection::vec(any::<u8>(), 0..300), a in any::<[u8; 8]>(), seed in any::<u64>()) {
            let (envelope, key) = seal(&content, &a, &mut StdRng::seed_from_u64(seed));
            prop_assert_eq!(open(&envelope, &key, &a), Ok(content));
        }
    }
}
