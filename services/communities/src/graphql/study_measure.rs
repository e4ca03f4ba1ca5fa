//! 借鉴措施 in the graph.

use async_graphql::{Context, Enum, ID};
use chrono::{DateTime, Utc};
use kernel::china_date;
use kit::{
    Result,
    graph::{Date, DivisionCode},
};

use super::{
    asked,
    foreign::Division,
    shape::{CommunityStateChange, enums, history, input, mutations, output, part, queries},
    study_visit::StudyVisit,
};
use crate::{app::study_measure as app, domain::study_measure as domain};

/// 借鉴措施状态。What became of a measure.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::StudyMeasureState")]
pub enum StudyMeasureState {
    /// 待落实。To be adopted.
    Open,
    /// 已落实。Adopted.
    Adopted,
    /// 不再采用。Given up.
    GivenUp,
}
enums!(StudyMeasureState = domain::StudyMeasureState);

output! {
    /// 借鉴措施。Something that a delegation wants to adopt at home.
    StudyMeasure of domain::StudyMeasure {
        /// 全局编号。Global id.
        id: ID,
        /// 内容。What is to be done.
        title: String,
        /// 责任岗位或单位。The post or body that sees to it.
        owner: String,
        /// 期限。By when.
        due_on: Date,
        /// 提出时间。When it was proposed.
        created_at: DateTime<Utc>,
        /// 状态。What became of it.
        state: StudyMeasureState,
        /// 落实佐证。What shows that it was adopted.
        evidence: Option<String>,
        /// 不再采用的理由。Why it was given up.
        note: Option<String>,
        /// 版本。Goes up with every change.
        version: i32,
    }
    refers {
        /// 考察方所在区划。The visitor's division.
        division: Division = division_code,
    }
    holds {
        /// 考察。The visit.
        visit: StudyVisit = visit_id,
    }
    plus {
        /// 是否逾期。Whether it should have been decided.
        async fn overdue(&self, ctx: &Context<'_>) -> bool {
            let (state, _) = asked(ctx);
            self.0.is_overdue(china_date(state.core.clock.now()))
        }

        /// 经过。What has happened.
        async fn history(&self, ctx: &Context<'_>) -> Result<Vec<CommunityStateChange>> {
            history(ctx, self.0.id).await
        }
    }
}

input! {
    /// 补充借鉴措施的输入。One more measure.
    AddStudyMeasureInput => app::Add {
        /// 考察。The visit.
        visit_id: ID,
        /// 内容(1 至 200 字)。What is to be done, 1 to 200 characters.
        title: String,
        /// 责任岗位或单位(1 至 100 字),不写姓名。The post or body that sees to it, 1 to 100 characters; no names.
        owner: String,
        /// 期限。By when.
        due_on: Date,
    }
}

input! {
    /// 措施落实的输入。What shows that it was adopted.
    AdoptStudyMeasureInput => app::Adopt {
        /// 措施。The measure.
        measure_id: ID,
        /// 佐证(1 至 1000 字)。What shows it, 1 to 1000 characters.
        evidence: String,
    }
}

input! {
    /// 不再采用的输入。Why it is given up.
    GiveUpStudyMeasureInput => app::GiveUp {
        /// 措施。The measure.
        measure_id: ID,
        /// 理由(1 至 1000 字)。Why, 1 to 1000 characters.
        note: String,
    }
}

part! {
    /// 只看哪些措施。Which measures only.
    StudyMeasureFilter => app::Filter {
        /// 考察方在此区划及其下级。Of visitors in this division and all below it.
        division_code: Option<DivisionCode>,
        /// 考察。Of this visit.
        visit_id: Option<ID>,
        /// 状态。In this state.
        state: Option<StudyMeasureState>,
        /// 只看逾期的。Only those that should have been decided.
        overdue: Option<bool>,
    }
}

queries! {
    /// Measure queries.
    StudyMeasureQuery of StudyMeasure, domain::StudyMeasureId {
        entity find_study_measure_by_id;
        /// 按编号查借鉴措施。A measure by id.
        one study_measure;
        /// 借鉴措施,新的在前。Measures, newest first.
        many study_measures(StudyMeasureFilter => app::Filter) by app::list;
    }
}

mutations! {
    /// Measure mutations.
    StudyMeasureMutation {
        /// 补充借鉴措施(考察方)。Adds a measure to a visit that was made and is not closed.
        add_study_measure(AddStudyMeasureInput) -> AddStudyMeasurePayload { measure: StudyMeasure } by app::add;
        /// 措施已落实(考察方)。It is done at home now.
        adopt_study_measure(AdoptStudyMeasureInput) -> AdoptStudyMeasurePayload { measure: StudyMeasure } by app::adopt;
        /// 不再采用(考察方)。It does not fit at home.
        give_up_study_measure(GiveUpStudyMeasureInput) -> GiveUpStudyMeasurePayload { measure: StudyMeasure } by app::give_up;
    }
}
