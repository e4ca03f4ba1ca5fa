//! 社区品牌: declared, replaced, retired.

use kernel::{DivisionCode, Page, Paged, keys::CommunityId, refuse};
use kit::{
    auth::{Caller, Resource},
    record::Wanted,
};
use serde::Serialize;

use super::ask::{self, Ask, Only, first, subject};
use crate::{
    domain::{
        brand::{BrandId, CommunityBrand},
        words::check_words,
    },
    error::Result,
    state::State,
    store,
};

subject!(
    CommunityBrand,
    "CommunityBrand",
    "BRAND_NOT_FOUND",
    "没有这个品牌",
    "there is no such brand"
);

/// What a community is known for.
#[derive(Clone, Debug, Serialize)]
pub struct Declare {
    pub community_id: CommunityId,
    pub theme: String,
    pub evidence: String,
}

/// Declares a brand; the one before it is retired.
pub async fn declare(ask: &Ask<'_>, input: Declare) -> Result<CommunityBrand> {
    let community = super::community::get(ask.state, input.community_id).await?;
    let place = Resource::any("CommunityBrand").in_division(community.division_code);
    let mut open = first!(ask.open("declareBrand", &input, &place).await?);
    if let Some(mut before) = store::brand::lock_active(&mut open, community.id).await? {
        before.retired_at = Some(open.now);
        open.update(&mut before).await?;
    }
    let brand = CommunityBrand {
        id: open.id(),
        community_id: community.id,
        division_code: community.division_code,
        theme: check_words("input.theme", &input.theme, 100)?,
        evidence: check_words("input.evidence", &input.evidence, 2000)?,
        declared_by: open.actor(),
        declared_at: open.now,
        retired_at: None,
        version: 1,
    };
    open.insert(&brand).await?;
    open.finish(brand).await
}

/// Retires a brand, with none after it.
pub async fn retire(ask: &Ask<'_>, input: Only<BrandId>) -> Result<CommunityBrand> {
    let start = ask.lock::<CommunityBrand, _>("declareBrand", input.id, &input);
    let (mut open, mut brand) = first!(start.await?);
    if brand.retired_at.is_some() {
        return Err(refuse!(
            Refused, "BRAND_RETIRED", zh: "该品牌已经停用", en: "the brand is retired already",
        )
        .into());
    }
    brand.retired_at = Some(open.now);
    open.update(&mut brand).await?;
    open.finish(brand).await
}

/// Which brands.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    pub community_id: Option<CommunityId>,
    pub active: Option<bool>,
}

/// A page of brands; they are public.
pub async fn list(
    state: &State,
    _: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<CommunityBrand>> {
    let wanted = Wanted::all()
        .within(filter.division_code)
        .is("community_id", filter.community_id)
        .that("(retired_at IS NULL) = ", filter.active);
    ask::list(state, wanted, page).await
}
