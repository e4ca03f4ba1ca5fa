//! Mutations of ballots, with what they take and answer.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{Result, graph::typed};

use super::{super::asked, Ballot, BallotChoice, BallotRule, BallotUnit};
use crate::app;

/// 发起表决的输入。A vote to be held.
#[derive(InputObject)]
pub struct OpenBallotInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 列入议程的议题。The proposal, on the agenda.
    proposal_id: ID,
    /// 表决单位。Who holds a vote.
    unit: BallotUnit,
    /// 通过规则。How many of those who take part must be in favour.
    #[graphql(default_with = "BallotRule::SimpleMajority")]
    rule: BallotRule,
    /// 有表决权的人数。How many may vote.
    eligible: i32,
    /// 开始。When it opens.
    opens_at: DateTime<Utc>,
    /// 结束。When it closes.
    closes_at: DateTime<Utc>,
}

/// 投票的输入。Somebody's vote.
#[derive(InputObject)]
pub struct CastBallotInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 表决。The ballot.
    ballot_id: ID,
    /// 选择。The choice.
    choice: BallotChoice,
    /// 录入纸质选票时:投票的居民。The voter of a paper ballot that staff enter.
    resident_id: Option<ID>,
    /// 录入纸质选票时:选票编号。The serial number printed on the paper.
    paper_serial: Option<String>,
}

/// 计票的输入。Which vote to count.
#[derive(InputObject)]
pub struct CloseBallotInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 表决。The ballot.
    ballot_id: ID,
}

/// 发起表决的结果。The ballot.
#[derive(SimpleObject)]
pub struct OpenBallotPayload {
    /// 表决。The ballot.
    ballot: Ballot,
}

/// 投票的结果。The receipt of a vote.
#[derive(SimpleObject)]
pub struct CastBallotPayload {
    /// 表决。The ballot.
    ballot: Ballot,
    /// 回执:结束后可凭此查验。Shows after the close that the vote was counted.
    receipt: String,
}

/// 计票的结果。The ballot with its count.
#[derive(SimpleObject)]
pub struct CloseBallotPayload {
    /// 表决。The ballot.
    ballot: Ballot,
}

/// Ballot mutations.
#[derive(Default)]
pub struct BallotMutation;

#[Object]
impl BallotMutation {
    /// 发起表决。Calls the vote on a proposal of the agenda.
    async fn open_ballot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: OpenBallotInput,
    ) -> Result<OpenBallotPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let open = app::ballot::Open {
            proposal_id: typed(&input.proposal_id, "input.proposalId")?,
            unit: input.unit.into(),
            rule: input.rule.into(),
            eligible: input.eligible,
            opens_at: input.opens_at,
            closes_at: input.closes_at,
        };
        let (state, caller) = asked(ctx);
        Ok(OpenBallotPayload {
            ballot: Ballot(app::ballot::open(state, caller, key, open).await?),
        })
    }

    /// 投票,或由工作人员录入纸质选票;每人一票。Casts a ballot, or enters a paper one.
    async fn cast_ballot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CastBallotInput,
    ) -> Result<CastBallotPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let vote = app::ballot::Vote {
            ballot_id: typed(&input.ballot_id, "input.ballotId")?,
            choice: input.choice.into(),
            resident: input
                .resident_id
                .map(|id| typed(&id, "input.residentId"))
                .transpose()?,
            paper_serial: input.paper_serial,
        };
        let (state, caller) = asked(ctx);
        let cast = app::ballot::cast(state, caller, key, vote).await?;
        Ok(CastBallotPayload {
            ballot: Ballot(cast.ballot),
            receipt: cast.receipt,
        })
    }

    /// 表决结束后计票。Counts the vote after its close.
    async fn close_ballot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CloseBallotInput,
    ) -> Result<CloseBallotPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.ballot_id, "input.ballotId")?;
        let (state, caller) = asked(ctx);
        Ok(CloseBallotPayload {
            ballot: Ballot(app::ballot::close(state, caller, key, id).await?),
        })
    }
}
