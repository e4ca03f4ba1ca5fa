//! 指南 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{DivisionCode, Fen, Opaque, global, listed, page},
};

use super::asked;
use crate::{app, domain::guide as domain};

/// 指南类别。What a guide is about.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::GuideKind")]
pub enum GuideKind {
    /// 项目范围。What is bought or funded.
    Scope,
    /// 招投标指南。How one bids.
    Bidding,
    /// 公益创投指南。How one applies to a venture round.
    Venture,
}

/// 指南。What a division buys or funds in a year, and how one takes part; public.
#[derive(SimpleObject)]
pub struct Guide {
    /// 全局编号。Global id.
    id: ID,
    /// 区划。The division.
    division_code: DivisionCode,
    /// 类别。What it is about.
    kind: GuideKind,
    /// 年份。The year.
    year: i32,
    /// 标题。Its title.
    title: String,
    /// 正文。Its text.
    body: String,
    /// 年度预算。The budget of the year.
    budget: Option<Fen>,
    /// 版本;最高者有效。Its version; the highest is in force.
    version: i32,
    /// 发布时间。When it was published.
    published_at: DateTime<Utc>,
}

impl From<domain::Guide> for Guide {
    fn from(guide: domain::Guide) -> Self {
        Self {
            id: global(guide.id),
            division_code: DivisionCode(guide.division_code),
            kind: guide.kind.into(),
            year: guide.year,
            title: guide.title,
            body: guide.body,
            budget: guide.budget.map(Fen),
            version: guide.version,
            published_at: guide.published_at,
        }
    }
}

/// Guide queries.
#[derive(Default)]
pub struct GuideQuery;

#[Object]
impl GuideQuery {
    /// 项目范围和指南,新的在前(公开)。Guides, newest first; public.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn guides(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此区划之内。Only below this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "只看此类别。Only of this kind.")] kind: Option<GuideKind>,
        #[graphql(desc = "只看此年份。Only of this year.")] year: Option<i32>,
        #[graphql(
            default = false,
            desc = "包括已被取代的版本。Also those that were replaced."
        )]
        all_versions: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Guide>>> {
        let page = page(first, after, last, before)?;
        let filter = domain::GuideFilter {
            below: division_code.map(|code| code.0),
            kind: kind.map(Into::into),
            year,
            all_versions,
        };
        let (state, _) = asked(ctx);
        let found = app::guide::list(state, &filter, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), Guide::from)
    }
}

/// 发布指南的输入。What is published.
#[derive(InputObject)]
pub struct PublishGuideInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 区划。The division.
    division_code: DivisionCode,
    /// 类别。What it is about.
    kind: GuideKind,
    /// 年份。The year.
    year: i32,
    /// 标题。Its title.
    title: String,
    /// 正文。Its text.
    body: String,
    /// 年度预算(分)。The budget of the year.
    budget: Option<Fen>,
}

/// 发布指南的结果。The guide.
#[derive(SimpleObject)]
pub struct PublishGuidePayload {
    /// 指南。The guide.
    guide: Guide,
}

/// Guide mutations.
#[derive(Default)]
pub struct GuideMutation;

#[Object]
impl GuideMutation {
    /// 发布项目范围或指南;同区划、同类、同年的旧版由新版取代。Publishes a guide; the one of the same division, kind and year is replaced.
    async fn publish_guide(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: PublishGuideInput,
    ) -> Result<PublishGuidePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let new = domain::NewGuide {
            division_code: input.division_code.0,
            kind: input.kind.into(),
            year: input.year,
            title: input.title,
            body: input.body,
            budget: input.budget.map(|budget| budget.0),
        };
        let (state, caller) = asked(ctx);
        let guide = app::guide::publish(state, caller, key, new).await?;
        Ok(PublishGuidePayload {
            guide: guide.into(),
        })
    }
}
