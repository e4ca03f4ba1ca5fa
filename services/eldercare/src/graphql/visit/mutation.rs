//! What people do about a visit.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{Result, graph::typed};

use super::{CheckInMethod, ConfirmMethod, Visit, VisitLocation, VisitWorkerKind};
use crate::{
    app::{self, visit::Step},
    domain::visit::{AssignVisit, Worker},
    graphql::given,
};

/// 派单的输入。Who comes, and when.
#[derive(InputObject)]
pub struct AssignVisitInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 订单。The order.
    order_id: ID,
    /// 服务人员类别。Who comes.
    worker_kind: VisitWorkerKind,
    /// 社会工作者、志愿者或护理人员的编号。The id of the social worker, volunteer or care worker.
    worker_id: ID,
    /// 计划开始。When it is to begin.
    planned_start: DateTime<Utc>,
    /// 计划结束。When it is to end.
    planned_end: DateTime<Utc>,
}

macro_rules! visit_step {
    ($input:ident, $input_doc:literal, $payload:ident, $payload_doc:literal
     $(, $(#[$doc:meta])* $field:ident: $of:ty)* $(,)?) => {
        #[doc = $input_doc]
        #[derive(InputObject)]
        pub struct $input {
            /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
            idempotency_key: String,
            /// 上门服务。The visit.
            visit_id: ID,
            $($(#[$doc])* $field: $of,)*
        }

        visit_step!($payload, $payload_doc);
    };
    ($payload:ident, $payload_doc:literal) => {
        #[doc = $payload_doc]
        #[derive(SimpleObject)]
        pub struct $payload {
            /// 上门服务。The visit.
            visit: Visit,
        }
    };
}

visit_step!(AssignVisitPayload, "派单的结果。The visit assigned.");
visit_step!(
    AcceptVisitInput,
    "接单的输入。Which visit the worker takes.",
    AcceptVisitPayload,
    "接单的结果。The visit accepted.",
);
visit_step!(
    StartTravelInput,
    "出发的输入。To which visit the worker sets out.",
    StartTravelPayload,
    "出发的结果。The visit with its worker on the way.",
);
visit_step!(
    CheckInInput,
    "签到的输入。How the worker shows to be in the home.",
    CheckInPayload,
    "签到的结果。The visit begun.",
    /// 签到方式。How it is proved.
    method: CheckInMethod,
    /// 位置;定位签到时必填。Where; required for GPS.
    location: Option<VisitLocation>,
);
visit_step!(
    CheckOutInput,
    "签退的输入。What was done.",
    CheckOutPayload,
    "签退的结果。The visit ended.",
    /// 服务内容(最多 50 项,每项 1 至 200 个字)。What was done: at most 50 tasks of 1 to 200 characters.
    tasks: Vec<String>,
);
visit_step!(
    ConfirmVisitInput,
    "确认的输入。How the elder says that it was so.",
    ConfirmVisitPayload,
    "确认的结果。The visit, confirmed and settled.",
    /// 确认方式。How it is confirmed.
    method: ConfirmMethod,
);
visit_step!(
    RefuseVisitInput,
    "拒绝的输入。Why a visit is called off.",
    RefuseVisitPayload,
    "拒绝的结果。The visit called off; its order may be assigned again.",
    /// 原因(1 至 500 个字)。Why, 1 to 500 characters.
    reason: String,
);
visit_step!(
    RecordNoShowInput,
    "登记未到的输入。Who was missing.",
    RecordNoShowPayload,
    "登记未到的结果。The visit that came to nothing; its order may be assigned again.",
    /// 说明(1 至 500 个字)。Who was missing, 1 to 500 characters.
    reason: String,
);

async fn perform(ctx: &Context<'_>, key: &str, id: &ID, step: Step) -> Result<Visit> {
    let key = IdempotencyKey::try_new(key)?;
    let (state, caller) = given(ctx);
    let id = typed(id, "input.visitId")?;
    Ok(Visit(
        app::visit::perform(state, caller, key, id, step).await?,
    ))
}

async fn end(
    ctx: &Context<'_>,
    key: &str,
    id: &ID,
    reason: String,
    no_show: bool,
) -> Result<Visit> {
    let key = IdempotencyKey::try_new(key)?;
    let (state, caller) = given(ctx);
    let end = app::visit::EndVisit {
        visit_id: typed(id, "input.visitId")?,
        reason,
        no_show,
    };
    Ok(Visit(app::visit::end(state, caller, key, end).await?))
}

/// Visit mutations.
#[derive(Default)]
pub struct VisitMutation;

#[Object]
impl VisitMutation {
    /// 派单:社区工作人员或承接单位。Assigns a worker: community staff, or the contractor.
    async fn assign_visit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AssignVisitInput,
    ) -> Result<AssignVisitPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let worker = match input.worker_kind {
            VisitWorkerKind::SocialWorker => {
                Worker::SocialWorker(typed(&input.worker_id, "input.workerId")?)
            }
            VisitWorkerKind::Volunteer => {
                Worker::Volunteer(typed(&input.worker_id, "input.workerId")?)
            }
            VisitWorkerKind::CareWorker => {
                Worker::CareWorker(typed(&input.worker_id, "input.workerId")?)
            }
        };
        let assign = AssignVisit {
            order_id: typed(&input.order_id, "input.orderId")?,
            worker,
            planned_start: input.planned_start,
            planned_end: input.planned_end,
        };
        let (state, caller) = given(ctx);
        let visit = app::visit::assign(state, caller, key, assign).await?;
        Ok(AssignVisitPayload {
            visit: Visit(visit),
        })
    }

    /// 接单(被派的服务人员)。Accepts a visit (the assigned worker).
    async fn accept_visit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AcceptVisitInput,
    ) -> Result<AcceptVisitPayload> {
        let visit = perform(ctx, &input.idempotency_key, &input.visit_id, Step::Accept).await?;
        Ok(AcceptVisitPayload { visit })
    }

    /// 出发(被派的服务人员)。Sets out (the assigned worker).
    async fn start_travel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: StartTravelInput,
    ) -> Result<StartTravelPayload> {
        let visit = perform(
            ctx,
            &input.idempotency_key,
            &input.visit_id,
            Step::StartTravel,
        )
        .await?;
        Ok(StartTravelPayload { visit })
    }

    /// 签到(被派的服务人员)。Checks in (the assigned worker).
    async fn check_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CheckInInput,
    ) -> Result<CheckInPayload> {
        let step = Step::CheckIn {
            method: input.method.into(),
            location: input.location.map(Into::into),
        };
        let visit = perform(ctx, &input.idempotency_key, &input.visit_id, step).await?;
        Ok(CheckInPayload { visit })
    }

    /// 签退(被派的服务人员)。Checks out (the assigned worker).
    async fn check_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CheckOutInput,
    ) -> Result<CheckOutPayload> {
        let step = Step::CheckOut { tasks: input.tasks };
        let visit = perform(ctx, &input.idempotency_key, &input.visit_id, step).await?;
        Ok(CheckOutPayload { visit })
    }

    /// 确认服务并结算:老人、登记的亲属,或工作人员回访。Confirms and settles: the elder, a registered relative, or staff by phone.
    async fn confirm_visit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ConfirmVisitInput,
    ) -> Result<ConfirmVisitPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let confirm = app::visit::ConfirmVisit {
            visit_id: typed(&input.visit_id, "input.visitId")?,
            method: input.method.into(),
        };
        let (state, caller) = given(ctx);
        let visit = app::visit::confirm(state, caller, key, confirm).await?;
        Ok(ConfirmVisitPayload {
            visit: Visit(visit),
        })
    }

    /// 拒绝尚未开始的服务:服务人员、老人或工作人员。Calls a visit off before it begins: worker, elder or staff.
    async fn refuse_visit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RefuseVisitInput,
    ) -> Result<RefuseVisitPayload> {
        let visit = end(
            ctx,
            &input.idempotency_key,
            &input.visit_id,
            input.reason,
            false,
        )
        .await?;
        Ok(RefuseVisitPayload { visit })
    }

    /// 登记未到:服务人员、承接单位或工作人员。Records that somebody was missing.
    async fn record_no_show(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RecordNoShowInput,
    ) -> Result<RecordNoShowPayload> {
        let visit = end(
            ctx,
            &input.idempotency_key,
            &input.visit_id,
            input.reason,
            true,
        )
        .await?;
        Ok(RecordNoShowPayload { visit })
    }
}
