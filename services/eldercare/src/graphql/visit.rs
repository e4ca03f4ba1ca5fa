//! 上门服务 in the graph.

mod mutation;
mod subscription;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{Minutes, Opaque, global, listed, page, typed},
};

pub use mutation::VisitMutation;
pub use subscription::VisitSubscription;

use super::{
    care_worker::CareWorker,
    foreign::{Contract, Resident, SocialWorker, Volunteer},
    given,
    loaders::Loaders,
    order::Order,
};
use crate::{
    app,
    domain::visit::{self as domain, Worker},
};

/// 上门服务状态。Where a visit stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::VisitState")]
pub enum VisitState {
    /// 已派单。Assigned.
    Assigned,
    /// 已接单。Accepted by the worker.
    Accepted,
    /// 在途。On the way.
    EnRoute,
    /// 已签到。In the home.
    CheckedIn,
    /// 已签退。Left.
    CheckedOut,
    /// 老人已确认。Confirmed by the elder.
    Confirmed,
    /// 已结算。Settled.
    Settled,
    /// 已拒绝。Called off.
    Refused,
    /// 未到。Somebody was missing.
    NoShow,
    /// 经抽查不实,作废。Found void by an audit.
    Voided,
}

/// 服务人员类别。Who comes.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum VisitWorkerKind {
    /// 社会工作者。A social worker.
    SocialWorker,
    /// 志愿者。A volunteer, who earns minutes.
    Volunteer,
    /// 护理人员。A care worker of the provider.
    CareWorker,
}

/// 签到方式。How a check-in is proved.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CheckMethod")]
pub enum CheckInMethod {
    /// 定位。By GPS.
    Gps,
    /// 老人持有的令牌。By the elder's token.
    Token,
    /// 电话。By phone.
    Phone,
}

/// 确认方式。How the elder confirms.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ConfirmMethod")]
pub enum ConfirmMethod {
    /// 手机应用。By app.
    App,
    /// 刷卡。By card.
    Card,
    /// 电话回访。By the call of staff.
    Phone,
    /// 家属代为确认。By a registered relative.
    Family,
}

/// 位置。A place on earth.
#[derive(SimpleObject, InputObject, Clone, Copy)]
#[graphql(input_name = "VisitLocationInput")]
pub struct VisitLocation {
    /// 纬度。Degrees north.
    latitude: f64,
    /// 经度。Degrees east.
    longitude: f64,
}

impl From<VisitLocation> for domain::Location {
    fn from(at: VisitLocation) -> Self {
        Self {
            latitude: at.latitude,
            longitude: at.longitude,
        }
    }
}

/// A visit.
pub struct Visit(pub domain::Visit);

/// 上门服务。A visit at home, from the assignment to the settlement.
#[Object]
impl Visit {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 联动链编号。The chain it belongs to.
    async fn trace_id(&self) -> ID {
        global(self.0.trace_id)
    }

