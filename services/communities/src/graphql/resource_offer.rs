//! 资源链接 in the graph.

use async_graphql::{Context, Enum, ID};
use chrono::{DateTime, Utc};
use kit::{Result, graph::DivisionCode};

use super::{
    community::Community,
    foreign::Division,
    joint_meeting::ResidentUnit,
    need::Need,
    shape::{CommunityStateChange, enums, history, input, mutations, output, part, queries},
};
use crate::{
    app::{ask::Only, check_in as app},
    domain::check_in as domain,
};

/// 资源种类。What is offered.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ResourceKind")]
pub enum UnitOfferKind {
    /// 场地。A venue.
    Venue,
    /// 人力。People.
    People,
    /// 资金。Funds.
    Funds,
    /// 物资。Goods.
    Goods,
    /// 技能。A skill.
    Skill,
}

/// 资源状态。Where an offer stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::OfferState")]
pub enum UnitOfferState {
    /// 可用。It stands.
    Offered,
    /// 已对接。Matched with a need.
    Matched,
    /// 已落实。Delivered.
    Delivered,
    /// 已撤回。Taken back.
    Withdrawn,
}
enums!(
    UnitOfferKind = domain::ResourceKind,
    UnitOfferState = domain::OfferState
);

output! {
    /// 驻社区单位的资源。Something that a unit offers.
    UnitOffer of domain::ResourceOffer {
        /// 全局编号。Global id.
        id: ID,
        /// 种类。What it is.
        kind: UnitOfferKind,
        /// 描述。In words.
        description: String,
        /// 提供时间。When it was offered.
        offered_at: DateTime<Utc>,
        /// 状态。Where it stands.
        state: UnitOfferState,
        /// 落实情况。What was delivered.
        result: Option<String>,
    }
    refers {
        /// 所在区划。Where it is.
        division: Division = division_code,
    }
    holds {
        /// 社区。The community.
        community: Community = community_id,
        /// 单位。The unit.
        unit: ResidentUnit = unit_id,
    }
    links {
        /// 对接的需求。The need it meets.
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
    /// 提供资源的输入。What a unit offers.
    OfferUnitResourceInput => app::Offer {
        /// 单位。The unit.
        unit_id: ID,
        /// 种类。What it is.
        kind: UnitOfferKind,
        /// 描述(1 至 500 字)。In words, 1 to 500 characters.
        description: String,
    }
}

input! {
    /// 对接资源的输入。Which need it meets.
    MatchUnitOfferInput => app::Match {
        /// 资源。The offer.
        offer_id: ID,
        /// 本社区已核实的需求。A need of the community that was looked at.
        need_id: ID,
    }
}

type OfferOnly = Only<domain::ResourceOfferId>;

input! {
    /// 解除对接的输入。Which offer stands again.
    UnmatchUnitOfferInput => OfferOnly {
        /// 资源。The offer.
        id: ID,
    }
}

input! {
    /// 落实资源的输入。What was delivered.
    DeliverUnitOfferInput => app::Deliver {
        /// 资源。The offer.
        offer_id: ID,
        /// 落实情况(1 至 1000 字)。What was delivered, 1 to 1000 characters.
        result: String,
    }
}

input! {
    /// 撤回资源的输入。Which offer is taken back.
    WithdrawUnitOfferInput => OfferOnly {
        /// 资源。The offer.
        id: ID,
    }
}

part! {
    /// 只看哪些资源。Which offers only.
    UnitOfferFilter => app::OfferFilter {
        /// 此区划及其下级。Of this division and all below it.
        division_code: Option<DivisionCode>,
        /// 社区。Of this community.
        community_id: Option<ID>,
        /// 种类。Of this kind.
        kind: Option<UnitOfferKind>,
        /// 状态。In this state.
        state: Option<UnitOfferState>,
    }
}

queries! {
    /// Offer queries.
    ResourceOfferQuery of UnitOffer, domain::ResourceOfferId {
        entity find_unit_offer_by_id;
        /// 按编号查资源。An offer by id.
        one unit_offer;
        /// 资源,新的在前。Offers, newest first.
        many unit_offers(UnitOfferFilter => app::OfferFilter) by app::offers;
    }
}

mutations! {
    /// Offer mutations.
    ResourceOfferMutation {
        /// 提供资源(社区登记)。Puts on record what a unit offers.
        offer_unit_resource(OfferUnitResourceInput) -> OfferUnitResourcePayload { offer: UnitOffer } by app::offer;
        /// 对接资源与需求(社区)。Matches an offer with a need.
        match_unit_offer(MatchUnitOfferInput) -> MatchUnitOfferPayload { offer: UnitOffer } by app::match_;
        /// 解除对接(社区)。The match came to nothing.
        unmatch_unit_offer(UnmatchUnitOfferInput) -> UnmatchUnitOfferPayload { offer: UnitOffer } by app::unmatch;
        /// 落实资源(社区)。It was delivered.
        deliver_unit_offer(DeliverUnitOfferInput) -> DeliverUnitOfferPayload { offer: UnitOffer } by app::deliver;
        /// 撤回资源(社区)。The unit takes it back.
        withdraw_unit_offer(WithdrawUnitOfferInput) -> WithdrawUnitOfferPayload { offer: UnitOffer } by app::retract;
    }
}
