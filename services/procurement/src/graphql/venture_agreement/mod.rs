//! 资助协议 in the graph; mutations have a file of their own.

mod mutation;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{DivisionCode, Fen, global, typed},
};

pub use mutation::VentureAgreementMutation;

use super::{foreign::Organization, loaders::Loaders, venture_round::VentureRound};
use crate::domain::venture_agreement as domain;

/// 资助协议状态。Where a grant agreement stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::VentureAgreementState")]
pub enum VentureAgreementState {
    /// 履行中。Being performed.
    Performing,
    /// 已结项。Paid in full.
    Closed,
    /// 已终止。Ended early.
    Terminated,
    /// 已追回。What was to come back has come.
    Recovered,
}

/// 评估阶段。Which evaluation.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::EvaluationStage")]
pub enum VentureEvaluationStage {
    /// 中期评估。Midterm, before the second instalment.
    Midterm,
    /// 末期评估。Final, before the third instalment.
    Final,
}

/// 一期资助款。An instalment.
#[derive(SimpleObject)]
pub struct VentureTranche {
    /// 期次。Its number, from 1.
    seq: i32,
    /// 金额。The amount.
    amount: Fen,
    /// 支付时间。When it was paid.
    paid_at: Option<DateTime<Utc>>,
}

/// 评估。What an independent evaluator found.
#[derive(SimpleObject)]
pub struct VentureEvaluation {
    /// 全局编号。Global id.
    id: ID,
    /// 阶段。Which evaluation.
    stage: VentureEvaluationStage,
    /// 是否通过。Whether it passed.
    passed: bool,
    /// 评估报告。The report.
    report: String,
    /// 评估人编号。The evaluator.
    evaluator_id: ID,
    /// 评估时间。When.
    evaluated_at: DateTime<Utc>,
}

/// 资助协议。A grant agreement of a venture round; public.
pub struct VentureAgreement(pub domain::VentureAgreement);

#[Object]
impl VentureAgreement {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 申报编号。The application it carries out.
    async fn application_id(&self) -> ID {
        global(self.0.application_id)
    }

    /// 创投。The round.
    async fn round(&self, ctx: &Context<'_>) -> Result<Option<VentureRound>> {
        let id = self.0.round_id;
        let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        Ok(found.map(VentureRound))
    }

    /// 受资助组织。The grantee.
    async fn organization(&self) -> Option<Organization> {
        Some(self.0.organization_id.into())
    }

    /// 代管机构。Who signed for an organisation that is no legal person.
    async fn fiscal_host(&self) -> Option<Organization> {
        self.0.fiscal_host_id.map(Into::into)
    }

    /// 区划。The division.
    async fn division_code(&self) -> DivisionCode {
        DivisionCode(self.0.division_code)
    }

    /// 金额。The amount.
    async fn amount(&self) -> Fen {
        Fen(self.0.amount)
    }

    /// 状态。Where it stands.
    async fn state(&self) -> VentureAgreementState {
        self.0.state.into()
    }

    /// 签订时间。When it was signed.
    async fn signed_at(&self) -> DateTime<Utc> {
        self.0.signed_at
    }

    /// 各期资助款。The instalments.
    async fn tranches(&self) -> Vec<VentureTranche> {
        let one = |one: &domain::Tranche| VentureTranche {
            seq: one.seq,
            amount: Fen(one.amount),
            paid_at: one.paid_at,
        };
        self.0.tranches.iter().map(one).collect()
    }

    /// 评估。The evaluations.
    async fn evaluations(&self) -> Vec<VentureEvaluation> {
        let one = |one: &domain::VentureEvaluation| VentureEvaluation {
            id: global(one.id),
            stage: one.stage.into(),
            passed: one.passed,
            report: one.report.clone(),
            evaluator_id: global(one.evaluator_id),
            evaluated_at: one.evaluated_at,
        };
        self.0.evaluations.iter().map(one).collect()
    }

    /// 结项或终止时间。When it ended.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }

    /// 终止理由。Why it ended early.
    async fn ended_reason(&self) -> Option<&str> {
        self.0.ended_reason.as_deref()
    }

    /// 应追回金额。What is to come back.
    async fn to_recover(&self) -> Fen {
        Fen(self.0.to_recover)
    }

    /// 已追回金额。What came back.
    async fn recovered(&self) -> Fen {
        Fen(self.0.recovered)
    }
}

/// Grant agreement queries.
#[derive(Default)]
pub struct VentureAgreementQuery;

#[Object]
impl VentureAgreementQuery {
    /// 按编号查资助协议(公开)。A grant agreement by id; public.
    async fn venture_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<VentureAgreement>> {
        let id: domain::VentureAgreementId = typed(&id, "id")?;
        let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        Ok(found.map(VentureAgreement))
    }
}
