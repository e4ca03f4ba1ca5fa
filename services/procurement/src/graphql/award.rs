//! 排名与中标 in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, keys::TenderId};
use kit::{
    Result,
    graph::{Fen, global, typed},
};

use super::{
    asked,
    foreign::Organization,
    loaders::{AwardOf, Loaders},
    tender::Tender,
};
use crate::{
    app,
    domain::{award as domain, ranking},
};

/// 排名。A place in the ranking: computed from the locked sheets, by anybody again.
pub struct RankedBid(pub ranking::Ranked);

fn points(micro: i64) -> f64 {
    // At most a hundred points, so nothing is lost.
    let whole = i32::try_from(micro).unwrap_or(i32::MAX);
    f64::from(whole) / 1e6
}

#[Object]
impl RankedBid {
    /// 名次,从 1 起。The place, from 1.
    async fn rank(&self) -> i64 {
        self.0.rank
    }

    /// 投标。The bid.
    async fn bid_id(&self) -> ID {
        global(self.0.bid_id)
    }

    /// 报价。The price.
    async fn price(&self) -> Fen {
        Fen(self.0.price)
    }

    /// 价格以外得分。Points for everything but the price.
    async fn quality(&self) -> f64 {
        points(self.0.quality_micro)
    }

    /// 价格分。Points for the price.
    async fn price_score(&self) -> f64 {
        points(self.0.price_micro)
    }

    /// 总分。All points.
    async fn total(&self) -> f64 {
        points(self.0.total_micro)
    }
}

/// 中标结果。The award: public with its notice.
pub struct Award(pub domain::Award);

#[Object]
impl Award {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 中标投标。The winning bid.
    async fn bid_id(&self) -> ID {
        global(self.0.bid_id)
    }

    /// 中标人。The winner.
    async fn organization(&self) -> Option<Organization> {
        Some(self.0.organization_id.into())
    }

    /// 中标金额。The amount.
    async fn amount(&self) -> Fen {
        Fen(self.0.amount)
    }

    /// 定标时间。When it was decided.
    async fn decided_at(&self) -> DateTime<Utc> {
        self.0.decided_at
    }

    /// 是否在规定的工作日内定标。Whether it was decided within its working days.
    async fn in_time(&self) -> bool {
        self.0.in_time
    }

    /// 公告时间。When it was published.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.0.publicity.map(|told| told.published_at)
    }

    /// 公示期满时间。When the publicity ends.
    async fn publicity_ends_at(&self) -> Option<DateTime<Utc>> {
        self.0.publicity.map(|told| told.ends_at)
    }

    /// 签订合同的期限。Until when the contract is signed.
    async fn sign_by(&self) -> Option<DateTime<Utc>> {
        self.0.publicity.map(|told| told.sign_by)
    }
}

/// 排名的输入。The tender to rank.
#[derive(InputObject)]
pub struct RankTenderInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 招标项目。The tender.
    tender_id: ID,
}

/// 排名的结果。The tender after it.
#[derive(SimpleObject)]
pub struct RankTenderPayload {
    /// 招标项目。The tender.
    tender: Tender,
}

/// 定标的输入。Which bid wins.
#[derive(InputObject)]
pub struct AwardTenderInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 招标项目。The tender.
    tender_id: ID,
    /// 排名第一的投标。The first bid of the ranking.
    bid_id: ID,
}

/// 定标的结果。The tender and its award.
#[derive(SimpleObject)]
pub struct AwardTenderPayload {
    /// 招标项目。The tender.
    tender: Tender,
    /// 中标结果。The award.
    award: Option<Award>,
}

/// 公告中标结果的输入。The tender whose result is published.
#[derive(InputObject)]
pub struct PublishAwardInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 招标项目。The tender.
    tender_id: ID,
}

/// 公告中标结果的结果。The tender and its award.
#[derive(SimpleObject)]
pub struct PublishAwardPayload {
    /// 招标项目。The tender.
    tender: Tender,
    /// 中标结果。The award.
    award: Option<Award>,
}

async fn award_of(ctx: &Context<'_>, tender: TenderId) -> Result<Option<Award>> {
    let found = ctx
        .data_unchecked::<Loaders>()
        .load_one(AwardOf(tender))
        .await?;
    Ok(found.map(Award))
}

/// Award mutations.
#[derive(Default)]
pub struct AwardMutation;

#[Object]
impl AwardMutation {
    /// 按锁定的打分表排名。Ranks the bids by the locked sheets.
    async fn rank_tender(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RankTenderInput,
    ) -> Result<RankTenderPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.tender_id, "input.tenderId")?;
        let (state, caller) = asked(ctx);
        Ok(RankTenderPayload {
            tender: Tender(app::award::rank(state, caller, key, id).await?),
        })
    }

    /// 按排名定标(采购经办人)。Awards the first of the ranking (procurement officer).
    async fn award_tender(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AwardTenderInput,
    ) -> Result<AwardTenderPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let decide = app::award::Decide {
            tender_id: typed(&input.tender_id, "input.tenderId")?,
            bid_id: typed(&input.bid_id, "input.bidId")?,
        };
        let (state, caller) = asked(ctx);
        let tender = app::award::decide(state, caller, key, decide).await?;
        let award = award_of(ctx, tender.id).await?;
        Ok(AwardTenderPayload {
            tender: Tender(tender),
            award,
        })
    }

    /// 公告中标结果和评委名单。Publishes the award and the names of the panel.
    async fn publish_award(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: PublishAwardInput,
    ) -> Result<PublishAwardPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.tender_id, "input.tenderId")?;
        let (state, caller) = asked(ctx);
        let tender = app::award::publish(state, caller, key, id).await?;
        let award = award_of(ctx, tender.id).await?;
        Ok(PublishAwardPayload {
            tender: Tender(tender),
            award,
        })
    }
}
