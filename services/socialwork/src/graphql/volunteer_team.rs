//! 志愿者队伍 in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{DivisionCode, Opaque, global, listed, page, typed},
};

use super::{at, foreign::Community, keyed, loaders::Loaders, maybe, social_worker::SocialWorker};
use crate::{app::volunteer_team as app, domain::volunteer_team as domain};

/// Team of the domain, as the graph shows it.
pub struct VolunteerTeam(pub domain::VolunteerTeam);

/// 志愿者队伍。A team of volunteers, led by a social worker.
#[Object]
impl VolunteerTeam {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
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

    /// 名称。Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// 宗旨。What it is for.
    async fn aim(&self) -> &str {
        &self.0.aim
    }

    /// 现有人数。How many volunteers are in it.
    async fn member_count(&self) -> i64 {
        self.0.members
    }

    /// 成立时间。When it was founded.
    async fn founded_at(&self) -> DateTime<Utc> {
        self.0.founded_at
    }

    /// 解散时间。When it was disbanded.
    async fn disbanded_at(&self) -> Option<DateTime<Utc>> {
        self.0.disbanded_at
    }
}

/// Team queries.
#[derive(Default)]
pub struct VolunteerTeamQuery;

#[Object]
impl VolunteerTeamQuery {
    /// 按编号查志愿者队伍(公开)。A team by id; open to all.
    async fn volunteer_team(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<VolunteerTeam>> {
        let id: domain::VolunteerTeamId = typed(&id, "id")?;
        let loaders = ctx.data_unchecked::<Loaders>();
        Ok(loaders.load_one(id).await?.map(VolunteerTeam))
    }

    /// 志愿者队伍,新的在前(公开)。Teams that stand, newest first; open to all.
    async fn volunteer_teams(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此区划。Only within this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "只看此社区。Only of this community.")] community_id: Option<ID>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
    ) -> Result<Option<Connection<Opaque, VolunteerTeam>>> {
        let page = page(first, after, None, None)?;
        let division = division_code.map(|code| code.0);
        let community = maybe(community_id.as_ref(), "communityId")?;
        let within = (division.as_ref(), community);
        let found = app::list(at(ctx).0, within, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), VolunteerTeam)
    }
}

/// 成立队伍的输入。What is founded.
#[derive(InputObject)]
pub struct FoundVolunteerTeamInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 社区。The community.
    community_id: ID,
    /// 名称(1 至 100 字)。Its name.
    name: String,
    /// 宗旨(1 至 500 字)。What it is for.
    aim: String,
}

/// 成立队伍的结果。The team.
#[derive(SimpleObject)]
pub struct FoundVolunteerTeamPayload {
    /// 队伍。The team.
    team: VolunteerTeam,
}

/// 解散队伍的输入。Which team is disbanded.
#[derive(InputObject)]
pub struct DisbandVolunteerTeamInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 队伍。The team.
    team_id: ID,
}

/// 解散队伍的结果。The team, disbanded.
#[derive(SimpleObject)]
pub struct DisbandVolunteerTeamPayload {
    /// 队伍。The team.
    team: VolunteerTeam,
}

/// 加入队伍的输入。Which team is joined.
#[derive(InputObject)]
pub struct JoinVolunteerTeamInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 队伍。The team.
    team_id: ID,
}

/// 加入队伍的结果。The team that was joined.
#[derive(SimpleObject)]
pub struct JoinVolunteerTeamPayload {
    /// 队伍。The team.
    team: VolunteerTeam,
}

/// 离开队伍的输入。Which team is left.
#[derive(InputObject)]
pub struct LeaveVolunteerTeamInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 队伍。The team.
    team_id: ID,
}

/// 离开队伍的结果。The team that was left.
#[derive(SimpleObject)]
pub struct LeaveVolunteerTeamPayload {
    /// 队伍。The team.
    team: VolunteerTeam,
}

/// Team mutations.
#[derive(Default)]
pub struct VolunteerTeamMutation;

#[Object]
impl VolunteerTeamMutation {
    /// 成立志愿者队伍并带领(社会工作者)。Founds a team and leads it: a social worker.
    async fn found_volunteer_team(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: FoundVolunteerTeamInput,
    ) -> Result<FoundVolunteerTeamPayload> {
        let key = keyed(&input.idempotency_key)?;
        let found = app::Found {
            community_id: typed(&input.community_id, "input.communityId")?,
            name: input.name,
            aim: input.aim,
        };
        let (state, caller) = at(ctx);
        let team = VolunteerTeam(app::found(state, caller, key, found).await?);
        Ok(FoundVolunteerTeamPayload { team })
    }

    /// 解散志愿者队伍(带领社工)。Disbands a team: the lead.
    async fn disband_volunteer_team(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: DisbandVolunteerTeamInput,
    ) -> Result<DisbandVolunteerTeamPayload> {
        let key = keyed(&input.idempotency_key)?;
        let id = typed(&input.team_id, "input.teamId")?;
        let (state, caller) = at(ctx);
        let team = VolunteerTeam(app::disband(state, caller, key, id).await?);
        Ok(DisbandVolunteerTeamPayload { team })
    }

    /// 加入志愿者队伍(志愿者本人)。Joins a team: the volunteer.
    async fn join_volunteer_team(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: JoinVolunteerTeamInput,
    ) -> Result<JoinVolunteerTeamPayload> {
        let key = keyed(&input.idempotency_key)?;
        let id = typed(&input.team_id, "input.teamId")?;
        let (state, caller) = at(ctx);
        let team = VolunteerTeam(app::join(state, caller, key, id).await?);
        Ok(JoinVolunteerTeamPayload { team })
    }

    /// 离开志愿者队伍(志愿者本人)。Leaves a team: the volunteer.
    async fn leave_volunteer_team(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: LeaveVolunteerTeamInput,
    ) -> Result<LeaveVolunteerTeamPayload> {
        let key = keyed(&input.idempotency_key)?;
        let id = typed(&input.team_id, "input.teamId")?;
        let (state, caller) = at(ctx);
        let team = VolunteerTeam(app::leave(state, caller, key, id).await?);
        Ok(LeaveVolunteerTeamPayload { team })
    }
}
