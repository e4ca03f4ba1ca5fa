//! 复核申请 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, Refusal, refuse};
use kit::{
    Result,
    graph::{Opaque, global, listed, page, typed},
};

use super::{foreign::Resident, given};
use crate::{
    app,
    domain::appeal::{self as domain, Against},
};

/// 复核申请状态。Where an appeal stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::AppealState")]
pub enum AppealState {
    /// 已提出,待复核。Raised.
    Raised,
    /// 维持原结论。Upheld: others found the same.
    Upheld,
    /// 变更原结论。Changed: others found otherwise.
    Changed,
    /// 已撤回。Taken back.
    Withdrawn,
}

/// An appeal.
pub struct Appeal(pub domain::Appeal);

fn assessment(of: Option<Against>) -> Option<ID> {
    match of {
        Some(Against::Assessment(id)) => Some(global(id)),
        _ => None,
    }
}

fn tier(of: Option<Against>) -> Option<ID> {
    match of {
        Some(Against::Tier(id)) => Some(global(id)),
        _ => None,
    }
}

/// 复核申请:对能力评估或收费分档有异议;结论由他人复评得出。An appeal against an assessment or a tier; its outcome follows from what others find.
#[Object]
impl Appeal {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 老人。The elder.
    async fn resident(&self) -> Option<Resident> {
        Some(Resident(self.0.elder_id))
    }

    /// 申请复核的评估。The assessment appealed against.
    async fn assessment_id(&self) -> Option<ID> {
        assessment(Some(self.0.against))
    }

    /// 申请复核的分档决定。The decision on a tier appealed against.
    async fn tier_decision_id(&self) -> Option<ID> {
        tier(Some(self.0.against))
    }

    /// 理由。On what grounds.
    async fn grounds(&self) -> &str {
        &self.0.grounds
    }

    /// 状态。Where it stands.
    async fn state(&self) -> AppealState {
        self.0.state.into()
    }

    /// 提出时间。When it was raised.
    async fn raised_at(&self) -> DateTime<Utc> {
        self.0.raised_at
    }

    /// 办结期限(按工作日计算)。By when it is decided, counted in working days.
    async fn due_at(&self) -> DateTime<Utc> {
        self.0.due_at
    }

    /// 是否逾期。Whether the answer is late.
    async fn overdue(&self, ctx: &Context<'_>) -> bool {
        let (state, _) = given(ctx);
        self.0.is_overdue(state.core.clock.now())
    }

    /// 复评。The assessment by others that decided.
    async fn review_assessment_id(&self) -> Option<ID> {
        assessment(self.0.review)
    }

    /// 重新分档的决定。The decision on the tier that was made anew.
    async fn review_tier_decision_id(&self) -> Option<ID> {
        tier(self.0.review)
    }

    /// 结论理由。Why it was decided so.
    async fn reasons(&self) -> Option<&str> {
        self.0.reasons.as_deref()
    }

    /// 办结时间。When it was decided.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Appeal queries.
#[derive(Default)]
pub struct AppealQuery;

#[Object]
impl AppealQuery {
    /// 按编号查复核申请。An appeal by id.
    async fn appeal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Appeal>> {
        let id = typed(&id, "id")?;
        let (state, caller) = given(ctx);
        Ok(app::appeal::find(state, caller, id).await?.map(Appeal))
    }

    /// 我能看到的复核申请,新的在前。The appeals the caller may see, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn appeals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此老人。Only of this elder.")] resident_id: Option<ID>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<AppealState>,
        #[graphql(
            desc = "只看逾期未办结的。Only those whose answer is late.",
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
    ) -> Result<Option<Connection<Opaque, Appeal>>> {
        let page = page(first, after, last, before)?;
        let (app_state, caller) = given(ctx);
        let filter = domain::AppealFilter {
            elder: resident_id.map(|id| typed(&id, "residentId")).transpose()?,
            state: state.map(Into::into),
            overdue_at: overdue.then(|| app_state.core.clock.now()),
        };
        let found = app::appeal::list(app_state, caller, &filter, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), Appeal)
    }
}

