//! 投标: sealed until the opening, read out there, never changed.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Fen, Refusal,
    keys::{OrganizationId, ResidentId, TenderId},
    refuse,
    seal::{self, Envelope, Key, TextError},
};
use serde::{Deserialize, Serialize};

use super::text;

kernel::typed_id!(
    /// Bid (投标).
    BidId, "bid");

kernel::text_enum! {
    /// Where a bid stands.
    pub enum BidState {
        /// 密封
        Sealed = "SEALED",
        /// 已撤回
        Withdrawn = "WITHDRAWN",
        /// 已解封
        Unsealed = "UNSEALED",
        /// 无效
        Invalid = "INVALID",
        /// 资格合格
        Qualified = "QUALIFIED",
        /// 资格不合格
        Disqualified = "DISQUALIFIED",
    }
}

impl BidState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Sealed, Self::Withdrawn),
        (Self::Sealed, Self::Unsealed),
        (Self::Sealed, Self::Invalid),
        (Self::Unsealed, Self::Qualified),
        (Self::Unsealed, Self::Disqualified),
    ];

    fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(refuse!(
            Refused,
            "BID_STATE",
            zh: "投标当前状态为 {self},不能变为 {next}",
            en: "the bid is {self} and cannot become {next}",
        ))
    }
}

/// A bid of one supplier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bid {
    pub id: BidId,
    pub tender_id: TenderId,
    pub organization_id: OrganizationId,
    pub envelope: Envelope,
    pub state: BidState,
    pub price: Option<Fen>,
    pub proposal: Option<String>,
    /// Why it is invalid or not qualified.
    pub finding: Option<String>,
    pub received_at: DateTime<Utc>,
    pub unsealed_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

/// Who stands behind a bidder, as told when the bid came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supplier {
    pub organization_id: OrganizationId,
    pub may_bid: bool,
    pub elder_care_capable: bool,
    /// Filed organisations are no legal person and sign through a host.
    pub legal_person: bool,
    /// The division of the registrar.
    pub division_code: Option<DivisionCode>,
    pub controllers: Vec<ResidentId>,
}

impl Supplier {
    /// Whether it may bid for this.
    pub fn check(&self, elder_care: bool) -> Result<(), Refusal> {
        if !self.may_bid {
            return Err(refuse!(
                Refused,
                "SUPPLIER_MAY_NOT_BID",
                zh: "该组织目前不得参加投标",
                en: "this organisation may not bid at present",
            ));
        }
        if elder_care && !self.elder_care_capable {
            return Err(refuse!(
                Refused,
                "SUPPLIER_NOT_ELDER_CARE_CAPABLE",
                zh: "该组织不具备居家养老服务能力",
                en: "this organisation is not capable of home-based elder care",
            ));
        }
        Ok(())
    }
}

/// The three parts of an envelope as a client sends them: base64 of either
/// alphabet, with or without padding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvelopeText {
    pub nonce: String,
    pub ciphertext: String,
    pub commitment: String,
}

/// Base64 with the alphabet and padding that the kernel reads.
fn url_safe(text: &str) -> String {
    text.trim()
        .trim_end_matches('=')
        .replace('+', "-")
        .replace('/', "_")
}

impl EnvelopeText {
    /// The envelope; anything malformed is refused.
    pub fn read(&self) -> Result<Envelope, Refusal> {
        /// Far more than a price and a proposal take.
        const LIMIT: usize = 256 * 1024;
        let [nonce, ciphertext, commitment] =
            [&self.nonce, &self.ciphertext, &self.commitment].map(|part| url_safe(part));
        let envelope = Envelope::from_text(&format!("se1.{nonce}.{ciphertext}.{commitment}"))
            .ok()
            .filter(|envelope| (17..=LIMIT).contains(&envelope.ciphertext.len()));
        envelope.ok_or_else(|| Refusal::of(&TextError::Envelope).with_field("input.envelope"))
    }
}

