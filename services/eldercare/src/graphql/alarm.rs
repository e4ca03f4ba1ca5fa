//! 告警 in the graph.

use async_graphql::{
    Context, Enum, ID, InputObject, Object, SimpleObject, Subscription, connection::Connection,
};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{DivisionCode, Opaque, global, listed, page, typed},
    live::Following,
};

use super::{
    contact::Contact,
    foreign::{Organization, Resident},
    given,
    loaders::Loaders,
    visit::Visit,
};
use crate::{app, domain::alarm as domain};

/// 告警类别。What an alarm is about.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::AlarmKind")]
pub enum AlarmKind {
    /// 紧急呼叫。A call for help.
    Sos,
    /// 逾期未上门。The worker did not come.
    VisitMissed,
    /// 逾时未签退。The worker has not left.
    VisitOverrun,
    /// 逾期未探访。Nobody looked in.
    ContactMissed,
}

/// 告警状态。Where an alarm stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::AlarmState")]
pub enum AlarmState {
    /// 待响应。Nobody has answered yet.
    Raised,
    /// 已响应。Somebody is on it.
    Answered,
    /// 已处置。It has ended.
    Resolved,
}

/// 呼叫层级;无人响应时逐级升级,已呼叫的层级继续有效。Who is called; it climbs while nobody answers, and those below stay called.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::AlarmRung")]
pub enum AlarmRung {
    /// 家属。Relatives.
    Family,
    /// 网格与社区。The grid and the community.
    Grid,
    /// 服务机构。The provider.
    Provider,
    /// 120、110。The emergency services, by the call centre.
    Emergency,
}

/// Alarm of the domain, as the graph shows it.
pub struct Alarm(pub domain::Alarm);

/// 告警:紧急呼叫,或上门服务未按计划进行。An alarm: a call for help, or a visit that did not take place as planned.
#[Object]
impl Alarm {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 类别。What it is about.
    async fn kind(&self) -> AlarmKind {
        self.0.kind.into()
    }

    /// 老人。The resident it is about.
    async fn resident(&self) -> Option<Resident> {
        Some(Resident(self.0.elder_id))
    }

    /// 区划。The division.
    async fn division_code(&self) -> DivisionCode {
        DivisionCode(self.0.division_code)
    }

    /// 上门服务(因其产生时)。The visit, where it is about one.
    async fn visit(&self, ctx: &Context<'_>) -> Result<Option<Visit>> {
        let Some(id) = self.0.visit_id else {
            return Ok(None);
        };
        let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        Ok(found.map(Visit))
    }

    /// 探访(因其产生且可见时)。The contact that was missed, where it is about one and the caller may read it.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Option<Contact>> {
        let Some(id) = self.0.contact_id else {
            return Ok(None);
        };
        let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        Ok(found.map(Contact))
    }

    /// 服务机构(最近一次为该老人服务的)。The provider whose people come, or came last.
    async fn provider(&self) -> Option<Organization> {
        self.0.organization_id.map(Into::into)
    }

    /// 呼叫时的说明。What was said.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// 渠道。Through which channel.
    async fn channel(&self) -> &str {
        &self.0.channel
    }

    /// 处置前重复呼叫的次数。How often it was called again while it was open.
    async fn repeats(&self) -> i32 {
        self.0.repeats
    }

    /// 当前呼叫层级。Who is called by now.
    async fn rung(&self) -> AlarmRung {
        self.0.rung.into()
    }

    /// 状态。Where it stands.
    async fn state(&self) -> AlarmState {
        self.0.state.into()
    }

    /// 产生时间。When it was raised.
    async fn raised_at(&self) -> DateTime<Utc> {
        self.0.raised_at
    }

    /// 响应时间。When somebody answered.
    async fn answered_at(&self) -> Option<DateTime<Utc>> {
        self.0.answered_at
    }

    /// 处置时间。When it ended.
    async fn resolved_at(&self) -> Option<DateTime<Utc>> {
        self.0.resolved_at
    }

    /// 处置结果。What was found.
    async fn outcome(&self) -> Option<&str> {
        self.0.outcome.as_deref()
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Alarm queries.
#[derive(Default)]
pub struct AlarmQuery;

#[Object]
impl AlarmQuery {
    /// 按编号查告警。An alarm by id.
    async fn alarm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Alarm>> {
        let id = typed(&id, "id")?;
        let (state, caller) = given(ctx);
        let mut found = app::alarm::load_many(state, caller, &[id]).await?;
        Ok(found.remove(&id).map(Alarm))
    }

    /// 我能看到的告警,新的在前。The alarms the caller may see, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn alarms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<AlarmState>,
        #[graphql(desc = "只看此老人。Only of this elder.")] resident_id: Option<ID>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Alarm>>> {
        let page = page(first, after, last, before)?;
        let filter = domain::AlarmFilter {
            state: state.map(Into::into),
            elder: resident_id.map(|id| typed(&id, "residentId")).transpose()?,
        };
        let (app_state, caller) = given(ctx);
        let found = app::alarm::list(app_state, caller, &filter, &page).await?;
        listed(found, |alarm| (alarm.id.as_uuid(),), Alarm)
    }
}

