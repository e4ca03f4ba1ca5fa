//! 志愿服务活动 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{DivisionCode, Opaque, connection, global, listed, page, typed},
};

use super::{at, keyed, loaders::Loaders, maybe, signup::Signup, volunteer_team::VolunteerTeam};
use crate::{
    app::{signup, team_activity as app},
    domain::volunteer_team as domain,
};

/// 活动状态。Where an activity stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::TeamActivityState")]
pub enum TeamActivityState {
    /// 已发布。It is published.
    Published,
    /// 招募中。Volunteers may sign up.
    Recruiting,
    /// 已取消。It does not take place.
    Cancelled,
}

/// Activity of the domain, as the graph shows it.
pub struct TeamActivity(pub domain::TeamActivity);

/// 志愿服务活动。An activity of a team of volunteers.
#[Object]
impl TeamActivity {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 队伍。The team.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<VolunteerTeam>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        Ok(loaders.load_one(self.0.team_id).await?.map(VolunteerTeam))
    }

    /// 名称。Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// 地点。Where it is.
    async fn place(&self) -> &str {
        &self.0.place
    }

    /// 开始时间。When it begins.
    async fn starts_at(&self) -> DateTime<Utc> {
        self.0.starts_at
    }

    /// 结束时间。When it ends.
    async fn ends_at(&self) -> DateTime<Utc> {
        self.0.ends_at
    }

    /// 名额。How many places it has.
    async fn capacity(&self) -> i32 {
        self.0.capacity
    }

    /// 已录用人数。How many volunteers are matched.
    async fn matched(&self) -> i64 {
        self.0.matched
    }

    /// 是否有风险;有风险须培训和保险。Whether there is a risk, which asks for training and insurance.
    async fn risk(&self) -> bool {
        self.0.risk
    }

    /// 状态。Where it stands.
    async fn state(&self) -> TeamActivityState {
        self.0.state.into()
    }

    /// 取消的原因。Why it was cancelled.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// 报名者,新的在前(仅带领社工可见,查阅留痕)。Who signed up, newest first; for the lead alone, and on record.
    async fn signups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
    ) -> Result<Option<Connection<Opaque, Signup>>> {
        let page = page(first, after, None, None)?;
        let (state, caller) = at(ctx);
        let found = signup::list_of(state, caller, &self.0, &page).await?;
        Ok(found.map(|found| connection(found, |one| (one.id.as_uuid(),), Signup)))
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Activity queries.
#[derive(Default)]
pub struct TeamActivityQuery;

#[Object]
impl TeamActivityQuery {
    /// 按编号查志愿服务活动(公开,不含服务对象和报名者)。An activity by id; open to all, without persons.
    async fn team_activity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<TeamActivity>> {
        let id: domain::TeamActivityId = typed(&id, "id")?;
        let loaders = ctx.data_unchecked::<Loaders>();
        Ok(loaders.load_one(id).await?.map(TeamActivity))
    }

    /// 志愿服务活动,新的在前(公开)。Activities, newest first; open to all.
    #[expect(clippy::too_many_arguments, reason = "filters and a page")]
    async fn team_activities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此区划。Only within this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "只看此队伍。Only of this team.")] team_id: Option<ID>,
        #[graphql(desc = "只看此状态。Only where it stands so.")] state: Option<TeamActivityState>,
        #[graphql(
            desc = "只看尚未结束的。Only those that are not over.",
            default = false
        )]
        upcoming: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
    ) -> Result<Option<Connection<Opaque, TeamActivity>>> {
        let page = page(first, after, None, None)?;
        let (service, _) = at(ctx);
        let filter = domain::TeamActivityFilter {
            division: division_code.map(|code| code.0),
            team: maybe(team_id.as_ref(), "teamId")?,
            state: state.map(Into::into),
            after: upcoming.then(|| service.core.clock.now()),
        };
        let found = app::list(service, &filter, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), TeamActivity)
    }
}

