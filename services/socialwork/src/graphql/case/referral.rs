//! 转介 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{Opaque, global, listed, page, typed},
};

use super::{
    super::{at, foreign::Organization, keyed},
    consent::{CaseField, ConsentPurpose},
};
use crate::{app::case as app, domain::case::referral as domain};

/// 转介状态。Where a referral stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ReferralState", name = "CaseReferralState")]
pub enum ReferralState {
    /// 待接收。It waits for an answer.
    Sent,
    /// 已接收。The receiver takes it.
    Accepted,
    /// 已谢绝。The receiver declined.
    Declined,
}

/// Referral of the domain, as the graph shows it.
pub struct CaseReferral(pub domain::CaseReferral);

/// 转介。A client is referred to another organisation, as far as they consented.
#[Object]
impl CaseReferral {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 接收机构。To whom.
    async fn to(&self) -> Option<Organization> {
        Some(self.0.to_organization_id.into())
    }

    /// 用途。What for.
    async fn purpose(&self) -> ConsentPurpose {
        self.0.purpose.into()
    }

    /// 提供的内容。What is told.
    async fn fields(&self) -> Vec<CaseField> {
        self.0.fields.iter().map(|one| (*one).into()).collect()
    }

    /// 依据的同意。The consent it rests on.
    async fn consent_id(&self) -> ID {
        global(self.0.consent_id)
    }

    /// 是否整案移交。Whether the case goes over as a whole.
    async fn hand_over(&self) -> bool {
        self.0.hand_over
    }

    /// 状态。Where it stands.
    async fn state(&self) -> ReferralState {
        self.0.state.into()
    }

    /// 答复理由。What the receiver said.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// 转介说明;仅接收机构、同意有效期内可读,查阅留痕。What the receiver is told, while the consent stands; reading it is on record.
    async fn summary(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let (state, caller) = at(ctx);
        app::referral_summary(state, caller, &self.0).await
    }

    /// 发出时间。When it was sent.
    async fn sent_at(&self) -> DateTime<Utc> {
        self.0.sent_at
    }

    /// 答复时间。When it was answered.
    async fn answered_at(&self) -> Option<DateTime<Utc>> {
        self.0.answered_at
    }
}

/// Queries of referrals.
#[derive(Default)]
pub struct ReferralQuery;

#[Object]
impl ReferralQuery {
    /// 转介到本机构的个案,新的在前(机构负责人)。What was referred to the caller's organisation, newest first.
    async fn case_referrals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此状态。Only where it stands so.")] state: Option<ReferralState>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
    ) -> Result<Option<Connection<Opaque, CaseReferral>>> {
        let page = page(first, after, None, None)?;
        let (service, caller) = at(ctx);
        let found = app::referrals(service, caller, state.map(Into::into), &page).await?;
        listed(found, |one| (one.id.as_uuid(),), CaseReferral)
    }
}

/// 转介的输入。To whom a client is referred, and what is told.
#[derive(InputObject)]
pub struct ReferCaseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 个案。The case.
    case_id: ID,
    /// 接收机构;须与同意书一致。To whom; as the consent says.
    to_organization_id: ID,
    /// 用途;须与同意书一致。What for; as the consent says.
    purpose: ConsentPurpose,
    /// 提供的内容;不得超出同意书。What is told; no more than the consent says.
    fields: Vec<CaseField>,
    /// 依据的同意。The consent it rests on.
    consent_id: ID,
    /// 是否整案移交;接收后本个案以转介结束。Whether the case goes over as a whole and ends here.
    #[graphql(default = false)]
    hand_over: bool,
    /// 给接收机构的说明(1 至 5000 字,加密保存)。What the receiver is told; kept encrypted.
    summary: String,
}

/// 转介的结果。The referral.
#[derive(SimpleObject)]
pub struct ReferCasePayload {
    /// 转介。The referral.
    referral: CaseReferral,
}

/// 答复转介的输入。What the receiver says.
#[derive(InputObject)]
pub struct AnswerCaseReferralInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 转介。The referral.
    referral_id: ID,
    /// 是否接收。Whether it is taken.
    accepted: bool,
    /// 理由;谢绝时须填。Why; required where it is declined.
    reason: Option<String>,
}

/// 答复转介的结果。The referral, answered.
#[derive(SimpleObject)]
pub struct AnswerCaseReferralPayload {
    /// 转介。The referral.
    referral: CaseReferral,
}

/// Mutations of referrals.
#[derive(Default)]
pub struct ReferralMutation;

#[Object]
impl ReferralMutation {
    /// 转介个案(个案社工);须有用途、接收方均相符的有效同意。Refers a client, with a valid consent for this purpose and receiver.
    async fn refer_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ReferCaseInput,
    ) -> Result<ReferCasePayload> {
        let key = keyed(&input.idempotency_key)?;
        let refer = app::Refer {
            case_id: typed(&input.case_id, "input.caseId")?,
            to_organization_id: typed(&input.to_organization_id, "input.toOrganizationId")?,
            purpose: input.purpose.into(),
            fields: input.fields.into_iter().map(Into::into).collect(),
            consent_id: typed(&input.consent_id, "input.consentId")?,
            hand_over: input.hand_over,
            summary: input.summary,
        };
        let (state, caller) = at(ctx);
        let referral = CaseReferral(app::refer(state, caller, key, refer).await?);
        Ok(ReferCasePayload { referral })
    }

    /// 答复转介(接收机构负责人)。Takes a referral or declines it: the receiving organisation.
    async fn answer_case_referral(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AnswerCaseReferralInput,
    ) -> Result<AnswerCaseReferralPayload> {
        let key = keyed(&input.idempotency_key)?;
        let answer = app::Answer {
            referral_id: typed(&input.referral_id, "input.referralId")?,
            accepted: input.accepted,
            reason: input.reason,
        };
        let (state, caller) = at(ctx);
        let referral = CaseReferral(app::answer_referral(state, caller, key, answer).await?);
        Ok(AnswerCaseReferralPayload { referral })
    }
}
