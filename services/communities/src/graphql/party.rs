//! 党组织 and 党员 in the graph.

use async_graphql::{Context, Enum, ID};
use kit::{
    Result,
    graph::{Date, DivisionCode},
};

use super::{
    asked,
    community::Community,
    foreign::{Division, Resident},
    loaders::{Loaders, MembersOf},
    shape::{enums, input, mutations, output, part, queries},
};
use crate::{
    app::{ask::Only, party as app},
    domain::party as domain,
};

/// 党组织层级。The level of an organisation.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::PartyOrganizationKind")]
pub enum PartyOrganizationKind {
    /// 党委(党工委)。A committee.
    Committee,
    /// 党总支。A general branch.
    GeneralBranch,
    /// 党支部。A branch.
    Branch,
    /// 网格党小组。A group of a grid.
    GridGroup,
}

/// 党内职务。What somebody is in an organisation.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::PartyRole")]
pub enum PartyRole {
    /// 书记。The secretary.
    Secretary,
    /// 副书记。A deputy.
    Deputy,
    /// 组长。The leader of a group.
    GroupLeader,
    /// 党员。A member.
    Member,
}
enums!(
    PartyOrganizationKind = domain::PartyOrganizationKind,
    PartyRole = domain::PartyRole
);

output! {
    /// 党组织。An organisation of the Party in a community.
    PartyOrganization of domain::PartyOrganization {
        /// 全局编号。Global id.
        id: ID,
        /// 层级。Its level.
        kind: PartyOrganizationKind,
        /// 名称。Its name.
        name: String,
    }
    refers {
        /// 所在区划。Where it is.
        division: Division = division_code,
    }
    holds {
        /// 社区。The community.
        community: Community = community_id,
    }
    links {
        /// 上级组织。What is above it.
        parent: PartyOrganization = parent_id,
    }
    plus {
        /// 是否在册。Whether it is in being.
        async fn active(&self) -> bool {
            self.0.dissolved_at.is_none()
        }

        /// 党员(仅社区工作人员,须说明目的,查看留痕)。Its members: for staff, with a purpose; every look is logged.
        async fn members(&self, ctx: &Context<'_>) -> Result<Option<Vec<PartyMember>>> {
            let (state, caller) = asked(ctx);
            app::check_members(state, caller, &self.0)?;
            let loaders = ctx.data_unchecked::<Loaders>();
            let found = loaders.load_one(MembersOf(self.0.id)).await?;
            Ok(Some(found.into_iter().flatten().map(PartyMember).collect()))
        }
    }
}

output! {
    /// 党员组织关系。A membership.
    PartyMember of domain::PartyMember {
        /// 全局编号。Global id.
        id: ID,
        /// 职务。What they are.
        role: PartyRole,
        /// 转入日期。Since when.
        joined_on: Date,
        /// 转出日期。Until when.
        left_on: Option<Date>,
    }
    refers {
        /// 居民。Who.
        resident: Resident = resident_id,
    }
    holds {
        /// 党组织。The organisation.
        organization: PartyOrganization = organization_id,
    }
    plus {}
}

input! {
    /// 登记党组织的输入。An organisation, and what is above it.
    RegisterPartyOrganizationInput => app::Register {
        /// 社区。The community.
        community_id: ID,
        /// 上级组织;党委不填。What is above it; none for a committee.
        parent_id: Option<ID>,
        /// 层级。Its level.
        kind: PartyOrganizationKind,
        /// 名称(1 至 100 字)。Its name, 1 to 100 characters.
        name: String,
    }
}

type OrganizationOnly = Only<domain::PartyOrganizationId>;
type MemberOnly = Only<domain::PartyMemberId>;

input! {
    /// 撤销党组织的输入。Which organisation.
    DissolvePartyOrganizationInput => OrganizationOnly {
        /// 党组织。The organisation.
        id: ID,
    }
}

input! {
    /// 转入党员的输入。Who belongs to an organisation.
    AddPartyMemberInput => app::AddMember {
        /// 党组织。The organisation.
        organization_id: ID,
        /// 居民。Who.
        resident_id: ID,
        /// 职务。What they are.
        role: PartyRole,
        /// 转入日期。Since when.
        joined_on: Date,
    }
}

input! {
    /// 转出党员的输入。Which membership.
    RemovePartyMemberInput => MemberOnly {
        /// 组织关系。The membership.
        id: ID,
    }
}

part! {
    /// 只看哪些党组织。Which organisations only.
    PartyOrganizationFilter => app::Filter {
        /// 此区划及其下级。Of this division and all below it.
        division_code: Option<DivisionCode>,
        /// 社区。Of this community.
        community_id: Option<ID>,
        /// 上级组织。Directly below this one.
        parent_id: Option<ID>,
        /// 是否在册。Whether it is in being.
        current: Option<bool>,
    }
}

queries! {
    /// Party queries.
    PartyQuery of PartyOrganization, domain::PartyOrganizationId {
        entity find_party_organization_by_id;
        /// 按编号查党组织。An organisation by id.
        one party_organization;
        /// 党组织,新的在前。Organisations, newest first.
        many party_organizations(PartyOrganizationFilter => app::Filter) by app::list;
    }
}

mutations! {
    /// Party mutations.
    PartyMutation {
        /// 登记党组织(社区):上级层级更高,每个社区一个党委。Registers an organisation in the tree.
        register_party_organization(RegisterPartyOrganizationInput) -> RegisterPartyOrganizationPayload { organization: PartyOrganization }
            by app::register;
        /// 撤销党组织(社区):没有下级组织和党员时。Dissolves one that has nothing and nobody left.
        dissolve_party_organization(DissolvePartyOrganizationInput) -> DissolvePartyOrganizationPayload { organization: PartyOrganization }
            by app::dissolve;
        /// 转入党员(社区)。Takes a resident into an organisation.
        add_party_member(AddPartyMemberInput) -> AddPartyMemberPayload { member: PartyMember } by app::add_member;
        /// 转出党员(社区)。Somebody leaves the organisation.
        remove_party_member(RemovePartyMemberInput) -> RemovePartyMemberPayload { member: PartyMember }
            by app::remove_member;
    }
}
