//! 服务事项: drafted, reviewed, released, suspended, retired, read.

use std::collections::HashMap;

use kernel::{IdempotencyKey, Page, Paged, refuse};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        grid::missing_community,
        service_item::{NewItem, ServiceItem, ServiceItemState},
        text,
    },
    error::Result,
    state::State,
    store,
};

pub use crate::store::service_item::ItemFilter;

/// Who sees drafts and what is suspended in a division they work for.
const READERS: &[Role] = &[
    Role::CommunityStaff,
    Role::CivilAffairs,
    Role::Auditor,
    Role::PlatformAdmin,
];

fn resource(item: &ServiceItem) -> Resource {
    Resource::new("ServiceItem", &item.code).in_division(item.division_code)
}

/// Drafts a service.
pub async fn draft(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: NewItem,
) -> Result<String> {
    const ACTION: &str = "draftServiceItem";
    let asked = Resource::any("ServiceItem").in_division(input.division_code);
    state.core.authorize(caller, ACTION, &asked)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    let item = ServiceItem::draft(input, &caller.actor.subject, now)?;
    let division = store::division::find(&mut tx, &item.division_code).await?;
    if !division.is_some_and(|it| it.in_force(kernel::china_date(now))) {
        return Err(missing_community("input.divisionCode").into());
    }
    store::service_item::insert(&mut tx, &item)
        .await
        .map_err(exists)?;
    let entry = audit::Entry::write(caller, ACTION, &resource(&item), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(item.code).await
}

fn exists(error: kit::Error) -> kit::Error {
    if error.reason() != "SERVICE_ITEMS_PKEY" {
        return error;
    }
    refuse!(
        AlreadyExists,
        "SERVICE_ITEM_EXISTS",
        field: "input.code",
        zh: "已有这个代码的事项",
        en: "there is a service of this code already",
    )
    .into()
}

/// What is done to a service.
enum Act {
    Review(bool, String),
    Release,
    Suspend(String),
    Retire,
}

/// What a security review found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Review {
    pub code: String,
    pub passed: bool,
    pub note: String,
}

/// 安全审查 by the platform.
pub async fn review(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Review,
) -> Result<String> {
    let note = text::words(&input.note, "input.note", 1000)?;
    let act = Act::Review(input.passed, note);
    act_on(
        state,
        caller,
        ("reviewServiceItem", &key),
        (&input.code, &input),
        act,
    )
    .await
}

/// 开放, or again after a suspension.
pub async fn release(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    code: String,
) -> Result<String> {
    act_on(
        state,
        caller,
        ("releaseServiceItem", &key),
        (&code, &code),
        Act::Release,
    )
    .await
}

/// Why a service is not open for a while.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Suspend {
    pub code: String,
    pub reason: String,
}

/// 暂停.
pub async fn suspend(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Suspend,
) -> Result<String> {
    let act = Act::Suspend(text::words(&input.reason, "input.reason", 500)?);
    act_on(
        state,
        caller,
        ("suspendServiceItem", &key),
        (&input.code, &input),
        act,
    )
    .await
}

/// 停用 for good.
pub async fn retire(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    code: String,
) -> Result<String> {
    act_on(
        state,
        caller,
        ("retireServiceItem", &key),
        (&code, &code),
        Act::Retire,
    )
    .await
}

async fn act_on(
    state: &State,
    caller: &Caller,
    (action, key): (&'static str, &IdempotencyKey),
    (code, input): (&str, &impl Serialize),
    act: Act,
) -> Result<String> {
    caller.signed_in(action)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut item = store::service_item::lock(&mut tx, code)
        .await?
        .ok_or_else(unknown)?;
    state.core.authorize(caller, action, &resource(&item))?;
    if let Some(first) = tx.replay(action, key, input, now).await? {
        return Ok(first);
    }
    match act {
        Act::Review(passed, note) => item.review((passed, note), &caller.actor.subject, now)?,
        Act::Release => item.release(now)?,
        Act::Suspend(why) => item.move_to(ServiceItemState::Suspended, Some(why), now)?,
        Act::Retire => item.move_to(ServiceItemState::Retired, None, now)?,
    }
    store::service_item::update(&mut tx, &mut item).await?;
    let entry = audit::Entry::write(caller, action, &resource(&item), now)
        .detail(serde_json::json!({ "state": item.state }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(item.code).await
}

/// Services by code: open ones for everybody, the rest for staff.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    codes: &[String],
) -> Result<HashMap<String, ServiceItem>> {
    let mut found =
        store::service_item::load_many(&mut *state.core.db.read().await?, codes).await?;
    found.retain(|_, item| {
        item.state != ServiceItemState::Draft
            || state
                .core
                .policies
                .allows(&caller.actor, "readServiceDraft", &resource(item))
    });
    Ok(found)
}

/// A page of services: open ones for everybody; all of their division for staff
/// who ask.
pub async fn list(
    state: &State,
    caller: &Caller,
    (all, filter): (bool, &ItemFilter),
    page: &Page,
) -> Result<Paged<ServiceItem>> {
    let scope = caller.actor.scope(READERS);
    let staff = all.then_some(&scope);
    let mut conn = state.core.db.read().await?;
    let rows = store::service_item::list(&mut conn, staff, filter, page).await?;
    Ok(page.finish(rows))
}

/// The service is not there, or not open to this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "SERVICE_ITEM_NOT_FOUND",
        zh: "没有这个服务事项",
        en: "there is no such service",
    )
    .into()
}