/// 提出复核的输入:评估或分档决定,二者择一。What is appealed against, an assessment or a decision on a tier, and why.
#[derive(InputObject)]
pub struct RaiseAppealInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 能力评估。The assessment.
    assessment_id: Option<ID>,
    /// 分档决定。The decision on a tier.
    tier_decision_id: Option<ID>,
    /// 理由(1 至 1000 个字)。On what grounds, 1 to 1000 characters.
    grounds: String,
}

impl RaiseAppealInput {
    fn against(&self) -> Result<Against> {
        match (&self.assessment_id, &self.tier_decision_id) {
            (Some(id), None) => Ok(Against::Assessment(typed(id, "input.assessmentId")?)),
            (None, Some(id)) => Ok(Against::Tier(typed(id, "input.tierDecisionId")?)),
            _ => Err(neither().into()),
        }
    }
}

fn neither() -> Refusal {
    refuse!(
        Invalid,
        "APPEAL_SUBJECT",
        field: "input.assessmentId",
        zh: "请填写能力评估或分档决定,二者择一",
        en: "name an assessment or a decision on a tier, and not both",
    )
}

/// 提出复核的结果。The appeal raised.
#[derive(SimpleObject)]
pub struct RaiseAppealPayload {
    /// 复核申请。The appeal.
    appeal: Appeal,
}

/// 复核结论的输入。What a review rests on.
#[derive(InputObject)]
pub struct DecideAppealInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 复核申请。The appeal.
    appeal_id: ID,
    /// 复评(对评估的复核必填,由其他评估员在申请之后作出)。The re-assessment by others; required where an assessment was appealed against.
    review_assessment_id: Option<ID>,
    /// 理由(1 至 1000 个字)。Why, 1 to 1000 characters.
    reasons: String,
}

/// 复核结论的结果。The appeal decided.
#[derive(SimpleObject)]
pub struct DecideAppealPayload {
    /// 复核申请。The appeal.
    appeal: Appeal,
}

/// 撤回复核的输入。Which appeal is taken back.
#[derive(InputObject)]
pub struct WithdrawAppealInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 复核申请。The appeal.
    appeal_id: ID,
}

/// 撤回复核的结果。The appeal taken back.
#[derive(SimpleObject)]
pub struct WithdrawAppealPayload {
    /// 复核申请。The appeal.
    appeal: Appeal,
}

/// Appeal mutations.
#[derive(Default)]
pub struct AppealMutation;

#[Object]
impl AppealMutation {
    /// 对能力评估或收费分档提出复核(老人、家属,或社区代办)。Appeals against an assessment or a tier: the elder, a relative, or staff for them.
    async fn raise_appeal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RaiseAppealInput,
    ) -> Result<RaiseAppealPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let raise = app::appeal::RaiseAppeal {
            against: input.against()?,
            grounds: input.grounds,
        };
        let (state, caller) = given(ctx);
        let appeal = app::appeal::raise(state, caller, key, raise).await?;
        Ok(RaiseAppealPayload {
            appeal: Appeal(appeal),
        })
    }

    /// 作出复核结论(民政部门);维持或变更由复评或重新分档得出。Decides an appeal (civil affairs); the outcome follows from what others found.
    async fn decide_appeal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: DecideAppealInput,
    ) -> Result<DecideAppealPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let decide = app::appeal::DecideAppeal {
            appeal_id: typed(&input.appeal_id, "input.appealId")?,
            review_assessment_id: input
                .review_assessment_id
                .map(|id| typed(&id, "input.reviewAssessmentId"))
                .transpose()?,
            reasons: input.reasons,
        };
        let (state, caller) = given(ctx);
        let appeal = app::appeal::decide(state, caller, key, decide).await?;
        Ok(DecideAppealPayload {
            appeal: Appeal(appeal),
        })
    }

    /// 撤回尚未办结的复核申请(老人、家属,或社区代办)。Takes an appeal back before it is decided.
    async fn withdraw_appeal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: WithdrawAppealInput,
    ) -> Result<WithdrawAppealPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.appeal_id, "input.appealId")?;
        let (state, caller) = given(ctx);
        let appeal = app::appeal::withdraw(state, caller, key, id).await?;
        Ok(WithdrawAppealPayload {
            appeal: Appeal(appeal),
        })
    }
}
