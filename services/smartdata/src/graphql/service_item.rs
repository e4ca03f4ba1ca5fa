//! 服务事项 in the graph: the catalogue; changes are in [`mutation`].

mod mutation;

use async_graphql::{Context, Enum, Object, connection::Connection};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{DivisionCode, Opaque, listed, page},
};

use super::{
    asked,
    division::{self, Division},
    foreign::Organization,
    loaders::{ItemOf, Loaders},
};
use crate::{app, domain::service_item as domain};

pub use mutation::ServiceItemMutation;

/// 事项类别,按此先后开放。The class of a service, in the order in which they are opened.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ServiceClass")]
pub enum ServiceClass {
    /// 政务类。Government matters.
    Government,
    /// 事务类。Affairs.
    Affairs,
    /// 开放服务类(须通过安全审查)。Open services, behind a security review.
    Open,
}

/// 生活要素:吃住行游购娱健。An element of life.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::LifeElement")]
pub enum LifeElement {
    /// 吃。Food.
    Food,
    /// 住。Housing.
    Housing,
    /// 行。Transport.
    Transport,
    /// 游。Travel.
    Travel,
    /// 购。Shopping.
    Shopping,
    /// 娱。Leisure.
    Leisure,
    /// 健。Health.
    Health,
}

/// 事项状态。Where a service stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ServiceItemState")]
pub enum ServiceItemState {
    /// 草稿。A draft.
    Draft,
    /// 已开放。Open.
    Released,
    /// 暂停。Suspended.
    Suspended,
    /// 停用。Retired.
    Retired,
}

/// 平台已有、不再要求填写的信息。What the platform knows and never asks again.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::FormSource")]
pub enum FormSource {
    /// 姓名。The name.
    Name,
    /// 公民身份号码。The identity number.
    CitizenId,
    /// 电话。The phone number.
    Phone,
    /// 出生日期。The date of birth.
    BirthDate,
    /// 所在社区。The community.
    Community,
    /// 所在网格。The grid.
    Grid,
}

/// 表单项。One line of a form.
pub struct FormField(pub domain::FormField);

#[Object]
impl FormField {
    /// 键名。Its key.
    async fn key(&self) -> &str {
        &self.0.key
    }

    /// 名称。What it is called.
    async fn label(&self) -> &str {
        &self.0.label
    }

    /// 平台已有的来源;无则由居民填写。Where the platform knows it from; the resident is asked where
    /// there is none.
    async fn source(&self) -> Option<FormSource> {
        self.0.source.map(Into::into)
    }

    /// 是否必填。Whether it has to be filled in.
    async fn required(&self) -> bool {
        self.0.required
    }
}
/// 服务事项。A service that residents apply for or order.
pub struct ServiceItem(pub domain::ServiceItem);

#[Object]
impl ServiceItem {
    /// 代码。Its code.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// 名称。Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// 类别。Its class.
    async fn class(&self) -> ServiceClass {
        self.0.class.into()
    }

    /// 所在区划。The division.
    async fn division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        division::load(ctx, self.0.division_code).await
    }

    /// 提供组织;无则由本辖区工作人员提供。The organisation that provides it; the division's own staff
    /// where there is none.
    async fn provider(&self) -> Option<Organization> {
        self.0.provider_organization_id.map(Into::into)
    }

    /// 生活要素。The elements of life it serves.
    async fn elements(&self) -> Vec<LifeElement> {
        self.0.elements.iter().map(|it| (*it).into()).collect()
    }

    /// 办事指南。How it is done.
    async fn guide(&self) -> &str {
        &self.0.guide
    }

    /// 依据。What it rests on.
    async fn basis(&self) -> &str {
        &self.0.basis
    }

    /// 表单。Its form.
    async fn form(&self) -> Vec<FormField> {
        self.0.form.iter().cloned().map(FormField).collect()
    }

    /// 受理时限(工作日)。Working days until it is accepted, or not.
    async fn accept_days(&self) -> i32 {
        self.0.accept_days
    }

    /// 办理时限(工作日)。Working days from then until it is decided.
    async fn handle_days(&self) -> i32 {
        self.0.handle_days
    }

    /// 状态。Where it stands.
    async fn state(&self) -> ServiceItemState {
        self.0.state.into()
    }

    /// 安全审查是否通过;未审查为空。Whether it passed its security review; empty before one.
    async fn review_passed(&self) -> Option<bool> {
        self.0.review_passed
    }

    /// 安全审查意见。The words of the security review.
    async fn review_note(&self) -> Option<&str> {
        self.0.review_note.as_deref()
    }

    /// 暂停理由。Why it is suspended.
    async fn suspended_for(&self) -> Option<&str> {
        self.0.suspended_for.as_deref()
    }

    /// 开放时间。Since when it is open.
    async fn released_at(&self) -> Option<DateTime<Utc>> {
        self.0.released_at
    }
}
/// A service, if the caller may read it.
pub async fn load(ctx: &Context<'_>, code: String) -> Result<Option<ServiceItem>> {
    let loaders = ctx.data_unchecked::<Loaders>();
    Ok(loaders.load_one(ItemOf(code)).await?.map(ServiceItem))
}

/// Service queries.
#[derive(Default)]
pub struct ServiceItemQuery;

#[Object]
impl ServiceItemQuery {
    #[graphql(entity)]
    async fn find_service_item_by_code(
        &self,
        ctx: &Context<'_>,
        code: String,
    ) -> Result<Option<ServiceItem>> {
        load(ctx, code).await
    }

    /// 按代码查服务事项(公开;草稿仅工作人员)。A service by its code; for everybody, drafts for staff.
    async fn service_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "代码。Its code.")] code: String,
    ) -> Result<Option<ServiceItem>> {
        load(ctx, code).await
    }

    /// 服务事项目录:默认只列已开放的。The catalogue of services: open ones, or all of their division for
    /// staff.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn service_items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "在此区划可办的。What can be used in this division.")]
        division_code: Option<DivisionCode>,
        #[graphql(desc = "只看此类别。Only of this class.")] class: Option<ServiceClass>,
        #[graphql(desc = "只看此生活要素。Only of this element of life.")] element: Option<
            LifeElement,
        >,
        #[graphql(
            desc = "含草稿和停用的(工作人员)。With drafts and what is not open; for staff.",
            default = false
        )]
        all: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, ServiceItem>>> {
        let page = page(first, after, last, before)?;
        let (service, caller) = asked(ctx);
        let filter = app::service_item::ItemFilter {
            serving: division_code.map(|code| code.0),
            class: class.map(Into::into),
            element: element.map(Into::into),
        };
        let found = app::service_item::list(service, caller, (all, &filter), &page).await?;
        listed(found, |it| (it.code.clone(),), ServiceItem)
    }
}
