//! 个案统计 in the graph: how much there is to do, and numbers without persons.

use async_graphql::{Context, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    audit::Recorded,
    graph::{Date, DivisionCode, Opaque, connection, page},
};

use super::super::{at, loaders::Loaders, social_worker::SocialWorker};
use crate::{app, domain::case as domain};

/// Caseload of the domain, as the graph shows it.
pub struct Caseload(domain::Caseload);

/// 个案量。How much one worker has to do.
#[Object]
impl Caseload {
    /// 社工。The worker.
    async fn worker(&self, ctx: &Context<'_>) -> Result<Option<SocialWorker>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        Ok(loaders.load_one(self.0.worker_id).await?.map(SocialWorker))
    }

    /// 在办个案数。Open cases.
    async fn open(&self) -> i64 {
        self.0.open
    }

    /// 联系逾期数。Clients whose contact is overdue.
    async fn overdue(&self) -> i64 {
        self.0.overdue
    }

    /// 高风险及危机个案数。Cases at high risk or in crisis.
    async fn at_risk(&self) -> i64 {
        self.0.at_risk
    }

    /// 待督导审批的计划数。Plans that wait for the supervisor.
    async fn plans_waiting(&self) -> i64 {
        self.0.plans_waiting
    }
}

/// 计数。How many; not told where so few could be known by name.
#[derive(SimpleObject)]
pub struct CaseCount {
    /// 类别。Of what.
    key: String,
    /// 数量;过少则不公布。How many; none where too few to be told.
    count: Option<i64>,
}

/// 个案统计(不含个人)。Numbers without persons.
#[derive(SimpleObject)]
pub struct CaseStatistics {
    /// 不公布低于此数的统计。Numbers below this one are not told.
    least: i64,
    /// 在办个案,按阶段。Open cases by phase.
    phases: Vec<CaseCount>,
    /// 在办个案,按风险。Open cases by risk.
    risks: Vec<CaseCount>,
    /// 期间结束的个案,按原因。Cases that ended in the period, by reason.
    closures: Vec<CaseCount>,
    /// 期间接案数。Cases opened in the period.
    opened: Option<i64>,
    /// 期间结束数。Cases that ended in the period.
    ended: Option<i64>,
}

impl From<domain::CaseStatistics> for CaseStatistics {
    fn from(all: domain::CaseStatistics) -> Self {
        let told = |count: i64| (count == 0 || count >= all.least).then_some(count);
        let list = |counts: Vec<domain::CaseCount>| {
            let shown = counts.into_iter().map(|one| CaseCount {
                key: one.key,
                count: told(one.count),
            });
            shown.collect()
        };
        Self {
            least: all.least,
            phases: list(all.phases),
            risks: list(all.risks),
            closures: list(all.closures),
            opened: told(all.opened),
            ended: told(all.ended),
        }
    }
}

/// 查阅与办理记录。Somebody read or did something about the caller as a client.
#[derive(SimpleObject)]
pub struct CaseLogEntry {
    /// 时间。When.
    at: DateTime<Utc>,
    /// 账号。Who.
    actor: String,
    /// 身份。As what.
    roles: Vec<String>,
    /// 事项。What: the name of the operation, or `readCase`.
    action: String,
    /// 查阅目的。Why, where they said so.
    purpose: Option<String>,
    /// 内容项。Which parts.
    fields: Vec<String>,
}

/// Queries of numbers.
#[derive(Default)]
pub struct NumbersQuery;

#[Object]
impl NumbersQuery {
    /// 我与我督导的社工的个案量。The caseload of the caller and of those they supervise.
    async fn caseload(&self, ctx: &Context<'_>) -> Result<Option<Vec<Caseload>>> {
        let (state, caller) = at(ctx);
        let found = app::case::caseload(state, caller).await?;
        Ok(Some(found.into_iter().map(Caseload).collect()))
    }

    /// 个案统计,不含个人(社区、民政、审计)。Numbers without persons: community staff, civil affairs, oversight.
    async fn case_statistics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "区划;不填为本人区划。The division; the caller's if left out.")]
        division_code: Option<DivisionCode>,
        #[graphql(desc = "期间起始日。The first day of the period.")] from: Date,
        #[graphql(desc = "期间截止日。Its last day.")] to: Date,
    ) -> Result<Option<CaseStatistics>> {
        let (state, caller) = at(ctx);
        let division = division_code.map(|code| code.0);
        let found = app::case::statistics(state, caller, division, (from.0, to.0)).await?;
        Ok(Some(found.into()))
    }

    /// 谁办理、查阅过我的个案,新的在前(服务对象本人)。Who did and read what about the caller as a client, newest first.
    async fn my_case_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
    ) -> Result<Option<Connection<Opaque, CaseLogEntry>>> {
        let page = page(first, after, None, None)?;
        let (state, caller) = at(ctx);
        let found = app::case::log(state, caller, &page).await?;
        Ok(Some(connection(
            found,
            |one: &Recorded| (one.seq,),
            |one| CaseLogEntry {
                at: one.entry.at,
                actor: one.entry.actor,
                roles: one.entry.roles,
                action: one.entry.action,
                purpose: one.entry.purpose,
                fields: one.entry.fields,
            },
        )))
    }
}
