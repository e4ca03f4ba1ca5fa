//! 社会工作者 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, china_date, keys::SocialWorkerId};
use kit::{
    Result,
    auth::Caller,
    graph::{Date, Opaque, connection, global, listed, page, typed},
};

use super::{
    foreign::{Community, Organization, Resident},
    loaders::Loaders,
    service_record::ServiceRecord,
    worker::WorkerFitness,
};
use crate::{app, domain::social_worker as domain, state::State};

/// 社会工作者来源。Where a social worker comes from.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::SocialWorkerSource")]
pub enum SocialWorkerSource {
    /// 持国家职业资格证书并登记。Qualified by the national examination and registered.
    Qualified,
    /// 社会工作机构派驻。Sent by a registered organisation.
    Dispatched,
    /// 培训达标并通过市民政考试。Trained, and passed the municipal examination.
    MunicipalExam,
}

/// 职业水平等级。The national professional grade.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::SocialWorkerGrade")]
pub enum SocialWorkerGrade {
    /// 无。None.
    None,
    /// 助理社会工作师。Assistant social worker.
    Assistant,
    /// 社会工作师。Social worker.
    SocialWorker,
    /// 高级社会工作师。Senior social worker.
    Senior,
}

/// Social worker of the domain, as the graph shows it.
pub struct SocialWorker(pub domain::SocialWorker);

/// 社会工作者。A social worker, with what entitles them to serve.
#[Object]
impl SocialWorker {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 居民。The resident they are.
    async fn resident(&self) -> Option<Resident> {
        Some(self.0.resident_id.into())
    }

    /// 来源。Where they come from.
    async fn source(&self) -> SocialWorkerSource {
        self.0.source.into()
    }

    /// 职业水平等级。Their grade.
    async fn grade(&self) -> SocialWorkerGrade {
        self.0.grade.into()
    }

    /// 证书编号,只显示后四位。The certificate's number; only its last four characters show.
    async fn certificate_no(&self) -> Option<String> {
        self.0
            .certificate_tail
            .as_ref()
            .map(|tail| format!("****{tail}"))
    }

    /// 登记起始日。The first day of the registration.
    async fn registered_from(&self) -> Option<Date> {
        (self.0.registration.map(|cycle| cycle.from)).map(Date)
    }

    /// 登记到期日。The last day of the registration.
    async fn registered_to(&self) -> Option<Date> {
        (self.0.registration.map(|cycle| cycle.to)).map(Date)
    }

    /// 通过市民政考试的日期。When the municipal examination was passed.
    async fn exam_passed_on(&self) -> Option<Date> {
        self.0.exam_passed_on.map(Date)
    }

    /// 派驻或聘用机构。The organisation that sends or employs them.
    async fn employer(&self) -> Option<Organization> {
        self.0.employer.map(Into::into)
    }

    /// 服务社区。The communities they serve.
    async fn communities(&self) -> Vec<Option<Community>> {
        self.0
            .communities
            .iter()
            .map(|served| Some(served.community_id.into()))
            .collect()
    }

    /// 某日能否服务;不填为今天。Whether they may serve on a day; today if left out.
    async fn fitness(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "日期。The day.")] on: Option<Date>,
    ) -> WorkerFitness {
        let today = || china_date(ctx.data_unchecked::<State>().core.clock.now());
        self.0.fitness(on.map_or_else(today, |day| day.0)).into()
    }

    /// 服务记录,新的在前(本人、机构、工作人员)。What they did, newest first; for those concerned.
    async fn service_records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
    ) -> Result<Option<Connection<Opaque, ServiceRecord>>> {
        let page = page(first, after, None, None)?;
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let found = app::service_record::list_of(state, caller, &self.0, &page).await?;
        Ok(Some(connection(
            found,
            |record| (record.id.as_uuid(),),
            ServiceRecord,
        )))
    }

    /// 是否在岗。Whether they still serve.
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

    /// 登记入册时间。When they were entered in the register.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

/// Social worker queries.
#[derive(Default)]
pub struct SocialWorkerQuery;

#[Object]
impl SocialWorkerQuery {
    #[graphql(entity)]
    async fn find_social_worker_by_id(
        &self,
        ctx: &Context<'_>,
        id: ID,
    ) -> Result<Option<SocialWorker>> {
        find(ctx, &id).await
    }

