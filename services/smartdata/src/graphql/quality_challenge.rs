//! 数据质量异议 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Opaque, global, listed, page, typed},
};

use super::{
    asked,
    data_resource::{self, DataField, DataResource},
    loaders::Loaders,
};
use crate::{app, domain::quality_challenge as domain};

/// 数据质量异议状态。Where a challenge stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::QualityChallengeState")]
pub enum QualityChallengeState {
    /// 已提出。Raised.
    Raised,
    /// 核查中。Being checked.
    Checking,
    /// 已更正。Corrected at its source.
    Corrected,
    /// 数据无误。Right as it was.
    Upheld,
}

/// 数据质量异议。A claim that shared data is wrong.
pub struct QualityChallenge(pub domain::QualityChallenge);

#[Object]
impl QualityChallenge {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 数据目录条目。The entry of the catalogue.
    async fn resource(&self, ctx: &Context<'_>) -> Result<Option<DataResource>> {
        data_resource::load(ctx, self.0.resource_id).await
    }

    /// 数据项。Which field.
    async fn field(&self) -> DataField {
        self.0.field.into()
    }

    /// 异议内容。What is wrong.
    async fn statement(&self) -> &str {
        &self.0.statement
    }

    /// 状态。Where it stands.
    async fn state(&self) -> QualityChallengeState {
        self.0.state.into()
    }

    /// 是否由居民本人提出。Whether the resident raised it.
    async fn by_resident(&self) -> bool {
        self.0.resident_id.is_some()
    }

    /// 核查结果。What was found.
    async fn finding(&self) -> Option<&str> {
        self.0.finding.as_deref()
    }

    /// 提出时间。When it was raised.
    async fn raised_at(&self) -> DateTime<Utc> {
        self.0.raised_at
    }

    /// 核查时限。Until when it is to be concluded.
    async fn due_at(&self) -> DateTime<Utc> {
        self.0.due_at
    }

    /// 是否超时。Whether it is late.
    async fn overdue(&self, ctx: &Context<'_>) -> bool {
        self.0.is_overdue(asked(ctx).0.core.clock.now())
    }

    /// 结论时间。When it was concluded.
    async fn concluded_at(&self) -> Option<DateTime<Utc>> {
        self.0.concluded_at
    }
}
/// A challenge, if the caller may read it.
pub async fn load(
    ctx: &Context<'_>,
    id: domain::QualityChallengeId,
) -> Result<Option<QualityChallenge>> {
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(QualityChallenge))
}
/// Challenge queries.
#[derive(Default)]
pub struct QualityChallengeQuery;

#[Object]
impl QualityChallengeQuery {
    /// 我可见的数据质量异议,新的在前。The challenges the caller may see, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn quality_challenges(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<QualityChallengeState>,
        #[graphql(desc = "只看超时的。Only late ones.", default = false)] overdue: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, QualityChallenge>>> {
        let page = page(first, after, last, before)?;
        let (service, caller) = asked(ctx);
        let filter = app::quality_challenge::ChallengeFilter {
            state: state.map(Into::into),
            overdue_at: overdue.then(|| service.core.clock.now()),
        };
        let found = app::quality_challenge::list(service, caller, &filter, &page).await?;
        listed(found, |it| (it.id.as_uuid(),), QualityChallenge)
    }
}

/// 提出异议的输入。Which field is wrong, and how.
#[derive(InputObject)]
pub struct RaiseQualityChallengeInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 数据目录条目。The entry of the catalogue.
    resource_id: ID,
    /// 数据项。Which field.
    field: DataField,
    /// 异议内容。What is wrong.
    statement: String,
    /// 部门的授权;居民不填。The grant of the department; empty for a resident.
    share_grant_id: Option<ID>,
}

/// 提出异议的结果。The challenge.
#[derive(SimpleObject)]
pub struct RaiseQualityChallengePayload {
    /// 异议。The challenge.
    quality_challenge: Option<QualityChallenge>,
}

/// 开始核查的输入。Which challenge.
#[derive(InputObject)]
pub struct StartQualityCheckInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 异议。The challenge.
    quality_challenge_id: ID,
}

/// 开始核查的结果。The challenge.
#[derive(SimpleObject)]
pub struct StartQualityCheckPayload {
    /// 异议。The challenge.
    quality_challenge: Option<QualityChallenge>,
}

/// 核查结论的输入。What was found.
#[derive(InputObject)]
pub struct ConcludeQualityCheckInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 异议。The challenge.
    quality_challenge_id: ID,
    /// 是否已更正。Whether it was corrected.
    corrected: bool,
    /// 核查结果。What was found.
    finding: String,
}

/// 核查结论的结果。The challenge.
#[derive(SimpleObject)]
pub struct ConcludeQualityCheckPayload {
    /// 异议。The challenge.
    quality_challenge: Option<QualityChallenge>,
}

/// Challenge mutations.
#[derive(Default)]
pub struct QualityChallengeMutation;

#[Object]
impl QualityChallengeMutation {
    /// 提出数据质量异议:使用部门凭授权,居民就本人数据。Says that data is wrong: a department through its
    /// grant, a resident of their own data.
    async fn raise_quality_challenge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RaiseQualityChallengeInput,
    ) -> Result<RaiseQualityChallengePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::quality_challenge::Raise {
            resource_id: typed(&input.resource_id, "input.resourceId")?,
            field: input.field.into(),
            statement: input.statement,
            grant_id: input
                .share_grant_id
                .map(|id| typed(&id, "input.shareGrantId"))
                .transpose()?,
        };
        let (state, caller) = asked(ctx);
        let id = app::quality_challenge::raise(state, caller, key, given).await?;
        Ok(RaiseQualityChallengePayload {
            quality_challenge: load(ctx, id).await?,
        })
    }

    /// 开始核查(提供部门)。The provider looks into it.
    async fn start_quality_check(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: StartQualityCheckInput,
    ) -> Result<StartQualityCheckPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = typed(&input.quality_challenge_id, "input.qualityChallengeId")?;
        let (state, caller) = asked(ctx);
        let id = app::quality_challenge::start_check(state, caller, key, given).await?;
        Ok(StartQualityCheckPayload {
            quality_challenge: load(ctx, id).await?,
        })
    }

    /// 核查结论(提供部门):已更正,或数据无误。The provider says what was found.
    async fn conclude_quality_check(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ConcludeQualityCheckInput,
    ) -> Result<ConcludeQualityCheckPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::quality_challenge::Conclude {
            challenge_id: typed(&input.quality_challenge_id, "input.qualityChallengeId")?,
            corrected: input.corrected,
            finding: input.finding,
        };
        let (state, caller) = asked(ctx);
        let id = app::quality_challenge::conclude(state, caller, key, given).await?;
        Ok(ConcludeQualityCheckPayload {
            quality_challenge: load(ctx, id).await?,
        })
    }
}
