//! Mutations on the way to the agenda, with what they take and answer.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use kernel::IdempotencyKey;
use kit::{Result, graph::typed};

use super::{super::asked, Proposal};
use crate::app;

/// 提出议题的输入。What is proposed.
#[derive(InputObject)]
pub struct RaiseProposalInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 已核实的需求。The verified need.
    need_id: ID,
    /// 标题(1 至 100 字)。A title, 1 to 100 characters.
    title: String,
    /// 内容(1 至 5000 字)。The text, 1 to 5000 characters.
    text: String,
}

/// 审查议题的输入。Whether it is the residents' own affair.
#[derive(InputObject)]
pub struct ScreenProposalInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 议题。The proposal.
    proposal_id: ID,
    /// 是否属于议事范围。Whether it is in scope.
    in_scope: bool,
    /// 说明;不属议事范围时必填。A note; required where it is out of scope.
    note: Option<String>,
}

/// 附议的输入。Which proposal to second.
#[derive(InputObject)]
pub struct SecondProposalInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 议题。The proposal.
    proposal_id: ID,
}

/// 列入议程的输入。Which proposal to place on the agenda.
#[derive(InputObject)]
pub struct PlaceOnAgendaInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 议题。The proposal.
    proposal_id: ID,
}

/// 提出议题的结果。The proposal raised.
#[derive(SimpleObject)]
pub struct RaiseProposalPayload {
    /// 议题。The proposal.
    proposal: Proposal,
}

/// 审查议题的结果。The proposal after screening.
#[derive(SimpleObject)]
pub struct ScreenProposalPayload {
    /// 议题。The proposal.
    proposal: Proposal,
}

/// 附议的结果。The proposal seconded.
#[derive(SimpleObject)]
pub struct SecondProposalPayload {
    /// 议题。The proposal.
    proposal: Proposal,
}

/// 列入议程的结果。The proposal on the agenda.
#[derive(SimpleObject)]
pub struct PlaceOnAgendaPayload {
    /// 议题。The proposal.
    proposal: Proposal,
}

/// Proposal mutations.
#[derive(Default)]
pub struct ProposalMutation;

#[Object]
impl ProposalMutation {
    /// 提出议题。Raises a proposal on a verified need.
    async fn raise_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RaiseProposalInput,
    ) -> Result<RaiseProposalPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let raise = app::proposal::Raise {
            need_id: typed(&input.need_id, "input.needId")?,
            title: input.title,
            body: input.text,
        };
        let (state, caller) = asked(ctx);
        Ok(RaiseProposalPayload {
            proposal: Proposal(app::proposal::raise(state, caller, key, raise).await?),
        })
    }

    /// 审查议题是否属于议事范围。Screens a proposal.
    async fn screen_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ScreenProposalInput,
    ) -> Result<ScreenProposalPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let screen = app::proposal::Screen {
            proposal_id: typed(&input.proposal_id, "input.proposalId")?,
            in_scope: input.in_scope,
            note: input.note,
        };
        let (state, caller) = asked(ctx);
        Ok(ScreenProposalPayload {
            proposal: Proposal(app::proposal::screen(state, caller, key, screen).await?),
        })
    }

    /// 附议(本社区已核验的成年居民,每人一次)。Seconds a proposal, once each.
    async fn second_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SecondProposalInput,
    ) -> Result<SecondProposalPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.proposal_id, "input.proposalId")?;
        let (state, caller) = asked(ctx);
        Ok(SecondProposalPayload {
            proposal: Proposal(app::proposal::second(state, caller, key, id).await?),
        })
    }

    /// 列入议程。Places a proposal on the agenda.
    async fn place_on_agenda(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: PlaceOnAgendaInput,
    ) -> Result<PlaceOnAgendaPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.proposal_id, "input.proposalId")?;
        let (state, caller) = asked(ctx);
        Ok(PlaceOnAgendaPayload {
            proposal: Proposal(app::proposal::place_on_agenda(state, caller, key, id).await?),
        })
    }
}
