//! 督导与评估 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Date, global, typed},
};

use super::asked;
use crate::{app, domain::monitoring as domain};

/// 督导或评估。What an outsider does.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::MonitoringKind")]
pub enum MonitoringKind {
    /// 督导。Supervision.
    Supervision,
    /// 评估。Evaluation, with a score.
    Evaluation,
}

/// 督导评估记录。What somebody independent found while a contract is performed; public.
#[derive(SimpleObject)]
pub struct ContractMonitoring {
    /// 全局编号。Global id.
    id: ID,
    /// 督导或评估。A supervision or an evaluation.
    kind: MonitoringKind,
    /// 走访日期。The day of the visit.
    visited_on: Date,
    /// 评估分数。The score of an evaluation, of a hundred.
    score: Option<i32>,
    /// 发现的情况。What was found.
    findings: String,
    /// 是否预警。Whether somebody should look at this.
    red_flag: bool,
    /// 督导、评估人编号。Who found it.
    monitor_id: ID,
    /// 登记时间。When it was recorded.
    recorded_at: DateTime<Utc>,
}

impl From<domain::Monitoring> for ContractMonitoring {
    fn from(one: domain::Monitoring) -> Self {
        Self {
            id: global(one.id),
            kind: one.kind.into(),
            visited_on: Date(one.visited_on),
            score: one.score,
            findings: one.findings,
            red_flag: one.red_flag,
            monitor_id: global(one.monitor_id),
            recorded_at: one.recorded_at,
        }
    }
}

/// 登记督导评估的输入。What was found.
#[derive(InputObject)]
pub struct RecordMonitoringInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 合同。The contract.
    contract_id: ID,
    /// 督导或评估。A supervision or an evaluation.
    kind: MonitoringKind,
    /// 走访日期。The day of the visit.
    visited_on: Date,
    /// 评估分数(0 至 100);督导不填。The score of an evaluation.
    score: Option<i32>,
    /// 发现的情况。What was found; public.
    findings: String,
    /// 是否预警。Whether somebody should look at this.
    #[graphql(default = false)]
    red_flag: bool,
}

/// 登记督导评估的结果。What was recorded.
#[derive(SimpleObject)]
pub struct RecordMonitoringPayload {
    /// 督导或评估。What was recorded.
    monitoring: ContractMonitoring,
}

/// Monitoring mutations.
#[derive(Default)]
pub struct MonitoringMutation;

#[Object]
impl MonitoringMutation {
    /// 登记督导或评估(未参加评审、无利害关系的专家)。Records a supervision or an evaluation (an expert who did not judge and is tied to nobody).
    async fn record_monitoring(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RecordMonitoringInput,
    ) -> Result<RecordMonitoringPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let find = app::monitoring::Find {
            contract_id: typed(&input.contract_id, "input.contractId")?,
            kind: input.kind.into(),
            visited_on: input.visited_on.0,
            score: input.score,
            findings: input.findings,
            red_flag: input.red_flag,
        };
        let (state, caller) = asked(ctx);
        let one = app::monitoring::find(state, caller, key, find).await?;
        Ok(RecordMonitoringPayload {
            monitoring: one.into(),
        })
    }
}
