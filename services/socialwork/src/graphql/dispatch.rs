//! 派驻 in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use kit::{
    Result,
    graph::{Date, global, typed},
};

use super::{
    agency::AgencyLine, at, foreign::Community, keyed, loaders::Loaders,
    social_worker::SocialWorker,
};
use crate::{app::agency as app, domain::agency as domain};

/// Dispatch of the domain, as the graph shows it.
pub struct Dispatch(pub domain::Dispatch);

/// 派驻。An agency sends one of its own to a community.
#[Object(name = "AgencyDispatch")]
impl Dispatch {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 社会工作者(有权查看者可见)。Who is sent, for those who may see them.
    async fn worker(&self, ctx: &Context<'_>) -> Result<Option<SocialWorker>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(self.0.social_worker_id).await?;
        Ok(found.map(SocialWorker))
    }

    /// 社区。Where to.
    async fn community(&self) -> Option<Community> {
        Some(self.0.community_id.into())
    }

    /// 服务类别。For which lines of service.
    async fn lines(&self) -> Vec<AgencyLine> {
        self.0.lines.iter().map(|line| (*line).into()).collect()
    }

    /// 起始日。The first day.
    async fn from(&self) -> Date {
        Date(self.0.from)
    }

    /// 结束日;空为未定。The last day, where it is known.
    async fn to(&self) -> Option<Date> {
        self.0.to.map(Date)
    }
}

/// 派驻的输入。Whom an agency sends, where, and for what.
#[derive(InputObject)]
pub struct DispatchSocialWorkerInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 机构。The agency.
    agency_id: ID,
    /// 社会工作者;须为本机构聘用。The social worker, whom it employs.
    social_worker_id: ID,
    /// 社区;须在机构登记的区划内。The community, within the division of its standing.
    community_id: ID,
    /// 服务类别;不得超出机构核准的类别。For which lines of service, among its own.
    lines: Vec<AgencyLine>,
    /// 起始日。The first day.
    from: Date,
    /// 结束日;不填为未定。The last day; open where left out.
    to: Option<Date>,
}

/// 派驻的结果。The dispatch.
#[derive(SimpleObject)]
pub struct DispatchSocialWorkerPayload {
    /// 派驻。The dispatch.
    dispatch: Dispatch,
}

/// 结束派驻的输入。Which dispatch ends.
#[derive(InputObject)]
pub struct EndAgencyDispatchInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 派驻。The dispatch.
    dispatch_id: ID,
    /// 最后一日。Its last day.
    on: Date,
}

/// 结束派驻的结果。The dispatch, ended.
#[derive(SimpleObject)]
pub struct EndAgencyDispatchPayload {
    /// 派驻。The dispatch.
    dispatch: Dispatch,
}

/// Dispatch mutations.
#[derive(Default)]
pub struct DispatchMutation;

#[Object]
impl DispatchMutation {
    /// 派驻社会工作者(机构负责人、民政部门);机构须合格。Sends a social worker to a community: the manager of a qualified agency, or civil affairs.
    async fn dispatch_social_worker(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: DispatchSocialWorkerInput,
    ) -> Result<DispatchSocialWorkerPayload> {
        let key = keyed(&input.idempotency_key)?;
        let send = app::Sending {
            agency_id: typed(&input.agency_id, "input.agencyId")?,
            social_worker_id: typed(&input.social_worker_id, "input.socialWorkerId")?,
            community_id: typed(&input.community_id, "input.communityId")?,
            lines: input.lines.into_iter().map(Into::into).collect(),
            from: input.from.0,
            to: input.to.map(|day| day.0),
        };
        let (state, caller) = at(ctx);
        let dispatch = Dispatch(app::dispatch(state, caller, key, send).await?);
        Ok(DispatchSocialWorkerPayload { dispatch })
    }

    /// 结束派驻(机构负责人、民政部门)。Ends a dispatch: the manager, or civil affairs.
    async fn end_agency_dispatch(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: EndAgencyDispatchInput,
    ) -> Result<EndAgencyDispatchPayload> {
        let key = keyed(&input.idempotency_key)?;
        let end = app::EndDispatch {
            dispatch_id: typed(&input.dispatch_id, "input.dispatchId")?,
            on: input.on.0,
        };
        let (state, caller) = at(ctx);
        let dispatch = Dispatch(app::end_dispatch(state, caller, key, end).await?);
        Ok(EndAgencyDispatchPayload { dispatch })
    }
}
