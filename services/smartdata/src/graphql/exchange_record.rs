//! 数据交换 in the graph: reading through a grant, and the record of it.

use async_graphql::{Context, Enum, ID, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::Fault as _;
use kit::{
    Result,
    graph::{Opaque, listed, page, typed},
};

use super::{
    asked,
    data_resource::{self, DataField, DataResource},
    foreign::Organization,
    share_grant::{self, ShareGrant},
};
use crate::{
    app::{self, exchange_record::Asked},
    domain::exchange_record as domain,
};

/// 共享的数据项及其值。A field that was shared.
#[derive(SimpleObject)]
pub struct SharedValue {
    /// 数据项。Which field.
    field: DataField,
    /// 值;无值为空。Its value; empty where there is none.
    value: Option<String>,
}

/// 数据交换结果。How an exchange ended.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ExchangeOutcome")]
pub enum ExchangeOutcome {
    /// 已提供。Given.
    Ok,
    /// 被拒绝。Denied.
    Denied,
    /// 无此记录。Nobody found.
    NotFound,
}

/// 数据交换记录,只增不改,哈希链接。A record of an exchange or a denial; append-only, in a hash
/// chain.
pub struct ExchangeRecord(domain::ExchangeRecord);

#[Object]
impl ExchangeRecord {
    /// 链上序号。Its place in the chain.
    async fn seq(&self) -> String {
        self.0.seq.to_string()
    }

    /// 时间。When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.exchange.at
    }

    /// 使用部门。The department that asked.
    async fn consumer(&self) -> Option<Organization> {
        Some(self.0.exchange.consumer_organization_id.into())
    }

    /// 使用部门名称。Its name.
    async fn consumer_name(&self) -> &str {
        &self.0.exchange.consumer_name
    }

    /// 提供部门。The department that provides the data.
    async fn provider(&self) -> Option<Organization> {
        Some(self.0.exchange.provider_organization_id.into())
    }

    /// 数据目录条目。The entry of the catalogue.
    async fn resource(&self, ctx: &Context<'_>) -> Result<Option<DataResource>> {
        data_resource::load(ctx, self.0.exchange.resource_id).await
    }

    /// 授权;居民本人不可见。The grant; not for residents.
    async fn grant(&self, ctx: &Context<'_>) -> Result<Option<ShareGrant>> {
        share_grant::load(ctx, self.0.exchange.grant_id).await
    }

    /// 用途。For what.
    async fn purpose(&self) -> &str {
        &self.0.exchange.purpose
    }

    /// 数据项。Which fields.
    async fn fields(&self) -> Vec<DataField> {
        let fields = &self.0.exchange.fields;
        fields.iter().map(|field| (*field).into()).collect()
    }

    /// 结果。How it ended.
    async fn outcome(&self) -> ExchangeOutcome {
        self.0.exchange.outcome.into()
    }

    /// 被拒绝的原因。Why it was denied.
    async fn reason(&self) -> Option<&str> {
        self.0.exchange.reason.as_deref()
    }

    /// 渠道。Through which channel.
    async fn channel(&self) -> &str {
        &self.0.exchange.channel
    }

    /// 本条的哈希。Its hash.
    async fn hash(&self) -> String {
        self.0.hash.to_hex()
    }
}

/// 交换记录链的校验结果。What a look at the whole chain found.
#[derive(SimpleObject)]
pub struct ExchangeChain {
    /// 记录数。How many records there are.
    records: String,
    /// 是否完整。Whether the chain is whole.
    intact: bool,
    /// 首处破损的原因。What is broken first.
    broken: Option<String>,
}

/// Exchange queries.
#[derive(Default)]
pub struct ExchangeQuery;

#[Object]
impl ExchangeQuery {
    /// 凭授权读取一条数据(使用部门),每次留痕;不在范围内与不存在同样为空。Reads one record through a
    /// grant, and leaves a record; what lies outside the granted rows is told like not there.
    async fn shared_data(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "共享授权。The grant.")] share_grant_id: ID,
        #[graphql(desc = "公民身份号码,或网格编码。An identity number, or the code of a grid.")]
        subject: String,
        #[graphql(desc = "数据项。Which fields.")] fields: Vec<DataField>,
    ) -> Result<Option<Vec<SharedValue>>> {
        let wanted = Asked {
            grant_id: typed(&share_grant_id, "shareGrantId")?,
            subject,
            fields: fields.into_iter().map(Into::into).collect(),
        };
        let (state, caller) = asked(ctx);
        let found = app::exchange_record::read(state, caller, wanted).await?;
        Ok(found.map(|all| {
            all.into_iter()
                .map(|it| SharedValue {
                    field: it.field.into(),
                    value: it.value,
                })
                .collect()
        }))
    }

    /// 谁看过我:各部门对本人数据的交换与被拒绝的尝试,新的在前。Exchanges and denials about the caller
    /// themself, newest first.
    async fn exchanges_about_me(
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
    ) -> Result<Option<Connection<Opaque, ExchangeRecord>>> {
        let page = page(first, after, last, before)?;
        let (service, caller) = asked(ctx);
        let found = app::exchange_record::about_me(service, caller, &page).await?;
        listed(found, |it| (it.seq,), ExchangeRecord)
    }

    /// 我可见的交换记录(双方、主管、审计),新的在前。The exchanges the caller may see, newest first.
    async fn exchange_records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此授权的。Only of this grant.")] share_grant_id: Option<ID>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, ExchangeRecord>>> {
        let page = page(first, after, last, before)?;
        let (service, caller) = asked(ctx);
        let grant = share_grant_id
            .map(|id| typed(&id, "shareGrantId"))
            .transpose()?;
        let found = app::exchange_record::list(service, caller, grant, &page).await?;
        listed(found, |it| (it.seq,), ExchangeRecord)
    }

    /// 校验交换记录链(审计、主管)。Walks the chain of exchanges: auditors, the authority.
    async fn exchange_chain(&self, ctx: &Context<'_>) -> Result<Option<ExchangeChain>> {
        let (state, caller) = asked(ctx);
        let found = app::exchange_record::verify(state, caller).await?;
        Ok(Some(ExchangeChain {
            records: found.records.to_string(),
            intact: found.broken.is_none(),
            broken: found
                .broken
                .map(|broken| broken.message(caller.lang).into_owned()),
        }))
    }
}
