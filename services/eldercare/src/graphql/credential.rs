//! 资质 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, china_date};
use kit::{
    Result,
    graph::{Date, Opaque, global, listed, page, typed},
};

use super::{care_worker::CareWorker, foreign::Organization, given, loaders::Loaders};
use crate::{app, domain::credential as domain};

/// 资质类别。What a paper is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CredentialKind")]
pub enum CredentialKind {
    /// 医疗机构执业许可证(或备案凭证)。Licence of a medical institution.
    MedicalLicence,
    /// 养老服务备案。Filing as an elder-care service.
    CareFiling,
    /// 食品经营许可证。Food licence.
    FoodLicence,
    /// 医师执业证书。Physician.
    Physician,
    /// 护士执业证书。Nurse.
    Nurse,
    /// 康复治疗师资格。Therapist.
    Therapist,
    /// 养老护理员技能等级。Caregiver.
    Caregiver,
    /// 健康证明。Health certificate.
    HealthCertificate,
}

/// 资质状态。Where a paper stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CredentialState")]
pub enum CredentialState {
    /// 待审核。Submitted.
    Submitted,
    /// 已核验。Verified.
    Verified,
    /// 未通过。Rejected.
    Rejected,
    /// 已吊销。Revoked.
    Revoked,
}

/// 审核结论。What a reviewer decides.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CredentialVerdict")]
pub enum CredentialVerdict {
    /// 核验通过。It is genuine and in force.
    Verify,
    /// 不通过。It is not accepted.
    Reject,
    /// 吊销已核验的。One that was verified is withdrawn.
    Revoke,
}

/// A paper.
pub struct Credential(pub domain::Credential);

/// 资质:机构许可或个人资质;证号只显示末几位。A licence of a provider or a credential of its people; of its number only the end is shown.
#[Object]
impl Credential {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 所属机构。The provider.
    async fn organization(&self) -> Option<Organization> {
        Some(Organization(self.0.organization_id))
    }

    /// 持有人(个人资质,可见时)。The care worker who holds it, where the caller may read them.
    async fn care_worker(&self, ctx: &Context<'_>) -> Result<Option<CareWorker>> {
        let Some(id) = self.0.care_worker_id else {
            return Ok(None);
        };
        let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        Ok(found.map(CareWorker))
    }

    /// 类别。What it is.
    async fn kind(&self) -> CredentialKind {
        self.0.kind.into()
    }

    /// 证号末几位。The end of its number.
    async fn number_tail(&self) -> &str {
        &self.0.number_tail
    }

    /// 发证机关。Who issued it.
    async fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// 有效期起。The first day it holds.
    async fn valid_from(&self) -> Date {
        Date(self.0.valid_from)
    }

    /// 有效期止(含当日)。The last day it holds.
    async fn valid_to(&self) -> Date {
        Date(self.0.valid_to)
    }

    /// 今天是否有效。Whether it holds today.
    async fn in_force(&self, ctx: &Context<'_>) -> bool {
        let (state, _) = given(ctx);
        let today = china_date(state.core.clock.now());
        self.0.holds((today, today))
    }

    /// 状态。Where it stands.
    async fn state(&self) -> CredentialState {
        self.0.state.into()
    }

    /// 提交时间。When it was submitted.
    async fn submitted_at(&self) -> DateTime<Utc> {
        self.0.submitted_at
    }

    /// 审核时间。When it was reviewed.
    async fn reviewed_at(&self) -> Option<DateTime<Utc>> {
        self.0.reviewed_at
    }

