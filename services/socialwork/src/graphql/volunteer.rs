//! 志愿者 in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, china_date, keys::VolunteerId};
use kit::{
    Result,
    auth::Caller,
    graph::{Date, Minutes, Opaque, connection, global, listed, page, typed},
};

use super::{
    foreign::{Community, Resident},
    loaders::{Loaders, MinutesOf, PlacementsOf, TrainingsOf},
    placement::Placement,
    volunteer_record::VolunteerRecord,
    worker::WorkerFitness,
};
use crate::{app, domain::volunteer as domain, state::State};

/// 志愿者培训。A training a volunteer attended.
#[derive(SimpleObject)]
pub struct VolunteerTraining {
    /// 内容。The topic.
    topic: String,
    /// 日期。The day.
    on: Date,
}

/// Volunteer of the domain, as the graph shows it.
pub struct Volunteer(pub domain::Volunteer);

/// 志愿者。A volunteer; unpaid, and seen only by those concerned.
#[Object]
impl Volunteer {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 居民。The resident they are.
    async fn resident(&self) -> Option<Resident> {
        Some(self.0.resident_id.into())
    }

    /// 所在社区。Their community.
    async fn community(&self) -> Option<Community> {
        self.0.community_id.map(Into::into)
    }

    /// 技能。What they can do.
    async fn skills(&self) -> &[String] {
        &self.0.skills
    }

    /// 是否经过培训。Whether they were trained.
    async fn trained(&self) -> bool {
        self.0.trained_from.is_some()
    }

    /// 参加过的培训,新的在前。Trainings attended, newest first.
    async fn trainings(&self, ctx: &Context<'_>) -> Result<Vec<VolunteerTraining>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(TrainingsOf(self.0.id))
            .await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(|one| VolunteerTraining {
                topic: one.topic,
                on: Date(one.held_on),
            })
            .collect())
    }

    /// 加入的服务组织,新的在前。The organisations they serve with, newest first; those they left included.
    async fn placements(&self, ctx: &Context<'_>) -> Result<Vec<Placement>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(PlacementsOf(self.0.id))
            .await?;
        let found = found.unwrap_or_default().into_iter();
        Ok(found.map(Into::into).collect())
    }

    /// 保险有效期至。Insured up to this day.
    async fn insured_until(&self) -> Option<Date> {
        self.0.insured_until.map(Date)
    }

    /// 监护人是否同意(未成年人)。Whether a guardian consented, for a minor.
    async fn guardian_consent(&self) -> bool {
        self.0.guardian_consent_at.is_some()
    }

    /// 某日能否上门服务;不填为今天。Whether they may go into homes on a day; today if left out.
    async fn fitness(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "日期。The day.")] on: Option<Date>,
    ) -> WorkerFitness {
        let today = || china_date(ctx.data_unchecked::<State>().core.clock.now());
        self.0.fitness(on.map_or_else(today, |day| day.0)).into()
    }

    /// 累计服务分钟数。Minutes served in all.
    async fn minutes(&self, ctx: &Context<'_>) -> Result<Minutes> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(MinutesOf(self.0.id))
            .await?;
        Ok(Minutes(found.unwrap_or_default()))
    }

    /// 服务记录,新的在前。Records of service, newest first.
    async fn records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
    ) -> Result<Connection<Opaque, VolunteerRecord>> {
        let page = page(first, after, None, None)?;
        let state = ctx.data_unchecked::<State>();
        let found = app::volunteer_record::list_of(state, self.0.id, &page).await?;
        Ok(connection(
            found,
            |record| (record.id.as_uuid(),),
            VolunteerRecord,
        ))
    }

    /// 是否在册。Whether they still volunteer.
    async fn active(&self) -> bool {
        self.0.active
    }

    /// 是否演示数据。Whether this is demonstration data.
    async fn demo(&self) -> bool {
        self.0.demo
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// 登记时间。When they were registered.
    async fn registered_at(&self) -> DateTime<Utc> {
        self.0.registered_at
    }
}

/// Volunteer queries.
#[derive(Default)]
pub struct VolunteerQuery;

#[Object]
impl VolunteerQuery {
    #[graphql(entity)]
    async fn find_volunteer_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Volunteer>> {
        find(ctx, &id).await
    }

    /// 按编号查志愿者。A volunteer by id.
    async fn volunteer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Volunteer>> {
        find(ctx, &id).await
    }

