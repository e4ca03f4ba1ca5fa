//! 便民服务订单: placed, accepted or not, done, rated, read.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    IdempotencyKey, Page, Paged, china_date,
    keys::{OrganizationId, ResidentId},
    refuse,
};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
    db::Tx,
    events,
};
use serde::{Deserialize, Serialize};

use super::{one_stop_case::applicant, service_item};
use crate::{
    domain::{
        convenience_order::{ConvenienceOrder, ConvenienceOrderId, ConvenienceOrderState},
        event::number,
        service_item::{ServiceClass, ServiceItemState},
        text,
    },
    error::Result,
    state::State,
    store,
};

pub use crate::store::convenience_order::OrderFilter;

/// Who may read the orders of a division they work for.
const READERS: &[Role] = &[
    Role::GridWorker,
    Role::CommunityStaff,
    Role::CivilAffairs,
    Role::Auditor,
    Role::PlatformAdmin,
];

fn resource(order: &ConvenienceOrder) -> Resource {
    let provider = order.provider_organization_id;
    Resource::new("ConvenienceOrder", order.id)
        .in_division(order.division_code)
        .owned_by(order.resident_id.as_uuid())
        .of_organization(provider.as_ref().map(OrganizationId::as_uuid))
        .with("provided", provider.is_some())
}

/// What is ordered, for when.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Place {
    pub item_code: String,
    pub on_behalf_of: Option<ResidentId>,
    pub wish: String,
    pub wanted_at: DateTime<Utc>,
}

/// A resident orders an open service.
pub async fn place(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Place,
) -> Result<ConvenienceOrderId> {
    const ACTION: &str = "placeConvenienceOrder";
    let of = (
        ACTION,
        Resource::any("ConvenienceOrder").with("provided", false),
    );
    let who = applicant(state, caller, of, input.on_behalf_of).await?;
    let wish = text::words(&input.wish, "input.wish", 1000)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    ConvenienceOrder::check_wanted(input.wanted_at, now)?;
    let codes = [input.item_code.clone()];
    let item = store::service_item::load_many(&mut tx, &codes)
        .await?
        .remove(&input.item_code)
        .filter(|item| item.state != ServiceItemState::Draft)
        .ok_or_else(|| service_item::unknown().at("input.itemCode"))?;
    if item.class != ServiceClass::Open
        || item.state != ServiceItemState::Released
        || !item.division_code.contains(&who.community_code)
    {
        return Err(refuse!(
            Refused,
            "SERVICE_ITEM_CLOSED",
            field: "input.itemCode",
            zh: "该服务未开放下单,或不面向您所在的社区",
            en: "this service cannot be ordered here at present",
        )
        .into());
    }
    let serial = store::convenience_order::next_serial(&mut tx).await?;
    let order = ConvenienceOrder {
        id: ConvenienceOrderId::new(&state.core.ids),
        number: number("D", china_date(now), serial),
        item_code: item.code,
        division_code: who.community_code,
        resident_id: who.id,
        provider_organization_id: item.provider_organization_id,
        wish,
        wanted_at: input.wanted_at,
        placed_by: caller.actor.subject.clone(),
        channel: caller.channel.as_str().to_owned(),
        assisted_by: caller.assisted_by.clone(),
        state: ConvenienceOrderState::Placed,
        outcome: None,
        accepted_by: None,
        done_at: None,
        stars: None,
        rating_note: None,
        version: 1,
        placed_at: now,
        updated_at: now,
    };
    store::convenience_order::insert(&mut tx, &order).await?;
    conclude(tx, caller, ACTION, &order).await
}

/// What is done to an order.
enum Act {
    Accept,
    End(ConvenienceOrderState, String),
    Rate(i32, Option<String>),
}

/// An order, and words about it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Words {
    pub order_id: ConvenienceOrderId,
    pub words: String,
}

/// 接单.
pub async fn accept(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: ConvenienceOrderId,
) -> Result<ConvenienceOrderId> {
    let action = "acceptConvenienceOrder";
    act_on(state, caller, (action, &key), (id, &id), Act::Accept).await
}

/// 不接单, with the reason.
pub async fn refuse_order(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Words,
) -> Result<ConvenienceOrderId> {
    let words = text::words(&input.words, "input.reason", 1000)?;
    let (action, id) = ("refuseConvenienceOrder", input.order_id);
    let act = Act::End(ConvenienceOrderState::Refused, words);
    act_on(state, caller, (action, &key), (id, &input), act).await
}

