//! 卷宗 in the graph: what is sealed, opened for one reader.

use async_graphql::{ID, SimpleObject};
use chrono::{DateTime, Utc};
use kit::graph::global;

use super::CaseRisk;
use crate::domain::case::plan as domain;

/// 预估。An assessment.
#[derive(SimpleObject)]
pub struct CaseAssessment {
    /// 全局编号。Global id.
    id: ID,
    /// 轮次。The round.
    round: i32,
    /// 风险等级。The risk that was found.
    risk: CaseRisk,
    /// 发现。What was found.
    findings: String,
    /// 时间。When it was written.
    written_at: DateTime<Utc>,
}

/// 目标与指标。A goal, and what shows that it was reached.
#[derive(SimpleObject)]
pub struct CaseGoal {
    /// 目标。The goal.
    goal: String,
    /// 指标。The indicator.
    indicator: String,
}

/// 计划内容。The words of a version of the plan.
#[derive(SimpleObject)]
pub struct CasePlanText {
    /// 版次。Which version.
    number: i32,
    /// 轮次。The round.
    round: i32,
    /// 目标与指标。Its goals.
    goals: Vec<CaseGoal>,
    /// 督导意见。What the supervisor said.
    review_note: Option<String>,
}

/// 成效评估。An evaluation.
#[derive(SimpleObject)]
pub struct CaseEvaluation {
    /// 全局编号。Global id.
    id: ID,
    /// 轮次。The round.
    round: i32,
    /// 各目标达成度(-2 至 2)。How far each goal was reached, from -2 to 2.
    attainments: Vec<i32>,
    /// 总结。The summary.
    summary: String,
    /// 时间。When it was written.
    written_at: DateTime<Utc>,
}

/// 卷宗。What is written in the file of a case.
#[derive(SimpleObject)]
pub struct CaseFile {
    /// 接案问题。What the client came with.
    problem: String,
    /// 预估。Assessments, in order.
    assessments: Vec<CaseAssessment>,
    /// 计划。The plans, in order.
    plans: Vec<CasePlanText>,
    /// 成效评估。Evaluations, in order.
    evaluations: Vec<CaseEvaluation>,
}

impl From<domain::CaseFile> for CaseFile {
    fn from(file: domain::CaseFile) -> Self {
        let assessments = file.assessments.into_iter().map(|one| CaseAssessment {
            id: global(one.id),
            round: one.round,
            risk: one.risk.into(),
            findings: one.findings,
            written_at: one.written_at,
        });
        let goals = |goals: Vec<domain::Goal>| {
            let shown = goals.into_iter().map(|one| CaseGoal {
                goal: one.goal,
                indicator: one.indicator,
            });
            shown.collect()
        };
        let plans = file.plans.into_iter().map(|one| CasePlanText {
            number: one.number,
            round: one.round,
            goals: goals(one.goals),
            review_note: one.review_note,
        });
        let evaluations = file.evaluations.into_iter().map(|one| CaseEvaluation {
            id: global(one.id),
            round: one.round,
            attainments: one.attainments,
            summary: one.summary,
            written_at: one.written_at,
        });
        Self {
            problem: file.problem,
            assessments: assessments.collect(),
            plans: plans.collect(),
            evaluations: evaluations.collect(),
        }
    }
}
