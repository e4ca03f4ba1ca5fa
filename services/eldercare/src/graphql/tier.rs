//! 收费分档 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::{GlobalId, IdempotencyKey};
use kit::{
    Result,
    graph::{Date, global, typed},
};

use super::{assessment::AbilityLevel, elder::ElderCategory, given};
use crate::{app, domain::tier as domain};

/// 服务类别。A line of home-based care.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ServiceLine")]
pub enum ServiceLine {
    /// 日间照料。Day care.
    DayCare,
    /// 家政。Housekeeping.
    Housekeeping,
    /// 医疗。Medical.
    Medical,
    /// 代购。Errands.
    Errand,
    /// 辅助出行。Escort.
    Escort,
    /// 助餐。Meals.
    Meals,
}

/// 收费档次。The four tiers.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::Tier")]
pub enum PriceTier {
    /// 无偿。Free.
    Free,
    /// 成本化。At most the unit cost.
    Cost,
    /// 低偿。At most a cap.
    Low,
    /// 有偿。The market price.
    Paid,
}

fn rule_id(code: &str) -> ID {
    ID(GlobalId::new("tier_rule", code).encode())
}

/// A rule.
pub struct TierRule(domain::TierRule);

/// 分档规则(按生效日期)。A rule of price, with the days it holds.
#[Object(cache_control(max_age = 60))]
impl TierRule {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        rule_id(&self.0.code)
    }

    /// 服务类别。The line.
    async fn line(&self) -> ServiceLine {
        self.0.line.into()
    }

    /// 先后次序:数字最小的先适用。The lowest number that fits decides.
    async fn priority(&self) -> i32 {
        self.0.priority
    }

    /// 适用类别;空为全部。The category; none is any.
    async fn category(&self) -> Option<ElderCategory> {
        self.0.category.map(Into::into)
    }

    /// 适用的最低失能等级;空为不限。The least level of disability; none is any.
    async fn min_level(&self) -> Option<AbilityLevel> {
        self.0.min_level.map(Into::into)
    }

    /// 是否独居;空为不限。Living alone; none is any.
    async fn lives_alone(&self) -> Option<bool> {
        self.0.lives_alone
    }

    /// 档次。The tier.
    async fn tier(&self) -> PriceTier {
        self.0.tier.into()
    }

    /// 生效日。The first day it holds.
    async fn valid_from(&self) -> Date {
        Date(self.0.valid_from)
    }

    /// 失效日(当日起不再有效)。The first day it no longer holds.
    async fn valid_to(&self) -> Option<Date> {
        self.0.valid_to.map(Date)
    }

    /// 依据文件。The document it comes from.
    async fn source(&self) -> &str {
        &self.0.source
    }
}

/// A decision.
pub struct TierDecision(pub domain::SeenDecision);

/// 分档决定。Which tier an elder has for a line, and why.
#[Object]
impl TierDecision {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 服务类别。The line.
    async fn line(&self) -> ServiceLine {
        self.0.line.into()
    }

    /// 档次。The tier.
    async fn tier(&self) -> PriceTier {
        self.0.tier.into()
    }

    /// 适用规则;涉及健康信息,仅可查看能力评估者可见。The rule that decided; it tells of
    /// health, so it is there for those who may read assessments.
    async fn rule_id(&self) -> Option<ID> {
        self.0.why.as_ref().map(|why| rule_id(&why.rule_code))
    }

    /// 说明;仅可查看能力评估者可见。Why, in Chinese; for those who may read assessments.
    async fn explanation_zh(&self) -> Option<&str> {
        self.0.why.as_ref().map(|why| why.explanation_zh.as_str())
    }

    /// 英文说明;仅可查看能力评估者可见。Why, in English; for those who may read assessments.
    async fn explanation_en(&self) -> Option<&str> {
        self.0.why.as_ref().map(|why| why.explanation_en.as_str())
    }

    /// 所依据事实的加密摘要;仅可查看能力评估者可见。A keyed digest of the facts it rests on;
    /// for those who may read assessments.
    async fn inputs_hash(&self) -> Option<&str> {
        self.0.why.as_ref().map(|why| why.inputs_hash.as_str())
    }

    /// 决定时间。When it was decided.
    async fn decided_at(&self) -> DateTime<Utc> {
        self.0.decided_at
    }

    /// 生效日。The first day it holds.
    async fn period_from(&self) -> Date {
        Date(self.0.period_from)
    }

    /// 失效日(当日起不再有效)。The first day it no longer holds.
    async fn period_to(&self) -> Date {
        Date(self.0.period_to)
    }
}

/// Tier queries.
#[derive(Default)]
pub struct TierQuery;

#[Object]
impl TierQuery {
    /// 分档规则,按适用次序。The rules, in the order in which they decide.
    async fn tier_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此服务类别。Only of this line.")] line: Option<ServiceLine>,
    ) -> Result<Option<Vec<TierRule>>> {
        let (state, _) = given(ctx);
        let rules = app::tier::rules(state, line.map(Into::into)).await?;
        Ok(Some(rules.into_iter().map(TierRule).collect()))
    }
}

/// 分档的输入。Whose tier, for which line.
#[derive(InputObject)]
pub struct DecideTierInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 服务对象(居民编号)。The elder, by the resident's id.
    resident_id: ID,
    /// 服务类别。The line.
    line: ServiceLine,
}

/// 分档的结果。The decision in force.
#[derive(SimpleObject)]
pub struct DecideTierPayload {
    /// 决定。The decision.
    decision: TierDecision,
}

/// Tier mutations.
#[derive(Default)]
pub struct TierMutation;

#[Object]
impl TierMutation {
    /// 按规则决定收费档次(工作人员)。Decides the tier by rule (staff).
    async fn decide_tier(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: DecideTierInput,
    ) -> Result<DecideTierPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let decide = app::tier::DecideTier {
            elder_id: typed(&input.resident_id, "input.residentId")?,
            line: input.line.into(),
        };
        let (state, caller) = given(ctx);
        let decision = app::tier::decide(state, caller, key, decide).await?;
        Ok(DecideTierPayload {
            decision: TierDecision(decision),
        })
    }
}
