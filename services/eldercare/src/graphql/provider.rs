//! 服务机构 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Date, DivisionCode, Opaque, global, listed, page, typed},
};

use super::{
    credential::CredentialKind,
    foreign::Organization,
    given,
    loaders::{Loaders, ProviderOf},
    tier::ServiceLine,
};
use crate::{
    app,
    domain::{credential as papers, provider as domain},
};

/// A provider.
pub struct Provider(pub domain::Provider);

/// 居家养老服务机构:登记的组织及其服务类别。A provider of home-based care: an organisation, and the lines in which it serves.
#[Object]
impl Provider {
    /// 组织编号。The organisation's global id.
    async fn organization_id(&self) -> ID {
        global(self.0.organization_id)
    }

    /// 组织。The organisation.
    async fn organization(&self) -> Option<Organization> {
        Some(Organization(self.0.organization_id))
    }

    /// 登记区划。The division that registered it.
    async fn division_code(&self) -> DivisionCode {
        DivisionCode(self.0.division_code)
    }

    /// 服务类别。The lines in which it serves.
    async fn lines(&self) -> Vec<ServiceLine> {
        self.0.lines.iter().map(|line| (*line).into()).collect()
    }

    /// 今天许可齐全的服务类别。Those for which it holds today the licences they ask for.
    async fn licensed_lines(&self, ctx: &Context<'_>) -> Result<Vec<ServiceLine>> {
        let (state, _) = given(ctx);
        let lines = app::provider::licensed_lines(state, self.0.organization_id).await?;
        Ok(lines.into_iter().map(Into::into).collect())
    }

    /// 登记时间。When it was registered.
    async fn registered_at(&self) -> DateTime<Utc> {
        self.0.registered_at
    }
}

/// 要求谁具备资质。Of whom a paper is asked.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "papers::Who")]
pub enum RequirementHolder {
    /// 服务机构。The provider.
    Provider,
    /// 上门的任何人。Whoever comes.
    Worker,
    /// 护理人员。Care workers.
    CareWorker,
}

/// 资质要求:某类服务须具备的资质之一。What a line of service asks for: one of these papers.
#[derive(SimpleObject)]
pub struct LineRequirement {
    /// 代码。Its code.
    code: String,
    /// 服务类别;空为全部类别。The line; none is every line.
    line: Option<ServiceLine>,
    /// 要求谁具备。Of whom.
    holder: RequirementHolder,
    /// 其中之一即可。Any one of these.
    any_of: Vec<CredentialKind>,
    /// 自何日起。From which day.
    valid_from: Date,
    /// 至何日前。Until before which day.
    valid_to: Option<Date>,
    /// 依据。On what it rests.
    source: String,
}

impl From<papers::Requirement> for LineRequirement {
    fn from(one: papers::Requirement) -> Self {
        let day = |day: NaiveDate| Date(day);
        Self {
            code: one.code,
            line: one.line.map(Into::into),
            holder: one.who.into(),
            any_of: one.any_of.into_iter().map(Into::into).collect(),
            valid_from: day(one.valid_from),
            valid_to: one.valid_to.map(day),
            source: one.source,
        }
    }
}

/// Provider queries.
#[derive(Default)]
pub struct ProviderQuery;

#[Object]
impl ProviderQuery {
    #[graphql(entity)]
    async fn find_provider_by_organization_id(
        &self,
        ctx: &Context<'_>,
        organization_id: ID,
    ) -> Result<Option<Provider>> {
        find(ctx, &organization_id).await
    }

    /// 按组织编号查服务机构。A provider by the id of the organisation.
    async fn provider(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "组织编号。The organisation's global id.")] organization_id: ID,
    ) -> Result<Option<Provider>> {
        find(ctx, &organization_id).await
    }

    /// 服务机构名录。The register of providers.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn providers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此类服务。Only of this line.")] line: Option<ServiceLine>,
        #[graphql(desc = "只看此区划。Only below this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Provider>>> {
        let page = page(first, after, last, before)?;
        let (state, _) = given(ctx);
        let (line, below) = (line.map(Into::into), division_code.map(|code| code.0));
        let found = app::provider::list(state, line, below, &page).await?;
        listed(found, |one| (one.organization_id.as_uuid(),), Provider)
    }

    /// 各类服务的资质要求及依据。What the lines of service ask for, and on what it rests.
    async fn line_requirements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此类服务。Only of this line.")] line: Option<ServiceLine>,
    ) -> Result<Option<Vec<LineRequirement>>> {
        let (state, _) = given(ctx);
        let found = app::credential::requirements(state, line.map(Into::into)).await?;
        Ok(Some(found.into_iter().map(Into::into).collect()))
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Provider>> {
    let key = ProviderOf(typed(id, "organizationId")?);
    let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
    Ok(found.map(Provider))
}

/// 登记服务机构的输入。Which organisation serves in which lines.
#[derive(InputObject)]
pub struct RegisterProviderInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 组织。The organisation.
    organization_id: ID,
    /// 登记区划(首次登记后不可更改)。The division that registers it; it never changes.
    division_code: DivisionCode,
    /// 服务类别(至少一类)。The lines in which it serves, at least one.
    lines: Vec<ServiceLine>,
}

/// 登记服务机构的结果。The provider registered.
#[derive(SimpleObject)]
pub struct RegisterProviderPayload {
    /// 服务机构。The provider.
    provider: Provider,
}

/// Provider mutations.
#[derive(Default)]
pub struct ProviderMutation;

#[Object]
impl ProviderMutation {
    /// 登记服务机构或变更其服务类别(民政部门)。Registers a provider, or changes its lines (civil affairs).
    async fn register_provider(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RegisterProviderInput,
    ) -> Result<RegisterProviderPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let register = domain::RegisterProvider {
            organization_id: typed(&input.organization_id, "input.organizationId")?,
            division_code: input.division_code.0,
            lines: input.lines.into_iter().map(Into::into).collect(),
        };
        let (state, caller) = given(ctx);
        let provider = app::provider::register(state, caller, key, register).await?;
        Ok(RegisterProviderPayload {
            provider: Provider(provider),
        })
    }
}
