//! 小组、社区活动、政策倡导 in the graph.

mod part;
mod way;

use async_graphql::{
    Context, Enum, ID, MergedObject, Object, SimpleObject, connection::Connection,
};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{Date, DivisionCode, Opaque, global, listed, page, typed},
};

use super::{
    at,
    foreign::{Community, Resident},
    loaders::{HeldOf, Loaders, MeasuresOf},
    maybe,
    social_worker::SocialWorker,
};
use crate::{app::undertaking as app, domain::undertaking as domain};

/// 专业方法。By which method.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::UndertakingKind")]
pub enum UndertakingKind {
    /// 小组。A group (MZ/T 095-2017).
    Group,
    /// 社区活动。A community programme.
    Programme,
    /// 政策倡导。Advocacy.
    Advocacy,
}

/// 阶段;各类有各自的次序。Where it stands; each kind has its own way.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::UndertakingPhase")]
pub enum UndertakingPhase {
    /// 小组:筹备。A group is prepared.
    Preparing,
    /// 小组:形成。A group forms.
    Forming,
    /// 小组:转折。A group turns.
    Turning,
    /// 小组:成熟。A group is mature.
    Mature,
    /// 小组:结束。A group has ended.
    Ended,
    /// 社区活动:调查。A programme surveys.
    Survey,
    /// 社区活动:计划。A programme plans.
    Plan,
    /// 社区活动:动员。A programme mobilises.
    Mobilise,
    /// 社区活动:实施。A programme is carried out.
    Implement,
    /// 社区活动:评估。A programme is evaluated.
    Evaluate,
    /// 社区活动:移交。A programme is handed over.
    HandedOver,
    /// 政策倡导:提出。An issue is raised.
    Raised,
    /// 政策倡导:取证。Evidence is gathered.
    Evidence,
    /// 政策倡导:提交。A proposal is submitted.
    Submitted,
    /// 政策倡导:答复。The proposal is answered.
    Answered,
    /// 政策倡导:办结。The issue is closed.
    Closed,
    /// 取消。It was called off.
    Cancelled,
}

/// 成效指标。What shows the outcome.
#[derive(SimpleObject)]
pub struct UndertakingMeasure {
    /// 全局编号。Global id.
    id: ID,
    /// 名称。Its name.
    name: String,
    /// 单位。Its unit.
    unit: String,
    /// 基线值。Where it begins.
    baseline: i32,
    /// 目标值。Where it is to arrive.
    target: i32,
    /// 最近一次测量值。The newest reading.
    value: Option<i32>,
    /// 测量日期。Its day.
    taken_on: Option<Date>,
    /// 是否达到目标。Whether the target is reached.
    reached: bool,
}

impl From<domain::Measure> for UndertakingMeasure {
    fn from(measure: domain::Measure) -> Self {
        Self {
            reached: measure.is_reached(),
            id: global(measure.id),
            name: measure.name,
            unit: measure.unit,
            baseline: measure.baseline,
            target: measure.target,
            value: measure.value,
            taken_on: measure.taken_on.map(Date),
        }
    }
}

/// 场次。A session that was held.
#[derive(SimpleObject)]
pub struct UndertakingSession {
    /// 全局编号。Global id.
    id: ID,
    /// 第几次。Which one.
    number: i32,
    /// 主题。What it was about.
    topic: String,
    /// 开始时间。When it began.
    held_from: DateTime<Utc>,
    /// 结束时间。When it ended.
    held_to: DateTime<Utc>,
    /// 出席人数。How many came.
    attendance: i32,
}

impl From<domain::UndertakingSession> for UndertakingSession {
    fn from(session: domain::UndertakingSession) -> Self {
        Self {
            id: global(session.id),
            number: session.number,
            topic: session.topic,
            held_from: session.held_from,
            held_to: session.held_to,
            attendance: session.attendance,
        }
    }
}

/// 参与者。Somebody who takes part; for the lead alone.
#[derive(SimpleObject)]
pub struct UndertakingParticipant {
    /// 居民。The resident.
    resident: Option<Resident>,
    /// 参加时间。Since when.
    joined_at: DateTime<Utc>,
    /// 退出时间。Until when.
    left_at: Option<DateTime<Utc>>,
    /// 出席次数。How often they came.
    attended: i64,
}

impl From<domain::Participant> for UndertakingParticipant {
    fn from(one: domain::Participant) -> Self {
        Self {
            resident: Some(one.resident_id.into()),
            joined_at: one.joined_at,
            left_at: one.left_at,
            attended: one.attended,
        }
    }
}

/// Undertaking of the domain, as the graph shows it.
pub struct Undertaking(pub domain::Undertaking);

