//! 居委会工作评价: opened by civil affairs, rated by residents, published.

mod rate;
mod rectify;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Page, Paged, keys::CommunityId, refuse};
use kit::{
    auth::{Caller, Resource},
    record::{self, Wanted},
};
use serde::Serialize;
use serde_json::json;

pub use rate::{Rate, rate};
pub use rectify::{AddMeasure, Done, SecondRating, add_measure, begin, done, open_second, verify};

use super::ask::{self, Ask, Only, Open, first, subject};
use crate::{
    domain::{
        evaluation::{
            Dimension, Evaluation, EvaluationId, EvaluationResult, EvaluationState, NewDimension,
            check_weights,
        },
        words::check_words,
        work_list::check_code,
    },
    error::{Error, Result},
    state::State,
    store,
};

subject!(
    Evaluation,
    "Evaluation",
    "EVALUATION_NOT_FOUND",
    "没有这轮评价",
    "there is no such evaluation"
);

/// A round, and what is rated.
#[derive(Clone, Debug, Serialize)]
pub struct Begin {
    pub community_id: CommunityId,
    pub title: String,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub dimensions: Vec<NewDimension>,
}

/// Announces a round.
pub async fn open(ask: &Ask<'_>, input: Begin) -> Result<Evaluation> {
    let community = super::community::get(ask.state, input.community_id).await?;
    let place = Resource::any("Evaluation").in_division(community.division_code);
    let mut open = first!(ask.open("openEvaluation", &input, &place).await?);
    check_weights(&input.dimensions)?;
    if input.opens_at < open.now || input.closes_at <= input.opens_at {
        return Err(window("input.closesAt"));
    }
    let evaluation = Evaluation {
        id: open.id(),
        community_id: community.id,
        division_code: community.division_code,
        round: store::evaluation::next_round(&mut open, community.id).await?,
        title: check_words("input.title", &input.title, 100)?,
        opens_at: input.opens_at,
        closes_at: input.closes_at,
        opened_by: open.actor(),
        created_at: open.now,
        state: EvaluationState::Opened,
        published_at: None,
        second_opens_at: None,
        second_closes_at: None,
        updated_at: open.now,
        version: 1,
    };
    open.insert(&evaluation).await.map_err(|error| {
        ask::said(
            error,
            "EVALUATION_OVERLAP",
            "input.opensAt",
            "该社区在此期间已有一轮评价",
            "the community has another round at that time",
        )
    })?;
    for (at, new) in input.dimensions.iter().enumerate() {
        let below = format!("input.dimensions.{at}");
        let dimension = Dimension {
            id: open.id(),
            evaluation_id: evaluation.id,
            code: check_code(&format!("{below}.code"), &new.code)?,
            title: check_words(&format!("{below}.title"), &new.title, 100)?,
            weight: new.weight,
        };
        open.insert(&dimension).await.map_err(|error| {
            ask::said(
                error,
                "EVALUATION_DIMENSION_CODE",
                &format!("{below}.code"),
                "维度编号重复",
                "two dimensions have this code",
            )
        })?;
    }
    open.finish(evaluation).await
}

fn window(field: &str) -> Error {
    Error::invalid(
        field,
        "EVALUATION_WINDOW",
        "评价时间须在将来,且截止晚于开始",
        "it opens in the future, and closes after that",
    )
}

/// Closes a round after its time, and counts.
pub async fn close(ask: &Ask<'_>, input: Only<EvaluationId>) -> Result<Evaluation> {
    let start = ask.lock::<Evaluation, _>("openEvaluation", input.id, &input);
    let (mut open, mut evaluation) = first!(start.await?);
    if open.now < evaluation.closes_at {
        return Err(refuse!(
            Refused, "EVALUATION_STILL_OPEN", zh: "评价尚未截止", en: "the evaluation is not over",
        )
        .into());
    }
    evaluation.step(EvaluationState::Closed, open.now)?;
    count(&mut open, evaluation.id, 1).await?;
    open.update(&mut evaluation).await?;
    open.finish(evaluation).await
}

/// Writes the results of one of the two ratings.
async fn count(open: &mut Open<'_>, evaluation: EvaluationId, phase: i32) -> Result<()> {
    for (dimension_id, raters, average) in store::evaluation::count(open, evaluation, phase).await?
    {
        let result = EvaluationResult {
            id: open.id(),
            evaluation_id: evaluation,
            phase,
            dimension_id,
            raters,
            average,
        };
        open.insert(&result).await?;
    }
    Ok(())
}

/// Publishes the result, where enough residents have rated.
pub async fn publish(ask: &Ask<'_>, input: Only<EvaluationId>) -> Result<Evaluation> {
    let start = ask.lock::<Evaluation, _>("openEvaluation", input.id, &input);
    let (mut open, mut evaluation) = first!(start.await?);
    evaluation.step(EvaluationState::Published, open.now)?;
    open.update(&mut evaluation).await?;
    let told = json!({
        "evaluation_id": evaluation.id, "community_id": evaluation.community_id,
        "community_code": evaluation.division_code, "round": evaluation.round,
    });
    open.tell(
        "communities.evaluation.published",
        ("committee_evaluation", evaluation.id.as_uuid()),
        told,
    )
    .await?;
    open.finish(evaluation).await
}

/// Which rounds.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    pub community_id: Option<CommunityId>,
    pub state: Option<EvaluationState>,
}

/// A page of rounds; they are public.
pub async fn list(
    state: &State,
    _: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<Evaluation>> {
    let wanted = Wanted::all()
        .within(filter.division_code)
        .is("community_id", filter.community_id)
        .is("state", filter.state);
    ask::list(state, wanted, page).await
}

async fn dimensions(state: &State, id: EvaluationId) -> Result<Vec<Dimension>> {
    let wanted = Wanted::all().is("evaluation_id", Some(id));
    record::all(&mut *state.core.db.read().await?, &wanted).await
}

/// How many have rated each, in the first rating or the second.
pub async fn raters(
    state: &State,
    of: &[(EvaluationId, i32)],
) -> Result<HashMap<(EvaluationId, i32), i64>> {
    store::evaluation::raters(&mut *state.core.db.read().await?, of).await
}
