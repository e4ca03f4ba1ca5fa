//! 一站式办件 in the graph: the type and its lists; changes are in [`mutation`].

mod mutation;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{DivisionCode, Opaque, global, listed, page, typed},
};

use super::{
    asked,
    division::{self, Division},
    loaders::{Loaders, StepsOf},
    resident::{self, Resident},
    service_item::{self, FormField, ServiceItem},
    step::Step,
};
use crate::{app, domain::one_stop_case as domain};

pub use mutation::OneStopCaseMutation;

/// 办件状态。Where a case stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CaseState")]
pub enum CaseState {
    /// 已提交。Submitted.
    Submitted,
    /// 待补正。Something is missing.
    Supplement,
    /// 不予受理。Not accepted.
    NotAccepted,
    /// 已受理。Accepted.
    Accepted,
    /// 办理中。Being handled.
    Processing,
    /// 已办结。Decided.
    Decided,
    /// 已送达。Delivered.
    Delivered,
    /// 已评价。Rated.
    Rated,
    /// 已归档。Archived.
    Archived,
}

/// 办件中填写的一项。One answer in a case.
#[derive(SimpleObject, InputObject)]
#[graphql(input_name = "CaseAnswerInput")]
pub struct CaseAnswer {
    /// 键名。The key of the line.
    key: String,
    /// 内容。What was written.
    value: String,
}

/// 预填的表单项:平台已有的不再要求填写。A line of a form, filled in where the platform knows it.
#[derive(SimpleObject)]
pub struct FormLine {
    /// 表单项。The line.
    field: FormField,
    /// 是否需要填写。Whether it is asked.
    asked: bool,
    /// 平台已有的值,按权限脱敏。What the platform knows, covered unless the reader may see it.
    value: Option<String>,
}

/// 一站式办件:四个渠道办理的是同一条记录。A case: the same record on all channels.
pub struct OneStopCase(pub domain::OneStopCase);

#[Object]
impl OneStopCase {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 办件编号。The number people quote.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// 事项。The service.
    async fn item(&self, ctx: &Context<'_>) -> Result<Option<ServiceItem>> {
        service_item::load(ctx, self.0.item_code.clone()).await
    }

    /// 所在区划。The division.
    async fn division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        division::load(ctx, self.0.division_code).await
    }

    /// 申请人。The resident who applied.
    async fn applicant(&self, ctx: &Context<'_>) -> Result<Option<Resident>> {
        let fields = resident::fields(&ctx.look_ahead());
        resident::load(ctx, self.0.resident_id, fields).await
    }

    /// 填写内容:本人可见;工作人员须说明目的并留痕,否则为空。What was written: whole for the resident,
    /// for staff who say why, which is logged; empty for others.
    async fn answers(&self, ctx: &Context<'_>) -> Result<Option<Vec<CaseAnswer>>> {
        let (state, caller) = asked(ctx);
        let found = app::one_stop_case::answers(state, caller, &self.0).await?;
        Ok(found.map(|all| {
            all.into_iter()
                .map(|(key, value)| CaseAnswer { key, value })
                .collect()
        }))
    }

    /// 提交渠道。The channel it was submitted through.
    async fn channel(&self) -> &str {
        &self.0.channel
    }

    /// 代办人。Who helped.
    async fn assisted_by(&self) -> Option<&str> {
        self.0.assisted_by.as_deref()
    }

    /// 状态。Where it stands.
    async fn state(&self) -> CaseState {
        self.0.state.into()
    }

    /// 当前环节时限。The clock of the present step.
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        self.0.due_at
    }

    /// 办结时限,受理时一次算定。Until when it is to be decided; reckoned once, when it is accepted.
    async fn decide_by(&self) -> Option<DateTime<Utc>> {
        self.0.decide_by
    }

    /// 当前环节是否超时。Whether staff are late with the present step.
    async fn overdue(&self, ctx: &Context<'_>) -> bool {
        self.0.is_overdue(asked(ctx).0.core.clock.now())
    }

    /// 是否超过办结时限。Whether it was, or will be, decided too late.
    async fn late(&self, ctx: &Context<'_>) -> bool {
        self.0.is_late(asked(ctx).0.core.clock.now())
    }

    /// 一次性告知的补正内容。What is missing, said once.
    async fn supplement_note(&self) -> Option<&str> {
        self.0.supplement_note.as_deref()
    }

    /// 不予受理的理由。Why it is not accepted.
    async fn refusal_reason(&self) -> Option<&str> {
        self.0.refusal_reason.as_deref()
    }

    /// 是否准予。Whether it was granted.
    async fn granted(&self) -> Option<bool> {
        self.0.granted
    }

    /// 决定内容。What was decided.
    async fn decision(&self) -> Option<&str> {
        self.0.decision.as_deref()
    }

    /// 提交时间。When it was submitted.
    async fn submitted_at(&self) -> DateTime<Utc> {
        self.0.submitted_at
    }

    /// 办结时间。When it was decided.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at
    }

    /// 送达时间。When it was delivered.
    async fn delivered_at(&self) -> Option<DateTime<Utc>> {
        self.0.delivered_at
    }

    /// 好差评(1 至 5 星)。The rating, 1 to 5 stars.
    async fn stars(&self) -> Option<i32> {
        self.0.stars
    }

    /// 评价意见。The words of the rating.
    async fn rating_note(&self) -> Option<&str> {
        self.0.rating_note.as_deref()
    }

    /// 办理过程。Its moves, in their order.
    async fn steps(&self, ctx: &Context<'_>) -> Result<Vec<Step<CaseState>>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(StepsOf(self.0.id)).await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(Into::into)
            .collect())
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}
/// A case, if the caller may read it.
pub async fn load(ctx: &Context<'_>, id: domain::CaseId) -> Result<Option<OneStopCase>> {
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(OneStopCase))
}
/// Case queries.
#[derive(Default)]
pub struct OneStopCaseQuery;

