//! 事权划分 in the graph.

use async_graphql::{Enum, ID};
use kit::graph::Date;

use super::{
    community::Community,
    foreign::Division,
    shape::{enums, input, mutations, output, part, queries},
};
use crate::{
    app::{ask::Only, duty as app},
    domain::duty as domain,
};

/// 牵头主体。Which of the three bodies leads.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::LeadBody")]
pub enum LeadBody {
    /// 社区党工委。The Party work committee.
    PartyWorkCommittee,
    /// 社区公共服务中心。The public service centre.
    PublicServiceCentre,
    /// 社区居委会。The residents' committee.
    ResidentsCommittee,
}
enums!(LeadBody = domain::LeadBody);

output! {
    /// 职责事项:同一时间只有一个牵头主体。An item of duty; one body leads it at a time.
    DutyItem of domain::DutyItem {
        /// 全局编号。Global id.
        id: ID,
        /// 编号。Its code.
        code: String,
        /// 名称。What is done.
        title: String,
        /// 牵头主体。Who leads.
        lead_body: LeadBody,
        /// 依据文件。The document it rests on.
        basis_document: String,
        /// 起始日期。From this day.
        starts_on: Date,
        /// 终止日期。From this day no more.
        until_on: Option<Date>,
    }
    refers {
        /// 所在区划。Where it is.
        division: Division = division_code,
    }
    holds {
        /// 社区。The community.
        community: Community = community_id,
    }
    plus {}
}

input! {
    /// 划定职责的输入。Who leads what from today.
    SetDutyItemInput => app::Set {
        /// 社区。The community.
        community_id: ID,
        /// 编号:大写字母、数字、点、横线。Capital letters, digits, dots, dashes.
        code: String,
        /// 名称(1 至 200 字)。What is done, 1 to 200 characters.
        title: String,
        /// 牵头主体。Who leads.
        lead_body: LeadBody,
        /// 依据文件。The document it rests on.
        basis_document: String,
    }
}

type ItemOnly = Only<domain::DutyItemId>;

input! {
    /// 终止职责的输入。Which item ends today.
    EndDutyItemInput => ItemOnly {
        /// 职责事项。The item.
        id: ID,
    }
}

part! {
    /// 只看哪些职责。Which items only.
    DutyItemFilter => app::Filter {
        /// 社区。Of this community.
        community_id: Option<ID>,
        /// 牵头主体。Led by this body.
        lead_body: Option<LeadBody>,
        /// 是否现行。Whether it holds now.
        current: Option<bool>,
    }
}

queries! {
    /// Duty queries.
    DutyQuery of DutyItem, domain::DutyItemId {
        entity find_duty_item_by_id;
        /// 按编号查职责事项。An item by id.
        one duty_item;
        /// 职责事项,含历史。Items of duty, with those that have ended.
        many duty_items(DutyItemFilter => app::Filter) by app::list;
    }
}

mutations! {
    /// Duty mutations.
    DutyMutation {
        /// 划定牵头主体(民政):自今日起,原规定同时终止。Says who leads from today; what was said before ends.
        set_duty_item(SetDutyItemInput) -> SetDutyItemPayload { item: DutyItem } by app::set;
        /// 终止职责事项(民政)。Ends an item from today.
        end_duty_item(EndDutyItemInput) -> EndDutyItemPayload { item: DutyItem } by app::end;
    }
}
