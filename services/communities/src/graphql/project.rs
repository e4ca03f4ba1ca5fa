//! 立项 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Fen, typed},
};

use super::{asked, proposal::Proposal};
use crate::{app, domain::project as domain};

/// 实施方式。How an adopted proposal is carried out.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ProjectRoute")]
pub enum ProjectRoute {
    /// 政府购买服务。Bought from an organisation.
    Procurement,
    /// 居民自办。Done by residents.
    SelfRun,
    /// 资助。By a grant.
    Grant,
}

/// 采购内容的一行:买事不买人。One line of a purchase: what, never who.
#[derive(InputObject)]
pub struct PurchaseLineInput {
    /// 内容。What is delivered.
    description: String,
    /// 类别,如 SERVICE_UNIT(服务量);购买人员的类别会被拒绝。Its kind; kinds that buy people are refused.
    kind: String,
    /// 计量单位,如“次”。The unit, such as a visit.
    unit: String,
    /// 数量。How many units.
    quantity: u32,
    /// 单价上限(分)。The ceiling for one unit.
    unit_ceiling: Fen,
}

impl From<PurchaseLineInput> for domain::PurchaseLine {
    fn from(line: PurchaseLineInput) -> Self {
        Self {
            description: line.description,
            kind: line.kind,
            unit: line.unit,
            quantity: line.quantity,
            unit_ceiling: line.unit_ceiling.0,
        }
    }
}

/// 立项的输入。How an adopted proposal is carried out.
#[derive(InputObject)]
pub struct ProjectiseProposalInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 议题。The proposal.
    proposal_id: ID,
    /// 实施方式。The route.
    route: ProjectRoute,
    /// 项目名称(1 至 100 字)。The project's title, 1 to 100 characters.
    title: String,
    /// 采购内容(购买服务时必填)。What is bought, where the route is procurement.
    #[graphql(default)]
    lines: Vec<PurchaseLineInput>,
}

/// 立项的结果。The proposal as a project.
#[derive(SimpleObject)]
pub struct ProjectiseProposalPayload {
    /// 议题。The proposal.
    proposal: Proposal,
}

/// Project mutations.
#[derive(Default)]
pub struct ProjectMutation;

#[Object]
impl ProjectMutation {
    /// 立项:购买服务时转为采购需求。Turns an adopted proposal into a project.
    async fn projectise_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ProjectiseProposalInput,
    ) -> Result<ProjectiseProposalPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let projectise = app::project::Projectise {
            proposal_id: typed(&input.proposal_id, "input.proposalId")?,
            route: input.route.into(),
            title: input.title,
            lines: input.lines.into_iter().map(Into::into).collect(),
        };
        let (state, caller) = asked(ctx);
        Ok(ProjectiseProposalPayload {
            proposal: Proposal(app::project::projectise(state, caller, key, projectise).await?),
        })
    }
}
