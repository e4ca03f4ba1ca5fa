//! 采购需求 in the graph; mutations have a file of their own.

mod mutation;

use async_graphql::{Context, Enum, ID, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::keys::ProcurementNeedId;
use kit::{
    Result,
    graph::{DivisionCode, Fen, Opaque, global, listed, page, typed},
};

pub use mutation::ProcurementNeedMutation;

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
    /// 已撤回。Withdrawn; its budget went back.
    Withdrawn,
    /// 合同提前终止。Its contract ended early.
    Terminated,
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

    /// 撤回或终止的理由。Why it was withdrawn or ended early.
    async fn ended_reason(&self) -> Option<&str> {
        self.0.ended.as_ref().map(|ended| ended.reason.as_str())
    }

    /// 撤回或终止时间。When it was withdrawn or ended early.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended.as_ref().map(|ended| ended.at)
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

/// The list of needs.
#[derive(Default)]
pub struct ProcurementNeedListQuery;

#[Object]
impl ProcurementNeedListQuery {
    /// 采购需求,新的在前(公开)。Procurement needs, newest first; public.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn procurement_needs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<ProcurementNeedState>,
        #[graphql(desc = "只看此区划之内。Only below this division.")] division_code: Option<
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
    ) -> Result<Option<Connection<Opaque, ProcurementNeed>>> {
        let page = page(first, after, last, before)?;
        let filter = domain::NeedFilter {
            state: state.map(Into::into),
            below: division_code.map(|code| code.0),
        };
        let (state, _) = asked(ctx);
        let found = app::need::list(state, &filter, &page).await?;
        listed(found, |need| (need.id.as_uuid(),), ProcurementNeed)
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
