//! 评审因素与付款节点 in the graph.

use async_graphql::{Enum, ID, InputObject, SimpleObject};
use kit::graph::global;

use crate::domain::criterion as domain;

/// 评审因素类别。What a criterion looks at.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CriterionKind")]
pub enum CriterionKind {
    /// 价格(由系统计算)。The price; computed.
    Price,
    /// 技术、服务方案。Technical.
    Technical,
    /// 商务、业绩。Commercial.
    Commercial,
    /// 信用。Credit record.
    Credit,
    /// 资格条件(不得作为评审因素)。A qualification; never scored, so refused.
    Qualification,
}

/// 评审因素。A criterion.
#[derive(SimpleObject)]
pub struct Criterion {
    /// 全局编号。Global id.
    id: ID,
    /// 名称。Its name.
    name: String,
    /// 类别。What it looks at.
    kind: CriterionKind,
    /// 权重(%)。Its weight in percent.
    weight: i32,
    /// 满分。Its maximum score.
    max_score: i32,
    /// 客观因素(各评委打分应一致)。Counted, not judged: all members come to the same score.
    objective: bool,
}

impl From<domain::Criterion> for Criterion {
    fn from(one: domain::Criterion) -> Self {
        Self {
            id: global(one.id),
            name: one.name,
            kind: one.kind.into(),
            weight: one.weight,
            max_score: one.max_score,
            objective: one.objective,
        }
    }
}

/// 计划的付款节点。An instalment of the later contract.
#[derive(SimpleObject)]
pub struct PlannedMilestone {
    /// 名称。Its title.
    title: String,
    /// 本节点新增的服务单位。The units that this milestone adds.
    units: i64,
    /// 占合同金额的百分比。Percent of the contract.
    percent: i32,
}

impl From<domain::PlannedMilestone> for PlannedMilestone {
    fn from(one: domain::PlannedMilestone) -> Self {
        Self {
            title: one.title,
            units: one.units,
            percent: one.percent,
        }
    }
}

/// 评审因素的输入。A criterion.
#[derive(InputObject)]
pub struct CriterionInput {
    /// 名称。Its name.
    name: String,
    /// 类别。What it looks at.
    kind: CriterionKind,
    /// 权重(%)。Its weight in percent.
    weight: i32,
    /// 满分(1 至 1000)。Its maximum score, 1 to 1000.
    #[graphql(default = 100)]
    max_score: i32,
    /// 客观因素。Counted, not judged.
    #[graphql(default = false)]
    objective: bool,
}

impl From<CriterionInput> for domain::NewCriterion {
    fn from(one: CriterionInput) -> Self {
        Self {
            name: one.name,
            kind: one.kind.into(),
            weight: one.weight,
            max_score: one.max_score,
            objective: one.objective,
        }
    }
}

/// 付款节点的输入。An instalment.
#[derive(InputObject)]
pub struct PlannedMilestoneInput {
    /// 名称。Its title.
    title: String,
    /// 本节点新增的服务单位。The units that this milestone adds.
    units: i64,
    /// 占合同金额的百分比。Percent of the contract.
    percent: i32,
}

impl From<PlannedMilestoneInput> for domain::PlannedMilestone {
    fn from(one: PlannedMilestoneInput) -> Self {
        Self {
            title: one.title,
            units: one.units,
            percent: one.percent,
        }
    }
}
