//! 探访关爱 in the graph.

mod mutation;

use async_graphql::{Context, Enum, ID, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{Date, DivisionCode, Opaque, global, listed, page, typed},
};

pub use mutation::ContactMutation;

use super::{foreign::Resident, given};
use crate::{app, domain::contact as domain};

/// 探访风险等级。How soon an elder would be missed.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ContactRisk")]
pub enum ContactRisk {
    /// 高风险。High.
    High,
    /// 重点。Key.
    Key,
    /// 一般。General.
    General,
}

/// 探访原因。Why somebody looks in.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ContactCause")]
pub enum ContactCause {
    /// 定期探访。At the regular interval.
    Routine,
    /// 重大变故。After a major change.
    Change,
    /// 上次未探访,补访。The one before was missed.
    Missed,
}

/// 重大变故。What has changed for an elder.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::LifeChange")]
pub enum LifeChange {
    /// 住院。Taken to hospital.
    Hospitalised,
    /// 出院。Back from hospital.
    Discharged,
    /// 跌倒。A fall.
    Fall,
    /// 丧偶、丧亲。A bereavement.
    Bereaved,
    /// 照料者离开。Whoever cared for them left.
    CarerLeft,
    /// 其他。Something else.
    Other,
}

/// 探访状态。Where a contact stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ContactState")]
pub enum ContactState {
    /// 待探访。Due.
    Due,
    /// 已探访。Done.
    Done,
    /// 逾期未访。Missed.
    Missed,
    /// 不再需要。Called off.
    CalledOff,
}

/// 探访方式。How somebody looked in.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ContactMethod")]
pub enum ContactMethod {
    /// 上门。At home.
    Visit,
    /// 电话。By phone.
    Phone,
    /// 视频。By video.
    Video,
}

/// 老人状况。How the elder was found.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::Condition")]
pub enum ElderCondition {
    /// 良好。Well.
    Well,
    /// 需要帮助。In need of help.
    NeedsHelp,
    /// 紧急,同时发起告警。Urgent; an alarm is raised.
    Urgent,
}

/// A contact.
pub struct Contact(pub domain::Contact);

/// 探访:按风险等级定期看望或致电老人。A contact: somebody looks in on an elder, as often as their risk asks for.
#[Object]
impl Contact {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 老人。The elder.
    async fn resident(&self) -> Option<Resident> {
        Some(Resident(self.0.elder_id))
    }

    /// 区划。The division.
    async fn division_code(&self) -> DivisionCode {
        DivisionCode(self.0.division_code)
    }

    /// 原因。Why somebody looks in.
    async fn cause(&self) -> ContactCause {
        self.0.cause.into()
    }

    /// 变故。What has changed.
    async fn change(&self) -> Option<LifeChange> {
        self.0.change.map(Into::into)
    }

    /// 变故说明。What was said of the change.
    async fn change_note(&self) -> Option<&str> {
        self.0.change_note.as_deref()
    }

    /// 应探访时间。By when it is due.
    async fn due_at(&self) -> DateTime<Utc> {
        self.0.due_at
    }

    /// 是否逾期。Whether somebody should have looked in by now.
    async fn overdue(&self, ctx: &Context<'_>) -> bool {
        let (state, _) = given(ctx);
        self.0.is_overdue(state.core.clock.now())
    }

    /// 状态。Where it stands.
    async fn state(&self) -> ContactState {
        self.0.state.into()
    }

    /// 未联系上的次数。How many tries reached nobody.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// 方式。How somebody looked in.
    async fn method(&self) -> Option<ContactMethod> {
        self.0.method.map(Into::into)
    }

    /// 老人状况。How the elder was found.
    async fn condition(&self) -> Option<ElderCondition> {
        self.0.condition.map(Into::into)
    }

    /// 说明。What was found.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// 探访时间。When somebody looked in.
    async fn done_at(&self) -> Option<DateTime<Utc>> {
        self.0.done_at
    }

