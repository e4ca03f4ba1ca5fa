//! 用房申请与分配 in the graph.

use async_graphql::{Context, Enum, ID};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{Date, DivisionCode},
};

use super::{
    community::Community,
    foreign::{Division, Organization},
    premises::{Premises, PremisesRoom},
    shape::{CommunityStateChange, enums, history, input, mutations, output, part, queries},
};
use crate::{
    app::{ask::Only, space as app},
    domain::premises as domain,
};

/// 申请方,按优先顺序。Who applies, in the order of priority.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ApplicantKind")]
pub enum SpaceApplicantKind {
    /// 养老服务类社会组织。An organisation for elder care.
    ElderCareOrganization,
    /// 其他社会组织。Another social organisation.
    SocialOrganization,
    /// 居民团队。A team of residents.
    ResidentTeam,
    /// 其他。Anybody else.
    Other,
}

/// 用房申请状态。Where an application stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::SpaceApplicationState")]
pub enum SpaceApplicationState {
    /// 待办。Waiting.
    Applied,
    /// 已分配。Space was given.
    Allocated,
    /// 未分配。Refused.
    Refused,
    /// 已撤回。Withdrawn.
    Withdrawn,
}
enums!(
    SpaceApplicantKind = domain::ApplicantKind,
    SpaceApplicationState = domain::SpaceApplicationState,
);

output! {
    /// 用房申请。An application for space.
    SpaceApplication of domain::SpaceApplication {
        /// 全局编号。Global id.
        id: ID,
        /// 申请方。Who applies.
        applicant_kind: SpaceApplicantKind,
        /// 用途。What it is for.
        purpose: String,
        /// 面积(平方米)。In square metres.
        area_m2: i32,
        /// 开始日期。From this day.
        starts_on: Date,
        /// 结束日期(不含)。Until this day, without it.
        until_on: Date,
        /// 申请时间。When.
        applied_at: DateTime<Utc>,
        /// 状态。Where it stands.
        state: SpaceApplicationState,
        /// 说明。Why it was refused.
        note: Option<String>,
    }
    refers {
        /// 所在区划。Where it is.
        division: Division = division_code,
        /// 组织。The organisation.
        organization: Organization = organization_id,
    }
    holds {
        /// 用房。The premises.
        premises: Premises = premises_id,
        /// 社区。The community.
        community: Community = community_id,
    }
    plus {
        /// 经过。What has happened.
        async fn history(&self, ctx: &Context<'_>) -> Result<Vec<CommunityStateChange>> {
            history(ctx, self.0.id).await
        }
    }
}

output! {
    /// 用房分配。Space given to an organisation.
    SpaceAllocation of domain::SpaceAllocation {
        /// 全局编号。Global id.
        id: ID,
        /// 面积(平方米)。In square metres.
        area_m2: i32,
        /// 是否由办公用房让渡。Whether it is ceded of the offices.
        ceded: bool,
        /// 是否无偿。Whether it is free of charge.
        free: bool,
        /// 开始日期。From this day.
        starts_on: Date,
        /// 结束日期(不含)。Until this day, without it.
        until_on: Date,
    }
    refers {
        /// 所在区划。Where it is.
        division: Division = division_code,
        /// 组织。The organisation.
        organization: Organization = organization_id,
    }
    holds {
        /// 用房。The premises.
        premises: Premises = premises_id,
        /// 社区。The community.
        community: Community = community_id,
        /// 申请。The application.
        application: SpaceApplication = application_id,
    }
    links {
        /// 房间。The room.
        room: PremisesRoom = room_id,
    }
    plus {}
}

input! {
    /// 申请用房的输入。What an organisation asks for.
    ApplyForSpaceInput => app::Apply {
        /// 用房。The premises.
        premises_id: ID,
        /// 组织。The organisation.
        organization_id: ID,
        /// 申请方。Who applies.
        applicant_kind: SpaceApplicantKind,
        /// 用途(1 至 500 字)。What it is for, 1 to 500 characters.
        purpose: String,
        /// 面积(平方米)。In square metres.
        area_m2: i32,
        /// 开始日期。From this day.
        starts_on: Date,
        /// 结束日期(不含)。Until this day, without it.
        until_on: Date,
    }
}

