//! 盖章申请 in the graph.

use async_graphql::{Context, Enum, ID};
use chrono::{DateTime, Utc};
use kit::{Result, graph::DivisionCode};

use super::{
    community::Community,
    foreign::{Division, Resident},
    shape::{CommunityStateChange, enums, history, input, mutations, output, part, queries},
    work_list::WorkListItem,
};
use crate::{
    app::{ask::Only, seal as app},
    domain::seal as domain,
};

/// 盖章申请状态。Where a request stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::SealState")]
pub enum SealRequestState {
    /// 已提交。Submitted.
    Submitted,
    /// 已盖章。Sealed.
    Sealed,
    /// 不予盖章。Refused.
    Refused,
    /// 已撤回。Withdrawn.
    Withdrawn,
}
enums!(SealRequestState = domain::SealState);

output! {
    /// 盖章申请:只能依据施行中的盖章事项清单。A request for the seal, for an item in force.
    SealRequest of domain::SealRequest {
        /// 全局编号。Global id.
        id: ID,
        /// 用途。What it is for.
        purpose: String,
        /// 渠道。The channel it came through.
        channel: String,
        /// 申请时间。When it was asked for.
        requested_at: DateTime<Utc>,
        /// 状态。Where it stands.
        state: SealRequestState,
        /// 用印编号。The number in the register of seals.
        seal_no: Option<String>,
        /// 不予盖章的理由。Why it was refused.
        refusal_reason: Option<String>,
        /// 版本。Goes up with every change.
        version: i32,
    }
    refers {
        /// 所在区划。Where it is.
        division: Division = division_code,
        /// 申请人。Who asks.
        resident: Resident = resident_id,
    }
    holds {
        /// 社区。The community.
        community: Community = community_id,
        /// 清单事项。The item of the list.
        item: WorkListItem = item_id,
    }
    plus {
        /// 经过。What has happened.
        async fn history(&self, ctx: &Context<'_>) -> Result<Vec<CommunityStateChange>> {
            history(ctx, self.0.id).await
        }
    }
}

input! {
    /// 申请盖章的输入。What is asked for.
    RequestSealInput => app::Request {
        /// 社区。The community.
        community_id: ID,
        /// 施行中的盖章事项。An item of the seal list in force.
        item_id: ID,
        /// 用途(1 至 500 字)。What it is for, 1 to 500 characters.
        purpose: String,
        /// 代谁申请(工作人员代办时)。For whom, where staff enter it.
        on_behalf_of: Option<ID>,
    }
}

input! {
    /// 办理盖章的输入。Sealed, or refused.
    DecideSealRequestInput => app::Decide {
        /// 盖章申请。The request.
        seal_request_id: ID,
        /// 是否盖章。Whether it is sealed.
        seal: bool,
        /// 不予盖章的理由。Why it is refused.
        reason: Option<String>,
    }
}

type RequestOnly = Only<domain::SealRequestId>;

input! {
    /// 撤回申请的输入。Which request.
    WithdrawSealRequestInput => RequestOnly {
        /// 盖章申请。The request.
        id: ID,
    }
}

part! {
    /// 只看哪些盖章申请。Which requests only.
    SealRequestFilter => app::Filter {
        /// 此区划及其下级。Of this division and all below it.
        division_code: Option<DivisionCode>,
        /// 状态。In this state.
        state: Option<SealRequestState>,
    }
}

queries! {
    /// Seal queries.
    SealQuery of SealRequest, domain::SealRequestId {
        entity find_seal_request_by_id;
        /// 按编号查盖章申请。A request by id.
        one seal_request;
        /// 我能看到的盖章申请,新的在前。The requests the caller may see, newest first.
        many seal_requests(SealRequestFilter => app::Filter) by app::list;
    }
}

mutations! {
    /// Seal mutations.
    SealMutation {
        /// 申请盖章(居民本人,或工作人员代办)。Asks for the seal: the resident, or staff for them.
        request_seal(RequestSealInput) -> RequestSealPayload { request: SealRequest } by app::request;
        /// 办理盖章申请(社区)。Seals with the next number of the register, or refuses.
        decide_seal_request(DecideSealRequestInput) -> DecideSealRequestPayload { request: SealRequest }
            by app::decide;
        /// 撤回盖章申请(居民本人)。The resident takes the request back.
        withdraw_seal_request(WithdrawSealRequestInput) -> WithdrawSealRequestPayload { request: SealRequest }
            by app::withdraw;
    }
}
