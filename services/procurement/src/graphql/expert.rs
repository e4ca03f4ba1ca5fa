//! 评审专家 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::{IdempotencyKey, keys::ExpertId};
use kit::{
    Result,
    graph::{Date, global, typed},
};

use super::{
    asked,
    foreign::{Organization, Resident},
    loaders::Loaders,
};
use crate::{app, domain::expert as domain};

/// 利害关系类别。How an expert is tied to a supplier.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::RelationKind")]
pub enum ExpertRelationKind {
    /// 受雇。Employment.
    Employment,
    /// 任董事、监事。A seat on its board.
    Director,
    /// 控股或实际控制。Ownership or control.
    Owner,
    /// 亲属。Kinship with somebody who leads it.
    Kinship,
}

/// 评审专家。An expert of the pool, or a person of the buyer.
pub struct Expert(pub domain::Expert);

#[Object]
impl Expert {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 姓名(结果公告前保密)。The name; secret until a result is published.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// 居民档案(限本人和管理人员)。The resident record; for the expert and those who keep the pool.
    async fn resident(&self) -> Option<Resident> {
        self.0.resident_id.map(Into::into)
    }

    /// 专业。The field of expertise.
    async fn specialty(&self) -> &str {
        &self.0.specialty
    }

    /// 所在单位。The employer.
    async fn organization(&self) -> Option<Organization> {
        self.0.organization_id.map(Into::into)
    }

    /// 是否采购人代表(不参加抽取)。Whether a person of the buyer, who is never drawn.
    async fn of_buyer(&self) -> bool {
        self.0.of_buyer
    }
}

/// Expert queries.
#[derive(Default)]
pub struct ExpertQuery;

#[Object]
impl ExpertQuery {
    #[graphql(entity)]
    async fn find_expert_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Expert>> {
        find(ctx, &id).await
    }

    /// 按编号查专家。An expert by id.
    async fn expert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Expert>> {
        find(ctx, &id).await
    }
}

/// The expert of an id, as far as the caller may see.
pub async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Expert>> {
    let id: ExpertId = typed(id, "id")?;
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(Expert))
}

/// 登记专家的输入。A person for the pool, or of the buyer.
#[derive(InputObject)]
pub struct RegisterExpertInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 居民档案。The resident record.
    resident_id: Option<ID>,
    /// 姓名。The name.
    #[graphql(secret)]
    name: Option<String>,
    /// 专业。The field of expertise.
    specialty: String,
    /// 所在单位。The employer.
    organization_id: Option<ID>,
    /// 是否采购人代表。Whether a person of the buyer, who is never drawn.
    #[graphql(default = false)]
    of_buyer: bool,
}

/// 登记专家的结果。The expert.
#[derive(SimpleObject)]
pub struct RegisterExpertPayload {
    /// 专家。The expert.
    expert: Option<Expert>,
}

/// 申报利害关系的输入。A tie to a supplier.
#[derive(InputObject)]
pub struct DeclareRelationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 专家。The expert.
    expert_id: ID,
    /// 供应商。The supplier.
    organization_id: ID,
    /// 关系。The tie.
    kind: ExpertRelationKind,
    /// 结束日期;仍存续的不填。The day it ended; none where it goes on.
    until: Option<Date>,
}

/// 申报利害关系的结果。The expert.
#[derive(SimpleObject)]
pub struct DeclareRelationPayload {
    /// 专家。The expert.
    expert: Option<Expert>,
}

/// Expert mutations.
#[derive(Default)]
pub struct ExpertMutation;

#[Object]
impl ExpertMutation {
    /// 登记专家(采购经办人)。Registers an expert (procurement officer).
    async fn register_expert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RegisterExpertInput,
    ) -> Result<RegisterExpertPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let organization = input
            .organization_id
            .map(|id| typed(&id, "input.organizationId"));
        let new = app::expert::Register {
            resident_id: input
                .resident_id
                .map(|id| typed(&id, "input.residentId"))
                .transpose()?,
            name: input.name,
            specialty: input.specialty,
            organization_id: organization.transpose()?,
            of_buyer: input.of_buyer,
        };
        let (state, caller) = asked(ctx);
        let expert = app::expert::register(state, caller, key, new).await?;
        Ok(RegisterExpertPayload {
            expert: find(ctx, &global(expert.id)).await?,
        })
    }

    /// 申报利害关系(本人或采购经办人)。Declares a tie to a supplier (the expert, or an officer).
    async fn declare_relation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: DeclareRelationInput,
    ) -> Result<DeclareRelationPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let declared = app::expert::Declare {
            expert_id: typed(&input.expert_id, "input.expertId")?,
            organization_id: typed(&input.organization_id, "input.organizationId")?,
            kind: input.kind.into(),
            ended_on: input.until.map(|date| date.0),
        };
        let (state, caller) = asked(ctx);
        let expert = app::expert::declare(state, caller, key, declared).await?;
        Ok(DeclareRelationPayload {
            expert: find(ctx, &global(expert.id)).await?,
        })
    }
}