#[Object]
impl OneStopCaseQuery {
    /// 按编号查办件(申请人、本辖区工作人员)。A case: its applicant, staff of the division.
    async fn one_stop_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<OneStopCase>> {
        load(ctx, typed(&id, "id")?).await
    }

    /// 事项的预填表单:平台已有的信息不再要求填写。The form of a service for a resident, filled in with what
    /// the platform knows; only the rest is asked.
    async fn one_stop_form(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "事项代码。The code of the service.")] item_code: String,
        #[graphql(desc = "代办的居民;本人不填。The resident it is for; empty for oneself.")]
        resident_id: Option<ID>,
    ) -> Result<Option<Vec<FormLine>>> {
        let of = resident_id.map(|id| typed(&id, "residentId")).transpose()?;
        let (state, caller) = asked(ctx);
        let found = app::one_stop_case::lines(state, caller, &item_code, of).await?;
        let lines = found.into_iter().map(|line| FormLine {
            field: FormField(line.field),
            asked: line.asked,
            value: line.value,
        });
        Ok(Some(lines.collect()))
    }

    /// 我可见的办件,新的在前:居民看本人的,工作人员看本辖区的。The cases the caller may see, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn one_stop_cases(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此区划。Only below this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "只看此事项。Only of this service.")] item_code: Option<String>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<CaseState>,
        #[graphql(
            desc = "只看工作人员超时的。Only those staff are late with.",
            default = false
        )]
        overdue: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, OneStopCase>>> {
        let page = page(first, after, last, before)?;
        let (service, caller) = asked(ctx);
        let filter = app::one_stop_case::CaseFilter {
            below: division_code.map(|code| code.0),
            item: item_code,
            state: state.map(Into::into),
            overdue_at: overdue.then(|| service.core.clock.now()),
        };
        let found = app::one_stop_case::list(service, caller, &filter, &page).await?;
        listed(found, |it| (it.id.as_uuid(),), OneStopCase)
    }

    /// 待受理或待办结的办件,最急的在前(社区、民政)。Cases to be accepted or decided, the most urgent
    /// first.
    async fn one_stop_cases_to_handle(
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
    ) -> Result<Option<Connection<Opaque, OneStopCase>>> {
        let page = page(first, after, last, before)?;
        let (service, caller) = asked(ctx);
        let found = app::one_stop_case::due(service, caller, &page).await?;
        listed(found, |it| (it.due_at, it.id.as_uuid()), OneStopCase)
    }
}
