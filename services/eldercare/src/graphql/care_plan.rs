//! 照护计划 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, china_date};
use kit::{
    Result,
    graph::{Date, Opaque, global, listed, page, typed},
};

use super::{
    foreign::Resident,
    given,
    loaders::{Loaders, MenuCode},
    menu_item::MenuItem,
};
use crate::{app, domain::care_plan as domain};

/// 照护计划状态。Where a plan stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CarePlanState")]
pub enum CarePlanState {
    /// 拟定,待同意。Drafted; nobody has agreed yet.
    Draft,
    /// 已同意,现行。Agreed and in force.
    Agreed,
    /// 已由新版本替代。Superseded by a later version.
    Superseded,
    /// 已终止。Ended.
    Ended,
    /// 未同意即撤回。Withdrawn before anybody agreed.
    Withdrawn,
}

/// 同意人。Who agreed to a plan.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::AgreedAs")]
pub enum CarePlanAgreement {
    /// 老人本人。The elder.
    Elder,
    /// 登记的亲属。A registered relative.
    Family,
    /// 纸质签字,由工作人员录入。A signature on paper, entered by staff.
    Paper,
}

/// 频次单位。Per what a frequency counts.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::Per")]
pub enum CarePlanPeriod {
    /// 每周(周一起)。A week, from Monday.
    Week,
    /// 每月。A calendar month.
    Month,
}

/// An item of a plan.
pub struct CarePlanItem(domain::CarePlanItem);

/// 计划中的服务项目及频次。An item of a plan, and how often it comes.
#[Object]
impl CarePlanItem {
    /// 服务项目代码。The code of the item on the menu.
    async fn menu_item_code(&self) -> &str {
        &self.0.item_code
    }

    /// 服务项目(今天在菜单上时)。The item, where it is on the menu today.
    async fn menu_item(&self, ctx: &Context<'_>) -> Result<Option<MenuItem>> {
        let key = MenuCode(self.0.item_code.clone());
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        Ok(found.map(MenuItem))
    }

    /// 对应第几个目标(从 1 起)。Which goal it serves, counted from 1.
    async fn goal(&self) -> i32 {
        self.0.goal
    }

    /// 次数。How many times.
    async fn times(&self) -> i32 {
        self.0.times
    }

    /// 频次单位。Per what.
    async fn per(&self) -> CarePlanPeriod {
        self.0.per.into()
    }

    /// 说明。A note.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }
}

/// A plan.
pub struct CarePlan(pub domain::CarePlan);

/// 照护计划:由评估得出的目标、服务项目和频次,经老人或家属同意;他人查看留痕。A care plan: goals, items and how often, agreed by the elder or the family; a look by others is recorded.
#[Object]
impl CarePlan {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 老人。The elder.
    async fn resident(&self) -> Option<Resident> {
        Some(Resident(self.0.elder_id))
    }

    /// 版本号(同一老人依次递增)。Which version of the elder's plan it is.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// 依据的能力评估编号。The assessment it rests on.
    async fn assessment_id(&self) -> ID {
        global(self.0.assessment_id)
    }

    /// 目标。The goals.
    async fn goals(&self) -> &[String] {
        &self.0.goals
    }

    /// 服务项目及频次。The items, and how often.
    async fn items(&self) -> Vec<CarePlanItem> {
        self.0.items.iter().cloned().map(CarePlanItem).collect()
    }

    /// 复核日。The day by which it is looked at again.
    async fn review_on(&self) -> Date {
        Date(self.0.review_on)
    }

    /// 是否已到复核日。Whether the review is due.
    async fn review_due(&self, ctx: &Context<'_>) -> bool {
        let (state, _) = given(ctx);
        self.0.is_due(china_date(state.core.clock.now()))
    }

    /// 状态。Where it stands.
    async fn state(&self) -> CarePlanState {
        self.0.state.into()
    }

    /// 拟定时间。When it was drafted.
    async fn drafted_at(&self) -> DateTime<Utc> {
        self.0.drafted_at
    }

    /// 同意人。Who agreed.
    async fn agreed_as(&self) -> Option<CarePlanAgreement> {
        self.0.agreed_as.map(Into::into)
    }

    /// 同意时间。When it was agreed.
    async fn agreed_at(&self) -> Option<DateTime<Utc>> {
        self.0.agreed_at
    }

