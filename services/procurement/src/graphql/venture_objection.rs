//! 公示异议 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{global, typed},
};

use super::asked;
use crate::{app, domain::venture_objection as domain};

/// 异议状态。Where an objection stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::VentureObjectionState")]
pub enum VentureObjectionState {
    /// 已提出。Raised.
    Raised,
    /// 成立。Upheld.
    Upheld,
    /// 不成立。Dismissed.
    Dismissed,
}

/// 公示异议。An objection; public but for who raised it.
#[derive(SimpleObject)]
pub struct VentureObjection {
    /// 全局编号。Global id.
    id: ID,
    /// 针对的申报。The application it is about.
    application_id: Option<ID>,
    /// 内容。Its text.
    text: String,
    /// 提出时间。When it was raised.
    raised_at: DateTime<Utc>,
    /// 状态。Where it stands.
    state: VentureObjectionState,
    /// 答复。The answer.
    answer: Option<String>,
    /// 答复时间。When it was answered.
    answered_at: Option<DateTime<Utc>>,
}

impl From<domain::VentureObjection> for VentureObjection {
    fn from(one: domain::VentureObjection) -> Self {
        Self {
            id: global(one.id),
            application_id: one.application_id.map(global),
            text: one.text,
            raised_at: one.raised_at,
            state: one.state.into(),
            answer: one.answer,
            answered_at: one.answered_at,
        }
    }
}

/// 提出异议的输入。What somebody objects to.
#[derive(InputObject)]
pub struct RaiseVentureObjectionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 创投。The round.
    round_id: ID,
    /// 针对的申报。The application it is about.
    application_id: Option<ID>,
    /// 内容。Its text; public.
    text: String,
}

/// 提出异议的结果。The objection.
#[derive(SimpleObject)]
pub struct RaiseVentureObjectionPayload {
    /// 异议。The objection.
    objection: VentureObjection,
}

/// 答复异议的输入。The answer.
#[derive(InputObject)]
pub struct AnswerVentureObjectionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 异议。The objection.
    objection_id: ID,
    /// 是否成立。Whether it is upheld.
    upheld: bool,
    /// 答复。The answer; public.
    answer: String,
}

/// 答复异议的结果。The objection after it.
#[derive(SimpleObject)]
pub struct AnswerVentureObjectionPayload {
    /// 异议。The objection.
    objection: VentureObjection,
}

/// Venture objection mutations.
#[derive(Default)]
pub struct VentureObjectionMutation;

#[Object]
impl VentureObjectionMutation {
    /// 公示期内提出异议(任何登录用户)。Objects while the results are on show (anybody signed in).
    async fn raise_venture_objection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RaiseVentureObjectionInput,
    ) -> Result<RaiseVentureObjectionPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let application_id = input
            .application_id
            .map(|id| typed(&id, "input.applicationId"))
            .transpose()?;
        let raise = app::venture_objection::Raise {
            round_id: typed(&input.round_id, "input.roundId")?,
            application_id,
            text: input.text,
        };
        let (state, caller) = asked(ctx);
        let one = app::venture_objection::raise(state, caller, key, raise).await?;
        Ok(RaiseVentureObjectionPayload {
            objection: one.into(),
        })
    }

    /// 答复异议;成立的取消所涉项目资格。Answers an objection; one that is upheld takes its project out.
    async fn answer_venture_objection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AnswerVentureObjectionInput,
    ) -> Result<AnswerVentureObjectionPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let reply = app::venture_objection::Reply {
            objection_id: typed(&input.objection_id, "input.objectionId")?,
            upheld: input.upheld,
            answer: input.answer,
        };
        let (state, caller) = asked(ctx);
        let one = app::venture_objection::answer(state, caller, key, reply).await?;
        Ok(AnswerVentureObjectionPayload {
            objection: one.into(),
        })
    }
}
