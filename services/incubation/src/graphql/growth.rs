//! 成长评估 in the graph.

use async_graphql::ID;
use kit::graph::Date;

use super::{
    incubatee::IncubationStage,
    shape::{enums, output},
};
use crate::domain::growth as domain;

enums! {
    /// 评估类别。Which assessment of growth it is.
    GrowthScoreKind = domain::GrowthKind {
        /// 日常。A regular one.
        Regular,
        /// 中期。The midterm one.
        Midterm,
        /// 期末。The final one.
        Final,
    }
}

output! {
    /// 成长评估。A growth score.
    GrowthScore of domain::GrowthScore {
        /// 全局编号。Global id.
        id: ID,
        /// 评估类别。Which assessment it was.
        kind: GrowthScoreKind,
        /// 当时的孵化阶段。The stage it was in.
        stage: IncubationStage,
        /// 得分。The score.
        score: i32,
        /// 评估依据。What it rests on.
        evidence: String,
        /// 评估日期。The day.
        assessed_on: Date,
    }
    plus {}
}
