//! 社区品牌 in the graph.

use async_graphql::ID;
use chrono::{DateTime, Utc};
use kit::graph::DivisionCode;

use super::{
    community::Community,
    foreign::Division,
    shape::{input, mutations, output, part, queries},
};
use crate::{
    app::{ask::Only, brand as app},
    domain::brand as domain,
};

output! {
    /// 社区品牌(一社一品)。What a community is known for.
    CommunityBrand of domain::CommunityBrand {
        /// 全局编号。Global id.
        id: ID,
        /// 主题。Its theme.
        theme: String,
        /// 依据。What shows it.
        evidence: String,
        /// 发布时间。When it was declared.
        declared_at: DateTime<Utc>,
        /// 停用时间。When it was retired.
        retired_at: Option<DateTime<Utc>>,
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
    /// 发布品牌的输入。What a community is known for.
    DeclareBrandInput => app::Declare {
        /// 社区。The community.
        community_id: ID,
        /// 主题(1 至 100 字)。Its theme, 1 to 100 characters.
        theme: String,
        /// 依据(1 至 2000 字)。What shows it, 1 to 2000 characters.
        evidence: String,
    }
}

type BrandOnly = Only<domain::BrandId>;

input! {
    /// 停用品牌的输入。Which brand.
    RetireBrandInput => BrandOnly {
        /// 品牌。The brand.
        id: ID,
    }
}

part! {
    /// 只看哪些品牌。Which brands only.
    CommunityBrandFilter => app::Filter {
        /// 此区划及其下级。Of this division and all below it.
        division_code: Option<DivisionCode>,
        /// 社区。Of this community.
        community_id: Option<ID>,
        /// 是否在用。Whether it is active.
        active: Option<bool>,
    }
}

queries! {
    /// Brand queries.
    BrandQuery of CommunityBrand, domain::BrandId {
        entity find_community_brand_by_id;
        /// 按编号查品牌。A brand by id.
        one community_brand;
        /// 品牌,新的在前。Brands, newest first.
        many community_brands(CommunityBrandFilter => app::Filter) by app::list;
    }
}

mutations! {
    /// Brand mutations.
    BrandMutation {
        /// 发布品牌(社区):每个社区只有一个在用,原品牌同时停用。Declares a brand; the one before it is retired.
        declare_brand(DeclareBrandInput) -> DeclareBrandPayload { brand: CommunityBrand } by app::declare;
        /// 停用品牌(社区)。Retires a brand.
        retire_brand(RetireBrandInput) -> RetireBrandPayload { brand: CommunityBrand } by app::retire;
    }
}
