//! 共享授权 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Date, Opaque, global, listed, page, typed},
};

use super::{
    asked,
    data_resource::{self, DataField, DataResource},
    division::{self, Division},
    foreign::Organization,
    loaders::Loaders,
    share_request::{self, ShareRequest},
};
use crate::{app, domain::share_grant as domain};

/// 个人信息共享的依据。What sharing personal data rests on.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ShareBasis")]
pub enum ShareBasis {
    /// 法定职责。A law.
    Statutory,
    /// 个人同意。Consent of each person.
    Consent,
    /// 不涉及个人信息。No personal data.
    NotPersonal,
}

/// 共享授权状态。Where a grant stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ShareGrantState")]
pub enum ShareGrantState {
    /// 有效。Holds.
    Active,
    /// 已中止。Suspended.
    Suspended,
    /// 已撤销。Revoked.
    Revoked,
    /// 已到期。Its last day has passed.
    Expired,
}

/// 共享授权:用途、数据项、范围、期限。A grant: for a purpose, some fields, some rows, until a day.
pub struct ShareGrant(pub domain::ShareGrant);

#[Object]
impl ShareGrant {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 共享申请。The request it follows.
    async fn request(&self, ctx: &Context<'_>) -> Result<Option<ShareRequest>> {
        share_request::load(ctx, self.0.request_id).await
    }

    /// 数据目录条目。The entry of the catalogue.
    async fn resource(&self, ctx: &Context<'_>) -> Result<Option<DataResource>> {
        data_resource::load(ctx, self.0.resource_id).await
    }

    /// 提供部门。The department that provides it.
    async fn provider(&self) -> Option<Organization> {
        Some(self.0.provider_organization_id.into())
    }

    /// 使用部门。The department that uses it.
    async fn consumer(&self) -> Option<Organization> {
        Some(self.0.consumer_organization_id.into())
    }

    /// 使用部门名称。The name of the department that uses it.
    async fn consumer_name(&self) -> &str {
        &self.0.consumer_name
    }

    /// 用途。For what.
    async fn purpose(&self) -> &str {
        &self.0.purpose
    }

    /// 依据。What it rests on.
    async fn basis(&self) -> ShareBasis {
        self.0.basis.into()
    }

    /// 数据项。Which fields.
    async fn fields(&self) -> Vec<DataField> {
        self.0.fields.iter().map(|field| (*field).into()).collect()
    }

    /// 数据范围。Whose rows.
    async fn row_division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        division::load(ctx, self.0.row_division).await
    }

    /// 使用至。The last day.
    async fn until(&self) -> Date {
        Date(self.0.until)
    }

    /// 状态。Where it stands.
    async fn state(&self) -> ShareGrantState {
        self.0.state.into()
    }

    /// 中止或撤销的理由。Why it was suspended or revoked.
    async fn state_note(&self) -> Option<&str> {
        self.0.state_note.as_deref()
    }

    /// 授权时间。When it was given.
    async fn granted_at(&self) -> DateTime<Utc> {
        self.0.granted_at
    }
}
/// A grant, if the caller may read it.
pub async fn load(ctx: &Context<'_>, id: domain::ShareGrantId) -> Result<Option<ShareGrant>> {
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(ShareGrant))
}
/// Grant queries.
#[derive(Default)]
pub struct ShareGrantQuery;

#[Object]
impl ShareGrantQuery {
    /// 按编号查共享授权(双方、主管、审计)。A grant: either side, the authority, auditors.
    async fn share_grant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<ShareGrant>> {
        load(ctx, typed(&id, "id")?).await
    }

    /// 我可见的共享授权,新的在前。The grants the caller may see, newest first.
    async fn share_grants(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<ShareGrantState>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, ShareGrant>>> {
        let page = page(first, after, last, before)?;
        let (service, caller) = asked(ctx);
        let filter = app::share_grant::ShareGrantFilter {
            state: state.map(Into::into),
        };
        let found = app::share_grant::list(service, caller, &filter, &page).await?;
        listed(found, |it| (it.id.as_uuid(),), ShareGrant)
    }
}

/// 中止授权的输入。Which grant, and why.
#[derive(InputObject)]
pub struct SuspendShareGrantInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 共享授权。The grant.
    share_grant_id: ID,
    /// 理由。Why.
    reason: String,
}

/// 中止授权的结果。The grant.
#[derive(SimpleObject)]
pub struct SuspendShareGrantPayload {
    /// 共享授权。The grant.
    share_grant: Option<ShareGrant>,
}

/// 恢复授权的输入。Which grant.
#[derive(InputObject)]
pub struct ResumeShareGrantInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 共享授权。The grant.
    share_grant_id: ID,
}

/// 恢复授权的结果。The grant.
#[derive(SimpleObject)]
pub struct ResumeShareGrantPayload {
    /// 共享授权。The grant.
    share_grant: Option<ShareGrant>,
}

/// 撤销授权的输入。Which grant, and why.
#[derive(InputObject)]
pub struct RevokeShareGrantInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 共享授权。The grant.
    share_grant_id: ID,
    /// 理由。Why.
    reason: String,
}

/// 撤销授权的结果。The grant.
#[derive(SimpleObject)]
pub struct RevokeShareGrantPayload {
    /// 共享授权。The grant.
    share_grant: Option<ShareGrant>,
}

/// Grant mutations.
#[derive(Default)]
pub struct ShareGrantMutation;

#[Object]
impl ShareGrantMutation {
    /// 中止授权(提供部门、数据主管部门)。Suspends a grant: its provider, the authority.
    async fn suspend_share_grant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SuspendShareGrantInput,
    ) -> Result<SuspendShareGrantPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::share_grant::Settle {
            grant_id: typed(&input.share_grant_id, "input.shareGrantId")?,
            reason: Some(input.reason),
        };
        let (state, caller) = asked(ctx);
        let id = app::share_grant::suspend(state, caller, key, given).await?;
        Ok(SuspendShareGrantPayload {
            share_grant: load(ctx, id).await?,
        })
    }

    /// 恢复授权(提供部门、数据主管部门)。Lets a grant hold again.
    async fn resume_share_grant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ResumeShareGrantInput,
    ) -> Result<ResumeShareGrantPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::share_grant::Settle {
            grant_id: typed(&input.share_grant_id, "input.shareGrantId")?,
            reason: None,
        };
        let (state, caller) = asked(ctx);
        let id = app::share_grant::resume(state, caller, key, given).await?;
        Ok(ResumeShareGrantPayload {
            share_grant: load(ctx, id).await?,
        })
    }

    /// 撤销授权(提供部门、数据主管部门)。Revokes a grant for good.
    async fn revoke_share_grant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RevokeShareGrantInput,
    ) -> Result<RevokeShareGrantPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::share_grant::Settle {
            grant_id: typed(&input.share_grant_id, "input.shareGrantId")?,
            reason: Some(input.reason),
        };
        let (state, caller) = asked(ctx);
        let id = app::share_grant::revoke(state, caller, key, given).await?;
        Ok(RevokeShareGrantPayload {
            share_grant: load(ctx, id).await?,
        })
    }
}