    /// 记为未访的时间。When it was found missed.
    async fn missed_at(&self) -> Option<DateTime<Utc>> {
        self.0.missed_at
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// 探访安排。How an elder is looked in on.
#[derive(SimpleObject)]
pub struct ContactSchedule {
    /// 风险等级(由规则得出)。The class of risk, as a rule gives it.
    risk: ContactRisk,
    /// 适用的规则。The rule.
    rule_code: String,
    /// 是否有社会隔离风险。Whether they are at risk of isolation.
    isolated: bool,
    /// 纳入时间。Since when.
    started_at: DateTime<Utc>,
    /// 下次应探访时间。By when the next contact is due.
    next_due_at: Option<DateTime<Utc>>,
    /// 上次探访时间。When somebody last looked in.
    last_done_at: Option<DateTime<Utc>>,
}

impl ContactSchedule {
    pub(super) fn of(
        one: domain::ContactSchedule,
        (next, last): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    ) -> Self {
        Self {
            risk: one.risk.into(),
            rule_code: one.rule_code,
            isolated: one.isolated,
            started_at: one.started_at,
            next_due_at: next,
            last_done_at: last,
        }
    }
}

/// 探访覆盖:某一等级的老人数和期间已探访的人数。Of a class of risk: how many elders, and how many of them were looked in on.
#[derive(SimpleObject)]
pub struct ContactCoverage {
    /// 风险等级。The class.
    risk: ContactRisk,
    /// 老人数。How many elders.
    elders: i64,
    /// 已探访人数。How many were looked in on.
    seen: i64,
}

/// Contact queries.
#[derive(Default)]
pub struct ContactQuery;

#[Object]
impl ContactQuery {
    /// 按编号查探访。A contact by id.
    async fn contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Contact>> {
        let id = typed(&id, "id")?;
        let (state, caller) = given(ctx);
        let mut found = app::contact::load_many(state, caller, &[id]).await?;
        Ok(found.remove(&id).map(Contact))
    }

    /// 我能看到的探访,应访时间早的在前;dueBy 列出届时应访而未访的。The contacts the caller may see, due first first; `dueBy` lists the open ones due by then.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此老人。Only of this elder.")] resident_id: Option<ID>,
        #[graphql(desc = "只看此区划。Only below this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<ContactState>,
        #[graphql(desc = "只看此风险等级。Only of this class of risk.")] risk: Option<ContactRisk>,
        #[graphql(desc = "只看届时应访的。Only those due by then.")] due_by: Option<DateTime<Utc>>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Contact>>> {
        let page = page(first, after, last, before)?;
        let filter = domain::ContactFilter {
            elder: resident_id.map(|id| typed(&id, "residentId")).transpose()?,
            below: division_code.map(|code| code.0),
            state: state.map(Into::into),
            risk: risk.map(Into::into),
            due_by,
        };
        let (app_state, caller) = given(ctx);
        let found = app::contact::list(app_state, caller, &filter, &page).await?;
        listed(found, |one| (one.due_at, one.id.as_uuid()), Contact)
    }

    /// 某区划某段时间(含首尾)的探访覆盖。How many of a division were looked in on, from one day to another, both included.
    async fn contact_coverage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "区划。The division.")] division_code: DivisionCode,
        #[graphql(desc = "开始日。The first day.")] from: Date,
        #[graphql(desc = "结束日(含)。The last day.")] to: Date,
    ) -> Result<Option<Vec<ContactCoverage>>> {
        let (state, caller) = given(ctx);
        let days = (from.0, to.0);
        let found = app::contact::coverage(state, caller, division_code.0, days).await?;
        let told = found.into_iter().map(|one| ContactCoverage {
            risk: one.risk.into(),
            elders: one.elders,
            seen: one.seen,
        });
        Ok(Some(told.collect()))
    }
}
