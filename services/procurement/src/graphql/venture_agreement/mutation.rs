//! Grant agreement mutations.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Fen, typed},
};

use super::{VentureAgreement, VentureEvaluationStage};
use crate::{app, graphql::asked};

/// 签订资助协议的输入。With which project, through which host.
#[derive(InputObject)]
pub struct SignVentureAgreementInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 申报。The application.
    application_id: ID,
    /// 代管机构(备案组织必填)。The fiscal host; required for a filed organisation.
    fiscal_host_id: Option<ID>,
}

/// 签订资助协议的结果。The agreement.
#[derive(SimpleObject)]
pub struct SignVentureAgreementPayload {
    /// 资助协议。The agreement.
    agreement: VentureAgreement,
}

/// 评估的输入。What an evaluator found.
#[derive(InputObject)]
pub struct EvaluateVentureInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 资助协议。The agreement.
    agreement_id: ID,
    /// 阶段。Which evaluation.
    stage: VentureEvaluationStage,
    /// 是否通过。Whether it passes.
    passed: bool,
    /// 评估报告。The report; public.
    report: String,
}

/// 评估的结果。The agreement after it.
#[derive(SimpleObject)]
pub struct EvaluateVenturePayload {
    /// 资助协议。The agreement.
    agreement: VentureAgreement,
}

/// 支付资助款的输入。The agreement to pay.
#[derive(InputObject)]
pub struct PayVentureTrancheInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 资助协议。The agreement.
    agreement_id: ID,
}

/// 支付资助款的结果。The agreement after it.
#[derive(SimpleObject)]
pub struct PayVentureTranchePayload {
    /// 资助协议。The agreement.
    agreement: VentureAgreement,
}

/// 终止资助的输入。Why, and how much is to come back.
#[derive(InputObject)]
pub struct TerminateVentureAgreementInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 资助协议。The agreement.
    agreement_id: ID,
    /// 理由。Why.
    reason: String,
    /// 应追回金额(分)。What is to come back.
    to_recover: Fen,
}

/// 终止资助的结果。The agreement after it.
#[derive(SimpleObject)]
pub struct TerminateVentureAgreementPayload {
    /// 资助协议。The agreement.
    agreement: VentureAgreement,
}

/// 登记追回的输入。What came back.
#[derive(InputObject)]
pub struct RecordVentureRecoveryInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 资助协议。The agreement.
    agreement_id: ID,
    /// 金额(分)。The amount.
    amount: Fen,
    /// 凭证。The document it rests on.
    document: String,
}

/// 登记追回的结果。The agreement after it.
#[derive(SimpleObject)]
pub struct RecordVentureRecoveryPayload {
    /// 资助协议。The agreement.
    agreement: VentureAgreement,
}

/// Grant agreement mutations.
#[derive(Default)]
pub struct VentureAgreementMutation;

#[Object]
impl VentureAgreementMutation {
    /// 与确定资助的项目签订协议并承付;备案组织由代管机构签约。Signs the agreement with a selected project and commits its amount; a host signs for a filed organisation.
    async fn sign_venture_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SignVentureAgreementInput,
    ) -> Result<SignVentureAgreementPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let fiscal_host_id = input
            .fiscal_host_id
            .map(|id| typed(&id, "input.fiscalHostId"))
            .transpose()?;
        let sign = app::venture_agreement::Sign {
            application_id: typed(&input.application_id, "input.applicationId")?,
            fiscal_host_id,
        };
        let (state, caller) = asked(ctx);
        let one = app::venture_agreement::sign(state, caller, key, sign).await?;
        Ok(SignVentureAgreementPayload {
            agreement: VentureAgreement(one),
        })
    }

    /// 登记中期或末期评估(未参加评审的专家)。Records the midterm or final evaluation (an expert who did not judge the round).
    async fn evaluate_venture(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: EvaluateVentureInput,
    ) -> Result<EvaluateVenturePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let evaluate = app::venture_agreement::Evaluate {
            agreement_id: typed(&input.agreement_id, "input.agreementId")?,
            stage: input.stage.into(),
            passed: input.passed,
            report: input.report,
        };
        let (state, caller) = asked(ctx);
        let one = app::venture_agreement::evaluate(state, caller, key, evaluate).await?;
        Ok(EvaluateVenturePayload {
            agreement: VentureAgreement(one),
        })
    }

    /// 支付下一期资助款(资金管理人);第二、三期须评估通过。Pays the next instalment (fund manager); the second and third follow a passed evaluation.
    async fn pay_venture_tranche(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: PayVentureTrancheInput,
    ) -> Result<PayVentureTranchePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.agreement_id, "input.agreementId")?;
        let (state, caller) = asked(ctx);
        let one = app::venture_agreement::pay(state, caller, key, id).await?;
        Ok(PayVentureTranchePayload {
            agreement: VentureAgreement(one),
        })
    }

    /// 提前终止资助,未付款项退回,并确定追回金额。Ends a grant early: what was not paid goes back, and what is to be recovered is fixed.
    async fn terminate_venture_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: TerminateVentureAgreementInput,
    ) -> Result<TerminateVentureAgreementPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let terminate = app::venture_agreement::Terminate {
            agreement_id: typed(&input.agreement_id, "input.agreementId")?,
            reason: input.reason,
            to_recover: input.to_recover.0,
        };
        let (state, caller) = asked(ctx);
        let one = app::venture_agreement::terminate(state, caller, key, terminate).await?;
        Ok(TerminateVentureAgreementPayload {
            agreement: VentureAgreement(one),
        })
    }

    /// 登记追回款入账(资金管理人)。Books what came back of a grant that ended early (fund manager).
    async fn record_venture_recovery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RecordVentureRecoveryInput,
    ) -> Result<RecordVentureRecoveryPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let recover = app::venture_agreement::Recover {
            agreement_id: typed(&input.agreement_id, "input.agreementId")?,
            amount: input.amount.0,
            document: input.document,
        };
        let (state, caller) = asked(ctx);
        let one = app::venture_agreement::recover(state, caller, key, recover).await?;
        Ok(RecordVentureRecoveryPayload {
            agreement: VentureAgreement(one),
        })
    }
}
