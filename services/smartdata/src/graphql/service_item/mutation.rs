//! Changing the catalogue of services.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{DivisionCode, typed},
};

use super::{super::asked, FormSource, LifeElement, ServiceClass, ServiceItem, load};
use crate::{app, domain::service_item as domain};

/// 表单项的输入。One line of a form.
#[derive(InputObject)]
pub struct FormFieldInput {
    /// 键名,小写字母、数字、下划线。Its key, in small letters.
    key: String,
    /// 名称。What it is called.
    label: String,
    /// 平台已有的来源;有则不再要求填写。Where the platform knows it from; then it is not asked.
    source: Option<FormSource>,
    /// 是否必填。Whether it has to be filled in.
    #[graphql(default = true)]
    required: bool,
}

impl From<FormFieldInput> for domain::FormField {
    fn from(input: FormFieldInput) -> Self {
        Self {
            key: input.key,
            label: input.label,
            source: input.source.map(Into::into),
            required: input.required,
        }
    }
}

/// 起草事项的输入。What a service is made from.
#[derive(InputObject)]
pub struct DraftServiceItemInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 代码,如 OLD_AGE_CARD。Its code.
    code: String,
    /// 名称。Its name.
    name: String,
    /// 类别。Its class.
    class: ServiceClass,
    /// 服务区划。The division it serves.
    division_code: DivisionCode,
    /// 提供组织。The organisation that provides it.
    provider_organization_id: Option<ID>,
    /// 生活要素;开放服务至少一项。Elements of life; at least one for an open service.
    elements: Vec<LifeElement>,
    /// 办事指南。How it is done.
    guide: String,
    /// 依据。What it rests on.
    basis: String,
    /// 表单。Its form.
    form: Vec<FormFieldInput>,
    /// 受理时限(工作日)。Working days until it is accepted, or not.
    accept_days: i32,
    /// 办理时限(工作日)。Working days from then until it is decided.
    handle_days: i32,
}

/// 起草事项的结果。The draft.
#[derive(SimpleObject)]
pub struct DraftServiceItemPayload {
    /// 事项。The service.
    service_item: Option<ServiceItem>,
}

/// 安全审查的输入。What the review found.
#[derive(InputObject)]
pub struct ReviewServiceItemInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 事项代码。The code of the service.
    code: String,
    /// 是否通过。Whether it passed.
    passed: bool,
    /// 意见。Words.
    note: String,
}

/// 安全审查的结果。The service.
#[derive(SimpleObject)]
pub struct ReviewServiceItemPayload {
    /// 事项。The service.
    service_item: Option<ServiceItem>,
}

/// 开放事项的输入。Which service.
#[derive(InputObject)]
pub struct ReleaseServiceItemInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 事项代码。The code of the service.
    code: String,
}

/// 开放事项的结果。The service.
#[derive(SimpleObject)]
pub struct ReleaseServiceItemPayload {
    /// 事项。The service.
    service_item: Option<ServiceItem>,
}

/// 暂停事项的输入。Which service, and why.
#[derive(InputObject)]
pub struct SuspendServiceItemInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 事项代码。The code of the service.
    code: String,
    /// 理由。Why.
    reason: String,
}

/// 暂停事项的结果。The service.
#[derive(SimpleObject)]
pub struct SuspendServiceItemPayload {
    /// 事项。The service.
    service_item: Option<ServiceItem>,
}

/// 停用事项的输入。Which service.
#[derive(InputObject)]
pub struct RetireServiceItemInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 事项代码。The code of the service.
    code: String,
}

/// 停用事项的结果。The service.
#[derive(SimpleObject)]
pub struct RetireServiceItemPayload {
    /// 事项。The service.
    service_item: Option<ServiceItem>,
}

/// Service mutations.
#[derive(Default)]
pub struct ServiceItemMutation;

#[Object]
impl ServiceItemMutation {
    /// 起草服务事项(社区、民政)。Drafts a service: community staff, civil affairs.
    async fn draft_service_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: DraftServiceItemInput,
    ) -> Result<DraftServiceItemPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = domain::NewItem {
            code: input.code,
            name: input.name,
            class: input.class.into(),
            division_code: input.division_code.0,
            provider: input
                .provider_organization_id
                .map(|id| typed(&id, "input.providerOrganizationId"))
                .transpose()?,
            elements: input.elements.into_iter().map(Into::into).collect(),
            guide: input.guide,
            basis: input.basis,
            form: input.form.into_iter().map(Into::into).collect(),
            accept_days: input.accept_days,
            handle_days: input.handle_days,
        };
        let (state, caller) = asked(ctx);
        let id = app::service_item::draft(state, caller, key, given).await?;
        Ok(DraftServiceItemPayload {
            service_item: load(ctx, id).await?,
        })
    }

    /// 安全审查(平台管理员,且非起草人)。The security review: the platform, never who drafted it.
    async fn review_service_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ReviewServiceItemInput,
    ) -> Result<ReviewServiceItemPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::service_item::Review {
            code: input.code,
            passed: input.passed,
            note: input.note,
        };
        let (state, caller) = asked(ctx);
        let id = app::service_item::review(state, caller, key, given).await?;
        Ok(ReviewServiceItemPayload {
            service_item: load(ctx, id).await?,
        })
    }

    /// 开放事项,或在暂停后恢复(民政)。Opens a service, or again after a suspension: civil affairs.
    async fn release_service_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ReleaseServiceItemInput,
    ) -> Result<ReleaseServiceItemPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = input.code;
        let (state, caller) = asked(ctx);
        let id = app::service_item::release(state, caller, key, given).await?;
        Ok(ReleaseServiceItemPayload {
            service_item: load(ctx, id).await?,
        })
    }

    /// 暂停事项(民政、平台管理员)。Suspends a service.
    async fn suspend_service_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SuspendServiceItemInput,
    ) -> Result<SuspendServiceItemPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::service_item::Suspend {
            code: input.code,
            reason: input.reason,
        };
        let (state, caller) = asked(ctx);
        let id = app::service_item::suspend(state, caller, key, given).await?;
        Ok(SuspendServiceItemPayload {
            service_item: load(ctx, id).await?,
        })
    }

    /// 停用事项(民政)。Retires a service.
    async fn retire_service_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RetireServiceItemInput,
    ) -> Result<RetireServiceItemPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = input.code;
        let (state, caller) = asked(ctx);
        let id = app::service_item::retire(state, caller, key, given).await?;
        Ok(RetireServiceItemPayload {
            service_item: load(ctx, id).await?,
        })
    }
}
