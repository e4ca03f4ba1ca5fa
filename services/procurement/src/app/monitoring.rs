//! 督导与评估: recorded by an expert who neither judged the bids nor is tied to the
//! contractor; what was found is public.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{
    IdempotencyKey, china_date,
    keys::{ContractId, ExpertId},
    refuse,
};
use kit::{auth::Caller, db::Tx};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    contract::{self, resource},
    expert, record,
};
use crate::{
    domain::{
        contract::Contract,
        monitoring::{Monitoring, MonitoringId, MonitoringKind, check},
    },
    error::Result,
    state::State,
    store,
};

/// What somebody independent found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Find {
    pub contract_id: ContractId,
    pub kind: MonitoringKind,
    pub visited_on: NaiveDate,
    pub score: Option<i32>,
    pub findings: String,
    pub red_flag: bool,
}

/// Records a supervision or an evaluation (评审与督导、评估分离).
pub async fn find(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Find,
) -> Result<Monitoring> {
    const ACTION: &str = "recordMonitoring";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let of = store::contract::lock(&mut tx, input.contract_id)
        .await?
        .ok_or_else(contract::unknown)?;
    state.core.authorize(caller, ACTION, &resource(&of))?;
    if let Some(first) = tx.replay("recordMonitoring", &key, &input, now).await? {
        return Ok(first);
    }
    let today = china_date(now);
    let findings = check(
        input.kind,
        input.score,
        &input.findings,
        input.visited_on,
        today,
    )?;
    let one = Monitoring {
        id: MonitoringId::new(&state.core.ids),
        contract_id: of.id,
        kind: input.kind,
        visited_on: input.visited_on,
        score: input.score,
        findings,
        red_flag: input.red_flag,
        monitor_id: independent(&mut tx, caller, &of, today).await?,
        recorded_at: now,
    };
    store::monitoring::insert(&mut tx, &one)
        .await
        .map_err(told)?;
    let detail = json!({ "kind": one.kind, "score": one.score, "red_flag": one.red_flag });
    record(&mut tx, caller, ACTION, &resource(&of), now, detail).await?;
    tx.answer(one).await
}

/// The database's refusal in words.
fn told(error: kit::Error) -> kit::Error {
    match error.reason() {
        "EVALUATED_ALREADY" => refuse!(
            AlreadyExists,
            "EVALUATED_ALREADY",
            field: "input.contractId",
            zh: "您已评估过该合同",
            en: "you have evaluated this contract already",
        )
        .into(),
        _ => error,
    }
}

/// The caller, as an expert who is independent of this contract.
async fn independent(
    tx: &mut Tx,
    caller: &Caller,
    of: &Contract,
    today: NaiveDate,
) -> Result<ExpertId> {
    let own = caller.actor.expert_id.map(ExpertId::from_uuid);
    let own = own.ok_or_else(expert::unknown)?;
    if store::monitoring::sat_on_panel(tx, of.id, own).await? {
        return Err(refuse!(
            Refused,
            "EVALUATOR_WAS_REVIEWER",
            zh: "参加过本项目评审的人不得督导、评估",
            en: "whoever sat on the panel neither supervises nor evaluates",
        )
        .into());
    }
    if store::monitoring::is_tied(tx, of.id, own, today).await? {
        return Err(refuse!(
            Refused,
            "EVALUATOR_CONFLICTED",
            zh: "您与承接方或采购人存在利害关系,应当回避",
            en: "you are tied to the contractor, or of the buyer",
        )
        .into());
    }
    Ok(own)
}

/// What was found under contracts: public.
pub async fn load_many(
    state: &State,
    ids: &[ContractId],
) -> Result<HashMap<ContractId, Vec<Monitoring>>> {
    store::monitoring::load_many_by_contract(&mut *state.core.db.read().await?, ids).await
}
