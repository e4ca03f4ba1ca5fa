//! 社区: who may register one, and reading them.

use std::collections::HashMap;

use kernel::{DivisionCode, IdempotencyKey, Page, Paged, keys::CommunityId};
use kit::{
    audit,
    auth::{Caller, Resource},
};

use crate::{
    domain::community::{Community, NewCommunity},
    error::Result,
    state::State,
    store,
};

/// Registers a community.
pub async fn register(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    new: NewCommunity,
) -> Result<Community> {
    let resource =
        Resource::new("Community", new.division_code.as_str()).in_division(new.division_code);
    state
        .core
        .authorize(caller, "registerCommunity", &resource)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("registerCommunity", &key, &new, now).await? {
        return Ok(first);
    }
    let community = Community::try_new(CommunityId::new(&state.core.ids), new, now)?;
    store::community::insert(&mut tx, &community).await?;
    audit::append(
        &mut tx,
        &audit::Entry::write(caller, "registerCommunity", &resource, now),
    )
    .await?;
    tx.answer(community).await
}

/// Communities are public.
pub async fn load_many(
    state: &State,
    ids: &[CommunityId],
) -> Result<HashMap<CommunityId, Community>> {
    store::community::load_many(&mut *state.core.db.read().await?, ids).await
}

/// The same, by division code.
pub async fn load_many_by_code(
    state: &State,
    codes: &[DivisionCode],
) -> Result<HashMap<DivisionCode, Community>> {
    store::community::load_many_by_code(&mut *state.core.db.read().await?, codes).await
}

/// A page of communities below a division.
pub async fn list(
    state: &State,
    below: Option<&DivisionCode>,
    page: &Page,
) -> Result<Paged<Community>> {
    let rows = store::community::list(&mut *state.core.db.read().await?, below, page).await?;
    Ok(page.finish(rows))
}

/// The community is not there.
pub fn unknown() -> kit::Error {
    kernel::refuse!(
        NotFound,
        "COMMUNITY_NOT_FOUND",
        zh: "没有这个社区",
        en: "there is no such community",
    )
    .into()
}

/// One community, which has to exist.
pub async fn get(state: &State, id: CommunityId) -> Result<Community> {
    load_many(state, &[id])
        .await?
        .remove(&id)
        .ok_or_else(unknown)
}
