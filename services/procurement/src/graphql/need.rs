//! 采购需求 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, keys::ProcurementNeedId};
use kit::{
    Result,
    graph::{DivisionCode, Fen, global, typed},
};

use super::{
    asked,
    foreign::{Community, Proposal},
    fund::Fund,
    loaders::Loaders,
};
use crate::{
    app,
    domain::{line, need as domain},
};

/// 采购需求状态。Where a procurement need stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ProcurementNeedState")]
pub enum ProcurementNeedState {
    /// 已提出。Raised.
    Raised,
    /// 预算已预留。Its budget is held.
    Reserved,
    /// 采购中。A tender is under way.
    Tendering,
    /// 已签合同。Contracted.
    Contracted,
    /// 已完成。Delivered and paid.
    Fulfilled,
}

/// 采购内容类别;只接受服务单位(买事不买人)。What a line buys; only service units are accepted.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "line::NeedLineKind")]
pub enum NeedLineKind {
    /// 服务单位。Service units.
    ServiceUnit,
    /// 货物。Goods; refused.
    Goods,
    /// 人头。Headcount; refused.
    Headcount,
    /// 劳务派遣。Labour dispatch; refused.
    LabourDispatch,
    /// 岗位。Posts; refused.
    Post,
    /// 工程。Works; refused.
    Works,
    /// 融资。Financing; refused.
    Financing,
}

/// 征求意见方式。How residents were asked.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ConsultationMethod")]
pub enum NeedConsultationMethod {
    /// 居民表决。A ballot.
    Ballot,
    /// 居民会议。A meeting.
    Meeting,
    /// 问卷。A survey.
    Survey,
    /// 公开征求意见。Public comment.
    PublicComment,
}

/// 采购内容。One line: what is bought, never who.
#[derive(SimpleObject)]
pub struct NeedLine {
    /// 内容。What is delivered.
    description: String,
    /// 类别。Its kind.
    kind: NeedLineKind,
    /// 单位。The unit.
    unit: String,
    /// 数量。How many units.
    quantity: i64,
    /// 单价上限。The ceiling for one unit.
    unit_ceiling: Fen,
}

impl From<line::NeedLine> for NeedLine {
    fn from(line: line::NeedLine) -> Self {
        Self {
            description: line.description,
            kind: line.kind.into(),
            unit: line.unit,
            quantity: line.quantity,
            unit_ceiling: Fen(line.unit_ceiling),
        }
    }
}

/// 征求居民意见。The residents' opinion on a need.
#[derive(SimpleObject)]
pub struct NeedConsultation {
    /// 方式。How they were asked.
    method: NeedConsultationMethod,
    /// 参与人数。How many took part.
    participants: Option<i32>,
    /// 意见摘要。What they said.
    summary: Option<String>,
}

/// 采购需求。A need to be bought: public.
pub struct ProcurementNeed(pub domain::ProcurementNeed);

#[Object]
impl ProcurementNeed {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 联动链编号。The chain it belongs to.
    async fn trace_id(&self) -> ID {
        global(self.0.trace_id)
    }

    /// 来源议题。The proposal it carries out.
    async fn proposal(&self) -> Option<Proposal> {
        self.0.proposal_id.map(Into::into)
    }

    /// 社区。The community it is for.
    async fn community(&self) -> Option<Community> {
        Some(self.0.community_id.into())
    }

    /// 区划。The division.
    async fn division_code(&self) -> DivisionCode {
        DivisionCode(self.0.division_code)
    }

    /// 名称。Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// 是否要求居家养老服务能力。Whether suppliers must be capable of home-based elder care.
    async fn elder_care(&self) -> bool {
        self.0.elder_care
    }

    /// 采购内容。The lines.
    async fn lines(&self) -> Vec<NeedLine> {
        self.0.lines.iter().cloned().map(Into::into).collect()
    }

    /// 各项上限合计。What all lines may cost at most.
    async fn ceiling(&self) -> Result<Fen> {
        Ok(Fen(line::ceiling(&self.0.lines)?))
    }

    /// 征求意见情况。How residents were asked.
    async fn consultation(&self) -> NeedConsultation {
        let asked = &self.0.consultation;
        NeedConsultation {
            method: asked.method.into(),
            participants: asked.participants,
            summary: asked.summary.clone(),
        }
    }

    /// 预留预算的资金。The fund that holds its budget.
    async fn fund(&self, ctx: &Context<'_>) -> Result<Option<Fund>> {
        let Some(held) = self.0.reservation else {
            return Ok(None);
        };
        Ok(ctx
            .data_unchecked::<Loaders>()
            .load_one(held.fund_id)
            .await?
            .map(Fund))
    }

    /// 预留预算。The budget held.
    async fn budget(&self) -> Option<Fen> {
        self.0.reservation.map(|held| Fen(held.amount))
    }