    /// 按编号查社会工作者。A social worker by id.
    async fn social_worker(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<SocialWorker>> {
        find(ctx, &id).await
    }

    /// 我能看到的社会工作者,新的在前。The social workers the caller may see, newest first.
    #[expect(
        clippy::too_many_arguments,
        reason = "filters and the four arguments of a page"
    )]
    async fn social_workers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看服务此社区的。Only those who serve this community.")]
        community_id: Option<ID>,
        #[graphql(desc = "只看此来源。Only from this source.")] source: Option<SocialWorkerSource>,
        #[graphql(desc = "只看在岗或停用的。Only those who still serve, or not.")] active: Option<
            bool,
        >,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, SocialWorker>>> {
        let page = page(first, after, last, before)?;
        let filter = domain::SocialWorkerFilter {
            community: community_id
                .map(|id| typed(&id, "communityId"))
                .transpose()?,
            source: source.map(Into::into),
            active,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let found = app::social_worker::list(state, caller, &filter, &page).await?;
        listed(found, |worker| (worker.id.as_uuid(),), SocialWorker)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<SocialWorker>> {
    let id: SocialWorkerId = typed(id, "id")?;
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(SocialWorker))
}

/// 登记社会工作者的输入。What a register entry is made from.
#[derive(InputObject)]
pub struct RegisterSocialWorkerInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 居民。The resident.
    resident_id: ID,
    /// 来源。Where they come from.
    source: SocialWorkerSource,
    /// 职业水平等级;持证者须填。Their grade; required of the qualified.
    grade: Option<SocialWorkerGrade>,
    /// 证书编号;持证者须填。The certificate's number; required of the qualified.
    certificate_no: Option<String>,
    /// 登记起始日;持证者须填。The first day of the registration; required of the qualified.
    registered_from: Option<Date>,
    /// 派驻机构;派驻者须填。The organisation that sends them; required of the dispatched.
    employer_organization_id: Option<ID>,
    /// 通过市民政考试的日期;不填取最近一次。When the examination was passed; the latest pass if left out.
    exam_passed_on: Option<Date>,
    /// 服务社区(1 至 20 个)。The communities they serve, 1 to 20.
    community_ids: Vec<ID>,
}

/// 登记社会工作者的结果。The register entry.
#[derive(SimpleObject)]
pub struct RegisterSocialWorkerPayload {
    /// 社会工作者。The social worker.
    social_worker: SocialWorker,
}

/// 登记续期的输入。Whose registration is renewed.
#[derive(InputObject)]
pub struct RenewRegistrationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 社会工作者。The social worker.
    social_worker_id: ID,
}

/// 登记续期的结果。The social worker in the new cycle.
#[derive(SimpleObject)]
pub struct RenewRegistrationPayload {
    /// 社会工作者。The social worker.
    social_worker: SocialWorker,
}

/// 停用社会工作者的输入。Who serves no longer.
#[derive(InputObject)]
pub struct EndSocialWorkerInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 社会工作者。The social worker.
    social_worker_id: ID,
    /// 理由(1 至 500 字)。Why, 1 to 500 characters.
    reason: String,
}

/// 停用社会工作者的结果。The social worker, ended.
#[derive(SimpleObject)]
pub struct EndSocialWorkerPayload {
    /// 社会工作者。The social worker.
    social_worker: SocialWorker,
}

/// Social worker mutations.
#[derive(Default)]
pub struct SocialWorkerMutation;

#[Object]
impl SocialWorkerMutation {
    /// 登记社会工作者(民政部门、社区工作人员)。Registers a social worker: civil affairs or community staff.
    async fn register_social_worker(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RegisterSocialWorkerInput,
    ) -> Result<RegisterSocialWorkerPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let new = domain::NewSocialWorker {
            resident_id: typed(&input.resident_id, "input.residentId")?,
            source: input.source.into(),
            grade: input
                .grade
                .map_or(domain::SocialWorkerGrade::None, Into::into),
            certificate_no: input.certificate_no,
            registered_from: input.registered_from.map(|day| day.0),
            employer: input
                .employer_organization_id
                .map(|id| typed(&id, "input.employerOrganizationId"))
                .transpose()?,
            exam_passed_on: input.exam_passed_on.map(|day| day.0),
            community_ids: input
                .community_ids
                .iter()
                .map(|id| typed(id, "input.communityIds"))
                .collect::<Result<_>>()?,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let worker = app::social_worker::register(state, caller, key, new).await?;
        Ok(RegisterSocialWorkerPayload {
            social_worker: SocialWorker(worker),
        })
    }

    /// 登记续期,须继续教育学时达标。Renews a registration; the cycle's hours must suffice.
    async fn renew_registration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RenewRegistrationInput,
    ) -> Result<RenewRegistrationPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let renew = app::social_worker::Renew {
            social_worker_id: typed(&input.social_worker_id, "input.socialWorkerId")?,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let worker = app::social_worker::renew(state, caller, key, renew).await?;
        Ok(RenewRegistrationPayload {
            social_worker: SocialWorker(worker),
        })
    }

    /// 停用社会工作者,已有记录不变。Ends a social worker's service; records stay.
    async fn end_social_worker(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: EndSocialWorkerInput,
    ) -> Result<EndSocialWorkerPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let end = app::social_worker::End {
            social_worker_id: typed(&input.social_worker_id, "input.socialWorkerId")?,
            reason: input.reason,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let worker = app::social_worker::end(state, caller, key, end).await?;
        Ok(EndSocialWorkerPayload {
            social_worker: SocialWorker(worker),
        })
    }
}
