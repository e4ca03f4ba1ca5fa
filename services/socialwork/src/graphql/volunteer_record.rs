//! 志愿服务记录 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    auth::Caller,
    graph::{Minutes, Opaque, global, listed, page, typed},
};

use super::{foreign::Resident, loaders::Loaders, volunteer::Volunteer};
use crate::{
    app,
    domain::volunteer_record::{self as domain, VolunteerRecordId},
    state::State,
};

/// 志愿服务类别。What kind of service it was.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::VolunteerActivity")]
pub enum VolunteerActivity {
    /// 上门服务。A visit at home.
    HomeVisit,
    /// 队伍活动。An activity of a team.
    TeamActivity,
}

/// Record of the domain, as the graph shows it.
pub struct VolunteerRecord(pub domain::VolunteerRecord);

/// 志愿服务记录。A record of volunteer service; it never changes, errors are reversed.
#[Object]
impl VolunteerRecord {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 志愿者。The volunteer.
    async fn volunteer(&self, ctx: &Context<'_>) -> Result<Option<Volunteer>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(self.0.volunteer_id)
            .await;
        Ok(found?.map(Volunteer))
    }

    /// 服务类别。What kind of service it was.
    async fn activity(&self) -> VolunteerActivity {
        self.0.activity.into()
    }

    /// 联动链编号。The chain it belongs to.
    async fn trace_id(&self) -> ID {
        global(self.0.trace_id)
    }

    /// 上门服务编号。The visit it records.
    async fn visit_id(&self) -> ID {
        global(self.0.visit_id)
    }

    /// 到达时间(不含路途)。Arrival; travel is not counted.
    async fn in_at(&self) -> DateTime<Utc> {
        self.0.in_at
    }

    /// 离开时间。Departure.
    async fn out_at(&self) -> DateTime<Utc> {
        self.0.out_at
    }

    /// 服务分钟数;冲销记录为负。Minutes served; negative in a reversal.
    async fn minutes(&self) -> Minutes {
        Minutes(self.0.minutes)
    }

    /// 确认人(服务对象)。Who confirmed it: the person served.
    async fn confirmed_by(&self) -> Option<Resident> {
        Some(self.0.confirmed_by.into())
    }

    /// 列有此记录的证明编号。The certificate that names it, where one was issued.
    async fn certificate_no(&self) -> Option<&str> {
        self.0.certificate_no.as_deref()
    }

    /// 冲销此记录的记录。The record that reverses this one.
    async fn reversed_by(&self, ctx: &Context<'_>) -> Result<Option<VolunteerRecord>> {
        find(ctx, self.0.reversed_by).await
    }

    /// 此记录所冲销的记录。The record that this one reverses.
    async fn reverses(&self, ctx: &Context<'_>) -> Result<Option<VolunteerRecord>> {
        find(ctx, self.0.reverses).await
    }

    /// 此记录所更正的记录。The record that this one replaces.
    async fn replaces(&self, ctx: &Context<'_>) -> Result<Option<VolunteerRecord>> {
        find(ctx, self.0.replaces).await
    }

    /// 更正的理由。Why it was corrected.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// 登记时间。When it was recorded.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.recorded_at
    }
}

async fn find(ctx: &Context<'_>, id: Option<VolunteerRecordId>) -> Result<Option<VolunteerRecord>> {
    match id {
        Some(id) => {
            let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
            Ok(found.map(VolunteerRecord))
        }
        None => Ok(None),
    }
}

/// Record queries.
#[derive(Default)]
pub struct VolunteerRecordQuery;

#[Object]
impl VolunteerRecordQuery {
    #[graphql(entity)]
    async fn find_volunteer_record_by_id(
        &self,
        ctx: &Context<'_>,
        id: ID,
    ) -> Result<Option<VolunteerRecord>> {
        find(ctx, Some(typed(&id, "id")?)).await
    }

    /// 按编号查志愿服务记录。A record by id.
    async fn volunteer_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<VolunteerRecord>> {
        find(ctx, Some(typed(&id, "id")?)).await
    }

    /// 我的志愿服务记录,新的在前。The caller's own records, newest first.
    async fn my_volunteer_records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, VolunteerRecord>>> {
        let page = page(first, after, last, before)?;
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let found = app::volunteer_record::list_mine(state, caller, &page).await?;
        listed(found, |record| (record.id.as_uuid(),), VolunteerRecord)
    }
}

/// 更正志愿服务记录的输入。What was wrong with a record.
#[derive(InputObject)]
pub struct CorrectVolunteerRecordInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 有误的记录。The record that is wrong.
    record_id: ID,
    /// 理由(1 至 500 字)。Why, 1 to 500 characters.
    reason: String,
    /// 实际到达时间;服务并未发生的不填。The true arrival; left out where nothing was served.
    in_at: Option<DateTime<Utc>>,
    /// 实际离开时间;服务并未发生的不填。The true departure; left out where nothing was served.
    out_at: Option<DateTime<Utc>>,
}

/// 更正志愿服务记录的结果。The record, its reversal, and what is right.
#[derive(SimpleObject)]
pub struct CorrectVolunteerRecordPayload {
    /// 被冲销的记录。The record that was wrong.
    record: VolunteerRecord,
    /// 冲销记录。The record that takes it back.
    reversal: VolunteerRecord,
    /// 更正后的记录。The record of what is right, where something was served.
    replacement: Option<VolunteerRecord>,
}

/// Record mutations.
#[derive(Default)]
pub struct VolunteerRecordMutation;

#[Object]
impl VolunteerRecordMutation {
    /// 应志愿者要求更正记录(工作人员)。Corrects a record at the volunteer's request: staff.
    async fn correct_volunteer_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CorrectVolunteerRecordInput,
    ) -> Result<CorrectVolunteerRecordPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let correct = app::volunteer_record::Correct {
            record_id: typed(&input.record_id, "input.recordId")?,
            reason: input.reason,
            in_at: input.in_at,
            out_at: input.out_at,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let done = app::volunteer_record::correct(state, caller, key, correct).await?;
        Ok(CorrectVolunteerRecordPayload {
            record: VolunteerRecord(done.record),
            reversal: VolunteerRecord(done.reversal),
            replacement: done.replacement.map(VolunteerRecord),
        })
    }
}
