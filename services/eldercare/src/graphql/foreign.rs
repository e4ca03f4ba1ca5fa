//! Entities that other services own: those this one refers to, and the
//! resident, to whom it adds what elder care knows.

use async_graphql::{Context, ID, Object, SimpleObject};
use kernel::keys::{ContractId, OrganizationId, ResidentId, SocialWorkerId, VolunteerId};
use kit::{
    Result,
    graph::{DivisionCode, global, typed},
};

use super::{
    credit::CreditAccount,
    elder::Elder,
    loaders::{AccountOf, Loaders, ProviderOf},
    provider::Provider,
};

/// A resident.
pub struct Resident(pub ResidentId);

/// 居民。A resident; owned by smartdata, the only place with personal data.
#[Object]
impl Resident {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0)
    }

    /// 居家养老档案(可见时)。Their record as an elder, where the caller may read it.
    async fn elder(&self, ctx: &Context<'_>) -> Result<Option<Elder>> {
        Ok(ctx
            .data_unchecked::<Loaders>()
            .load_one(self.0)
            .await?
            .map(Elder))
    }

    /// 时间积分账户(可见时)。Their credits, where the caller may read them.
    async fn credit_account(&self, ctx: &Context<'_>) -> Result<Option<CreditAccount>> {
        let account = ctx
            .data_unchecked::<Loaders>()
            .load_one(AccountOf(self.0))
            .await?;
        Ok(account.map(CreditAccount))
    }
}

/// An organisation.
pub struct Organization(pub OrganizationId);

/// 组织。An organisation; owned by incubation.
#[Object]
impl Organization {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0)
    }

    /// 居家养老服务机构登记。What it is registered for as a provider of home-based care.
    async fn provider(&self, ctx: &Context<'_>) -> Result<Option<Provider>> {
        let key = ProviderOf(self.0);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        Ok(found.map(Provider))
    }
}

impl From<OrganizationId> for Organization {
    fn from(id: OrganizationId) -> Self {
        Self(id)
    }
}

/// Entities extended here.
#[derive(Default)]
pub struct ForeignQuery;

#[Object]
impl ForeignQuery {
    #[graphql(entity)]
    async fn find_resident_by_id(&self, id: ID) -> Result<Option<Resident>> {
        Ok(Some(Resident(typed(&id, "id")?)))
    }

    #[graphql(entity)]
    async fn find_organization_by_id(&self, id: ID) -> Result<Option<Organization>> {
        Ok(Some(Organization(typed(&id, "id")?)))
    }
}

macro_rules! stub {
    ($(#[$doc:meta])* $name:ident, $id:ty) => {
        $(#[$doc])*
        #[derive(SimpleObject)]
        #[graphql(unresolvable)]
        pub struct $name {
            /// 全局编号。Global id.
            id: ID,
        }

        impl From<$id> for $name {
            fn from(id: $id) -> Self {
                Self { id: global(id) }
            }
        }
    };
}

stub!(
    /// 合同。A contract; owned by procurement.
    Contract,
    ContractId
);
stub!(
    /// 社会工作者。A social worker; owned by socialwork.
    SocialWorker,
    SocialWorkerId
);
stub!(
    /// 志愿者。A volunteer; owned by socialwork.
    Volunteer,
    VolunteerId
);

/// 社区。A community; owned by communities.
#[derive(SimpleObject)]
#[graphql(unresolvable)]
pub struct Community {
    /// 12 位区划代码。Its 12-digit division code.
    division_code: DivisionCode,
}

impl From<kernel::DivisionCode> for Community {
    fn from(code: kernel::DivisionCode) -> Self {
        Self {
            division_code: DivisionCode(code),
        }
    }
}
