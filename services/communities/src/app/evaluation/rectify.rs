//! 整改: what fell short is put right in time, and rated by the same residents.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::refuse;
use serde::Serialize;
use serde_json::json;

use super::{count, window};
use crate::{
    app::ask::{self, Ask, Only, Subject as _, first},
    domain::{
        evaluation::{
            Dimension, DimensionId, Evaluation, EvaluationId, EvaluationState, Rectification,
            RectificationId,
        },
        words::check_words,
    },
    error::{Error, Result},
};

/// What is done about a dimension, by when.
#[derive(Clone, Debug, Serialize)]
pub struct AddMeasure {
    pub evaluation_id: EvaluationId,
    pub dimension_id: DimensionId,
    pub measure: String,
    pub due_on: NaiveDate,
}

/// The community says what it will put right, by when.
pub async fn add_measure(ask: &Ask<'_>, input: AddMeasure) -> Result<Rectification> {
    let start = ask.lock::<Evaluation, _>("rectifyEvaluation", input.evaluation_id, &input);
    let (mut open, evaluation) = first!(start.await?);
    let dimension: Option<Dimension> = ask::find(ask.state, input.dimension_id).await?;
    if dimension.is_none_or(|one| one.evaluation_id != evaluation.id) {
        return Err(Error::invalid(
            "input.dimensionId",
            "EVALUATION_DIMENSION",
            "该维度不属于这轮评价",
            "the dimension is of another round",
        ));
    }
    let item = Rectification {
        id: open.id(),
        evaluation_id: evaluation.id,
        dimension_id: input.dimension_id,
        measure: check_words("input.measure", &input.measure, 1000)?,
        due_on: input.due_on,
        created_at: open.now,
        evidence: None,
        done_at: None,
        version: 1,
    };
    open.insert(&item).await?;
    open.done(&evaluation.resource(), json!({ "due": item.due_on }), item)
        .await
}

/// The list is complete: putting right begins.
pub async fn begin(ask: &Ask<'_>, input: Only<EvaluationId>) -> Result<Evaluation> {
    let start = ask.lock::<Evaluation, _>("rectifyEvaluation", input.id, &input);
    let (mut open, mut evaluation) = first!(start.await?);
    evaluation.step(EvaluationState::Rectification, open.now)?;
    open.update(&mut evaluation).await?;
    open.finish(evaluation).await
}

/// What shows that it was put right.
#[derive(Clone, Debug, Serialize)]
pub struct Done {
    pub rectification_id: RectificationId,
    pub evidence: String,
}

/// One of the list has been put right.
pub async fn done(ask: &Ask<'_>, input: Done) -> Result<Rectification> {
    let before: Rectification = ask::find(ask.state, input.rectification_id)
        .await?
        .ok_or_else(no_item)?;
    let start = ask.lock::<Evaluation, _>("rectifyEvaluation", before.evaluation_id, &input);
    let (mut open, evaluation) = first!(start.await?);
    let mut item: Rectification = kit::record::lock(&mut open, input.rectification_id)
        .await?
        .ok_or_else(no_item)?;
    if item.done_at.is_some() {
        return Err(refuse!(
            Refused, "RECTIFICATION_DONE", zh: "该项已经整改完成", en: "it has been put right already",
        )
        .into());
    }
    item.evidence = Some(check_words("input.evidence", &input.evidence, 1000)?);
    item.done_at = Some(open.now);
    open.update(&mut item).await?;
    open.done(&evaluation.resource(), json!({}), item).await
}

fn no_item() -> Error {
    refuse!(NotFound, "RECTIFICATION_NOT_FOUND", zh: "没有这项整改", en: "there is no such measure")
        .into()
}

/// When residents rate again.
#[derive(Clone, Debug, Serialize)]
pub struct SecondRating {
    pub evaluation_id: EvaluationId,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
}

/// All was put right: those who rated first may rate again.
pub async fn open_second(ask: &Ask<'_>, input: SecondRating) -> Result<Evaluation> {
    let start = ask.lock::<Evaluation, _>("openEvaluation", input.evaluation_id, &input);
    let (mut open, mut evaluation) = first!(start.await?);
    if evaluation.state != EvaluationState::Rectification || evaluation.second_opens_at.is_some() {
        return Err(refuse!(
            Refused, "EVALUATION_STATE",
            zh: "整改期间可组织一次复评", en: "residents rate again once, while things are put right",
        )
        .into());
    }
    if input.opens_at < open.now || input.closes_at <= input.opens_at {
        return Err(window("input.closesAt"));
    }
    evaluation.second_opens_at = Some(input.opens_at);
    evaluation.second_closes_at = Some(input.closes_at);
    evaluation.updated_at = open.now;
    open.update(&mut evaluation).await?;
    open.finish(evaluation).await
}

/// Counts what was said the second time, and closes the round.
pub async fn verify(ask: &Ask<'_>, input: Only<EvaluationId>) -> Result<Evaluation> {
    let start = ask.lock::<Evaluation, _>("openEvaluation", input.id, &input);
    let (mut open, mut evaluation) = first!(start.await?);
    let second = evaluation.state == EvaluationState::Rectification;
    evaluation.step(EvaluationState::Verified, open.now)?;
    if second
        && evaluation
            .second_closes_at
            .is_some_and(|end| open.now >= end)
    {
        count(&mut open, evaluation.id, 2).await?;
    }
    open.update(&mut evaluation).await?;
    open.finish(evaluation).await
}
