//! Mutations of evaluations, with what they take and answer.

use async_graphql::ID;
use chrono::{DateTime, Utc};
use kit::graph::Date;

use super::{CommitteeEvaluation, RectificationItem};
use crate::{
    app::{ask::Only, evaluation as app},
    domain::evaluation as domain,
    graphql::shape::{input, mutations, part},
};

type RoundOnly = Only<domain::EvaluationId>;

part! {
    /// 一个评价维度。What is rated.
    EvaluationDimensionInput => domain::NewDimension {
        /// 编号:大写字母、数字、点、横线。Capital letters, digits, dots, dashes.
        code: String,
        /// 名称(1 至 100 字)。Its title, 1 to 100 characters.
        title: String,
        /// 权重(1 至 100)。How much it counts, 1 to 100.
        weight: i32,
    }
}

input! {
    /// 公告评价的输入。A round, and what is rated.
    OpenCommitteeEvaluationInput => app::Begin {
        /// 社区。The community.
        community_id: ID,
        /// 名称(1 至 100 字)。Its title, 1 to 100 characters.
        title: String,
        /// 开始时间。When residents may begin.
        opens_at: DateTime<Utc>,
        /// 截止时间。Until when.
        closes_at: DateTime<Utc>,
        /// 维度,权重合计 100。What is rated; the weights add up to a hundred.
        dimensions: Vec<EvaluationDimensionInput>,
    }
}

part! {
    /// 对一个维度的评分。A score.
    CommitteeScoreInput => domain::Score {
        /// 维度。The dimension.
        dimension_id: ID,
        /// 1 至 5 分。1 to 5.
        score: i32,
    }
}

input! {
    /// 参评的输入。A resident's slip.
    RateCommitteeInput => app::Rate {
        /// 评价。The round.
        evaluation_id: ID,
        /// 每个维度一个评分。A score for each dimension.
        scores: Vec<CommitteeScoreInput>,
    }
}

input! {
    /// 截止计分的输入。Which round.
    CloseCommitteeEvaluationInput => RoundOnly {
        /// 评价。The round.
        id: ID,
    }
}

input! {
    /// 公布结果的输入。Which round.
    PublishCommitteeEvaluationInput => RoundOnly {
        /// 评价。The round.
        id: ID,
    }
}

input! {
    /// 列整改事项的输入。What will be put right, by when.
    AddRectificationInput => app::AddMeasure {
        /// 评价。The round.
        evaluation_id: ID,
        /// 维度。The dimension that fell short.
        dimension_id: ID,
        /// 措施(1 至 1000 字)。What is done, 1 to 1000 characters.
        measure: String,
        /// 期限。By when.
        due_on: Date,
    }
}

input! {
    /// 开始整改的输入。Which round.
    BeginRectificationInput => RoundOnly {
        /// 评价。The round.
        id: ID,
    }
}

input! {
    /// 完成整改的输入。What shows that it was done.
    CompleteRectificationInput => app::Done {
        /// 整改事项。The measure.
        rectification_id: ID,
        /// 完成情况(1 至 1000 字)。What shows it, 1 to 1000 characters.
        evidence: String,
    }
}

input! {
    /// 组织复评的输入。When residents rate again.
    OpenSecondRatingInput => app::SecondRating {
        /// 评价。The round.
        evaluation_id: ID,
        /// 开始时间。When they may begin.
        opens_at: DateTime<Utc>,
        /// 截止时间。Until when.
        closes_at: DateTime<Utc>,
    }
}

input! {
    /// 核实销号的输入。Which round.
    VerifyCommitteeEvaluationInput => RoundOnly {
        /// 评价。The round.
        id: ID,
    }
}

mutations! {
    /// Evaluation mutations.
    EvaluationMutation {
        /// 公告一轮评价(民政)。Announces a round.
        open_committee_evaluation(OpenCommitteeEvaluationInput) -> OpenCommitteeEvaluationPayload { evaluation: CommitteeEvaluation }
            by app::open;
        /// 参评(本社区居民,每次评价一人一次):谁参评与评了什么分开保存。Rates; who and what are kept apart.
        rate_committee(RateCommitteeInput) -> RateCommitteePayload { evaluation: CommitteeEvaluation }
            by app::rate;
        /// 截止计分(民政)。Closes a round after its time, and counts.
        close_committee_evaluation(CloseCommitteeEvaluationInput) -> CloseCommitteeEvaluationPayload { evaluation: CommitteeEvaluation }
            by app::close;
        /// 公布结果(民政):参评人数不足不公布。Publishes, where enough have rated.
        publish_committee_evaluation(PublishCommitteeEvaluationInput) -> PublishCommitteeEvaluationPayload { evaluation: CommitteeEvaluation }
            by app::publish;
        /// 列整改事项(社区)。Says what will be put right, by when.
        add_rectification(AddRectificationInput) -> AddRectificationPayload { item: RectificationItem }
            by app::add_measure;
        /// 开始整改(社区):低于标准的维度须已逐项列入。Begins, once each dimension that fell short has its measure.
        begin_rectification(BeginRectificationInput) -> BeginRectificationPayload { evaluation: CommitteeEvaluation }
            by app::begin;
        /// 完成整改事项(社区)。One of the list has been put right.
        complete_rectification(CompleteRectificationInput) -> CompleteRectificationPayload { item: RectificationItem }
            by app::done;
        /// 组织复评(民政):由首次参评的居民参加。Those who rated first rate again.
        open_second_rating(OpenSecondRatingInput) -> OpenSecondRatingPayload { evaluation: CommitteeEvaluation }
            by app::open_second;
        /// 核实销号(民政)。Verifies the round after the second rating, or where nothing fell short.
        verify_committee_evaluation(VerifyCommitteeEvaluationInput) -> VerifyCommitteeEvaluationPayload { evaluation: CommitteeEvaluation }
            by app::verify;
    }
}
