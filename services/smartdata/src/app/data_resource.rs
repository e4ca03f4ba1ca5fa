//! 数据目录: publish, withdraw, read.

use std::collections::HashMap;

use kernel::{IdempotencyKey, Page, Paged, refuse};
use kit::{
    audit,
    auth::{Caller, Resource},
};

use super::department;
use crate::{
    domain::data_resource::{DataResource, DataResourceId, NewResource},
    error::Result,
    state::State,
    store,
};

pub use crate::store::data_resource::ResourceFilter;

fn resource(caller: &Caller, it: &DataResource) -> Resource {
    let about = Resource::new("DataResource", it.id).in_division(it.division_code);
    department::sides(about, caller, it.provider_organization_id, None)
}

/// A department publishes what it provides.
pub async fn publish(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: NewResource,
) -> Result<DataResourceId> {
    caller.signed_in("publishDataResource")?;
    let provider = department::own(caller)?;
    let asked = Resource::any("DataResource").in_division(input.division_code);
    let asked = department::sides(asked, caller, provider, None);
    state
        .core
        .authorize(caller, "publishDataResource", &asked)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("publishDataResource", &key, &input, now).await? {
        return Ok(first);
    }
    let id = DataResourceId::new(&state.core.ids);
    let made = DataResource::publish(id, input, provider, now)?;
    if store::division::find(&mut tx, &made.division_code)
        .await?
        .is_none_or(|it| !it.in_force(kernel::china_date(now)))
    {
        return Err(crate::domain::grid::missing_community("input.divisionCode").into());
    }
    store::data_resource::insert(&mut tx, &made)
        .await
        .map_err(exists)?;
    let entry = audit::Entry::write(caller, "publishDataResource", &resource(caller, &made), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(id).await
}

fn exists(error: kit::Error) -> kit::Error {
    if error.reason() != "DATA_RESOURCE_EXISTS" {
        return error;
    }
    refuse!(
        AlreadyExists,
        "DATA_RESOURCE_EXISTS",
        field: "input.code",
        zh: "目录中已有这个代码",
        en: "the catalogue has this code already",
    )
    .into()
}

/// An entry leaves the catalogue; what was granted from it stops.
pub async fn withdraw(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: DataResourceId,
) -> Result<DataResourceId> {
    const ACTION: &str = "withdrawDataResource";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut found = store::data_resource::lock(&mut tx, id)
        .await?
        .ok_or_else(unknown)?;
    let about = resource(caller, &found);
    state.core.authorize(caller, ACTION, &about)?;
    if let Some(first) = tx.replay(ACTION, &key, &id, now).await? {
        return Ok(first);
    }
    found.withdraw(now)?;
    store::data_resource::update(&mut tx, &mut found).await?;
    audit::append(&mut tx, &audit::Entry::write(caller, ACTION, &about, now)).await?;
    tx.answer(id).await
}

/// The catalogue is public: it tells which data there is, and no data.
pub async fn load_many(
    state: &State,
    ids: &[DataResourceId],
) -> Result<HashMap<DataResourceId, DataResource>> {
    store::data_resource::load_many(&mut *state.core.db.read().await?, ids).await
}

/// A page of the catalogue.
pub async fn list(
    state: &State,
    filter: &ResourceFilter,
    page: &Page,
) -> Result<Paged<DataResource>> {
    let rows = store::data_resource::list(&mut *state.core.db.read().await?, filter, page).await?;
    Ok(page.finish(rows))
}

/// The entry is not there.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "DATA_RESOURCE_NOT_FOUND",
        zh: "数据目录中没有这一条目",
        en: "the catalogue has no such entry",
    )
    .into()
}
