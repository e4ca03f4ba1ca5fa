//! 护理人员 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Date, Opaque, global, listed, page, typed},
};

use super::{
    credential::Credential,
    foreign::{Organization, Resident},
    given,
    loaders::{CredentialsOf, Loaders},
};
use crate::{app, domain::care_worker as domain};

/// 岗位。What a care worker is employed as.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CareJob")]
pub enum CareJob {
    /// 养老护理员。A caregiver.
    Caregiver,
    /// 护士。A nurse.
    Nurse,
    /// 医师。A physician.
    Physician,
    /// 康复治疗师。A therapist.
    Therapist,
}

/// A care worker.
pub struct CareWorker(pub domain::CareWorker);

/// 护理人员:服务机构派出的人。A care worker: somebody whom a provider sends.
#[Object]
impl CareWorker {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 所属机构。The provider they work for.
    async fn organization(&self) -> Option<Organization> {
        Some(Organization(self.0.organization_id))
    }

    /// 本人。The person.
    async fn resident(&self) -> Option<Resident> {
        Some(Resident(self.0.resident_id))
    }

    /// 岗位。What they are employed as.
    async fn job(&self) -> CareJob {
        self.0.job.into()
    }

    /// 任职起始日。Their first day.
    async fn started_on(&self) -> Date {
        Date(self.0.started_on)
    }

    /// 最后任职日。Their last day, where they left.
    async fn ended_on(&self) -> Option<Date> {
        self.0.ended_on.map(Date)
    }

    /// 离职原因。Why they left.
    async fn end_reason(&self) -> Option<&str> {
        self.0.end_reason.as_deref()
    }

    /// 资质,新的在前。Their papers, newest first.
    async fn credentials(&self, ctx: &Context<'_>) -> Result<Vec<Credential>> {
        let key = CredentialsOf(self.0.id);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(Credential)
            .collect())
    }

    /// 登记时间。When they were registered.
    async fn registered_at(&self) -> DateTime<Utc> {
        self.0.registered_at
    }
}

/// Care worker queries.
#[derive(Default)]
pub struct CareWorkerQuery;

#[Object]
impl CareWorkerQuery {
    #[graphql(entity)]
    async fn find_care_worker_by_id(
        &self,
        ctx: &Context<'_>,
        id: ID,
    ) -> Result<Option<CareWorker>> {
        find(ctx, &id).await
    }

    /// 按编号查护理人员。A care worker by id.
    async fn care_worker(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<CareWorker>> {
        find(ctx, &id).await
    }

    /// 我能看到的护理人员,新的在前。The care workers the caller may see, newest first.
    async fn care_workers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此机构。Only of this provider.")] organization_id: Option<ID>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, CareWorker>>> {
        let page = page(first, after, last, before)?;
        let organization = organization_id
            .map(|id| typed(&id, "organizationId"))
            .transpose()?;
        let (state, caller) = given(ctx);
        let found = app::care_worker::list(state, caller, organization, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), CareWorker)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<CareWorker>> {
    let id: domain::CareWorkerId = typed(id, "id")?;
    let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
    Ok(found.map(CareWorker))
}

/// 登记护理人员的输入。Who works for a provider.
#[derive(InputObject)]
pub struct RegisterCareWorkerInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 服务机构(组织编号)。The provider, by the id of the organisation.
    organization_id: ID,
    /// 本人(居民编号,须已实名核验)。The person, by the resident's id; their identity is verified.
    resident_id: ID,
    /// 岗位。What they are employed as.
    job: CareJob,
}

/// 登记护理人员的结果。The care worker registered.
#[derive(SimpleObject)]
pub struct RegisterCareWorkerPayload {
    /// 护理人员。The care worker.
    care_worker: CareWorker,
}

/// 离职登记的输入。Who leaves, and why.
#[derive(InputObject)]
pub struct EndCareWorkerInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 护理人员。The care worker.
    care_worker_id: ID,
    /// 原因(1 至 500 个字)。Why, 1 to 500 characters.
    reason: String,
}

/// 离职登记的结果。The care worker, with today as their last day.
#[derive(SimpleObject)]
pub struct EndCareWorkerPayload {
    /// 护理人员。The care worker.
    care_worker: CareWorker,
}

/// Care worker mutations.
#[derive(Default)]
pub struct CareWorkerMutation;

#[Object]
impl CareWorkerMutation {
    /// 登记护理人员(服务机构或民政部门);一人同时只在一家机构任职。Registers a care worker (the provider, or civil affairs); nobody works for two at once.
    async fn register_care_worker(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RegisterCareWorkerInput,
    ) -> Result<RegisterCareWorkerPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let register = domain::RegisterCareWorker {
            organization_id: typed(&input.organization_id, "input.organizationId")?,
            resident_id: typed(&input.resident_id, "input.residentId")?,
            job: input.job.into(),
        };
        let (state, caller) = given(ctx);
        let worker = app::care_worker::register(state, caller, key, register).await?;
        Ok(RegisterCareWorkerPayload {
            care_worker: CareWorker(worker),
        })
    }

    /// 护理人员离职(服务机构或民政部门);今天为最后任职日。A care worker leaves; today is their last day.
    async fn end_care_worker(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: EndCareWorkerInput,
    ) -> Result<EndCareWorkerPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let end = app::care_worker::EndCareWorker {
            care_worker_id: typed(&input.care_worker_id, "input.careWorkerId")?,
            reason: input.reason,
        };
        let (state, caller) = given(ctx);
        let worker = app::care_worker::end(state, caller, key, end).await?;
        Ok(EndCareWorkerPayload {
            care_worker: CareWorker(worker),
        })
    }
}
