//! 转出 in the graph.

use async_graphql::ID;
use chrono::{DateTime, Utc};

use super::{
    community::Community,
    foreign::{Division, ProcurementNeed},
    project::PurchaseLineInput,
    proposal::Proposal,
    shape::{self, input, mutations, output, part, queries},
    task::CommunityTask,
};
use crate::{
    app::transfer as app,
    domain::{project::PurchaseLine, task as domain},
};

output! {
    /// 转出决定:不应由社区承担的任务转为购买服务。A task that is bought from others instead.
    WorkTransfer of domain::WorkTransfer {
        /// 全局编号。Global id.
        id: ID,
        /// 理由。Why.
        reason: String,
        /// 决定时间。When it was decided.
        decided_at: DateTime<Utc>,
    }
    refers {
        /// 所在区划。Where it is.
        division: Division = division_code,
        /// 采购需求。The need to be bought.
        procurement_need: ProcurementNeed = procurement_need_id,
    }
    holds {
        /// 任务。The task.
        task: CommunityTask = task_id,
        /// 居民通过的议题。The proposal that residents adopted.
        proposal: Proposal = proposal_id,
        /// 社区。The community.
        community: Community = community_id,
    }
    plus {}
}

impl shape::Given<PurchaseLine> for PurchaseLineInput {
    fn given(self, _: &str) -> kit::Result<PurchaseLine> {
        Ok(self.into())
    }
}

input! {
    /// 转出任务的输入。Which task, on which proposal, and what is bought.
    TransferWorkInput => app::Transfer {
        /// 已接受的任务。A task that was accepted.
        task_id: ID,
        /// 已通过并公示期满的议题。A proposal that was adopted and shown.
        proposal_id: ID,
        /// 理由(1 至 1000 字)。Why, 1 to 1000 characters.
        reason: String,
        /// 项目名称(1 至 100 字)。The project's title, 1 to 100 characters.
        title: String,
        /// 采购内容。What is bought.
        lines: Vec<PurchaseLineInput>,
    }
}

part! {
    /// 只看哪些转出决定。Which decisions only.
    WorkTransferFilter => app::Filter {
        /// 社区。Of this community.
        community_id: Option<ID>,
    }
}

queries! {
    /// Transfer queries.
    TransferQuery of WorkTransfer, domain::TransferId {
        entity find_work_transfer_by_id;
        /// 按编号查转出决定。A transfer by id.
        one work_transfer;
        /// 转出决定,新的在前。Transfers, newest first.
        many work_transfers(WorkTransferFilter => app::Filter) by app::list;
    }
}

mutations! {
    /// Transfer mutations.
    TransferMutation {
        /// 转出任务(社区):以居民通过的议题转为采购需求。Has a task bought, on a proposal that residents adopted.
        transfer_work(TransferWorkInput) -> TransferWorkPayload { transfer: WorkTransfer }
            by app::transfer;
    }
}
