//! 督导 in the graph: one session after another.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::Minutes as Length;
use kit::{
    Result,
    graph::{Minutes, global, typed},
};

use super::{at, keyed, maybe};
use crate::{app::supervision_session as app, domain::supervision as domain};

/// 督导方式。How a session is held.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::SupervisionMethod")]
pub enum SupervisionMethod {
    /// 个别督导。The two of them.
    Individual,
    /// 团体督导。Several at once.
    Group,
    /// 现场观察。At work.
    Observation,
    /// 远程督导。From afar.
    Remote,
}

/// 督导状态。Where a session stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::SessionState", name = "SupervisionSessionState")]
pub enum SessionState {
    /// 已计划。It is planned.
    Planned,
    /// 已举行。It was held.
    Held,
    /// 已记录。The supervisor recorded and so confirmed it.
    Recorded,
    /// 被督导人已确认。The supervisee confirmed it.
    Confirmed,
    /// 已计时。Its minutes count.
    Counted,
    /// 缺席。It did not take place.
    Missed,
    /// 已补做。Another session has made it up.
    MadeUp,
}

/// Session of the domain, as the graph shows it.
pub struct SupervisionSession(pub domain::SupervisionSession);

/// 督导。A session of supervision; its minutes count once both have confirmed.
#[Object]
impl SupervisionSession {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 方式。How it is held.
    async fn method(&self) -> SupervisionMethod {
        self.0.method.into()
    }

    /// 主题。What it is about.
    async fn topic(&self) -> &str {
        &self.0.topic
    }

    /// 状态。Where it stands.
    async fn state(&self) -> SessionState {
        self.0.state.into()
    }

    /// 计划时间。When it is to be.
    async fn planned_at(&self) -> DateTime<Utc> {
        self.0.planned_at
    }

    /// 补做的督导编号。The missed session that this one makes up.
    async fn makes_up_id(&self) -> Option<ID> {
        self.0.makes_up.map(global)
    }

    /// 开始时间。When it began.
    async fn held_from(&self) -> Option<DateTime<Utc>> {
        self.0.held_from
    }

    /// 时长。How long it was.
    async fn minutes(&self) -> Option<Minutes> {
        self.0.minutes().map(Length::new).map(Minutes)
    }

    /// 督导记录;仅双方可读,查阅留痕。What was said, for the two of them; reading it is on record.
    async fn record(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let (state, caller) = at(ctx);
        app::text(state, caller, &self.0).await
    }

    /// 缺席原因。Why it did not take place.
    async fn missed_reason(&self) -> Option<&str> {
        self.0.missed_reason.as_deref()
    }

    /// 退回记录的原因。Why the record was given back.
    async fn returned_reason(&self) -> Option<&str> {
        self.0.returned_reason.as_deref()
    }

    /// 督导确认时间。When the supervisor confirmed it.
    async fn supervisor_confirmed_at(&self) -> Option<DateTime<Utc>> {
        self.0.supervisor_confirmed_at
    }

    /// 被督导人确认时间。When the supervisee confirmed it.
    async fn supervisee_confirmed_at(&self) -> Option<DateTime<Utc>> {
        self.0.supervisee_confirmed_at
    }
}

/// 计划督导的输入。What is planned.
#[derive(InputObject)]
pub struct PlanSupervisionSessionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 督导关系。The supervision.
    supervision_id: ID,
    /// 方式。How it is held.
    method: SupervisionMethod,
    /// 主题(1 至 200 字)。What it is about.
    topic: String,
    /// 计划时间。When it is to be.
    at: DateTime<Utc>,
    /// 补做哪次缺席的督导。The missed session that this one makes up.
    makes_up_id: Option<ID>,
}

/// 计划督导的结果。The session.
#[derive(SimpleObject)]
pub struct PlanSupervisionSessionPayload {
    /// 督导。The session.
    session: SupervisionSession,
}

/// 督导已举行的输入。When a session was held.
#[derive(InputObject)]
pub struct HoldSupervisionSessionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 督导。The session.
    session_id: ID,
    /// 开始时间。When it began.
    from: DateTime<Utc>,
    /// 结束时间。When it ended.
    to: DateTime<Utc>,
}

/// 督导已举行的结果。The session, held.
#[derive(SimpleObject)]
pub struct HoldSupervisionSessionPayload {
    /// 督导。The session.
    session: SupervisionSession,
}

/// 记录督导的输入。What was said.
#[derive(InputObject)]
pub struct RecordSupervisionSessionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 督导。The session.
    session_id: ID,
    /// 记录(1 至 10000 字,加密保存)。What was said; kept encrypted.
    text: String,
}

/// 记录督导的结果。The session, recorded.
#[derive(SimpleObject)]
pub struct RecordSupervisionSessionPayload {
    /// 督导。The session.
    session: SupervisionSession,
}

