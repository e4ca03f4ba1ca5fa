//! 联动链: this service's part of it.

use async_graphql::{Context, ID, Object};
use kernel::keys::TraceId;
use kit::{
    Result,
    auth::Caller,
    graph::{global, typed},
};

use super::{social_worker::SocialWorker, volunteer::Volunteer, volunteer_record::VolunteerRecord};
use crate::{app, state::State};

/// A chain, as this service knows it. Its fields may be null: while this
/// service cannot be reached, only they are, and not the whole chain.
pub struct Linkage(TraceId);

/// 联动链。A chain from a need to its rating, across the services.
#[Object]
impl Linkage {
    /// 联动链编号。The id of the chain.
    async fn trace_id(&self) -> ID {
        global(self.0)
    }

    /// 提供服务的社会工作者。The social workers who served.
    async fn social_workers(&self, ctx: &Context<'_>) -> Result<Option<Vec<SocialWorker>>> {
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let found = app::linkage::social_workers(state, caller, self.0).await?;
        Ok(Some(found.into_iter().map(SocialWorker).collect()))
    }

    /// 提供服务的志愿者(有权查看者可见)。The volunteers who served, for those who may see them.
    async fn volunteers(&self, ctx: &Context<'_>) -> Result<Option<Vec<Volunteer>>> {
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let found = app::linkage::volunteers(state, caller, self.0).await?;
        Ok(Some(found.into_iter().map(Volunteer).collect()))
    }

    /// 志愿服务记录,含冲销(有权查看者可见)。Records of volunteer service, reversals included.
    async fn volunteer_records(&self, ctx: &Context<'_>) -> Result<Option<Vec<VolunteerRecord>>> {
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let found = app::linkage::volunteer_records(state, caller, self.0).await?;
        Ok(Some(found.into_iter().map(VolunteerRecord).collect()))
    }
}

/// Linkage queries.
#[derive(Default)]
pub struct LinkageQuery;

#[Object]
impl LinkageQuery {
    #[graphql(entity)]
    async fn find_linkage_by_trace_id(&self, trace_id: ID) -> Result<Option<Linkage>> {
        Ok(Some(Linkage(typed(&trace_id, "traceId")?)))
    }
}
