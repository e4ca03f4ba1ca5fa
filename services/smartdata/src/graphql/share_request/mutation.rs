//! Changing requests: asked, checked, answered, disputed, settled, taken back.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Date, DivisionCode, typed},
};

use super::{
    super::{asked, data_resource::DataField},
    ShareRequest, load,
};
use crate::{app, domain::share_request as domain};

/// 共享申请的输入。What is asked for, and for what.
#[derive(InputObject)]
pub struct SubmitShareRequestInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 数据目录条目。The entry of the catalogue.
    resource_id: ID,
    /// 使用部门名称。The name of the department that asks.
    consumer_name: String,
    /// 用途。For what.
    purpose: String,
    /// 法定依据;无则须经个人同意。The law that needs the data; without one, every
    /// person has to consent.
    statutory_basis: Option<String>,
    /// 数据项。Which fields.
    fields: Vec<DataField>,
    /// 数据范围。Whose rows.
    row_division_code: DivisionCode,
    /// 使用至。The last day.
    until: Date,
}

/// 共享申请的结果。The request submitted.
#[derive(SimpleObject)]
pub struct SubmitShareRequestPayload {
    /// 共享申请。The request.
    share_request: Option<ShareRequest>,
}

/// 合规审查的输入。Whether it complies.
#[derive(InputObject)]
pub struct CheckShareRequestInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 共享申请。The request.
    share_request_id: ID,
    /// 是否合规。Whether it complies.
    compliant: bool,
    /// 意见;不合规必填。Words; required where it does not.
    note: Option<String>,
}

/// 合规审查的结果。The request.
#[derive(SimpleObject)]
pub struct CheckShareRequestPayload {
    /// 共享申请。The request.
    share_request: Option<ShareRequest>,
}

/// 答复的输入。The answer.
#[derive(InputObject)]
pub struct ReplyShareRequestInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 共享申请。The request.
    share_request_id: ID,
    /// 是否同意。Whether it is shared.
    agreed: bool,
    /// 不同意的法定依据。The law a refusal rests on.
    refusal_basis: Option<String>,
}

/// 答复的结果。The request.
#[derive(SimpleObject)]
pub struct ReplyShareRequestPayload {
    /// 共享申请。The request.
    share_request: Option<ShareRequest>,
}

/// 提出争议的输入。Why the refusal is not accepted.
#[derive(InputObject)]
pub struct DisputeShareRefusalInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 共享申请。The request.
    share_request_id: ID,
    /// 理由。Why.
    reason: String,
}

/// 提出争议的结果。The request.
#[derive(SimpleObject)]
pub struct DisputeShareRefusalPayload {
    /// 共享申请。The request.
    share_request: Option<ShareRequest>,
}

/// 协调的输入。What is decided.
#[derive(InputObject)]
pub struct MediateShareRequestInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 共享申请。The request.
    share_request_id: ID,
    /// 是否共享。Whether it is shared.
    share: bool,
    /// 意见。Words.
    note: String,
}

/// 协调的结果。The request.
#[derive(SimpleObject)]
pub struct MediateShareRequestPayload {
    /// 共享申请。The request.
    share_request: Option<ShareRequest>,
}

/// 撤回申请的输入。Which request.
#[derive(InputObject)]
pub struct WithdrawShareRequestInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 共享申请。The request.
    share_request_id: ID,
}

/// 撤回申请的结果。The request.
#[derive(SimpleObject)]
pub struct WithdrawShareRequestPayload {
    /// 共享申请。The request.
    share_request: Option<ShareRequest>,
}

/// Request mutations.
#[derive(Default)]
pub struct ShareRequestMutation;

#[Object]
impl ShareRequestMutation {
    /// 提交共享申请(部门)。A department asks for data.
    async fn submit_share_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SubmitShareRequestInput,
    ) -> Result<SubmitShareRequestPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = domain::NewShareRequest {
            resource_id: typed(&input.resource_id, "input.resourceId")?,
            consumer_name: input.consumer_name,
            purpose: input.purpose,
            statutory_basis: input.statutory_basis,
            fields: input.fields.into_iter().map(Into::into).collect(),
            row_division: input.row_division_code.0,
            until: input.until.0,
        };
        let (state, caller) = asked(ctx);
        let id = app::share_request::submit(state, caller, key, given).await?;
        Ok(SubmitShareRequestPayload {
            share_request: load(ctx, id).await?,
        })
    }

    /// 合规审查(数据主管部门)。The authority checks whether a request complies.
    async fn check_share_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CheckShareRequestInput,
    ) -> Result<CheckShareRequestPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::share_request::Check {
            request_id: typed(&input.share_request_id, "input.shareRequestId")?,
            compliant: input.compliant,
            note: input.note,
        };
        let (state, caller) = asked(ctx);
        let id = app::share_request::check(state, caller, key, given).await?;
        Ok(CheckShareRequestPayload {
            share_request: load(ctx, id).await?,
        })
    }

    /// 答复(提供部门);不同意须写明法定依据。The provider answers; a refusal names its law.
    async fn reply_share_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ReplyShareRequestInput,
    ) -> Result<ReplyShareRequestPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::share_request::Reply {
            request_id: typed(&input.share_request_id, "input.shareRequestId")?,
            agreed: input.agreed,
            refusal_basis: input.refusal_basis,
        };
        let (state, caller) = asked(ctx);
        let id = app::share_request::reply(state, caller, key, given).await?;
        Ok(ReplyShareRequestPayload {
            share_request: load(ctx, id).await?,
        })
    }

    /// 对不同意提出争议(使用部门)。The department that asked turns to the authority.
    async fn dispute_share_refusal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: DisputeShareRefusalInput,
    ) -> Result<DisputeShareRefusalPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::share_request::Dispute {
            request_id: typed(&input.share_request_id, "input.shareRequestId")?,
            words: input.reason,
        };
        let (state, caller) = asked(ctx);
        let id = app::share_request::dispute(state, caller, key, given).await?;
        Ok(DisputeShareRefusalPayload {
            share_request: load(ctx, id).await?,
        })
    }

    /// 协调争议(数据主管部门)。The authority settles a dispute.
    async fn mediate_share_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: MediateShareRequestInput,
    ) -> Result<MediateShareRequestPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::share_request::Mediate {
            request_id: typed(&input.share_request_id, "input.shareRequestId")?,
            share: input.share,
            note: input.note,
        };
        let (state, caller) = asked(ctx);
        let id = app::share_request::mediate(state, caller, key, given).await?;
        Ok(MediateShareRequestPayload {
            share_request: load(ctx, id).await?,
        })
    }

    /// 撤回申请(使用部门)。The department takes its request back.
    async fn withdraw_share_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: WithdrawShareRequestInput,
    ) -> Result<WithdrawShareRequestPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = typed(&input.share_request_id, "input.shareRequestId")?;
        let (state, caller) = asked(ctx);
        let id = app::share_request::withdraw(state, caller, key, given).await?;
        Ok(WithdrawShareRequestPayload {
            share_request: load(ctx, id).await?,
        })
    }
}
