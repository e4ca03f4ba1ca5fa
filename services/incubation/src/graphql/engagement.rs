//! 承接 in the graph.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{Fen, global},
};

use super::{
    foreign::{Community, Contract},
    loaders::Loaders,
    organization::Organization,
};
use crate::domain::engagement as domain;

/// 承接。A contract that an organisation took on.
pub struct Engagement(pub domain::Engagement);

/// 承接。A contract that an organisation took on.
#[Object]
impl Engagement {
    /// 联动链编号。The chain it belongs to.
    async fn trace_id(&self) -> ID {
        global(self.0.trace_id)
    }

    /// 合同。The contract.
    async fn contract(&self) -> Option<Contract> {
        Some(self.0.contract_id.into())
    }

    /// 承接的组织。The organisation.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Option<Organization>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(self.0.organization_id)
            .await?;
        Ok(found.map(Organization))
    }

    /// 服务的社区。The community it serves.
    async fn community(&self) -> Option<Community> {
        self.0.community_id.map(Into::into)
    }

    /// 合同金额(分)。The amount of the contract.
    async fn amount(&self) -> Fen {
        Fen(self.0.amount)
    }

    /// 签订时间。When it was signed.
    async fn signed_at(&self) -> DateTime<Utc> {
        self.0.signed_at
    }
}