    /// 订单(可见时)。The order, where the caller may read it.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        Ok(ctx
            .data_unchecked::<Loaders>()
            .load_one(self.0.order_id)
            .await?
            .map(Order))
    }

    /// 合同。The contract.
    async fn contract(&self) -> Option<Contract> {
        Some(self.0.contract_id.into())
    }

    /// 老人。The resident it is for.
    async fn resident(&self) -> Option<Resident> {
        Some(Resident(self.0.elder_id))
    }

    /// 服务人员类别。Who comes.
    async fn worker_kind(&self) -> VisitWorkerKind {
        match self.0.worker {
            Worker::SocialWorker(_) => VisitWorkerKind::SocialWorker,
            Worker::Volunteer(_) => VisitWorkerKind::Volunteer,
            Worker::CareWorker(_) => VisitWorkerKind::CareWorker,
        }
    }

    /// 社会工作者(由其上门时)。The social worker, where one comes.
    async fn social_worker(&self) -> Option<SocialWorker> {
        match self.0.worker {
            Worker::SocialWorker(id) => Some(id.into()),
            Worker::Volunteer(_) | Worker::CareWorker(_) => None,
        }
    }

    /// 志愿者(由其上门时)。The volunteer, where one comes.
    async fn volunteer(&self) -> Option<Volunteer> {
        match self.0.worker {
            Worker::Volunteer(id) => Some(id.into()),
            Worker::SocialWorker(_) | Worker::CareWorker(_) => None,
        }
    }

    /// 护理人员(由其上门且可见时)。The care worker, where one comes and the caller may read them.
    async fn care_worker(&self, ctx: &Context<'_>) -> Result<Option<CareWorker>> {
        let Worker::CareWorker(id) = self.0.worker else {
            return Ok(None);
        };
        let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        Ok(found.map(CareWorker))
    }

    /// 计划开始。When it is to begin.
    async fn planned_start(&self) -> DateTime<Utc> {
        self.0.planned_start
    }

    /// 计划结束。When it is to end.
    async fn planned_end(&self) -> DateTime<Utc> {
        self.0.planned_end
    }

    /// 签到时间。When the worker came.
    async fn in_at(&self) -> Option<DateTime<Utc>> {
        self.0.in_at
    }

    /// 签到方式。How the check-in was proved.
    async fn in_method(&self) -> Option<CheckInMethod> {
        self.0.in_method.map(Into::into)
    }

    /// 签到位置。Where the check-in was.
    async fn in_location(&self) -> Option<VisitLocation> {
        let at = self.0.in_location?;
        Some(VisitLocation {
            latitude: at.latitude,
            longitude: at.longitude,
        })
    }

    /// 签退时间。When the worker left.
    async fn out_at(&self) -> Option<DateTime<Utc>> {
        self.0.out_at
    }

    /// 服务时长。The whole minutes of service.
    async fn minutes(&self) -> Option<Minutes> {
        self.0.minutes.map(Minutes)
    }

    /// 服务内容。What was done.
    async fn tasks(&self) -> &[String] {
        &self.0.tasks
    }

    /// 确认方式。How it was confirmed.
    async fn confirm_method(&self) -> Option<ConfirmMethod> {
        self.0.confirm_method.map(Into::into)
    }

    /// 确认时间。When it was confirmed.
    async fn confirmed_at(&self) -> Option<DateTime<Utc>> {
        self.0.confirmed_at
    }

    /// 拒绝或未到的原因。Why nothing came of it.
    async fn end_reason(&self) -> Option<&str> {
        self.0.end_reason.as_deref()
    }

    /// 状态。Where it stands.
    async fn state(&self) -> VisitState {
        self.0.state.into()
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// 派单时间。When it was assigned.
    async fn assigned_at(&self) -> DateTime<Utc> {
        self.0.assigned_at
    }
}

/// Visit queries.
#[derive(Default)]
pub struct VisitQuery;

#[Object]
impl VisitQuery {
    #[graphql(entity)]
    async fn find_visit_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Visit>> {
        find(ctx, &id).await
    }

    /// 按编号查上门服务。A visit by id.
    async fn visit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Visit>> {
        find(ctx, &id).await
    }

    /// 我能看到的上门服务,新的在前。The visits the caller may see or makes, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn visits(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此订单。Only of this order.")] order_id: Option<ID>,
        #[graphql(desc = "只看此合同。Only under this contract.")] contract_id: Option<ID>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<VisitState>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Visit>>> {
        let page = page(first, after, last, before)?;
        let filter = domain::VisitFilter {
            order: order_id.map(|id| typed(&id, "orderId")).transpose()?,
            contract: contract_id.map(|id| typed(&id, "contractId")).transpose()?,
            state: state.map(Into::into),
            open: false,
        };
        let (app_state, caller) = given(ctx);
        let found = app::visit::list(app_state, caller, &filter, &page).await?;
        listed(found, |visit| (visit.id.as_uuid(),), Visit)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Visit>> {
    let id: kernel::keys::VisitId = typed(id, "id")?;
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(Visit))
}