/// 发布活动的输入。What is published.
#[derive(InputObject)]
pub struct PublishTeamActivityInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 队伍。The team.
    team_id: ID,
    /// 名称(1 至 100 字)。Its title.
    title: String,
    /// 地点(1 至 200 字)。Where it is.
    place: String,
    /// 开始时间。When it begins.
    starts_at: DateTime<Utc>,
    /// 结束时间(24 小时以内)。When it ends, within 24 hours.
    ends_at: DateTime<Utc>,
    /// 名额(1 至 500)。How many places it has.
    capacity: i32,
    /// 是否有风险;有风险须培训和保险。Whether there is a risk, which asks for training and insurance.
    #[graphql(default = false)]
    risk: bool,
    /// 服务对象;指定后由其确认服务。Who is served, where it is one person: they confirm.
    recipient_resident_id: Option<ID>,
}

/// 发布活动的结果。The activity.
#[derive(SimpleObject)]
pub struct PublishTeamActivityPayload {
    /// 活动。The activity.
    activity: TeamActivity,
}

/// 开始招募的输入。For which activity volunteers are recruited.
#[derive(InputObject)]
pub struct RecruitForTeamActivityInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 活动。The activity.
    activity_id: ID,
}

/// 开始招募的结果。The activity, recruiting.
#[derive(SimpleObject)]
pub struct RecruitForTeamActivityPayload {
    /// 活动。The activity.
    activity: TeamActivity,
}

/// 取消活动的输入。Why an activity does not take place.
#[derive(InputObject)]
pub struct CancelTeamActivityInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 活动。The activity.
    activity_id: ID,
    /// 原因(1 至 500 字)。Why.
    reason: String,
}

/// 取消活动的结果。The activity, cancelled.
#[derive(SimpleObject)]
pub struct CancelTeamActivityPayload {
    /// 活动。The activity.
    activity: TeamActivity,
}

/// Activity mutations.
#[derive(Default)]
pub struct TeamActivityMutation;

#[Object]
impl TeamActivityMutation {
    /// 发布志愿服务活动(带领社工)。Publishes an activity: the lead of the team.
    async fn publish_team_activity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: PublishTeamActivityInput,
    ) -> Result<PublishTeamActivityPayload> {
        let key = keyed(&input.idempotency_key)?;
        let publish = app::Publish {
            team_id: typed(&input.team_id, "input.teamId")?,
            title: input.title,
            place: input.place,
            starts_at: input.starts_at,
            ends_at: input.ends_at,
            capacity: input.capacity,
            risk: input.risk,
            recipient_id: maybe(
                input.recipient_resident_id.as_ref(),
                "input.recipientResidentId",
            )?,
        };
        let (state, caller) = at(ctx);
        let activity = TeamActivity(app::publish(state, caller, key, publish).await?);
        Ok(PublishTeamActivityPayload { activity })
    }

    /// 开始招募(带领社工)。Opens the recruiting: the lead.
    async fn recruit_for_team_activity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RecruitForTeamActivityInput,
    ) -> Result<RecruitForTeamActivityPayload> {
        let key = keyed(&input.idempotency_key)?;
        let id = typed(&input.activity_id, "input.activityId")?;
        let (state, caller) = at(ctx);
        let activity = TeamActivity(app::recruit(state, caller, key, id).await?);
        Ok(RecruitForTeamActivityPayload { activity })
    }

    /// 取消活动(带领社工);已有人签到则不能取消。Cancels an activity in which nobody has checked in: the lead.
    async fn cancel_team_activity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CancelTeamActivityInput,
    ) -> Result<CancelTeamActivityPayload> {
        let key = keyed(&input.idempotency_key)?;
        let cancel = app::Cancel {
            activity_id: typed(&input.activity_id, "input.activityId")?,
            reason: input.reason,
        };
        let (state, caller) = at(ctx);
        let activity = TeamActivity(app::cancel(state, caller, key, cancel).await?);
        Ok(CancelTeamActivityPayload { activity })
    }
}