type ApplicationOnly = Only<domain::SpaceApplicationId>;

input! {
    /// 撤回申请的输入。Which application.
    WithdrawSpaceApplicationInput => ApplicationOnly {
        /// 申请。The application.
        id: ID,
    }
}

input! {
    /// 不予分配的输入。Why there is no space.
    RefuseSpaceApplicationInput => app::Refuse {
        /// 申请。The application.
        application_id: ID,
        /// 说明(1 至 500 字)。Why, 1 to 500 characters.
        note: String,
    }
}

input! {
    /// 分配用房的输入。What is given.
    AllocateSpaceInput => app::Allocate {
        /// 申请。The application.
        application_id: ID,
        /// 房间。The room.
        room_id: Option<ID>,
        /// 面积(平方米),不超过申请。In square metres, no more than was asked for.
        area_m2: i32,
        /// 是否由办公用房让渡。Whether it is ceded of the offices.
        ceded: bool,
        /// 是否无偿。Whether it is free of charge.
        #[graphql(default = true)]
        free: bool,
        /// 开始日期。From this day.
        starts_on: Date,
        /// 结束日期(不含)。Until this day, without it.
        until_on: Date,
    }
}

type AllocationOnly = Only<domain::SpaceAllocationId>;

input! {
    /// 终止分配的输入。Which allocation.
    EndSpaceAllocationInput => AllocationOnly {
        /// 分配。The allocation.
        id: ID,
    }
}

part! {
    /// 只看哪些申请。Which applications only.
    SpaceApplicationFilter => app::Filter {
        /// 此区划及其下级。Of this division and all below it.
        division_code: Option<DivisionCode>,
        /// 用房。Of these premises.
        premises_id: Option<ID>,
        /// 状态。In this state.
        state: Option<SpaceApplicationState>,
    }
}

part! {
    /// 只看哪些分配。Which allocations only.
    SpaceAllocationFilter => app::AllocationFilter {
        /// 此区划及其下级。Of this division and all below it.
        division_code: Option<DivisionCode>,
        /// 用房。Of these premises.
        premises_id: Option<ID>,
        /// 在此日有效的。Those that hold on this day.
        on: Option<Date>,
    }
}

queries! {
    /// Application queries.
    SpaceApplicationQuery of SpaceApplication, domain::SpaceApplicationId {
        entity find_space_application_by_id;
        /// 按编号查用房申请。An application by id.
        one space_application;
        /// 用房申请,新的在前。Applications, newest first.
        many space_applications(SpaceApplicationFilter => app::Filter) by app::list;
    }
}

queries! {
    /// Allocation queries.
    SpaceAllocationQuery of SpaceAllocation, domain::SpaceAllocationId {
        entity find_space_allocation_by_id;
        /// 按编号查用房分配。An allocation by id.
        one space_allocation;
        /// 用房分配,新的在前。Allocations, newest first.
        many space_allocations(SpaceAllocationFilter => app::AllocationFilter) by app::allocations;
    }
}

mutations! {
    /// Space mutations.
    SpaceMutation {
        /// 申请用房(社会组织,或社区代为登记)。Applies for space: the organisation, or staff for it.
        apply_for_space(ApplyForSpaceInput) -> ApplyForSpacePayload { application: SpaceApplication }
            by app::apply;
        /// 撤回申请。Takes it back.
        withdraw_space_application(WithdrawSpaceApplicationInput) -> WithdrawSpaceApplicationPayload { application: SpaceApplication }
            by app::withdraw;
        /// 不予分配(社区)。Refuses, with a reason.
        refuse_space_application(RefuseSpaceApplicationInput) -> RefuseSpaceApplicationPayload { application: SpaceApplication }
            by app::refuse;
        /// 分配用房(社区):优先级高的申请先办;房间不重叠,面积之和不超过总面积。Gives space, in the order of priority.
        allocate_space(AllocateSpaceInput) -> AllocateSpacePayload { allocation: SpaceAllocation }
            by app::allocate;
        /// 提前终止分配(社区)。Ends an allocation today.
        end_space_allocation(EndSpaceAllocationInput) -> EndSpaceAllocationPayload { allocation: SpaceAllocation }
            by app::end;
    }
}
