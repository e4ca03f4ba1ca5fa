//! 服务菜单: published by civil affairs, read by anyone.

use std::collections::HashMap;

use kernel::{IdempotencyKey, Page, Paged, china_date, refuse};
use kit::{
    audit,
    auth::{Caller, Resource},
};

use crate::{
    domain::{
        menu_item::{MenuItem, PublishMenuItem},
        tier::ServiceLine,
    },
    error::Result,
    state::State,
    store,
};

/// Publishes an item, or new prices of one.
pub async fn publish(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: PublishMenuItem,
) -> Result<MenuItem> {
    let resource = Resource::new("MenuItem", &input.code);
    state.core.authorize(caller, "publishMenuItem", &resource)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("publishMenuItem", &key, &input, now).await? {
        return Ok(first);
    }
    let item = input.item(state.core.ids.next(), now)?;
    if !store::menu_item::publish(&mut tx, &item).await? {
        return Err(refuse!(
            AlreadyExists,
            "MENU_ITEM_EXISTS",
            field: "input.code",
            zh: "该代码已用于其他类别的服务项目",
            en: "this code stands for an item of another line",
        )
        .into());
    }
    audit::append(
        &mut tx,
        &audit::Entry::write(caller, "publishMenuItem", &resource, now),
    )
    .await?;
    tx.answer(item).await
}

/// The menu is public: items with the prices of today.
pub async fn load_many(state: &State, codes: &[String]) -> Result<HashMap<String, MenuItem>> {
    let today = china_date(state.core.clock.now());
    store::menu_item::load_many_on(&mut *state.core.db.read().await?, codes, today).await
}

/// A page of the menu.
pub async fn list(
    state: &State,
    line: Option<ServiceLine>,
    page: &Page,
) -> Result<Paged<MenuItem>> {
    let today = china_date(state.core.clock.now());
    let rows = store::menu_item::list(&mut *state.core.db.read().await?, line, today, page).await?;
    Ok(page.finish(rows))
}

/// The item is not on the menu today.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "MENU_ITEM_NOT_FOUND",
        field: "input.menuItemCode",
        zh: "服务菜单上今天没有此项目",
        en: "this is not on the menu today",
    )
    .into()
}
