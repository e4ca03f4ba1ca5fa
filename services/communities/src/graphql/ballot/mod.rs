//! 表决 in the graph: the type and its queries; `mutation` changes it.
//! Nothing here tells how somebody voted.

mod mutation;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{global, typed},
};

pub use mutation::BallotMutation;

use crate::{app, domain::ballot as domain, state::State};

/// 表决单位。Who holds a vote.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::BallotUnit")]
pub enum BallotUnit {
    /// 居民,一人一票。Each resident.
    Person,
    /// 户代表,一户一票。Each household.
    Household,
    /// 居民代表。Each representative.
    Representative,
}

/// 通过规则。How many of those who took part must be in favour.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::BallotRule")]
pub enum BallotRule {
    /// 过半数。More than half.
    SimpleMajority,
    /// 三分之二以上。Two thirds.
    TwoThirds,
}

/// 表决选项。What is on the ballot.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::BallotChoice")]
pub enum BallotChoice {
    /// 赞成。In favour.
    For,
    /// 反对。Against.
    Against,
    /// 弃权。Abstention.
    Abstain,
}

/// 表决结果。What the count decided.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::BallotDecision")]
pub enum BallotDecision {
    /// 通过。Adopted.
    Adopted,
    /// 未通过。Rejected.
    Rejected,
    /// 参加人数不足。Too few took part.
    NoQuorum,
}

/// 计票。The count, after the close.
#[derive(SimpleObject)]
pub struct BallotTally {
    /// 赞成票。Votes in favour.
    votes_for: i32,
    /// 反对票。Votes against.
    votes_against: i32,
    /// 弃权票。Abstentions.
    abstentions: i32,
    /// 结果。The decision.
    decision: BallotDecision,
    /// 计票时间。When it was counted.
    closed_at: DateTime<Utc>,
}

impl From<&domain::Tally> for BallotTally {
    fn from(tally: &domain::Tally) -> Self {
        Self {
            votes_for: tally.votes_for,
            votes_against: tally.votes_against,
            abstentions: tally.abstentions,
            decision: tally.decision.into(),
            closed_at: tally.closed_at,
        }
    }
}

/// Ballot of the domain, as the graph shows it.
pub struct Ballot(pub domain::Ballot);

/// 表决。A vote on a proposal.
#[Object]
impl Ballot {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 表决单位。Who holds a vote.
    async fn unit(&self) -> BallotUnit {
        self.0.unit.into()
    }

    /// 通过规则。How many must be in favour.
    async fn rule(&self) -> BallotRule {
        self.0.rule.into()
    }

    /// 有表决权的人数。How many may vote.
    async fn eligible(&self) -> i32 {
        self.0.eligible
    }

    /// 参加比例须超过(%)。More than this share must take part, in percent.
    async fn quorum_percent(&self) -> i32 {
        self.0.quorum_percent
    }

    /// 法定人数的依据。The article the quorum rests on.
    async fn quorum_source(&self) -> &str {
        &self.0.quorum_source
    }

    /// 开始。When it opens.
    async fn opens_at(&self) -> DateTime<Utc> {
        self.0.opens_at
    }

    /// 结束。When it closes.
    async fn closes_at(&self) -> DateTime<Utc> {
        self.0.closes_at
    }

    /// 计票结果(结束后)。The count, after the close.
    async fn result(&self) -> Option<BallotTally> {
        self.0.result.as_ref().map(Into::into)
    }
}

/// 回执的查验结果。What a receipt says.
#[derive(SimpleObject)]
pub struct BallotInclusion {
    /// 表决编号。The ballot.
    ballot_id: ID,
    /// 是否已计入结果。Whether it was counted.
    counted: bool,
}

/// Ballot queries.
#[derive(Default)]
pub struct BallotQuery;

#[Object]
impl BallotQuery {
    /// 按编号查表决。A ballot by id.
    async fn ballot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Ballot>> {
        let id = typed(&id, "id")?;
        let found = app::ballot::load(ctx.data_unchecked::<State>(), id).await?;
        Ok(found.map(Ballot))
    }

    /// 凭回执查验选票是否计入(任何持回执的人)。Whether the vote of a receipt was counted.
    async fn ballot_receipt(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "投票时得到的回执。The receipt given on voting.")] receipt: String,
    ) -> Result<Option<BallotInclusion>> {
        let found = app::ballot::receipt(ctx.data_unchecked::<State>(), &receipt).await?;
        Ok(found.map(|found| BallotInclusion {
            ballot_id: global(found.ballot_id),
            counted: found.counted,
        }))
    }
}