/// 呼叫的输入。Who needs help.
#[derive(InputObject)]
pub struct RaiseAlarmInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 老人。The elder.
    resident_id: ID,
    /// 说明(最多 500 字)。What was said, at most 500 characters.
    note: Option<String>,
}

/// 呼叫的结果。The alarm.
#[derive(SimpleObject)]
pub struct RaiseAlarmPayload {
    /// 告警。The alarm.
    alarm: Alarm,
}

/// 响应的输入。Which alarm somebody takes on.
#[derive(InputObject)]
pub struct AnswerAlarmInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 告警。The alarm.
    alarm_id: ID,
}

/// 响应的结果。The alarm, answered.
#[derive(SimpleObject)]
pub struct AnswerAlarmPayload {
    /// 告警。The alarm.
    alarm: Alarm,
}

/// 处置的输入。How an alarm ended.
#[derive(InputObject)]
pub struct ResolveAlarmInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 告警。The alarm.
    alarm_id: ID,
    /// 处置结果(1 至 500 字)。What was found, 1 to 500 characters.
    outcome: String,
}

/// 处置的结果。The alarm, ended.
#[derive(SimpleObject)]
pub struct ResolveAlarmPayload {
    /// 告警。The alarm.
    alarm: Alarm,
}

/// Alarm mutations.
#[derive(Default)]
pub struct AlarmMutation;

#[Object]
impl AlarmMutation {
    /// 紧急呼叫(本人、家属或接听者代办);未处置前再次呼叫并入同一告警。A call for help, by the elder, a relative, or whoever takes the call; a further call belongs to the open alarm.
    async fn raise_alarm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RaiseAlarmInput,
    ) -> Result<RaiseAlarmPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let raise = app::alarm::Raise {
            elder_id: typed(&input.resident_id, "input.residentId")?,
            note: input.note,
        };
        let (state, caller) = given(ctx);
        let alarm = app::alarm::raise(state, caller, key, raise).await?;
        Ok(RaiseAlarmPayload {
            alarm: Alarm(alarm),
        })
    }

    /// 响应告警,停止升级(家属、网格员、社区、服务机构)。Takes an alarm on and stops the ladder: relatives, grid and community staff, the provider.
    async fn answer_alarm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AnswerAlarmInput,
    ) -> Result<AnswerAlarmPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.alarm_id, "input.alarmId")?;
        let (state, caller) = given(ctx);
        let alarm = app::alarm::answer(state, caller, key, id).await?;
        Ok(AnswerAlarmPayload {
            alarm: Alarm(alarm),
        })
    }

    /// 登记处置结果(网格员、社区、民政)。Says how an alarm ended: grid, community, civil affairs.
    async fn resolve_alarm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ResolveAlarmInput,
    ) -> Result<ResolveAlarmPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let done = app::alarm::Resolve {
            alarm_id: typed(&input.alarm_id, "input.alarmId")?,
            outcome: input.outcome,
        };
        let (state, caller) = given(ctx);
        let alarm = app::alarm::resolve(state, caller, key, done).await?;
        Ok(ResolveAlarmPayload {
            alarm: Alarm(alarm),
        })
    }
}

/// Alarm subscriptions.
#[derive(Default)]
pub struct AlarmSubscription;

#[Subscription]
impl AlarmSubscription {
    /// 告警的变化:先给出当前状态,此后响应、升级、处置各给出一次;权限每次重新判断。
    /// The alarm as it is now, and again when it is answered, climbs or ends. Permission is
    /// decided anew each time.
    async fn alarm_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "告警。The alarm.")] alarm_id: ID,
    ) -> Result<Following<Alarm>> {
        let id = typed(&alarm_id, "alarmId")?;
        let (state, caller) = given(ctx);
        let changes = app::alarm::watch(state, caller, id).await?;
        Ok(changes.each(Alarm))
    }
}