    /// 我能看到的志愿者,新的在前。The volunteers the caller may see, newest first.
    #[expect(
        clippy::too_many_arguments,
        reason = "filters and the four arguments of a page"
    )]
    async fn volunteers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此社区。Only of this community.")] community_id: Option<ID>,
        #[graphql(desc = "只看有此技能的。Only with this skill.")] skill: Option<String>,
        #[graphql(desc = "只看在册或停用的。Only those who still volunteer, or not.")]
        active: Option<bool>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Volunteer>>> {
        let page = page(first, after, last, before)?;
        let filter = domain::VolunteerFilter {
            community: community_id
                .map(|id| typed(&id, "communityId"))
                .transpose()?,
            skill,
            active,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let found = app::volunteer::list(state, caller, &filter, &page).await?;
        listed(found, |volunteer| (volunteer.id.as_uuid(),), Volunteer)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Volunteer>> {
    let id: VolunteerId = typed(id, "id")?;
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(Volunteer))
}

/// 登记志愿者的输入。What somebody volunteers with.
#[derive(InputObject)]
pub struct RegisterVolunteerInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 居民。The resident.
    resident_id: ID,
    /// 技能(最多 20 项)。What they can do, at most 20.
    #[graphql(default)]
    skills: Vec<String>,
    /// 保险有效期至。Insured up to this day.
    insured_until: Option<Date>,
    /// 监护人同意(未成年人)。A guardian's consent, for a minor.
    #[graphql(default = false)]
    guardian_consent: bool,
}

/// 登记志愿者的结果。The volunteer.
#[derive(SimpleObject)]
pub struct RegisterVolunteerPayload {
    /// 志愿者。The volunteer.
    volunteer: Volunteer,
}

/// 更新志愿者的输入;不填的不变。What staff have seen; what is left out stays.
#[derive(InputObject)]
pub struct UpdateVolunteerInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 志愿者。The volunteer.
    volunteer_id: ID,
    /// 技能(最多 20 项)。What they can do, at most 20.
    skills: Option<Vec<String>>,
    /// 保险有效期至。Insured up to this day.
    insured_until: Option<Date>,
    /// 监护人同意(未成年人)。A guardian's consent, for a minor.
    guardian_consent: Option<bool>,
    /// 是否在册。Whether they still volunteer.
    active: Option<bool>,
    /// 所见版本;不填则不核对。The version it was written for; not compared where left out.
    version: Option<i32>,
}

/// 更新志愿者的结果。The volunteer after the change.
#[derive(SimpleObject)]
pub struct UpdateVolunteerPayload {
    /// 志愿者。The volunteer.
    volunteer: Volunteer,
}

/// 志愿者培训的输入。A training a volunteer attended.
#[derive(InputObject)]
pub struct TrainVolunteerInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 志愿者。The volunteer.
    volunteer_id: ID,
    /// 内容(1 至 200 字)。The topic, 1 to 200 characters.
    topic: String,
    /// 日期。The day.
    on: Date,
}

/// 志愿者培训的结果。The volunteer, trained.
#[derive(SimpleObject)]
pub struct TrainVolunteerPayload {
    /// 志愿者。The volunteer.
    volunteer: Volunteer,
}

/// Volunteer mutations.
#[derive(Default)]
pub struct VolunteerMutation;

#[Object]
impl VolunteerMutation {
    /// 登记为志愿者(本人或工作人员代办)。Registers a volunteer: themself, or staff for them.
    async fn register_volunteer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RegisterVolunteerInput,
    ) -> Result<RegisterVolunteerPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let new = domain::NewVolunteer {
            resident_id: typed(&input.resident_id, "input.residentId")?,
            skills: input.skills,
            insured_until: input.insured_until.map(|day| day.0),
            guardian_consent: input.guardian_consent,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let volunteer = app::volunteer::register(state, caller, key, new).await?;
        Ok(RegisterVolunteerPayload {
            volunteer: Volunteer(volunteer),
        })
    }

    /// 更新志愿者的保险、同意、技能或停用(工作人员)。Updates what staff have seen of a volunteer.
    async fn update_volunteer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: UpdateVolunteerInput,
    ) -> Result<UpdateVolunteerPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let update = app::volunteer::Update {
            volunteer_id: typed(&input.volunteer_id, "input.volunteerId")?,
            change: domain::VolunteerChange {
                skills: input.skills,
                insured_until: input.insured_until.map(|day| day.0),
                guardian_consent: input.guardian_consent,
                active: input.active,
            },
            version: input.version,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let volunteer = app::volunteer::update(state, caller, key, update).await?;
        Ok(UpdateVolunteerPayload {
            volunteer: Volunteer(volunteer),
        })
    }

    /// 登记志愿者培训(工作人员、社会工作者)。Records a training: staff or social workers.
    async fn train_volunteer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: TrainVolunteerInput,
    ) -> Result<TrainVolunteerPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let train = app::volunteer::Train {
            volunteer_id: typed(&input.volunteer_id, "input.volunteerId")?,
            topic: input.topic,
            on: input.on.0,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let volunteer = app::volunteer::train(state, caller, key, train).await?;
        Ok(TrainVolunteerPayload {
            volunteer: Volunteer(volunteer),
        })
    }
}
