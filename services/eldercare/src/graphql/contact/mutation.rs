//! What people do about contacts.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use kernel::IdempotencyKey;
use kit::{Result, graph::typed};

use super::{Contact, ContactMethod, ContactSchedule, ElderCondition, LifeChange};
use crate::{app, domain::contact as domain, graphql::given};

/// 纳入探访的输入。On whom somebody looks in from now on.
#[derive(InputObject)]
pub struct StartContactsInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 老人(居民编号)。The elder, by the resident's id.
    resident_id: ID,
}

/// 纳入探访的结果。How the elder is looked in on.
#[derive(SimpleObject)]
pub struct StartContactsPayload {
    /// 探访安排。The schedule.
    schedule: ContactSchedule,
}

/// 社会隔离筛查的输入:家人和朋友各三项,每项 0 至 5:经常见面或联系的、能谈心的、能求助的人数。Three answers about family and three about friends, 0 to 5 each: how many are seen or heard from, can be talked to, can be called on.
#[derive(InputObject)]
pub struct ScreenIsolationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 老人(居民编号)。The elder, by the resident's id.
    resident_id: ID,
    /// 家人三项。About family.
    family: Vec<i32>,
    /// 朋友三项。About friends.
    friends: Vec<i32>,
}

/// 社会隔离筛查的结果。What the screening comes to.
#[derive(SimpleObject)]
pub struct ScreenIsolationPayload {
    /// 得分(满分 30)。The score, of 30.
    score: i32,
    /// 生效的界值。The threshold in force.
    threshold: i32,
    /// 是否有社会隔离风险(低于界值)。Whether it is below.
    isolated: bool,
}

/// 报告变故的输入。What has changed for an elder.
#[derive(InputObject)]
pub struct ReportElderChangeInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 老人(居民编号)。The elder, by the resident's id.
    resident_id: ID,
    /// 变故。What has changed.
    change: LifeChange,
    /// 说明(最多 500 个字)。A note, at most 500 characters.
    note: Option<String>,
}

/// 报告变故的结果。The contact, due within hours.
#[derive(SimpleObject)]
pub struct ReportElderChangePayload {
    /// 探访。The contact.
    contact: Contact,
}

/// 登记探访的输入。What came of looking in.
#[derive(InputObject)]
pub struct RecordContactInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 探访。The contact.
    contact_id: ID,
    /// 方式。How.
    method: ContactMethod,
    /// 老人状况;未联系上时不填。How the elder was found; left out where nobody was reached.
    condition: Option<ElderCondition>,
    /// 说明(需要帮助或紧急时必填,最多 1000 个字)。What was found; required where help is needed, at most 1000 characters.
    note: Option<String>,
}

/// 登记探访的结果。The contact recorded.
#[derive(SimpleObject)]
pub struct RecordContactPayload {
    /// 探访。The contact.
    contact: Contact,
}

/// Contact mutations.
#[derive(Default)]
pub struct ContactMutation;

#[Object]
impl ContactMutation {
    /// 把老人纳入探访关爱(网格员、社区、民政);等级由规则得出。Begins to look in on an elder; a rule gives the class of risk.
    async fn start_contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: StartContactsInput,
    ) -> Result<StartContactsPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.resident_id, "input.residentId")?;
        let (state, caller) = given(ctx);
        let started = app::contact::start(state, caller, key, id).await?;
        let mut found = app::contact::load_schedules(state, &[id]).await?;
        let seen = found.remove(&id).map(|(_, seen)| seen).unwrap_or_default();
        Ok(StartContactsPayload {
            schedule: ContactSchedule::of(started, seen),
        })
    }

    /// 社会隔离风险筛查(网格员、社区、民政、社工);结果影响探访等级。Screens an elder for social isolation, which weighs in the class of risk.
    async fn screen_isolation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ScreenIsolationInput,
    ) -> Result<ScreenIsolationPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let screen = domain::ScreenIsolation {
            elder_id: typed(&input.resident_id, "input.residentId")?,
            family: input.family,
            friends: input.friends,
        };
        let (state, caller) = given(ctx);
        let found = app::contact::screen(state, caller, key, screen).await?;
        Ok(ScreenIsolationPayload {
            score: found.score,
            threshold: found.threshold,
            isolated: found.isolated,
        })
    }

    /// 报告老人的重大变故(本人、家属、网格员、社区、民政、社工):限时探访。Reports a major change: somebody looks in within hours.
    async fn report_elder_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ReportElderChangeInput,
    ) -> Result<ReportElderChangePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let report = app::contact::ReportChange {
            elder_id: typed(&input.resident_id, "input.residentId")?,
            change: input.change.into(),
            note: input.note,
        };
        let (state, caller) = given(ctx);
        let contact = app::contact::report_change(state, caller, key, report).await?;
        Ok(ReportElderChangePayload {
            contact: Contact(contact),
        })
    }

    /// 登记探访结果(网格员、社区、民政、社工);紧急时同时发起告警。Records what came of looking in; what is urgent raises an alarm.
    async fn record_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RecordContactInput,
    ) -> Result<RecordContactPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let record = domain::RecordContact {
            contact_id: typed(&input.contact_id, "input.contactId")?,
            method: input.method.into(),
            condition: input.condition.map(Into::into),
            note: input.note,
        };
        let (state, caller) = given(ctx);
        let contact = app::contact::record(state, caller, key, record).await?;
        Ok(RecordContactPayload {
            contact: Contact(contact),
        })
    }
}
