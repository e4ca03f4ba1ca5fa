//! 参与与场次 in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::{Result, graph::typed};

use super::{
    super::{at, keyed},
    Undertaking,
};
use crate::app::undertaking as app;

/// 参加的输入。Who takes part.
#[derive(InputObject)]
pub struct JoinUndertakingInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 小组、社区活动或政策倡导。In what.
    undertaking_id: ID,
    /// 居民。The resident.
    resident_id: ID,
}

/// 参加的结果。What was joined.
#[derive(SimpleObject)]
pub struct JoinUndertakingPayload {
    /// 小组、社区活动或政策倡导。What was joined.
    undertaking: Undertaking,
}

/// 退出的输入。Who leaves.
#[derive(InputObject)]
pub struct LeaveUndertakingInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 小组、社区活动或政策倡导。What is left.
    undertaking_id: ID,
    /// 居民。The resident.
    resident_id: ID,
}

/// 退出的结果。What was left.
#[derive(SimpleObject)]
pub struct LeaveUndertakingPayload {
    /// 小组、社区活动或政策倡导。What was left.
    undertaking: Undertaking,
}

/// 记录场次的输入。What was held, and who came.
#[derive(InputObject)]
pub struct HoldUndertakingSessionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 小组、社区活动或政策倡导。Of what.
    undertaking_id: ID,
    /// 主题(1 至 200 字)。What it was about.
    topic: String,
    /// 开始时间。When it began.
    from: DateTime<Utc>,
    /// 结束时间。When it ended.
    to: DateTime<Utc>,
    /// 签到的参与者。Participants who came.
    #[graphql(default)]
    attended_ids: Vec<ID>,
    /// 其他未具名的人数;小组不填。Others without names; none in a group.
    #[graphql(default = 0)]
    visitors: i32,
}

/// 记录场次的结果。With the session.
#[derive(SimpleObject)]
pub struct HoldUndertakingSessionPayload {
    /// 小组、社区活动或政策倡导。With the session.
    undertaking: Undertaking,
}

/// Mutations of participants and sessions.
#[derive(Default)]
pub struct PartMutation;

#[Object]
impl PartMutation {
    /// 参加小组或活动(居民本人,或带领社工录入)。Takes part: the resident, or entered by the lead.
    async fn join_undertaking(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: JoinUndertakingInput,
    ) -> Result<JoinUndertakingPayload> {
        let key = keyed(&input.idempotency_key)?;
        let part = app::Part {
            undertaking_id: typed(&input.undertaking_id, "input.undertakingId")?,
            resident_id: typed(&input.resident_id, "input.residentId")?,
        };
        let (state, caller) = at(ctx);
        let undertaking = Undertaking(app::join(state, caller, key, part).await?);
        Ok(JoinUndertakingPayload { undertaking })
    }

    /// 退出小组或活动(居民本人,或带领社工录入)。Leaves: the resident, or entered by the lead.
    async fn leave_undertaking(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: LeaveUndertakingInput,
    ) -> Result<LeaveUndertakingPayload> {
        let key = keyed(&input.idempotency_key)?;
        let part = app::Part {
            undertaking_id: typed(&input.undertaking_id, "input.undertakingId")?,
            resident_id: typed(&input.resident_id, "input.residentId")?,
        };
        let (state, caller) = at(ctx);
        let undertaking = Undertaking(app::leave(state, caller, key, part).await?);
        Ok(LeaveUndertakingPayload { undertaking })
    }

    /// 记录一次小组或活动(带领社工)。Records a session that was held: the lead.
    async fn hold_undertaking_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: HoldUndertakingSessionInput,
    ) -> Result<HoldUndertakingSessionPayload> {
        let key = keyed(&input.idempotency_key)?;
        let hold = app::Hold {
            undertaking_id: typed(&input.undertaking_id, "input.undertakingId")?,
            topic: input.topic,
            from: input.from,
            to: input.to,
            attended: input
                .attended_ids
                .iter()
                .map(|id| typed(id, "input.attendedIds"))
                .collect::<Result<_>>()?,
            visitors: input.visitors,
        };
        let (state, caller) = at(ctx);
        let undertaking = Undertaking(app::hold(state, caller, key, hold).await?);
        Ok(HoldUndertakingSessionPayload { undertaking })
    }
}
