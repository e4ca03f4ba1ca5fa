//! Mutations around the publicity period, with what they take and answer.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use kernel::IdempotencyKey;
use kit::{Result, graph::typed};

use super::{super::asked, Proposal};
use crate::app;

/// 公示的输入。Which decision to publish.
#[derive(InputObject)]
pub struct PublishDecisionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 议题。The proposal.
    proposal_id: ID,
}

/// 提出异议的输入。A resident's objection.
#[derive(InputObject)]
pub struct ObjectDecisionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 议题。The proposal.
    proposal_id: ID,
    /// 异议内容(1 至 2000 字)。Why, 1 to 2000 characters.
    text: String,
}

/// 处理异议的输入。What became of an objection.
#[derive(InputObject)]
pub struct ResolveObjectionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 议题。The proposal.
    proposal_id: ID,
    /// 异议是否成立(成立则再议)。Upheld means that residents talk again.
    upheld: bool,
    /// 处理说明(1 至 2000 字)。Why, 1 to 2000 characters.
    note: String,
}

/// 公示的结果。The proposal, shown to everybody.
#[derive(SimpleObject)]
pub struct PublishDecisionPayload {
    /// 议题。The proposal.
    proposal: Proposal,
}

/// 提出异议的结果。The proposal objected to.
#[derive(SimpleObject)]
pub struct ObjectDecisionPayload {
    /// 议题。The proposal.
    proposal: Proposal,
}

/// 处理异议的结果。The proposal after the objection.
#[derive(SimpleObject)]
pub struct ResolveObjectionPayload {
    /// 议题。The proposal.
    proposal: Proposal,
}

/// Mutations around the publicity period.
#[derive(Default)]
pub struct PublicityMutation;

#[Object]
impl PublicityMutation {
    /// 公示表决结果。Publishes an adopted decision for objections.
    async fn publish_decision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: PublishDecisionInput,
    ) -> Result<PublishDecisionPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.proposal_id, "input.proposalId")?;
        let (state, caller) = asked(ctx);
        Ok(PublishDecisionPayload {
            proposal: Proposal(app::proposal::publish(state, caller, key, id).await?),
        })
    }

    /// 对公示提出异议(居民)。Objects to a published decision.
    async fn object_decision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ObjectDecisionInput,
    ) -> Result<ObjectDecisionPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let object = app::proposal::Object {
            proposal_id: typed(&input.proposal_id, "input.proposalId")?,
            body: input.text,
        };
        let (state, caller) = asked(ctx);
        Ok(ObjectDecisionPayload {
            proposal: Proposal(app::proposal::object(state, caller, key, object).await?),
        })
    }

    /// 处理异议。Resolves the open objection.
    async fn resolve_objection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ResolveObjectionInput,
    ) -> Result<ResolveObjectionPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let resolve = app::proposal::Resolve {
            proposal_id: typed(&input.proposal_id, "input.proposalId")?,
            upheld: input.upheld,
            note: input.note,
        };
        let (state, caller) = asked(ctx);
        Ok(ResolveObjectionPayload {
            proposal: Proposal(app::proposal::resolve(state, caller, key, resolve).await?),
        })
    }
}