/// 小组、社区活动或政策倡导。What a social worker undertakes with many: a group, a programme, an advocacy.
#[Object]
impl Undertaking {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 专业方法。By which method.
    async fn kind(&self) -> UndertakingKind {
        self.0.kind.into()
    }

    /// 社区。The community.
    async fn community(&self) -> Option<Community> {
        Some(self.0.community_id.into())
    }

    /// 带领社工(有权查看者可见)。The social worker who leads it, for those who may see them.
    async fn lead(&self, ctx: &Context<'_>) -> Result<Option<SocialWorker>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(self.0.lead_id).await?;
        Ok(found.map(SocialWorker))
    }

    /// 主题。Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// 目的。What it is for.
    async fn aim(&self) -> &str {
        &self.0.aim
    }

    /// 对象。For whom.
    async fn audience(&self) -> &str {
        &self.0.audience
    }

    /// 阶段。Where it stands.
    async fn phase(&self) -> UndertakingPhase {
        self.0.phase.into()
    }

    /// 移交或提交给谁。To whom it was handed over or submitted.
    async fn addressee(&self) -> Option<&str> {
        self.0.addressee.as_deref()
    }

    /// 答复。What was answered.
    async fn answer(&self) -> Option<&str> {
        self.0.answer.as_deref()
    }

    /// 总结,或取消的原因。What came of it, or why it was called off.
    async fn summary(&self) -> Option<&str> {
        self.0.summary.as_deref()
    }

    /// 现有参与人数。How many take part now.
    async fn members(&self) -> i64 {
        self.0.members
    }

    /// 成效指标。What shows the outcome.
    async fn measures(&self, ctx: &Context<'_>) -> Result<Vec<UndertakingMeasure>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(MeasuresOf(self.0.id)).await?;
        let found = found.unwrap_or_default().into_iter();
        Ok(found.map(Into::into).collect())
    }

    /// 场次。Its sessions, in order.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<UndertakingSession>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(HeldOf(self.0.id)).await?;
        let found = found.unwrap_or_default().into_iter();
        Ok(found.map(Into::into).collect())
    }

    /// 参与者(仅带领社工可见,查阅留痕)。Who takes part; for the lead alone, and on record.
    async fn participants(&self, ctx: &Context<'_>) -> Result<Option<Vec<UndertakingParticipant>>> {
        let (state, caller) = at(ctx);
        let found = app::participants(state, caller, &self.0).await?;
        Ok(found.map(|all| all.into_iter().map(Into::into).collect()))
    }

    /// 开始时间。When it was begun.
    async fn started_at(&self) -> DateTime<Utc> {
        self.0.started_at
    }

    /// 结束时间。When it ended.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Undertaking queries.
#[derive(Default)]
pub struct UndertakingQuery;

#[Object]
impl UndertakingQuery {
    /// 按编号查小组、社区活动或政策倡导(公开,不含参与者)。One by id; open to all, without who takes part.
    async fn undertaking(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Undertaking>> {
        let id: domain::UndertakingId = typed(&id, "id")?;
        let loaders = ctx.data_unchecked::<Loaders>();
        Ok(loaders.load_one(id).await?.map(Undertaking))
    }

    /// 小组、社区活动与政策倡导,新的在前(公开)。Groups, programmes and advocacy, newest first; open to all.
    #[expect(clippy::too_many_arguments, reason = "filters and a page")]
    async fn undertakings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此区划。Only within this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "只看此社区。Only of this community.")] community_id: Option<ID>,
        #[graphql(desc = "只看此方法。Only by this method.")] kind: Option<UndertakingKind>,
        #[graphql(desc = "只看此社工带领的。Only those this social worker leads.")] lead_id: Option<
            ID,
        >,
        #[graphql(desc = "只看进行中或已结束的。Only running ones, or not.")] running: Option<bool>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
    ) -> Result<Option<Connection<Opaque, Undertaking>>> {
        let page = page(first, after, None, None)?;
        let filter = domain::UndertakingFilter {
            division: division_code.map(|code| code.0),
            community: maybe(community_id.as_ref(), "communityId")?,
            kind: kind.map(Into::into),
            lead: maybe(lead_id.as_ref(), "leadId")?,
            running,
            participant: None,
        };
        let found = app::list(at(ctx).0, &filter, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), Undertaking)
    }

    /// 我参加的小组与活动,新的在前。Those in which the caller takes part, newest first.
    async fn my_undertakings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
    ) -> Result<Option<Connection<Opaque, Undertaking>>> {
        let page = page(first, after, None, None)?;
        let (state, caller) = at(ctx);
        let found = app::list_mine(state, caller, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), Undertaking)
    }
}

/// Undertaking mutations.
#[derive(MergedObject, Default)]
pub struct UndertakingMutation(way::WayMutation, part::PartMutation);