/// The key of an envelope as a client sends it.
pub fn read_key(text: &str) -> Result<Key, Refusal> {
    Key::from_text(&url_safe(text)).map_err(|error| Refusal::of(&error).with_field("input.key"))
}

/// What the envelope is bound to: the ids of tender and organisation as the
/// graph shows them, so that a bidder needs nothing else to seal.
pub fn associated_data(tender: TenderId, organization: OrganizationId) -> Vec<u8> {
    seal::aad(&[
        tender.to_global().as_bytes(),
        organization.to_global().as_bytes(),
    ])
}

/// What the bidder sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    pub price_fen: i64,
    pub proposal: String,
}

impl Bid {
    /// Taken back before the close.
    pub fn withdraw(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(BidState::Withdrawn, now)
    }

    /// Opens the envelope with the bidder's key. A wrong key is refused and
    /// changes nothing; content that cannot be a bid makes the bid invalid.
    pub fn unseal(&mut self, key: &Key, ceiling: Fen, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state != BidState::Sealed {
            return Err(self
                .state
                .to(BidState::Unsealed)
                .expect_err("only a sealed bid unseals"));
        }
        let bound_to = associated_data(self.tender_id, self.organization_id);
        let plain = seal::open(&self.envelope, key, &bound_to)
            .map_err(|error| Refusal::of(&error).with_field("input.key"))?;
        self.unsealed_at = Some(now);
        let content: Option<Content> = serde_json::from_slice(&plain).ok();
        let Some(content) = content.filter(|c| c.price_fen > 0 && c.proposal.len() <= 200_000)
        else {
            return self.invalidate(
                "投标内容不是有效的报价文件 / the content is no valid offer",
                now,
            );
        };
        let price = Fen::new(content.price_fen);
        self.price = Some(price);
        self.proposal = Some(content.proposal.replace('\0', ""));
        if price > ceiling {
            let why =
                format!("报价 {price} 超过最高限价 {ceiling} / the price is above the ceiling");
            return self.invalidate(&why, now);
        }
        self.moves(BidState::Unsealed, now)
    }

    /// Not unsealed in time, or not a bid.
    pub fn invalidate(&mut self, why: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(BidState::Invalid, now)?;
        self.finding = Some(why.to_owned());
        Ok(())
    }

    /// The buyer's judgement of the bidder's qualification.
    pub fn qualify(
        &mut self,
        passed: bool,
        note: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let next = if passed {
            BidState::Qualified
        } else {
            BidState::Disqualified
        };
        let note = note.map(str::trim).filter(|note| !note.is_empty());
        if !passed && note.is_none() {
            return Err(refuse!(
                Invalid,
                "NOTE_REQUIRED",
                field: "input.note",
                zh: "资格不合格须说明理由",
                en: "say why the bidder does not qualify",
            ));
        }
        self.finding = note.map(|note| text("input.note", note, 500)).transpose()?;
        self.moves(next, now)
    }

