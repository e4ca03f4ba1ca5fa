//! A resident's slip: who rated and what was said are written apart.

use kernel::Kind;
use serde::Serialize;
use serde_json::json;

use super::dimensions;
use crate::{
    app::{
        ask::{self, Ask, Subject as _},
        proposal,
    },
    domain::evaluation::{Evaluation, EvaluationId, EvaluationState, Score, check_slip},
    error::{Error, Result},
    store,
};

/// A slip.
#[derive(Clone, Debug, Serialize)]
pub struct Rate {
    pub evaluation_id: EvaluationId,
    pub scores: Vec<Score>,
}

/// A resident of the community rates, once in each of the two ratings. The
/// request is kept as a keyed hash: it tells neither who nor what.
pub async fn rate(ask: &Ask<'_>, input: Rate) -> Result<Evaluation> {
    let (state, caller) = (ask.state, ask.caller);
    let before: Evaluation = ask::get(state, input.evaluation_id).await?;
    state
        .core
        .authorize(caller, "rateCommittee", &before.resource())?;
    check_slip(&dimensions(state, before.id).await?, &input.scores)?;
    let resident = proposal::own_id(caller)?;
    let whose = format!("{}:{resident}", before.id);
    let said = serde_json::to_string(&input.scores)?;
    let pii = &state.core.pii;
    let asked = json!({
        "evaluation": before.id,
        "slip": hex::encode(pii.blind_index("evaluation.request", &format!("{whose}:{said}"))),
    });
    let earlier: Option<EvaluationId> = ask.answered(&asked).await?;
    if earlier.is_some() {
        return Ok(before);
    }
    proposal::elector(state, caller, &before.division_code, resident).await?;

    let about = before.resource();
    let start = ask.open::<EvaluationId>("rateCommittee", &asked, &about);
    let mut open = match start.await? {
        ask::Start::First(open) => open,
        ask::Start::Again(_) => return Ok(before),
    };
    let mut evaluation = before;
    let phase = evaluation.phase(open.now)?;
    if evaluation.state == EvaluationState::Opened {
        // Only the first slip waits for the lock.
        evaluation = open.also(evaluation.id).await?;
        if evaluation.state == EvaluationState::Opened {
            evaluation.step(EvaluationState::Collecting, open.now)?;
            open.update(&mut evaluation).await?;
        }
    }
    let key = pii.blind_index("evaluation.rater", &whose);
    let now = open.now;
    store::evaluation::insert_rater(&mut open, (evaluation.id, phase), &key, now)
        .await
        .map_err(|error| match error.reason() {
            "EVALUATION_RATED_ALREADY" => Error::new(
                Kind::AlreadyExists,
                "EVALUATION_RATED_ALREADY",
                "您已参评,每位居民每轮评价一次",
                "you have rated already; each resident rates once",
            ),
            _ => error,
        })?;
    store::evaluation::insert_slip(&mut open, (evaluation.id, phase), &input.scores).await?;
    let id = evaluation.id;
    open.done(&about, json!({ "phase": phase }), id).await?;
    Ok(evaluation)
}