    /// 终止原因。Why it ended.
    async fn end_reason(&self) -> Option<&str> {
        self.0.end_reason.as_deref()
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Care plan queries.
#[derive(Default)]
pub struct CarePlanQuery;

#[Object]
impl CarePlanQuery {
    /// 按编号查照护计划(他人查看留痕)。A plan by id; a look by others is recorded.
    async fn care_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<CarePlan>> {
        let id = typed(&id, "id")?;
        let (state, caller) = given(ctx);
        let mut found = app::care_plan::load_many(state, caller, &[id]).await?;
        Ok(found.remove(&id).map(CarePlan))
    }

    /// 我能看到的照护计划,新的在前;reviewBy 列出届时应复核的。The plans the caller may see, newest first; `reviewBy` lists those whose review is due by then.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn care_plans(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此老人。Only of this elder.")] resident_id: Option<ID>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<CarePlanState>,
        #[graphql(desc = "只看此日及以前应复核的。Only those to be reviewed by this day.")]
        review_by: Option<Date>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, CarePlan>>> {
        let page = page(first, after, last, before)?;
        let filter = domain::CarePlanFilter {
            elder: resident_id.map(|id| typed(&id, "residentId")).transpose()?,
            state: state.map(Into::into),
            review_by: review_by.map(|day| day.0),
        };
        let (app_state, caller) = given(ctx);
        let found = app::care_plan::list(app_state, caller, &filter, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), CarePlan)
    }
}

/// 计划项目的输入。An item, and how often it comes.
#[derive(InputObject)]
pub struct CarePlanItemInput {
    /// 服务项目代码。The code of the item.
    menu_item_code: String,
    /// 对应第几个目标(从 1 起)。Which goal it serves, counted from 1.
    goal: i32,
    /// 次数(1 至 100)。How many times, 1 to 100.
    times: i32,
    /// 频次单位。Per what.
    per: CarePlanPeriod,
    /// 说明(最多 200 个字)。A note, at most 200 characters.
    note: Option<String>,
}

/// 拟定照护计划的输入。Goals, items and how often.
#[derive(InputObject)]
pub struct DraftCarePlanInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 老人(居民编号)。The elder, by the resident's id.
    resident_id: ID,
    /// 目标(1 至 10 个,每个 1 至 200 个字)。The goals: 1 to 10 of 1 to 200 characters.
    goals: Vec<String>,
    /// 服务项目及频次(1 至 50 项)。The items, 1 to 50.
    items: Vec<CarePlanItemInput>,
    /// 复核日;不填为规则允许的最晚日。The day of the review; left out, as late as the rules allow.
    review_on: Option<Date>,
}

/// 拟定照护计划的结果。The plan drafted.
#[derive(SimpleObject)]
pub struct DraftCarePlanPayload {
    /// 照护计划。The plan.
    care_plan: CarePlan,
}

/// 同意照护计划的输入。Which plan is agreed to.
#[derive(InputObject)]
pub struct AgreeCarePlanInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 照护计划。The plan.
    care_plan_id: ID,
    /// 纸质签字的存放处(工作人员录入时必填,1 至 200 个字)。Where the signature is kept; required of staff, 1 to 200 characters.
    evidence: Option<String>,
}

/// 同意照护计划的结果。The plan, in force.
#[derive(SimpleObject)]
pub struct AgreeCarePlanPayload {
    /// 照护计划。The plan.
    care_plan: CarePlan,
}

/// 终止照护计划的输入。Which plan ends, and why.
#[derive(InputObject)]
pub struct EndCarePlanInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 照护计划。The plan.
    care_plan_id: ID,
    /// 原因(1 至 500 个字)。Why, 1 to 500 characters.
    reason: String,
}

/// 终止照护计划的结果。The plan that ended.
#[derive(SimpleObject)]
pub struct EndCarePlanPayload {
    /// 照护计划。The plan.
    care_plan: CarePlan,
}

/// Care plan mutations.
#[derive(Default)]
pub struct CarePlanMutation;

#[Object]
impl CarePlanMutation {
    /// 依据现行评估拟定照护计划的新版本(社工、社区或民政)。Drafts the next version of a plan on the assessment in force.
    async fn draft_care_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: DraftCarePlanInput,
    ) -> Result<DraftCarePlanPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let items = input.items.into_iter().map(|item| domain::CarePlanItem {
            item_code: item.menu_item_code,
            goal: item.goal,
            times: item.times,
            per: item.per.into(),
            note: item.note,
        });
        let draft = domain::DraftCarePlan {
            elder_id: typed(&input.resident_id, "input.residentId")?,
            goals: input.goals,
            items: items.collect(),
            review_on: input.review_on.map(|day| day.0),
        };
        let (state, caller) = given(ctx);
        let plan = app::care_plan::draft(state, caller, key, draft).await?;
        Ok(DraftCarePlanPayload {
            care_plan: CarePlan(plan),
        })
    }

    /// 同意照护计划:老人、登记的亲属,或工作人员录入纸质签字(非拟定人)。Agrees to a plan: the elder, a registered relative, or staff with a signature on paper (not who drafted it).
    async fn agree_care_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AgreeCarePlanInput,
    ) -> Result<AgreeCarePlanPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let agree = app::care_plan::AgreeCarePlan {
            plan_id: typed(&input.care_plan_id, "input.carePlanId")?,
            evidence: input.evidence,
        };
        let (state, caller) = given(ctx);
        let plan = app::care_plan::agree(state, caller, key, agree).await?;
        Ok(AgreeCarePlanPayload {
            care_plan: CarePlan(plan),
        })
    }

    /// 终止现行的照护计划(老人、社工、社区或民政)。Ends the plan in force.
    async fn end_care_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: EndCarePlanInput,
    ) -> Result<EndCarePlanPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let end = app::care_plan::EndCarePlan {
            plan_id: typed(&input.care_plan_id, "input.carePlanId")?,
            reason: input.reason,
        };
        let (state, caller) = given(ctx);
        let plan = app::care_plan::end(state, caller, key, end).await?;
        Ok(EndCarePlanPayload {
            care_plan: CarePlan(plan),
        })
    }
}
