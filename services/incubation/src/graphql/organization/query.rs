//! Queries for organisations.

use async_graphql::{Context, ID, Object, connection::Connection};
use kernel::{china_date, keys::OrganizationId};
use kit::{
    Result,
    auth::Caller,
    graph::{DivisionCode, Opaque, UnifiedSocialCreditCode, listed, page, typed},
};

use super::{FunctionalType, Organization, OrganizationKind, OrganizationStatus, Origin};
use crate::{
    app::{self, organization::OrganizationFilter},
    graphql::loaders::{ByUscc, Loaders},
    state::State,
};

/// Organisation queries.
#[derive(Default)]
pub struct OrganizationQuery;

#[Object]
impl OrganizationQuery {
    #[graphql(entity)]
    async fn find_organization_by_id(
        &self,
        ctx: &Context<'_>,
        id: ID,
    ) -> Result<Option<Organization>> {
        find(ctx, &id).await
    }

    #[graphql(entity)]
    async fn find_organization_by_uscc(
        &self,
        ctx: &Context<'_>,
        uscc: UnifiedSocialCreditCode,
    ) -> Result<Option<Organization>> {
        find_by_uscc(ctx, uscc).await
    }

    /// 按编号查组织。An organisation by id.
    async fn organization(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Organization>> {
        find(ctx, &id).await
    }

    /// 按统一社会信用代码查组织。An organisation by its unified social credit code.
    async fn organization_by_uscc(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "18 位代码。18 characters.")] uscc: UnifiedSocialCreditCode,
    ) -> Result<Option<Organization>> {
        find_by_uscc(ctx, uscc).await
    }

    /// 组织名录,新的在前;筹备中的仅登记机关可见。
    /// The register, newest first; applications are shown to their registrar alone.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is an argument of the graph"
    )]
    async fn organizations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此类别。Only of this kind.")] kind: Option<OrganizationKind>,
        #[graphql(desc = "只看此状态。Only in this status.")] status: Option<OrganizationStatus>,
        #[graphql(desc = "登记机关在此区划内。Registrar within this division.")]
        division_code: Option<DivisionCode>,
        #[graphql(desc = "今天能否承接居家养老。Whether it may take elder care today.")]
        elder_care_capable: Option<bool>,
        #[graphql(desc = "只看此功能类型。Only for this.")] functional_type: Option<FunctionalType>,
        #[graphql(desc = "只看此来源。Only from there.")] origin: Option<Origin>,
        #[graphql(desc = "名称中含有。Part of the name.")] name_contains: Option<String>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Organization>>> {
        let page = page(first, after, last, before)?;
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let today = china_date(state.core.clock.now());
        let filter = OrganizationFilter {
            below: division_code.map(|code| code.0),
            kind: kind.map(Into::into),
            status: status.map(Into::into),
            functional_type: functional_type.map(Into::into),
            origin: origin.map(Into::into),
            name_contains: name_contains.filter(|part| !part.trim().is_empty()),
            elder_care: elder_care_capable.map(|capable| (capable, today)),
        };
        let found = app::organization::list(state, caller, &filter, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), Organization)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Organization>> {
    let id: OrganizationId = typed(id, "id")?;
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(Organization))
}

async fn find_by_uscc(
    ctx: &Context<'_>,
    uscc: UnifiedSocialCreditCode,
) -> Result<Option<Organization>> {
    // Codes are kept in upper case, whether their checks hold or not.
    let key = ByUscc(uscc.0.trim().to_ascii_uppercase());
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(key)
        .await?
        .map(Organization))
}
