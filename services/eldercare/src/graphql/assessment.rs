//! 能力评估 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Date, global, typed},
};

use super::{
    appeal::Appeal,
    foreign::SocialWorker,
    given,
    loaders::{AppealOf, Loaders},
};
use crate::{app, domain::assessment as domain};

/// 评估原因。Why an elder is assessed.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::Reason")]
pub enum AssessmentReason {
    /// 首次评估。The first.
    First,
    /// 常规评估。At the regular interval.
    Routine,
    /// 即时评估。After a sudden change.
    Immediate,
    /// 复评。On objection.
    Review,
    /// 其他。Other.
    Other,
}

/// 能力等级 (GB/T 42195-2022)。The five levels of ability.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::AbilityLevel")]
pub enum AbilityLevel {
    /// 能力完好。Intact.
    Intact,
    /// 轻度失能。Mild disability.
    Mild,
    /// 中度失能。Moderate disability.
    Moderate,
    /// 重度失能。Severe disability.
    Severe,
    /// 完全失能。Total disability.
    Total,
}

/// 评估项目。An item of the form, and what it can score.
#[derive(SimpleObject)]
pub struct AssessmentItem {
    /// 代码,如 B1.1。Its code, such as B1.1.
    code: &'static str,
    /// 名称。Its name.
    name_zh: &'static str,
    /// 英文名称。Its name in English.
    name_en: &'static str,
    /// 最高分。The highest score.
    max_score: i32,
}

/// 项目得分。What one item scored.
#[derive(SimpleObject)]
pub struct AssessmentScore {
    /// 项目代码。The code of the item.
    code: String,
    /// 得分。The score.
    score: i32,
}

/// An assessment.
pub struct Assessment(pub domain::Assessment);

/// 能力评估 (GB/T 42195-2022)。An assessment of ability; the server adds it up.
#[Object(name = "AbilityAssessment")]
impl Assessment {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 标准。The instrument.
    async fn instrument(&self) -> &str {
        domain::INSTRUMENT
    }

    /// 原因。Why it was made.
    async fn reason(&self) -> AssessmentReason {
        self.0.reason.into()
    }

    /// 评估员(至少两名)。Who assessed, at least two.
    async fn assessors(&self) -> Vec<Option<SocialWorker>> {
        let assessors = self.0.assessors.iter();
        assessors.map(|id| Some((*id).into())).collect()
    }

    /// 对本次评估的复核申请。The appeal against it.
    async fn appeal(&self, ctx: &Context<'_>) -> Result<Option<Appeal>> {
        let key = AppealOf(self.0.id);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        Ok(found.map(Appeal))
    }

    /// 各项得分。What each item scored.
    async fn items(&self) -> Vec<AssessmentScore> {
        let items = self.0.items.iter();
        items
            .map(|item| AssessmentScore {
                code: item.code.clone(),
                score: item.score,
            })
            .collect()
    }

    /// 自理能力得分(满分 32)。Self-care, of 32.
    async fn self_care(&self) -> i32 {
        self.0.scored.parts[0]
    }

    /// 基础运动能力得分(满分 15)。Basic motion, of 15.
    async fn motion(&self) -> i32 {
        self.0.scored.parts[1]
    }

    /// 精神状态得分(满分 28)。State of mind, of 28.
    async fn mind(&self) -> i32 {
        self.0.scored.parts[2]
    }

    /// 感知觉与社会参与得分(满分 15)。Senses and social contact, of 15.
    async fn senses(&self) -> i32 {
        self.0.scored.parts[3]
    }

    /// 总分(满分 90)。The total, of 90.
    async fn total(&self) -> i32 {
        self.0.scored.total
    }

    /// 初步等级。The level of the total.
    async fn base_level(&self) -> AbilityLevel {
        self.0.scored.base_level.into()
    }

    /// 最终等级。The level after what worsens it.
    async fn final_level(&self) -> AbilityLevel {
        self.0.scored.final_level.into()
    }

    /// 说明。Why, in Chinese.
    async fn explanation_zh(&self) -> &str {
        &self.0.scored.explanation_zh
    }

    /// 英文说明。Why, in English.
    async fn explanation_en(&self) -> &str {
        &self.0.scored.explanation_en
    }

    /// 评估时间。When it was made.
    async fn assessed_at(&self) -> DateTime<Utc> {
        self.0.assessed_at
    }

    /// 生效日。The first day it holds.
    async fn valid_from(&self) -> Date {
        Date(self.0.valid_from)
    }

    /// 失效日(当日起不再有效)。The first day it no longer holds.
    async fn valid_to(&self) -> Date {
        Date(self.0.valid_to)
    }
}

/// Assessment queries.
#[derive(Default)]
pub struct AssessmentQuery;

#[Object]
impl AssessmentQuery {
    /// 评估表的 26 个项目 (GB/T 42195-2022)。The 26 items of the form.
    async fn assessment_items(&self) -> Option<Vec<AssessmentItem>> {
        let items = domain::ITEMS.iter().map(|item| AssessmentItem {
            code: item.code,
            name_zh: item.name_zh,
            name_en: item.name_en,
            max_score: item.max,
        });
        Some(items.collect())
    }
}

/// 项目得分。What one item scores.
#[derive(InputObject)]
pub struct AssessmentScoreInput {
    /// 项目代码,如 B1.1。The code of the item, such as B1.1.
    code: String,
    /// 得分。The score.
    score: i32,
}

/// 能力评估的输入。The form as it was filled in.
#[derive(InputObject)]
pub struct AssessElderInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 服务对象(居民编号)。The elder, by the resident's id.
    resident_id: ID,
    /// 原因。Why it is made.
    reason: AssessmentReason,
    /// 评估员:至少两名不同的社会工作者。At least two different social workers.
    assessors: Vec<ID>,
    /// 全部 26 项得分。All 26 scores.
    items: Vec<AssessmentScoreInput>,
    /// 处于昏迷状态。In a coma.
    #[graphql(default = false)]
    coma: bool,
    /// 确诊认知障碍或精神障碍。Diagnosed dementia or mental disorder.
    #[graphql(default = false)]
    dementia_or_mental: bool,
    /// 近 30 天内照护风险事件次数。Care-risk events within 30 days.
    #[graphql(default = 0)]
    risk_events: i32,
}

/// 能力评估的结果。The assessment made.
#[derive(SimpleObject)]
pub struct AssessElderPayload {
    /// 评估。The assessment.
    assessment: Assessment,
}

/// Assessment mutations.
#[derive(Default)]
pub struct AssessmentMutation;

#[Object]
impl AssessmentMutation {
    /// 评估老年人能力 (GB/T 42195-2022)。Assesses an elder; the server scores.
    async fn assess_elder(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AssessElderInput,
    ) -> Result<AssessElderPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let assess = domain::AssessElder {
            elder_id: typed(&input.resident_id, "input.residentId")?,
            reason: input.reason.into(),
            assessors: input
                .assessors
                .iter()
                .map(|id| typed(id, "input.assessors"))
                .collect::<Result<_>>()?,
            items: input
                .items
                .into_iter()
                .map(|item| domain::ItemScore {
                    code: item.code,
                    score: item.score,
                })
                .collect(),
            adjusters: domain::Adjusters {
                coma: input.coma,
                dementia_or_mental: input.dementia_or_mental,
                risk_events: input.risk_events,
            },
        };
        let (state, caller) = given(ctx);
        let assessment = app::assessment::assess(state, caller, key, assess).await?;
        Ok(AssessElderPayload {
            assessment: Assessment(assessment),
        })
    }
}
