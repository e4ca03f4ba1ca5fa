//! 评估: by an expert who did not judge the round and is tied to nobody in it.

use kernel::{IdempotencyKey, china_date, keys::ExpertId, refuse};
use kit::{auth::Caller, db::Tx};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{finish, locked, resource};
use crate::{
    app::expert,
    domain::{
        text,
        venture_agreement::{
            EvaluationStage, VentureAgreement, VentureAgreementId, VentureEvaluation,
            VentureEvaluationId,
        },
        venture_round::VentureRound,
    },
    error::Result,
    state::State,
    store,
};

/// What an evaluator found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Evaluate {
    pub agreement_id: VentureAgreementId,
    pub stage: EvaluationStage,
    pub passed: bool,
    pub report: String,
}

/// Records the evaluation of somebody who did not judge the round (评审与评估分离).
pub async fn evaluate(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Evaluate,
) -> Result<VentureAgreement> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let action = "evaluateVenture";
    let (round, mut one) = locked(&mut tx, caller, action, input.agreement_id).await?;
    state.core.authorize(caller, action, &resource(&one))?;
    if let Some(first) = tx.replay("evaluateVenture", &key, &input, now).await? {
        return Ok(first);
    }
    let report = text("input.report", &input.report, 4000)?;
    one.check_evaluation(input.stage)?;
    let evaluator_id = evaluator(&mut tx, state, caller, &round).await?;
    let found = VentureEvaluation {
        id: VentureEvaluationId::new(&state.core.ids),
        stage: input.stage,
        passed: input.passed,
        report,
        evaluator_id,
        evaluated_at: now,
    };
    store::venture_agreement::insert_evaluation(&mut tx, one.id, &found).await?;
    one.evaluations.push(found);
    let detail = json!({ "stage": input.stage, "passed": input.passed });
    finish(tx, caller, action, (one, now), detail).await
}

async fn evaluator(
    tx: &mut Tx,
    state: &State,
    caller: &Caller,
    round: &VentureRound,
) -> Result<ExpertId> {
    let own = caller.actor.expert_id.map(ExpertId::from_uuid);
    let own = own.ok_or_else(expert::unknown)?;
    let seats = store::venture_round::reviewers(tx, &[round.id])
        .await?
        .remove(&round.id);
    if seats.unwrap_or_default().contains(&own) {
        return Err(refuse!(
            Refused,
            "EVALUATOR_WAS_REVIEWER",
            zh: "参加过本项目评审的人不得评估",
            en: "whoever judged the round evaluates nothing of it",
        )
        .into());
    }
    let today = china_date(state.core.clock.now());
    let tied = store::venture_round::conflicted(tx, round.id, &[own], today).await?;
    if tied.is_empty() {
        return Ok(own);
    }
    Err(refuse!(
        Refused,
        "EVALUATOR_CONFLICTED",
        zh: "您与申报组织或承办机构存在利害关系,应当回避",
        en: "you are tied to an applicant or to the operator of the round",
    )
    .into())
}
