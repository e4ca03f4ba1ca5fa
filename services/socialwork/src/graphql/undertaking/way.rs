//! 小组、社区活动、政策倡导的阶段与指标 in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use kit::{
    Result,
    graph::{Date, typed},
};

use super::{
    super::{at, keyed},
    Undertaking, UndertakingKind,
};
use crate::{app::undertaking as app, domain::undertaking::Words};

/// 发起的输入。What is begun.
#[derive(InputObject)]
pub struct StartUndertakingInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 专业方法。By which method.
    kind: UndertakingKind,
    /// 社区;须为本人登记服务的社区。The community, which the caller serves.
    community_id: ID,
    /// 主题(1 至 100 字)。Its title.
    title: String,
    /// 目的(1 至 1000 字)。What it is for.
    aim: String,
    /// 对象(1 至 200 字)。For whom.
    audience: String,
}

/// 发起的结果。What was begun.
#[derive(SimpleObject)]
pub struct StartUndertakingPayload {
    /// 小组、社区活动或政策倡导。What was begun.
    undertaking: Undertaking,
}

/// 设定成效指标的输入。What shows the outcome.
#[derive(InputObject)]
pub struct AddUndertakingMeasureInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 小组、社区活动或政策倡导。Of what.
    undertaking_id: ID,
    /// 名称(1 至 100 字)。Its name.
    name: String,
    /// 单位(1 至 20 字)。Its unit.
    unit: String,
    /// 基线值。Where it begins.
    baseline: i32,
    /// 目标值;可高于或低于基线。Where it is to arrive, above or below.
    target: i32,
}

/// 设定成效指标的结果。What the measure belongs to.
#[derive(SimpleObject)]
pub struct AddUndertakingMeasurePayload {
    /// 小组、社区活动或政策倡导。With the measure.
    undertaking: Undertaking,
}

/// 记录测量值的输入。What a measure showed.
#[derive(InputObject)]
pub struct ReadUndertakingMeasureInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 小组、社区活动或政策倡导。Of what.
    undertaking_id: ID,
    /// 指标。Which measure.
    measure_id: ID,
    /// 测量值。What it showed.
    value: i32,
    /// 日期。The day.
    on: Date,
}

/// 记录测量值的结果。What the reading belongs to.
#[derive(SimpleObject)]
pub struct ReadUndertakingMeasurePayload {
    /// 小组、社区活动或政策倡导。With the reading.
    undertaking: Undertaking,
}

/// 进入下一阶段的输入。What is said on the way.
#[derive(InputObject)]
pub struct AdvanceUndertakingInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 小组、社区活动或政策倡导。What goes on.
    undertaking_id: ID,
    /// 移交或提交给谁;移交、提交时须填。To whom; required to hand over or submit.
    addressee: Option<String>,
    /// 答复内容;答复时须填。What was answered; required once answered.
    answer: Option<String>,
    /// 总结;结束时须填。What came of it; required at the end.
    summary: Option<String>,
}

/// 进入下一阶段的结果。In its next phase.
#[derive(SimpleObject)]
pub struct AdvanceUndertakingPayload {
    /// 小组、社区活动或政策倡导。In its next phase.
    undertaking: Undertaking,
}

/// 取消的输入。Why it is called off.
#[derive(InputObject)]
pub struct CancelUndertakingInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 小组、社区活动或政策倡导。What is called off.
    undertaking_id: ID,
    /// 原因(1 至 2000 字)。Why.
    reason: String,
}

/// 取消的结果。Called off.
#[derive(SimpleObject)]
pub struct CancelUndertakingPayload {
    /// 小组、社区活动或政策倡导。Called off.
    undertaking: Undertaking,
}

/// Mutations of the way.
#[derive(Default)]
pub struct WayMutation;

#[Object]
impl WayMutation {
    /// 发起小组、社区活动或政策倡导(社会工作者)。Begins a group, a programme or an advocacy: a social worker.
    async fn start_undertaking(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: StartUndertakingInput,
    ) -> Result<StartUndertakingPayload> {
        let key = keyed(&input.idempotency_key)?;
        let start = app::Start {
            kind: input.kind.into(),
            community_id: typed(&input.community_id, "input.communityId")?,
            title: input.title,
            aim: input.aim,
            audience: input.audience,
        };
        let (state, caller) = at(ctx);
        let undertaking = Undertaking(app::start(state, caller, key, start).await?);
        Ok(StartUndertakingPayload { undertaking })
    }

    /// 设定成效指标(带领社工)。Sets what shows the outcome: the lead.
    async fn add_undertaking_measure(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AddUndertakingMeasureInput,
    ) -> Result<AddUndertakingMeasurePayload> {
        let key = keyed(&input.idempotency_key)?;
        let add = app::AddMeasure {
            undertaking_id: typed(&input.undertaking_id, "input.undertakingId")?,
            name: input.name,
            unit: input.unit,
            baseline: input.baseline,
            target: input.target,
        };
        let (state, caller) = at(ctx);
        let undertaking = Undertaking(app::add_measure(state, caller, key, add).await?);
        Ok(AddUndertakingMeasurePayload { undertaking })
    }

    /// 记录指标测量值(带领社工)。Records what a measure showed: the lead.
    async fn read_undertaking_measure(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ReadUndertakingMeasureInput,
    ) -> Result<ReadUndertakingMeasurePayload> {
        let key = keyed(&input.idempotency_key)?;
        let read = app::Read {
            undertaking_id: typed(&input.undertaking_id, "input.undertakingId")?,
            measure_id: typed(&input.measure_id, "input.measureId")?,
            value: input.value,
            on: input.on.0,
        };
        let (state, caller) = at(ctx);
        let undertaking = Undertaking(app::read_measure(state, caller, key, read).await?);
        Ok(ReadUndertakingMeasurePayload { undertaking })
    }

    /// 进入下一阶段(带领社工)。Goes on to the next phase: the lead.
    async fn advance_undertaking(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AdvanceUndertakingInput,
    ) -> Result<AdvanceUndertakingPayload> {
        let key = keyed(&input.idempotency_key)?;
        let advance = app::Advance {
            undertaking_id: typed(&input.undertaking_id, "input.undertakingId")?,
            words: Words {
                addressee: input.addressee,
                answer: input.answer,
                summary: input.summary,
            },
        };
        let (state, caller) = at(ctx);
        let undertaking = Undertaking(app::advance(state, caller, key, advance).await?);
        Ok(AdvanceUndertakingPayload { undertaking })
    }

    /// 取消(带领社工、工作人员)。Calls it off: the lead, or staff.
    async fn cancel_undertaking(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CancelUndertakingInput,
    ) -> Result<CancelUndertakingPayload> {
        let key = keyed(&input.idempotency_key)?;
        let cancel = app::Cancel {
            undertaking_id: typed(&input.undertaking_id, "input.undertakingId")?,
            reason: input.reason,
        };
        let (state, caller) = at(ctx);
        let undertaking = Undertaking(app::cancel(state, caller, key, cancel).await?);
        Ok(CancelUndertakingPayload { undertaking })
    }
}