/// 完成.
pub async fn finish(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Words,
) -> Result<ConvenienceOrderId> {
    let words = text::words(&input.words, "input.outcome", 1000)?;
    let (action, id) = ("finishConvenienceOrder", input.order_id);
    let act = Act::End(ConvenienceOrderState::Done, words);
    act_on(state, caller, (action, &key), (id, &input), act).await
}

/// 取消 by the resident or by staff.
pub async fn cancel(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Words,
) -> Result<ConvenienceOrderId> {
    let words = text::words(&input.words, "input.reason", 1000)?;
    let (action, id) = ("cancelConvenienceOrder", input.order_id);
    let act = Act::End(ConvenienceOrderState::Cancelled, words);
    act_on(state, caller, (action, &key), (id, &input), act).await
}

/// How well it was done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rate {
    pub order_id: ConvenienceOrderId,
    pub stars: i32,
    pub note: Option<String>,
}

/// 评价 by the resident.
pub async fn rate(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Rate,
) -> Result<ConvenienceOrderId> {
    let note = text::some_words(input.note.as_deref(), "input.note", 1000)?;
    let (action, id) = ("rateConvenienceOrder", input.order_id);
    let act = Act::Rate(input.stars, note);
    act_on(state, caller, (action, &key), (id, &input), act).await
}

async fn act_on(
    state: &State,
    caller: &Caller,
    (action, key): (&'static str, &IdempotencyKey),
    (id, input): (ConvenienceOrderId, &impl Serialize),
    act: Act,
) -> Result<ConvenienceOrderId> {
    caller.signed_in(action)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut order = store::convenience_order::lock(&mut tx, id)
        .await?
        .ok_or_else(unknown)?;
    let about = resource(&order);
    state
        .core
        .authorize_seen(caller, (action, "readConvenienceOrder"), &about, unknown)?;
    if let Some(first) = tx.replay(action, key, input, now).await? {
        return Ok(first);
    }
    match act {
        Act::Accept => order.accept(&caller.actor.subject, now)?,
        Act::End(next, words) => order.end(next, words, now)?,
        Act::Rate(stars, note) => order.rate(stars, note, now)?,
    }
    store::convenience_order::update(&mut tx, &mut order).await?;
    conclude(tx, caller, action, &order).await
}

/// Tells the others, writes the audit, keeps the answer, commits.
async fn conclude(
    mut tx: Tx,
    caller: &Caller,
    action: &'static str,
    order: &ConvenienceOrder,
) -> Result<ConvenienceOrderId> {
    let event = events::NewEvent {
        subject: "smartdata.convenience_order.changed",
        aggregate: "convenience_order",
        aggregate_id: order.id.as_uuid(),
        trace_id: None,
        at: order.updated_at,
        data: serde_json::json!({
            "order_id": order.id,
            "item": order.item_code,
            "resident_id": order.resident_id,
            "division_code": order.division_code,
            "provider": order.provider_organization_id,
            "state": order.state,
        }),
    };
    events::append(&mut tx, &event).await?;
    let entry = audit::Entry::write(caller, action, &resource(order), order.updated_at)
        .detail(serde_json::json!({ "state": order.state }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(order.id).await
}

/// The orders of a list of ids that the caller may read.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[ConvenienceOrderId],
) -> Result<HashMap<ConvenienceOrderId, ConvenienceOrder>> {
    let mut conn = state.core.db.read().await?;
    let mut found = store::convenience_order::load_many(&mut conn, ids).await?;
    found.retain(|_, it| {
        state
            .core
            .policies
            .allows(&caller.actor, "readConvenienceOrder", &resource(it))
    });
    Ok(found)
}

/// A page of the orders that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &OrderFilter,
    page: &Page,
) -> Result<Paged<ConvenienceOrder>> {
    let mut scope = caller.actor.scope(READERS);
    if caller.actor.is(Role::Resident) {
        scope = scope.or_own(&caller.actor);
    }
    if caller.actor.is(Role::OrgManager) {
        scope = scope.or_organization(&caller.actor);
    }
    let mut conn = state.core.db.read().await?;
    let rows = store::convenience_order::list(&mut conn, &scope, filter, page).await?;
    Ok(page.finish(rows))
}

/// The order is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "ORDER_NOT_FOUND",
        zh: "没有这份订单,或您无权查看",
        en: "there is no such order, or it is not for you to see",
    )
    .into()
}
