//! 联动: what this service adds to a chain.

use async_graphql::{Context, ID, Object};
use kernel::keys::{OrganizationId, TraceId};
use kit::{
    Result,
    graph::{global, typed},
};

use super::{
    engagement::Engagement,
    loaders::{EngagementsIn, Loaders},
    organization::Organization,
};

/// 联动链。A chain from a resident's need to its rating, across all services.
pub struct Linkage(TraceId);

/// 联动链。A chain from a resident's need to its rating, across all services.
#[Object]
impl Linkage {
    /// 联动链编号。The chain.
    async fn trace_id(&self) -> ID {
        global(self.0)
    }

    /// 承接的社会组织。The organisations that took part.
    async fn organizations(&self, ctx: &Context<'_>) -> Result<Option<Vec<Organization>>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let signed = loaders
            .load_one(EngagementsIn(self.0))
            .await?
            .unwrap_or_default();
        let mut ids: Vec<OrganizationId> = Vec::new();
        for one in &signed {
            if !ids.contains(&one.organization_id) {
                ids.push(one.organization_id);
            }
        }
        let mut found = loaders.load_many(ids.clone()).await?;
        let in_order = ids.iter().filter_map(|id| found.remove(id));
        Ok(Some(in_order.map(Organization).collect()))
    }

    /// 承接的合同。The contracts they took on.
    async fn engagements(&self, ctx: &Context<'_>) -> Result<Option<Vec<Engagement>>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(EngagementsIn(self.0))
            .await?;
        Ok(Some(
            found
                .unwrap_or_default()
                .into_iter()
                .map(Engagement)
                .collect(),
        ))
    }
}

/// Linkage queries.
#[derive(Default)]
pub struct LinkageQuery;

#[Object]
impl LinkageQuery {
    #[graphql(entity)]
    async fn find_linkage_by_trace_id(&self, trace_id: ID) -> Result<Linkage> {
        Ok(Linkage(typed(&trace_id, "traceId")?))
    }
}