    /// 状态。Where it stands.
    async fn state(&self) -> ProcurementNeedState {
        self.0.state.into()
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// 提出时间。When it was raised.
    async fn raised_at(&self) -> DateTime<Utc> {
        self.0.raised_at
    }
}

/// Procurement need queries.
#[derive(Default)]
pub struct ProcurementNeedQuery;

#[Object]
impl ProcurementNeedQuery {
    #[graphql(entity)]
    async fn find_procurement_need_by_id(
        &self,
        ctx: &Context<'_>,
        id: ID,
    ) -> Result<Option<ProcurementNeed>> {
        find(ctx, &id).await
    }

    /// 按编号查采购需求。A procurement need by id.
    async fn procurement_need(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<ProcurementNeed>> {
        find(ctx, &id).await
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<ProcurementNeed>> {
    let id: ProcurementNeedId = typed(id, "id")?;
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(ProcurementNeed))
}

/// 采购内容的输入。One line.
#[derive(InputObject)]
pub struct NeedLineInput {
    /// 内容。What is delivered.
    description: String,
    /// 类别;只接受 SERVICE_UNIT。Its kind; only SERVICE_UNIT is accepted.
    kind: NeedLineKind,
    /// 单位,如“次”。The unit.
    unit: String,
    /// 数量。How many units.
    quantity: i64,
    /// 单价上限(分)。The ceiling for one unit.
    unit_ceiling: Fen,
}

/// 征求意见的输入。How residents were asked.
#[derive(InputObject)]
pub struct NeedConsultationInput {
    /// 方式(表决的须指明议题)。How they were asked; a ballot names its proposal instead.
    method: NeedConsultationMethod,
    /// 参与人数。How many took part.
    participants: i32,
    /// 意见摘要。What they said.
    summary: String,
}

/// 提出采购需求的输入。A need to be bought.
#[derive(InputObject)]
pub struct RaiseNeedInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 已通过并公示期满的议题。The adopted proposal it carries out.
    proposal_id: Option<ID>,
    /// 没有议题时的征求意见情况。How residents were asked, where there is no proposal.
    consultation: Option<NeedConsultationInput>,
    /// 社区。The community it is for.
    community_id: ID,
    /// 社区的区划。The division of the community.
    division_code: DivisionCode,
    /// 名称。Its title.
    title: String,
    /// 是否要求居家养老服务能力。Whether suppliers must be capable of home-based elder care.
    #[graphql(default = false)]
    elder_care: bool,
    /// 采购内容。The lines.
    lines: Vec<NeedLineInput>,
}

/// 提出采购需求的结果。The need.
#[derive(SimpleObject)]
pub struct RaiseNeedPayload {
    /// 采购需求。The need.
    need: ProcurementNeed,
}

/// 预留预算的输入。A budget to hold.
#[derive(InputObject)]
pub struct ReserveBudgetInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 采购需求。The need.
    need_id: ID,
    /// 资金。The fund.
    fund_id: ID,
    /// 金额(分)。The amount.
    amount: Fen,
}

/// 预留预算的结果。The need after it.
#[derive(SimpleObject)]
pub struct ReserveBudgetPayload {
    /// 采购需求。The need.
    need: ProcurementNeed,
}

/// Procurement need mutations.
#[derive(Default)]
pub struct ProcurementNeedMutation;

#[Object]
impl ProcurementNeedMutation {
    /// 提出采购需求(买事不买人)。Raises a need; lines that buy people are refused.
    async fn raise_need(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RaiseNeedInput,
    ) -> Result<RaiseNeedPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let proposal = input
            .proposal_id
            .map(|id| typed(&id, "input.proposalId"))
            .transpose()?;
        let raise = app::need::Raise {
            proposal_id: proposal,
            trace_id: None,
            consultation: input.consultation.map(|asked| domain::Consultation {
                method: asked.method.into(),
                proposal_id: None,
                participants: Some(asked.participants),
                summary: Some(asked.summary),
            }),
            community_id: typed(&input.community_id, "input.communityId")?,
            division_code: input.division_code.0,
            title: input.title,
            elder_care: input.elder_care,
            lines: input
                .lines
                .into_iter()
                .map(|line| line::NeedLine {
                    description: line.description,
                    kind: line.kind.into(),
                    unit: line.unit,
                    quantity: line.quantity,
                    unit_ceiling: line.unit_ceiling.0,
                })
                .collect(),
        };
        let (state, caller) = asked(ctx);
        let need = app::need::raise(state, caller, key, raise).await?;
        Ok(RaiseNeedPayload {
            need: ProcurementNeed(need),
        })
    }

    /// 预留预算(先有预算,后购买服务)。Holds a budget: budget first, then buy.
    async fn reserve_budget(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ReserveBudgetInput,
    ) -> Result<ReserveBudgetPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let reserve = app::need::ReserveBudget {
            need_id: typed(&input.need_id, "input.needId")?,
            fund_id: typed(&input.fund_id, "input.fundId")?,
            amount: input.amount.0,
        };
        let (state, caller) = asked(ctx);
        let need = app::need::reserve_budget(state, caller, key, reserve).await?;
        Ok(ReserveBudgetPayload {
            need: ProcurementNeed(need),
        })
    }
}
