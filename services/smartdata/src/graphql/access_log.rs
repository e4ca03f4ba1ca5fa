//! 访问记录 in the graph: 「谁看过我」.

use async_graphql::{Context, Enum, ID, Object, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::keys::OrganizationId;
use kit::{
    Result,
    auth::Caller,
    graph::{Opaque, global, listed, page},
};

use super::{
    division::{self, Division},
    foreign::Organization,
};
use crate::{
    app,
    domain::{access_log as domain, resident},
    state::State,
};

/// 个人信息项。A field that tells who somebody is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "resident::PersonalField")]
pub enum PersonalField {
    /// 姓名。The name.
    Name,
    /// 公民身份号码。The identity number.
    CitizenId,
    /// 电话。The phone number.
    Phone,
    /// 出生日期。The date of birth.
    BirthDate,
    /// 办件填写内容。What was written in a case.
    CaseForm,
}

/// 访问记录。One look of another person at the caller's personal data.
pub struct AccessRecord(domain::Access);

#[Object]
impl AccessRecord {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 时间。When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// 查看人姓名。The name of the person who looked.
    async fn actor_name(&self) -> Option<&str> {
        self.0.actor_name.as_deref()
    }

    /// 查看人角色。The roles of the person who looked.
    async fn actor_roles(&self) -> &[String] {
        &self.0.roles
    }

    /// 查看人所属组织。The organisation the person acts for.
    async fn organization(&self) -> Option<Organization> {
        self.0
            .organization_id
            .map(|id| OrganizationId::from_uuid(id).into())
    }

    /// 查看人所在辖区。The division the person works for.
    async fn division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        match self.0.division_code {
            Some(code) => division::load(ctx, code).await,
            None => Ok(None),
        }
    }

    /// 目的。Why.
    async fn purpose(&self) -> &str {
        &self.0.purpose
    }

    /// 查看了哪些项。Which fields.
    async fn fields(&self) -> Vec<PersonalField> {
        self.0.fields.iter().map(Into::into).collect()
    }

    /// 渠道。Through which channel.
    async fn channel(&self) -> &str {
        &self.0.channel
    }

    /// 代办人。Who helped.
    async fn assisted_by(&self) -> Option<&str> {
        self.0.assisted_by.as_deref()
    }
}

/// Access log queries.
#[derive(Default)]
pub struct AccessLogQuery;

#[Object]
impl AccessLogQuery {
    /// 谁看过我:他人查看本人个人信息的记录,新的在前。Who looked at the caller's own personal
    /// data, newest first.
    async fn access_log(
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
    ) -> Result<Option<Connection<Opaque, AccessRecord>>> {
        let page = page(first, after, last, before)?;
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let found = app::access_log::of_myself(state, caller, &page).await?;
        listed(found, |it| (it.id.as_uuid(),), AccessRecord)
    }
}
