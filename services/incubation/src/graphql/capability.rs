//! 能力认定 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, china_date};
use kit::{
    Result,
    auth::Caller,
    graph::{Date, global, typed},
};

use super::{loaders::Loaders, organization::Organization};
use crate::{app, domain::capability as domain, state::State};

/// 能力。What an organisation can take on.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::Capability", name = "OrganizationCapability")]
pub enum Capability {
    /// 独立承接居家养老服务。Home-based elder care, on its own.
    ElderCare,
}

/// 能力认定。A certification of what an organisation can take on.
pub struct Certification(pub domain::Certification);

/// 能力认定。A certification of what an organisation can take on.
#[Object(name = "CapabilityCertification")]
impl Certification {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 能力。What it can take on.
    async fn capability(&self) -> Capability {
        self.0.capability.into()
    }

    /// 有效期起。The first day it holds.
    async fn valid_from(&self) -> Date {
        Date(self.0.valid_from)
    }

    /// 有效期止(当日仍有效)。The last day it holds.
    async fn valid_to(&self) -> Date {
        Date(self.0.valid_to)
    }

    /// 认定依据。What it rests on.
    async fn evidence(&self) -> &str {
        &self.0.evidence
    }

    /// 认定时间。When it was certified.
    async fn certified_at(&self) -> DateTime<Utc> {
        self.0.certified_at
    }

    /// 今天是否有效。Whether it holds today.
    async fn in_force(&self, ctx: &Context<'_>) -> bool {
        self.0
            .in_force(china_date(ctx.data_unchecked::<State>().core.clock.now()))
    }

    /// 撤销日期(当日起失效)。The first day it does not hold any more.
    async fn revoked_on(&self) -> Option<Date> {
        self.0
            .revocation
            .as_ref()
            .map(|revocation| Date(revocation.on))
    }

    /// 撤销理由。Why it was revoked.
    async fn revoke_reason(&self) -> Option<&str> {
        self.0
            .revocation
            .as_ref()
            .map(|revocation| revocation.reason.as_str())
    }
}

/// 认定居家养老能力的输入。What the registrar certifies.
#[derive(InputObject)]
pub struct CertifyElderCareInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 组织。The organisation.
    organization_id: ID,
    /// 有效期起。The first day it holds.
    valid_from: Date,
    /// 有效期止(当日仍有效)。The last day it holds.
    valid_to: Date,
    /// 认定依据(1 至 1000 字)。What it rests on, 1 to 1000 characters.
    evidence: String,
}

/// 认定居家养老能力的结果。The certification, and the organisation.
#[derive(SimpleObject)]
pub struct CertifyElderCarePayload {
    /// 认定。The certification.
    certification: Certification,
    /// 组织。The organisation.
    organization: Option<Organization>,
}

/// 撤销居家养老能力认定的输入。Which certification is taken back, and why.
#[derive(InputObject)]
pub struct RevokeElderCareInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 认定。The certification.
    certification_id: ID,
    /// 理由(1 至 500 字)。Why, 1 to 500 characters.
    reason: String,
}

/// 撤销居家养老能力认定的结果。The certification, and the organisation.
#[derive(SimpleObject)]
pub struct RevokeElderCarePayload {
    /// 认定。The certification.
    certification: Certification,
    /// 组织。The organisation.
    organization: Option<Organization>,
}

/// Capability mutations.
#[derive(Default)]
pub struct CapabilityMutation;

#[Object]
impl CapabilityMutation {
    /// 认定居家养老能力(登记管理机关)。Certifies that it takes elder care on its own.
    async fn certify_elder_care(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CertifyElderCareInput,
    ) -> Result<CertifyElderCarePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let new = domain::CertifyElderCare {
            organization_id: typed(&input.organization_id, "input.organizationId")?,
            valid_from: input.valid_from.0,
            valid_to: input.valid_to.0,
            evidence: input.evidence,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let one = app::capability::certify_elder_care(state, caller, key, new).await?;
        let organization = organization_of(ctx, &one).await?;
        Ok(CertifyElderCarePayload {
            certification: Certification(one),
            organization,
        })
    }

    /// 撤销居家养老能力认定(登记管理机关)。Takes the certification back, from today on.
    async fn revoke_elder_care(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RevokeElderCareInput,
    ) -> Result<RevokeElderCarePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let revoke = app::capability::Revoke {
            certification_id: typed(&input.certification_id, "input.certificationId")?,
            reason: input.reason,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let one = app::capability::revoke_elder_care(state, caller, key, revoke).await?;
        let organization = organization_of(ctx, &one).await?;
        Ok(RevokeElderCarePayload {
            certification: Certification(one),
            organization,
        })
    }
}

async fn organization_of(
    ctx: &Context<'_>,
    one: &domain::Certification,
) -> Result<Option<Organization>> {
    let found = ctx
        .data_unchecked::<Loaders>()
        .load_one(one.organization_id)
        .await?;
    Ok(found.map(Organization))
}
