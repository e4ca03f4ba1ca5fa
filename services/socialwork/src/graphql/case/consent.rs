//! 知情同意 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::china_date;
use kit::{
    Result,
    graph::{Date, global, typed},
};

use super::{
    super::{at, foreign::Organization, keyed},
    plan::Signing,
};
use crate::{app::case as app, domain::case::consent as domain};

/// 同意的用途。What for.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ConsentPurpose", name = "CaseConsentPurpose")]
pub enum ConsentPurpose {
    /// 转介服务。Referral to another service.
    Referral,
    /// 医疗救治。Medical care.
    MedicalCare,
    /// 养老服务。Care of the elderly.
    ElderCare,
    /// 社会救助。Social assistance.
    SocialAssistance,
    /// 法律援助。Legal aid.
    LegalAid,
    /// 督导与教学。Supervision and teaching.
    Teaching,
}

/// 同意提供的内容。Which part of a case.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CaseField")]
pub enum CaseField {
    /// 身份。Who the client is.
    Identity,
    /// 联系方式。How to reach them.
    Contact,
    /// 家庭。Their family.
    Family,
    /// 健康。Their health.
    Health,
    /// 经济。Their means.
    Finance,
    /// 预估。The assessment.
    Assessment,
    /// 计划。The plan.
    Plan,
}

/// Consent of the domain, as the graph shows it.
pub struct CaseConsent(pub domain::CaseConsent);

/// 知情同意。A client's consent, for one purpose and one receiver.
#[Object]
impl CaseConsent {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 用途。What for.
    async fn purpose(&self) -> ConsentPurpose {
        self.0.purpose.into()
    }

    /// 接收方。Who is told.
    async fn receiver(&self) -> Option<Organization> {
        Some(self.0.receiver_id.into())
    }

    /// 提供的内容。What is told.
    async fn fields(&self) -> Vec<CaseField> {
        self.0.fields.iter().map(|one| (*one).into()).collect()
    }

    /// 签署方式。How it was given.
    async fn signing(&self) -> Signing {
        self.0.signing.into()
    }

    /// 到期日。Its last day.
    async fn expires_on(&self) -> Date {
        Date(self.0.expires_on)
    }

    /// 给出时间。When it was given.
    async fn given_at(&self) -> DateTime<Utc> {
        self.0.given_at
    }

    /// 撤回时间。When it was withdrawn.
    async fn withdrawn_at(&self) -> Option<DateTime<Utc>> {
        self.0.withdrawn_at
    }

    /// 今日是否有效。Whether it holds today.
    async fn stands(&self, ctx: &Context<'_>) -> bool {
        let (state, _) = at(ctx);
        self.0.stands(china_date(state.core.clock.now()))
    }
}

/// 知情同意的输入。To what a client agrees.
#[derive(InputObject)]
pub struct GiveCaseConsentInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 个案。The case.
    case_id: ID,
    /// 用途。What for.
    purpose: ConsentPurpose,
    /// 接收方。Who is told.
    receiver_organization_id: ID,
    /// 提供的内容。What is told.
    fields: Vec<CaseField>,
    /// 到期日。Its last day.
    expires_on: Date,
    /// 签署方式。How it is given.
    signing: Signing,
    /// 纸质文书编号;在线签署不填。The number of the paper; none online.
    paper: Option<String>,
}

/// 知情同意的结果。The consent.
#[derive(SimpleObject)]
pub struct GiveCaseConsentPayload {
    /// 同意。The consent.
    consent: CaseConsent,
}

/// 撤回同意的输入。Which consent is withdrawn.
#[derive(InputObject)]
pub struct WithdrawCaseConsentInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 个案。The case.
    case_id: ID,
    /// 同意。The consent.
    consent_id: ID,
}

/// 撤回同意的结果。The consent, withdrawn.
#[derive(SimpleObject)]
pub struct WithdrawCaseConsentPayload {
    /// 同意。The consent.
    consent: CaseConsent,
}

/// Mutations of consents.
#[derive(Default)]
pub struct ConsentMutation;

#[Object]
impl ConsentMutation {
    /// 给出知情同意(服务对象在线,或社工录入纸质签署)。The client consents, or the worker enters the paper.
    async fn give_case_consent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: GiveCaseConsentInput,
    ) -> Result<GiveCaseConsentPayload> {
        let key = keyed(&input.idempotency_key)?;
        let give = app::GiveConsent {
            case_id: typed(&input.case_id, "input.caseId")?,
            purpose: input.purpose.into(),
            receiver_id: typed(
                &input.receiver_organization_id,
                "input.receiverOrganizationId",
            )?,
            fields: input.fields.into_iter().map(Into::into).collect(),
            expires_on: input.expires_on.0,
            signing: input.signing.into(),
            paper: input.paper,
        };
        let (state, caller) = at(ctx);
        let consent = CaseConsent(app::give_consent(state, caller, key, give).await?);
        Ok(GiveCaseConsentPayload { consent })
    }

    /// 撤回知情同意(服务对象本人,或社工代录)。Withdraws a consent: the client, or the worker for them.
    async fn withdraw_case_consent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: WithdrawCaseConsentInput,
    ) -> Result<WithdrawCaseConsentPayload> {
        let key = keyed(&input.idempotency_key)?;
        let which = (
            typed(&input.case_id, "input.caseId")?,
            typed(&input.consent_id, "input.consentId")?,
        );
        let (state, caller) = at(ctx);
        let consent = CaseConsent(app::withdraw_consent(state, caller, key, which).await?);
        Ok(WithdrawCaseConsentPayload { consent })
    }
}
