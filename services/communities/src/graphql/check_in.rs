//! 双报到 in the graph.

use async_graphql::{Context, Enum, ID};
use chrono::{DateTime, Utc};
use kit::{Result, graph::DivisionCode};

use super::{
    community::Community,
    foreign::{Division, Resident},
    joint_meeting::ResidentUnit,
    need::Need,
    shape::{CommunityStateChange, enums, history, input, mutations, output, part, queries},
};
use crate::{
    app::{ask::Only, check_in as app},
    domain::check_in as domain,
};

/// 报到状态。Where a check-in stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CheckInState")]
pub enum CheckInState {
    /// 已报到。Reported.
    Registered,
    /// 已认领。A need was taken up.
    Claimed,
    /// 已完成。Done.
    Done,
    /// 已评价。Rated.
    Rated,
    /// 已撤回。It came to nothing.
    Withdrawn,
}
enums!(CheckInState = domain::CheckInState);

output! {
    /// 双报到:单位或党员到社区报到并认领需求。A unit or a member reports to the community and takes up a need.
    CheckIn of domain::CheckIn {
        /// 全局编号。Global id.
        id: ID,
        /// 可提供的服务。What they offer.
        offers: String,
        /// 报到时间。When.
        registered_at: DateTime<Utc>,
        /// 状态。Where it stands.
        state: CheckInState,
        /// 完成情况。What came of it.
        result: Option<String>,
        /// 星级。Stars of whoever had the need.
        stars: Option<i32>,
    }
    refers {
        /// 所在区划。Where it is.
        division: Division = division_code,
        /// 党员(党员报到)。The member, where a member reports.
        resident: Resident = resident_id,
    }
    holds {
        /// 社区。The community.
        community: Community = community_id,
    }
    links {
        /// 单位(单位报到)。The unit, where a unit reports.
        unit: ResidentUnit = unit_id,
        /// 认领的需求。The need taken up.
        need: Need = need_id,
    }
    plus {
        /// 经过。What has happened.
        async fn history(&self, ctx: &Context<'_>) -> Result<Vec<CommunityStateChange>> {
            history(ctx, self.0.id).await
        }
    }
}

input! {
    /// 报到的输入。Who reports, and what they offer.
    RegisterCheckInInput => app::Register {
        /// 社区。The community.
        community_id: ID,
        /// 单位(单位报到)。The unit, where a unit reports.
        unit_id: Option<ID>,
        /// 党员(党员报到)。The member, where a member reports.
        resident_id: Option<ID>,
        /// 可提供的服务(1 至 500 字)。What they offer, 1 to 500 characters.
        offers: String,
    }
}

input! {
    /// 认领需求的输入。Which need is taken up.
    ClaimNeedInput => app::Claim {
        /// 报到。The check-in.
        check_in_id: ID,
        /// 本社区已核实的需求。A need of the community that was looked at.
        need_id: ID,
    }
}

input! {
    /// 完成认领的输入。What came of it.
    CompleteCheckInInput => app::Done {
        /// 报到。The check-in.
        check_in_id: ID,
        /// 完成情况(1 至 1000 字)。What came of it, 1 to 1000 characters.
        result: String,
    }
}

type CheckInOnly = Only<domain::CheckInId>;

input! {
    /// 撤回报到的输入。Which check-in.
    WithdrawCheckInInput => CheckInOnly {
        /// 报到。The check-in.
        id: ID,
    }
}

input! {
    /// 评价的输入。Stars.
    RateCheckInInput => app::Rate {
        /// 报到。The check-in.
        check_in_id: ID,
        /// 星级,1 至 5。Stars, 1 to 5.
        stars: i32,
    }
}

part! {
    /// 只看哪些报到。Which check-ins only.
    CheckInFilter => app::Filter {
        /// 此区划及其下级。Of this division and all below it.
        division_code: Option<DivisionCode>,
        /// 状态。In this state.
        state: Option<CheckInState>,
    }
}

queries! {
    /// Check-in queries.
    CheckInQuery of CheckIn, domain::CheckInId {
        entity find_check_in_by_id;
        /// 按编号查报到。A check-in by id.
        one check_in;
        /// 我能看到的报到,新的在前。The check-ins the caller may see, newest first.
        many check_ins(CheckInFilter => app::Filter) by app::list;
    }
}

mutations! {
    /// Check-in mutations.
    CheckInMutation {
        /// 报到(社区登记单位或党员,党员可本人办理)。A unit or a member reports.
        register_check_in(RegisterCheckInInput) -> RegisterCheckInPayload { check_in: CheckIn } by app::register;
        /// 认领需求:一项需求只由一方认领。Takes up a need; each is taken up once.
        claim_need(ClaimNeedInput) -> ClaimNeedPayload { check_in: CheckIn } by app::claim;
        /// 完成认领。It is done.
        complete_check_in(CompleteCheckInInput) -> CompleteCheckInPayload { check_in: CheckIn } by app::done;
        /// 撤回报到。It comes to nothing.
        withdraw_check_in(WithdrawCheckInInput) -> WithdrawCheckInPayload { check_in: CheckIn } by app::withdraw;
        /// 评价(上报需求的居民)。Rated by whoever reported the need.
        rate_check_in(RateCheckInInput) -> RateCheckInPayload { check_in: CheckIn } by app::rate;
    }
}