/// 退回督导记录的输入。Why the record is given back.
#[derive(InputObject)]
pub struct ReturnSupervisionSessionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 督导。The session.
    session_id: ID,
    /// 原因(1 至 500 字)。Why.
    reason: String,
}

/// 退回督导记录的结果。The session, to be recorded again.
#[derive(SimpleObject)]
pub struct ReturnSupervisionSessionPayload {
    /// 督导。The session.
    session: SupervisionSession,
}

/// 确认督导的输入。Which session is confirmed.
#[derive(InputObject)]
pub struct ConfirmSupervisionSessionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 督导。The session.
    session_id: ID,
}

/// 确认督导的结果。The session, whose minutes count.
#[derive(SimpleObject)]
pub struct ConfirmSupervisionSessionPayload {
    /// 督导。The session.
    session: SupervisionSession,
}

/// 督导缺席的输入。Why a session did not take place.
#[derive(InputObject)]
pub struct MissSupervisionSessionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 督导。The session.
    session_id: ID,
    /// 原因(1 至 500 字)。Why.
    reason: String,
}

/// 督导缺席的结果。The session, missed.
#[derive(SimpleObject)]
pub struct MissSupervisionSessionPayload {
    /// 督导。The session.
    session: SupervisionSession,
}

/// Session mutations.
#[derive(Default)]
pub struct SupervisionSessionMutation;

#[Object]
impl SupervisionSessionMutation {
    /// 计划一次督导(督导)。Plans a session: the supervisor.
    async fn plan_supervision_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: PlanSupervisionSessionInput,
    ) -> Result<PlanSupervisionSessionPayload> {
        let key = keyed(&input.idempotency_key)?;
        let plan = app::Plan {
            supervision_id: typed(&input.supervision_id, "input.supervisionId")?,
            method: input.method.into(),
            topic: input.topic,
            at: input.at,
            makes_up: maybe(input.makes_up_id.as_ref(), "input.makesUpId")?,
        };
        let (state, caller) = at(ctx);
        let session = SupervisionSession(app::plan(state, caller, key, plan).await?);
        Ok(PlanSupervisionSessionPayload { session })
    }

    /// 登记督导已举行(督导)。Says that a session was held, and when: the supervisor.
    async fn hold_supervision_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: HoldSupervisionSessionInput,
    ) -> Result<HoldSupervisionSessionPayload> {
        let key = keyed(&input.idempotency_key)?;
        let hold = app::Hold {
            session_id: typed(&input.session_id, "input.sessionId")?,
            from: input.from,
            to: input.to,
        };
        let (state, caller) = at(ctx);
        let session = SupervisionSession(app::hold(state, caller, key, hold).await?);
        Ok(HoldSupervisionSessionPayload { session })
    }

    /// 记录督导内容,即督导的确认(督导)。Records what was said, and so confirms it: the supervisor.
    async fn record_supervision_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RecordSupervisionSessionInput,
    ) -> Result<RecordSupervisionSessionPayload> {
        let key = keyed(&input.idempotency_key)?;
        let record = app::Record {
            session_id: typed(&input.session_id, "input.sessionId")?,
            text: input.text,
        };
        let (state, caller) = at(ctx);
        let session = SupervisionSession(app::record(state, caller, key, record).await?);
        Ok(RecordSupervisionSessionPayload { session })
    }

    /// 退回督导记录(被督导人)。Gives the record back: the supervisee.
    async fn return_supervision_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ReturnSupervisionSessionInput,
    ) -> Result<ReturnSupervisionSessionPayload> {
        let key = keyed(&input.idempotency_key)?;
        let why = app::Why {
            session_id: typed(&input.session_id, "input.sessionId")?,
            reason: input.reason,
        };
        let (state, caller) = at(ctx);
        let session = SupervisionSession(app::give_back(state, caller, key, why).await?);
        Ok(ReturnSupervisionSessionPayload { session })
    }

    /// 确认督导,时数即计入台账(被督导人)。Confirms a session, whose minutes then count: the supervisee.
    async fn confirm_supervision_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ConfirmSupervisionSessionInput,
    ) -> Result<ConfirmSupervisionSessionPayload> {
        let key = keyed(&input.idempotency_key)?;
        let id = typed(&input.session_id, "input.sessionId")?;
        let (state, caller) = at(ctx);
        let session = SupervisionSession(app::confirm(state, caller, key, id).await?);
        Ok(ConfirmSupervisionSessionPayload { session })
    }

    /// 登记督导缺席(督导、被督导人);可补做。Says that a session was missed: either of them; it may be made up.
    async fn miss_supervision_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: MissSupervisionSessionInput,
    ) -> Result<MissSupervisionSessionPayload> {
        let key = keyed(&input.idempotency_key)?;
        let why = app::Why {
            session_id: typed(&input.session_id, "input.sessionId")?,
            reason: input.reason,
        };
        let (state, caller) = at(ctx);
        let session = SupervisionSession(app::miss(state, caller, key, why).await?);
        Ok(MissSupervisionSessionPayload { session })
    }
}
