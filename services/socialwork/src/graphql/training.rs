//! 学时 in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    auth::Caller,
    graph::{Date, Minutes, Opaque, connection, global, page, typed},
};

use super::foreign::Resident;
use crate::{app, domain::training as domain, state::State};

/// Training of the domain, as the graph shows it.
pub struct Training(pub domain::Training);

/// 学时记录。Training somebody attended; an entry never changes.
#[Object]
impl Training {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 参训人。Who attended.
    async fn resident(&self) -> Option<Resident> {
        Some(self.0.resident_id.into())
    }

    /// 课程。The course.
    async fn course(&self) -> &str {
        &self.0.course
    }

    /// 时长(分钟)。Its length in minutes.
    async fn minutes(&self) -> Minutes {
        Minutes(self.0.minutes)
    }

    /// 培训日期。The day.
    async fn on(&self) -> Date {
        Date(self.0.held_on)
    }

    /// 登记时间。When it was recorded.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.recorded_at
    }
}

/// 学时台账。The hours ledger of one person.
#[derive(SimpleObject)]
pub struct TrainingLedger {
    /// 累计时长(分钟)。All of it, in minutes.
    total_minutes: Minutes,
    /// 记录,新的在前。Its entries, newest first.
    entries: Connection<Opaque, Training>,
}

/// Training queries.
#[derive(Default)]
pub struct TrainingQuery;

#[Object]
impl TrainingQuery {
    /// 学时台账(本人、工作人员、监督者)。Somebody's hours: for themself, staff and oversight.
    async fn training_ledger(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "居民。The resident.")] resident_id: ID,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<TrainingLedger>> {
        let page = page(first, after, last, before)?;
        let resident = typed(&resident_id, "residentId")?;
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let (total, found) = app::training::ledger(state, caller, resident, &page).await?;
        Ok(Some(TrainingLedger {
            total_minutes: Minutes(total),
            entries: connection(found, |entry| (entry.id.as_uuid(),), Training),
        }))
    }
}

/// 登记学时的输入。What was attended.
#[derive(InputObject)]
pub struct RecordTrainingInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 参训人。Who attended.
    resident_id: ID,
    /// 课程(1 至 200 字)。The course, 1 to 200 characters.
    course: String,
    /// 时长(分钟);与小时二选一。Its length in minutes; this or hours.
    minutes: Option<Minutes>,
    /// 时长(小时);与分钟二选一。Its length in hours; this or minutes.
    hours: Option<i32>,
    /// 培训日期。The day.
    on: Date,
}

/// 登记学时的结果。The entry.
#[derive(SimpleObject)]
pub struct RecordTrainingPayload {
    /// 学时记录。The entry.
    training: Training,
}

/// Training mutations.
#[derive(Default)]
pub struct TrainingMutation;

#[Object]
impl TrainingMutation {
    /// 登记学时(民政部门、社区工作人员)。Adds to the hours ledger: civil affairs or community staff.
    async fn record_training(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RecordTrainingInput,
    ) -> Result<RecordTrainingPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let new = domain::NewTraining {
            resident_id: typed(&input.resident_id, "input.residentId")?,
            course: input.course,
            minutes: domain::duration(input.minutes.map(|minutes| minutes.0), input.hours)?,
            held_on: input.on.0,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        Ok(RecordTrainingPayload {
            training: Training(app::training::record(state, caller, key, new).await?),
        })
    }
}
