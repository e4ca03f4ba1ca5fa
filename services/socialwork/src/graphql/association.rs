//! 社会工作者协会 in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{DivisionCode, Opaque, connection, global, listed, page, typed},
};

use super::{at, foreign::Organization, keyed, loaders::Loaders, social_worker::SocialWorker};
use crate::{app::association as app, domain::association as domain};

/// Membership of the domain, as the graph shows it.
pub struct Membership(pub domain::Membership);

/// 协会会员。A social worker is a member.
#[Object(name = "AssociationMembership")]
impl Membership {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 社会工作者。The member.
    async fn worker(&self, ctx: &Context<'_>) -> Result<Option<SocialWorker>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(self.0.social_worker_id).await?;
        Ok(found.map(SocialWorker))
    }

    /// 入会时间。Since when.
    async fn joined_at(&self) -> DateTime<Utc> {
        self.0.joined_at
    }

    /// 退会时间。Until when.
    async fn left_at(&self) -> Option<DateTime<Utc>> {
        self.0.left_at
    }
}

/// Association of the domain, as the graph shows it.
pub struct Association(pub domain::Association);

/// 社会工作者协会。An association of social workers; joined by one's own will.
#[Object]
impl Association {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 登记的组织。The organisation it is registered as.
    async fn organization(&self) -> Option<Organization> {
        Some(self.0.organization_id.into())
    }

    /// 区划(市,或区、县、县级市)。Of which city, district or county.
    async fn division_code(&self) -> DivisionCode {
        DivisionCode(self.0.division_code)
    }

    /// 名称。Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// 宗旨。What it is for.
    async fn purpose(&self) -> &str {
        &self.0.purpose
    }

    /// 会员人数。How many members it has.
    async fn member_count(&self) -> i64 {
        self.0.members
    }

    /// 会员,新的在前(会员、民政部门、协会可见)。Its members, newest first; for members, civil affairs and the association.
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
    ) -> Result<Option<Connection<Opaque, Membership>>> {
        let page = page(first, after, None, None)?;
        let (state, caller) = at(ctx);
        let found = app::members(state, caller, &self.0, &page).await?;
        Ok(found.map(|found| connection(found, |one| (one.id.as_uuid(),), Membership)))
    }

    /// 解散时间。When it was dissolved.
    async fn dissolved_at(&self) -> Option<DateTime<Utc>> {
        self.0.dissolved_at
    }

    /// 解散的原因。Why it was dissolved.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// 成立时间。When it was registered here.
    async fn founded_at(&self) -> DateTime<Utc> {
        self.0.founded_at
    }
}

/// Association queries.
#[derive(Default)]
pub struct AssociationQuery;

#[Object]
impl AssociationQuery {
    /// 按编号查协会(公开)。An association by id; open to all.
    async fn association(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Association>> {
        let id: domain::AssociationId = typed(&id, "id")?;
        let loaders = ctx.data_unchecked::<Loaders>();
        Ok(loaders.load_one(id).await?.map(Association))
    }

    /// 社会工作者协会,新的在前(公开)。Associations that stand, newest first; open to all.
    async fn associations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此区划。Only within this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
    ) -> Result<Option<Connection<Opaque, Association>>> {
        let page = page(first, after, None, None)?;
        let division = division_code.map(|code| code.0);
        let found = app::list(at(ctx).0, division.as_ref(), &page).await?;
        listed(found, |one| (one.id.as_uuid(),), Association)
    }
}

/// 登记协会的输入。What is registered.
#[derive(InputObject)]
pub struct RegisterAssociationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 登记的组织(在册)。The organisation, in good standing.
    organization_id: ID,
    /// 区划(市,或区、县、县级市)。Of which city, district or county.
    division_code: DivisionCode,
    /// 名称(1 至 100 字)。Its name.
    name: String,
    /// 宗旨(1 至 1000 字)。What it is for.
    purpose: String,
}

/// 登记协会的结果。The association.
#[derive(SimpleObject)]
pub struct RegisterAssociationPayload {
    /// 协会。The association.
    association: Association,
}

/// 入会的输入。Which association is joined.
#[derive(InputObject)]
pub struct JoinAssociationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 协会。The association.
    association_id: ID,
}

/// 入会的结果。The membership.
#[derive(SimpleObject)]
pub struct JoinAssociationPayload {
    /// 会员资格。The membership.
    membership: Membership,
}

/// 退会的输入。Which association is left.
#[derive(InputObject)]
pub struct LeaveAssociationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 协会。The association.
    association_id: ID,
}

/// 退会的结果。The membership, ended.
#[derive(SimpleObject)]
pub struct LeaveAssociationPayload {
    /// 会员资格。The membership.
    membership: Membership,
}

/// 解散协会的输入。Why an association is dissolved.
#[derive(InputObject)]
pub struct DissolveAssociationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 协会。The association.
    association_id: ID,
    /// 原因(1 至 500 字)。Why.
    reason: String,
}

/// 解散协会的结果。The association, dissolved.
#[derive(SimpleObject)]
pub struct DissolveAssociationPayload {
    /// 协会。The association.
    association: Association,
}

/// Association mutations.
#[derive(Default)]
pub struct AssociationMutation;

#[Object]
impl AssociationMutation {
    /// 登记社会工作者协会(民政部门);每区划一个。Registers the association of a division: civil affairs.
    async fn register_association(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RegisterAssociationInput,
    ) -> Result<RegisterAssociationPayload> {
        let key = keyed(&input.idempotency_key)?;
        let register = app::Register {
            organization_id: typed(&input.organization_id, "input.organizationId")?,
            division_code: input.division_code.0,
            name: input.name,
            purpose: input.purpose,
        };
        let (state, caller) = at(ctx);
        let association = Association(app::register(state, caller, key, register).await?);
        Ok(RegisterAssociationPayload { association })
    }

    /// 入会(社会工作者本人,自愿)。Joins: a social worker, by their own will alone.
    async fn join_association(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: JoinAssociationInput,
    ) -> Result<JoinAssociationPayload> {
        let key = keyed(&input.idempotency_key)?;
        let id = typed(&input.association_id, "input.associationId")?;
        let (state, caller) = at(ctx);
        let membership = Membership(app::join(state, caller, key, id).await?);
        Ok(JoinAssociationPayload { membership })
    }

    /// 退会(社会工作者本人)。Leaves: the member.
    async fn leave_association(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: LeaveAssociationInput,
    ) -> Result<LeaveAssociationPayload> {
        let key = keyed(&input.idempotency_key)?;
        let id = typed(&input.association_id, "input.associationId")?;
        let (state, caller) = at(ctx);
        let membership = Membership(app::leave(state, caller, key, id).await?);
        Ok(LeaveAssociationPayload { membership })
    }

    /// 解散协会(民政部门)。Records that an association was dissolved: civil affairs.
    async fn dissolve_association(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: DissolveAssociationInput,
    ) -> Result<DissolveAssociationPayload> {
        let key = keyed(&input.idempotency_key)?;
        let dissolve = app::Dissolve {
            association_id: typed(&input.association_id, "input.associationId")?,
            reason: input.reason,
        };
        let (state, caller) = at(ctx);
        let association = Association(app::dissolve(state, caller, key, dissolve).await?);
        Ok(DissolveAssociationPayload { association })
    }
}
