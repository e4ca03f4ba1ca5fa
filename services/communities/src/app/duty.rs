//! 事权划分: which body leads what, from when, until when.

use kernel::{Page, Paged, keys::CommunityId, refuse};
use kit::{
    auth::{Caller, Resource},
    record::Wanted,
};
use serde::Serialize;

use super::ask::{self, Ask, Only, first, subject};
use crate::{
    domain::{
        duty::{DutyItem, DutyItemId, LeadBody},
        words::check_words,
        work_list::check_code,
    },
    error::Result,
    state::State,
    store,
};

subject!(
    DutyItem,
    "DutyItem",
    "DUTY_ITEM_NOT_FOUND",
    "没有这项职责",
    "there is no such duty"
);

/// Who leads what.
#[derive(Clone, Debug, Serialize)]
pub struct Set {
    pub community_id: CommunityId,
    pub code: String,
    pub title: String,
    pub lead_body: LeadBody,
    pub basis_document: String,
}

/// Says from today which body leads an item; what was said before ends.
pub async fn set(ask: &Ask<'_>, input: Set) -> Result<DutyItem> {
    let community = super::community::get(ask.state, input.community_id).await?;
    let place = Resource::any("DutyItem").in_division(community.division_code);
    let mut open = first!(ask.open("setDutyItem", &input, &place).await?);
    let code = check_code("input.code", &input.code)?;
    let today = open.today();
    if let Some(mut before) = store::duty::lock_current(&mut open, community.id, &code).await? {
        if before.lead_body == input.lead_body {
            return Err(refuse!(
                Refused, "DUTY_ITEM_SAME", field: "input.leadBody",
                zh: "该事项现由同一主体牵头", en: "this body leads the item already",
            )
            .into());
        }
        before.until_on = Some(today);
        open.update(&mut before).await?;
    }
    let item = DutyItem {
        id: open.id(),
        community_id: community.id,
        division_code: community.division_code,
        code,
        title: check_words("input.title", &input.title, 200)?,
        lead_body: input.lead_body,
        basis_document: check_words("input.basisDocument", &input.basis_document, 200)?,
        starts_on: today,
        created_at: open.now,
        until_on: None,
        version: 1,
    };
    open.insert(&item).await?;
    open.finish(item).await
}

/// Ends an item from today.
pub async fn end(ask: &Ask<'_>, input: Only<DutyItemId>) -> Result<DutyItem> {
    let start = ask.lock::<DutyItem, _>("setDutyItem", input.id, &input);
    let (mut open, mut item) = first!(start.await?);
    if item.until_on.is_some() {
        return Err(refuse!(
            Refused, "DUTY_ITEM_ENDED", zh: "该事项已经终止", en: "the item has ended already",
        )
        .into());
    }
    item.until_on = Some(open.today());
    open.update(&mut item).await?;
    open.finish(item).await
}

/// Which items.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub community_id: Option<CommunityId>,
    pub lead_body: Option<LeadBody>,
    /// Only what holds now.
    pub current: Option<bool>,
}

/// A page of items; they are public.
pub async fn list(
    state: &State,
    _: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<DutyItem>> {
    let wanted = Wanted::all()
        .is("community_id", filter.community_id)
        .is("lead_body", filter.lead_body)
        .that("(until_on IS NULL) = ", filter.current);
    ask::list(state, wanted, page).await
}