    fn moves(&mut self, next: BidState, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.updated_at = now;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn sealed(content: &str) -> (Bid, Key) {
        let tender_id = TenderId::from_uuid(Uuid::from_u128(1));
        let organization_id = OrganizationId::from_uuid(Uuid::from_u128(2));
        let bound_to = associated_data(tender_id, organization_id);
        let (envelope, key) = seal::seal_fresh(content.as_bytes(), &bound_to);
        let bid = Bid {
            id: BidId::from_uuid(Uuid::from_u128(3)),
            tender_id,
            organization_id,
            envelope,
            state: BidState::Sealed,
            price: None,
            proposal: None,
            finding: None,
            received_at: DateTime::default(),
            unsealed_at: None,
            updated_at: DateTime::default(),
            version: 1,
        };
        (bid, key)
    }

    const OFFER: &str = r#"{"priceFen": 5000, "proposal": "每日送餐"}"#;

    #[test]
    fn opens_with_its_key_once() {
        let (mut bid, key) = sealed(OFFER);
        bid.unseal(&key, Fen::new(5000), DateTime::default())
            .unwrap();
        assert_eq!(
            (bid.state, bid.price),
            (BidState::Unsealed, Some(Fen::new(5000)))
        );
        let again = bid.unseal(&key, Fen::new(5000), DateTime::default());
        assert_eq!(again.unwrap_err().reason, "BID_STATE");
    }

    #[test]
    fn a_wrong_key_changes_nothing() {
        let (mut bid, _) = sealed(OFFER);
        let (_, other) = sealed(OFFER);
        let before = bid.clone();
        let refused = bid
            .unseal(&other, Fen::new(5000), DateTime::default())
            .unwrap_err();
        assert_eq!(refused.reason, "SEAL_WRONG_KEY");
        assert_eq!(bid, before);
    }

    #[test]
    fn a_price_above_the_ceiling_or_garbage_is_invalid_with_a_reason() {
        let (mut dear, key) = sealed(OFFER);
        dear.unseal(&key, Fen::new(4999), DateTime::default())
            .unwrap();
        assert_eq!(dear.state, BidState::Invalid);
        assert!(dear.finding.is_some());
        for garbage in [
            "",
            "[]",
            r#"{"priceFen": 0, "proposal": ""}"#,
            r#"{"priceFen": 1.5}"#,
        ] {
            let (mut bid, key) = sealed(garbage);
            bid.unseal(&key, Fen::new(5000), DateTime::default())
                .unwrap();
            assert_eq!(
                (bid.state, bid.price),
                (BidState::Invalid, None),
                "{garbage}"
            );
        }
    }

    #[test]
    fn an_envelope_of_another_supplier_does_not_open() {
        let (mut bid, key) = sealed(OFFER);
        bid.organization_id = OrganizationId::from_uuid(Uuid::from_u128(9));
        let refused = bid
            .unseal(&key, Fen::new(5000), DateTime::default())
            .unwrap_err();
        assert_eq!(refused.reason, "SEAL_TAMPERED");
    }

    #[test]
    fn reads_base64_of_either_alphabet() {
        let (bid, key) = sealed(OFFER);
        let text = bid.envelope.to_text();
        let parts: Vec<&str> = text.split('.').collect();
        let standard = |part: &str| {
            let mut part = part.replace('-', "+").replace('_', "/");
            while !part.len().is_multiple_of(4) {
                part.push('=');
            }
            part
        };
        let sent = EnvelopeText {
            nonce: standard(parts[1]),
            ciphertext: standard(parts[2]),
            commitment: standard(parts[3]),
        };
        assert_eq!(sent.read().unwrap(), bid.envelope);
        assert_eq!(read_key(&standard(&key.to_text())).unwrap(), key);
        let broken = EnvelopeText {
            nonce: "AA".into(),
            ..sent
        };
        assert_eq!(broken.read().unwrap_err().reason, "SEAL_ENVELOPE_MALFORMED");
    }

    #[test]
    fn only_the_listed_moves_are_legal() {
        for &from in BidState::ALL {
            for &next in BidState::ALL {
                let legal = BidState::MOVES.contains(&(from, next));
                assert_eq!(from.to(next).is_ok(), legal, "{from} → {next}");
            }
        }
    }

    #[test]
    fn a_failed_qualification_says_why() {
        let (mut bid, key) = sealed(OFFER);
        bid.unseal(&key, Fen::new(5000), DateTime::default())
            .unwrap();
        let silent = bid.qualify(false, Some("  "), DateTime::default());
        assert_eq!(silent.unwrap_err().reason, "NOTE_REQUIRED");
        bid.qualify(false, Some("无食品经营许可"), DateTime::default())
            .unwrap();
        assert_eq!(bid.state, BidState::Disqualified);
    }
}