    /// 审核理由。Why it was rejected or revoked.
    async fn review_reason(&self) -> Option<&str> {
        self.0.review_reason.as_deref()
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Credential queries.
#[derive(Default)]
pub struct CredentialQuery;

#[Object]
impl CredentialQuery {
    /// 我能看到的资质,新的在前;expiring 只列临近或已过有效期且未续的。The papers the caller may see, newest first; `expiring`: about to end or ended, and not renewed.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn credentials(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此机构。Only of this provider.")] organization_id: Option<ID>,
        #[graphql(desc = "只看此护理人员。Only of this care worker.")] care_worker_id: Option<ID>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<CredentialState>,
        #[graphql(desc = "只看临近到期的。Only those about to end.", default = false)]
        expiring: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Credential>>> {
        let page = page(first, after, last, before)?;
        let filter = domain::CredentialFilter {
            organization: organization_id
                .map(|id| typed(&id, "organizationId"))
                .transpose()?,
            care_worker: care_worker_id
                .map(|id| typed(&id, "careWorkerId"))
                .transpose()?,
            state: state.map(Into::into),
            ending_by: None,
        };
        let wanted = app::credential::Wanted { filter, expiring };
        let (app_state, caller) = given(ctx);
        let found = app::credential::list(app_state, caller, wanted, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), Credential)
    }
}

/// 提交资质的输入。A paper.
#[derive(InputObject)]
pub struct SubmitCredentialInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 服务机构(组织编号)。The provider, by the id of the organisation.
    organization_id: ID,
    /// 护理人员(个人资质必填,机构许可不填)。The care worker; required for a personal credential, absent for a licence.
    care_worker_id: Option<ID>,
    /// 类别。What it is.
    kind: CredentialKind,
    /// 证号(1 至 50 个字;只保留摘要和末几位)。Its number, 1 to 50 characters; only a digest and its end are kept.
    number: String,
    /// 发证机关(1 至 100 个字)。Who issued it, 1 to 100 characters.
    issuer: String,
    /// 有效期起。The first day it holds.
    valid_from: Date,
    /// 有效期止(含当日)。The last day it holds.
    valid_to: Date,
}

/// 提交资质的结果。The paper submitted.
#[derive(SimpleObject)]
pub struct SubmitCredentialPayload {
    /// 资质。The paper.
    credential: Credential,
}

/// 审核资质的输入。What a reviewer decides.
#[derive(InputObject)]
pub struct ReviewCredentialInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 资质。The paper.
    credential_id: ID,
    /// 结论。The verdict.
    verdict: CredentialVerdict,
    /// 理由(不通过或吊销时必填,最多 500 个字)。Why; required to reject or revoke, at most 500 characters.
    reason: Option<String>,
}

/// 审核资质的结果。The paper reviewed.
#[derive(SimpleObject)]
pub struct ReviewCredentialPayload {
    /// 资质。The paper.
    credential: Credential,
}

/// Credential mutations.
#[derive(Default)]
pub struct CredentialMutation;

#[Object]
impl CredentialMutation {
    /// 提交机构许可或个人资质(服务机构或民政部门)。Submits a licence or a credential (the provider, or civil affairs).
    async fn submit_credential(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SubmitCredentialInput,
    ) -> Result<SubmitCredentialPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let submit = domain::SubmitCredential {
            organization_id: typed(&input.organization_id, "input.organizationId")?,
            care_worker_id: input
                .care_worker_id
                .map(|id| typed(&id, "input.careWorkerId"))
                .transpose()?,
            kind: input.kind.into(),
            number: input.number,
            issuer: input.issuer,
            valid_from: input.valid_from.0,
            valid_to: input.valid_to.0,
        };
        let (state, caller) = given(ctx);
        let credential = app::credential::submit(state, caller, key, submit).await?;
        Ok(SubmitCredentialPayload {
            credential: Credential(credential),
        })
    }

    /// 核验、驳回或吊销资质(民政部门,不得审核自己提交的)。Verifies, rejects or revokes a paper (civil affairs; nobody reviews their own).
    async fn review_credential(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ReviewCredentialInput,
    ) -> Result<ReviewCredentialPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let review = app::credential::ReviewCredential {
            credential_id: typed(&input.credential_id, "input.credentialId")?,
            verdict: input.verdict.into(),
            reason: input.reason,
        };
        let (state, caller) = given(ctx);
        let credential = app::credential::review(state, caller, key, review).await?;
        Ok(ReviewCredentialPayload {
            credential: Credential(credential),
        })
    }
}
