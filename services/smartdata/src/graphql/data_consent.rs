//! 个人同意 in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Opaque, global, listed, page, typed},
};

use super::{
    asked,
    data_resource::{self, DataResource},
    foreign::Organization,
    loaders::Loaders,
};
use crate::{app, domain::data_consent as domain};

/// 个人同意:向某部门提供某项数据。A consent: to one receiver, of one resource.
pub struct DataConsent(pub domain::DataConsent);

#[Object]
impl DataConsent {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 数据目录条目。The entry of the catalogue.
    async fn resource(&self, ctx: &Context<'_>) -> Result<Option<DataResource>> {
        data_resource::load(ctx, self.0.resource_id).await
    }

    /// 使用部门。The department that uses it.
    async fn consumer(&self) -> Option<Organization> {
        Some(self.0.consumer_organization_id.into())
    }

    /// 接收部门名称。The name of the receiver.
    async fn consumer_name(&self) -> &str {
        &self.0.consumer_name
    }

    /// 用途。For what.
    async fn purpose(&self) -> &str {
        &self.0.purpose
    }

    /// 渠道。Through which channel it was given.
    async fn channel(&self) -> &str {
        &self.0.channel
    }

    /// 同意时间。When it was given.
    async fn given_at(&self) -> DateTime<Utc> {
        self.0.given_at
    }

    /// 撤回时间。When it was withdrawn.
    async fn withdrawn_at(&self) -> Option<DateTime<Utc>> {
        self.0.withdrawn_at
    }
}
/// A consent of the caller's own.
pub async fn load(ctx: &Context<'_>, id: domain::DataConsentId) -> Result<Option<DataConsent>> {
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(DataConsent))
}
/// Consent queries.
#[derive(Default)]
pub struct DataConsentQuery;

#[Object]
impl DataConsentQuery {
    /// 我的个人同意,新的在前。The consents of the caller, newest first.
    async fn my_data_consents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, DataConsent>>> {
        let page = page(first, after, last, before)?;
        let (service, caller) = asked(ctx);
        let found = app::data_consent::list(service, caller, &page).await?;
        listed(found, |it| (it.id.as_uuid(),), DataConsent)
    }
}

/// 同意的输入。To whom, of what, for what.
#[derive(InputObject)]
pub struct GiveDataConsentInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 数据目录条目。The entry of the catalogue.
    resource_id: ID,
    /// 接收部门。The receiver.
    consumer_organization_id: ID,
    /// 接收部门名称。Its name.
    consumer_name: String,
    /// 用途。For what.
    purpose: String,
}

/// 同意的结果。The consent.
#[derive(SimpleObject)]
pub struct GiveDataConsentPayload {
    /// 同意。The consent.
    data_consent: Option<DataConsent>,
}

/// 撤回同意的输入。Which consent.
#[derive(InputObject)]
pub struct WithdrawDataConsentInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 同意。The consent.
    data_consent_id: ID,
}

/// 撤回同意的结果。The consent.
#[derive(SimpleObject)]
pub struct WithdrawDataConsentPayload {
    /// 同意。The consent.
    data_consent: Option<DataConsent>,
}

/// Consent mutations.
#[derive(Default)]
pub struct DataConsentMutation;

#[Object]
impl DataConsentMutation {
    /// 同意向某部门提供某项数据(居民本人)。A resident consents to one receiver of one resource.
    async fn give_data_consent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: GiveDataConsentInput,
    ) -> Result<GiveDataConsentPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::data_consent::Give {
            resource_id: typed(&input.resource_id, "input.resourceId")?,
            consumer: typed(
                &input.consumer_organization_id,
                "input.consumerOrganizationId",
            )?,
            consumer_name: input.consumer_name,
            purpose: input.purpose,
        };
        let (state, caller) = asked(ctx);
        let id = app::data_consent::give(state, caller, key, given).await?;
        Ok(GiveDataConsentPayload {
            data_consent: load(ctx, id).await?,
        })
    }

    /// 撤回同意,即时生效。Withdraws a consent, at once.
    async fn withdraw_data_consent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: WithdrawDataConsentInput,
    ) -> Result<WithdrawDataConsentPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = typed(&input.data_consent_id, "input.dataConsentId")?;
        let (state, caller) = asked(ctx);
        let id = app::data_consent::withdraw(state, caller, key, given).await?;
        Ok(WithdrawDataConsentPayload {
            data_consent: load(ctx, id).await?,
        })
    }
}
