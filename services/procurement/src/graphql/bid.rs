//! 投标 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Fen, global, typed},
};

use super::{asked, foreign::Organization};
use crate::{app, domain::bid as domain};

/// 投标状态。Where a bid stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::BidState")]
pub enum BidState {
    /// 密封。Sealed.
    Sealed,
    /// 已撤回。Withdrawn before the close.
    Withdrawn,
    /// 已解封。Unsealed at the opening.
    Unsealed,
    /// 无效。Invalid; see the finding.
    Invalid,
    /// 资格合格。The bidder qualifies.
    Qualified,
    /// 资格不合格。The bidder does not qualify; see the finding.
    Disqualified,
}

/// 投标。A bid; sealed until the opening.
pub struct Bid(pub domain::Bid);

#[Object]
impl Bid {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 投标人。The bidder.
    async fn organization(&self) -> Option<Organization> {
        Some(self.0.organization_id.into())
    }

    /// 状态。Where it stands.
    async fn state(&self) -> BidState {
        self.0.state.into()
    }

    /// 承诺值(十六进制):证明解封的就是当时投的。The commitment in hexadecimal: proof that what is opened is what was submitted.
    async fn commitment(&self) -> String {
        self.0.envelope.commitment_hex()
    }

    /// 报价;解封后才有。The price; there is none before the opening.
    async fn price(&self) -> Option<Fen> {
        self.0.price.map(Fen)
    }

    /// 服务方案(限评委、采购人和本组织)。The proposal; for the panel, the buyer and the bidder.
    async fn proposal(&self) -> Option<&str> {
        self.0.proposal.as_deref()
    }

    /// 无效或资格审查说明。Why it is invalid, or what was noted on the qualification.
    async fn finding(&self) -> Option<&str> {
        self.0.finding.as_deref()
    }

    /// 收到时间。When it came in.
    async fn received_at(&self) -> DateTime<Utc> {
        self.0.received_at
    }

    /// 解封时间。When it was unsealed.
    async fn unsealed_at(&self) -> Option<DateTime<Utc>> {
        self.0.unsealed_at
    }
}

/// 密封的投标文件:AES-256-GCM,密钥由投标人保管。明文为 JSON {"priceFen": 整数, "proposal": 文本};
/// 附加数据依次为项目和组织的全局编号,各前置 8 字节大端长度。
/// A sealed offer: AES-256-GCM, the key stays with the bidder. The plaintext is JSON
/// {"priceFen": whole number, "proposal": text}; the associated data are the global ids of the
/// tender and of the organisation, each after its length in 8 bytes, big-endian.
#[derive(InputObject)]
pub struct SealedEnvelopeInput {
    /// 随机数(base64,12 字节)。The nonce, 12 bytes in base64.
    nonce: String,
    /// 密文(base64)。The ciphertext in base64.
    ciphertext: String,
    /// 承诺值(base64,32 字节)。The commitment, 32 bytes in base64.
    commitment: String,
}

/// 投标的输入。A sealed bid.
#[derive(InputObject)]
pub struct SubmitBidInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 招标项目。The tender.
    tender_id: ID,
    /// 投标人。The bidder.
    organization_id: ID,
    /// 密封文件。The sealed offer.
    envelope: SealedEnvelopeInput,
}

/// 投标的结果:回执。The receipt.
#[derive(SimpleObject)]
pub struct SubmitBidPayload {
    /// 投标。The bid.
    bid: Bid,
}

/// 撤回投标的输入。A bid to take back.
#[derive(InputObject)]
pub struct WithdrawBidInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 投标。The bid.
    bid_id: ID,
}

/// 撤回投标的结果。The bid after it.
#[derive(SimpleObject)]
pub struct WithdrawBidPayload {
    /// 投标。The bid.
    bid: Bid,
}

/// 解封的输入。The key of a bid.
#[derive(InputObject)]
pub struct UnsealBidInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 投标。The bid.
    bid_id: ID,
    /// 密钥(base64,32 字节)。The key, 32 bytes in base64.
    #[graphql(secret)]
    key: String,
}

/// 解封的结果。The bid after it.
#[derive(SimpleObject)]
pub struct UnsealBidPayload {
    /// 投标。The bid.
    bid: Bid,
}

/// 资格审查的输入。The judgement of a bidder.
#[derive(InputObject)]
pub struct QualifyBidInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 投标。The bid.
    bid_id: ID,
    /// 是否合格。Whether the bidder qualifies.
    passed: bool,
    /// 说明;不合格时必填。A note; required where the bidder does not qualify.
    note: Option<String>,
}

/// 资格审查的结果。The bid after it.
#[derive(SimpleObject)]
pub struct QualifyBidPayload {
    /// 投标。The bid.
    bid: Bid,
}

/// Bid mutations.
#[derive(Default)]
pub struct BidMutation;

#[Object]
impl BidMutation {
    /// 投标(本组织负责人)。Submits a sealed bid (the organisation's manager).
    async fn submit_bid(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SubmitBidInput,
    ) -> Result<SubmitBidPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let submit = app::bid::Submit {
            tender_id: typed(&input.tender_id, "input.tenderId")?,
            organization_id: typed(&input.organization_id, "input.organizationId")?,
            envelope: domain::EnvelopeText {
                nonce: input.envelope.nonce,
                ciphertext: input.envelope.ciphertext,
                commitment: input.envelope.commitment,
            },
        };
        let (state, caller) = asked(ctx);
        Ok(SubmitBidPayload {
            bid: Bid(app::bid::submit(state, caller, key, submit).await?),
        })
    }

    /// 截止前撤回投标。Withdraws a bid before the close.
    async fn withdraw_bid(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: WithdrawBidInput,
    ) -> Result<WithdrawBidPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.bid_id, "input.bidId")?;
        let (state, caller) = asked(ctx);
        Ok(WithdrawBidPayload {
            bid: Bid(app::bid::withdraw(state, caller, key, id).await?),
        })
    }

    /// 开标时用自己的密钥解封。Unseals a bid at the opening with the bidder's own key.
    async fn unseal_bid(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: UnsealBidInput,
    ) -> Result<UnsealBidPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.bid_id, "input.bidId")?;
        let (state, caller) = asked(ctx);
        let bid = app::bid::unseal(state, caller, key, id, &input.key).await?;
        Ok(UnsealBidPayload { bid: Bid(bid) })
    }

    /// 资格审查(采购经办人)。Judges whether a bidder qualifies (procurement officer).
    async fn qualify_bid(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: QualifyBidInput,
    ) -> Result<QualifyBidPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let judged = app::bid::Qualify {
            bid_id: typed(&input.bid_id, "input.bidId")?,
            passed: input.passed,
            note: input.note,
        };
        let (state, caller) = asked(ctx);
        Ok(QualifyBidPayload {
            bid: Bid(app::bid::qualify(state, caller, key, judged).await?),
        })
    }
}
