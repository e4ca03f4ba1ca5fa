//! Tender mutations.

use async_graphql::{Context, Object};
use kernel::IdempotencyKey;
use kit::{Result, graph::typed};

use super::{
    Tender,
    input::{
        AbandonTenderInput, AbandonTenderPayload, ClarifyTenderInput, ClarifyTenderPayload,
        CreateTenderInput, CreateTenderPayload, ExtendTenderInput, ExtendTenderPayload,
        FinishOpeningInput, FinishOpeningPayload, OpenTenderInput, OpenTenderPayload,
        PublishTenderInput, PublishTenderPayload,
    },
};
use crate::{app, domain::clocks::Clocks, graphql::asked};

/// Tender mutations.
#[derive(Default)]
pub struct TenderMutation;

#[Object]
impl TenderMutation {
    /// 编制招标项目(采购经办人)。Drafts a tender (procurement officer).
    async fn create_tender(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CreateTenderInput,
    ) -> Result<CreateTenderPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let new = app::tender::Create {
            need_id: typed(&input.need_id, "input.needId")?,
            method: input.method.into(),
            title: input.title,
            price_weight: input.price_weight,
            elder_care: input.elder_care,
            criteria: input.criteria.into_iter().map(Into::into).collect(),
            milestones: input.milestones.into_iter().map(Into::into).collect(),
        };
        let (state, caller) = asked(ctx);
        let tender = app::tender::create(state, caller, key, new).await?;
        Ok(CreateTenderPayload {
            tender: Tender(tender),
        })
    }

    /// 发布招标公告;法定期限自此计算。Publishes the notice; the legal clocks begin.
    async fn publish_tender(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: PublishTenderInput,
    ) -> Result<PublishTenderPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let publish = app::tender::Publish {
            tender_id: typed(&input.tender_id, "input.tenderId")?,
            clocks: Clocks {
                documents_until: input.documents_until,
                closes_at: input.closes_at,
                opens_at: input.opens_at,
            },
            seed_commitment: input.seed_commitment,
        };
        let (state, caller) = asked(ctx);
        let tender = app::tender::publish(state, caller, key, publish).await?;
        Ok(PublishTenderPayload {
            tender: Tender(tender),
        })
    }

    /// 推迟投标截止时间。Moves the close to later.
    async fn extend_tender(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ExtendTenderInput,
    ) -> Result<ExtendTenderPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let extend = app::tender::Extend {
            tender_id: typed(&input.tender_id, "input.tenderId")?,
            closes_at: input.closes_at,
            opens_at: input.opens_at.unwrap_or(input.closes_at),
            reason: input.reason,
        };
        let (state, caller) = asked(ctx);
        let tender = app::tender::extend(state, caller, key, extend).await?;
        Ok(ExtendTenderPayload {
            tender: Tender(tender),
        })
    }

    /// 发布澄清。Publishes a clarification.
    async fn clarify_tender(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ClarifyTenderInput,
    ) -> Result<ClarifyTenderPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let clarify = app::tender::Clarify {
            tender_id: typed(&input.tender_id, "input.tenderId")?,
            text: input.text,
            affects_bids: input.affects_bids,
            extension: input.closes_at.map(|at| (at, input.opens_at.unwrap_or(at))),
        };
        let (state, caller) = asked(ctx);
        let tender = app::tender::clarify(state, caller, key, clarify).await?;
        Ok(ClarifyTenderPayload {
            tender: Tender(tender),
        })
    }

    /// 开标;到时间且投标不少于三家。Begins the opening, when it is due and there are enough bids.
    async fn open_tender(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: OpenTenderInput,
    ) -> Result<OpenTenderPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.tender_id, "input.tenderId")?;
        let (state, caller) = asked(ctx);
        Ok(OpenTenderPayload {
            tender: Tender(app::opening::open(state, caller, key, id).await?),
        })
    }

    /// 结束开标;未解封的投标无效。Ends the opening; bids still sealed are invalid.
    async fn finish_opening(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: FinishOpeningInput,
    ) -> Result<FinishOpeningPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.tender_id, "input.tenderId")?;
        let (state, caller) = asked(ctx);
        let tender = app::opening::finish(state, caller, key, id).await?;
        Ok(FinishOpeningPayload {
            tender: Tender(tender),
        })
    }

    /// 废标。Abandons a tender.
    async fn abandon_tender(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AbandonTenderInput,
    ) -> Result<AbandonTenderPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let abandon = app::tender::Abandon {
            tender_id: typed(&input.tender_id, "input.tenderId")?,
            reason: input.reason,
            ground: input.ground.map(Into::into),
        };
        let (state, caller) = asked(ctx);
        let tender = app::tender::abandon(state, caller, key, abandon).await?;
        Ok(AbandonTenderPayload {
            tender: Tender(tender),
        })
    }
}
