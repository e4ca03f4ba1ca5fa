//! 服务订单: place, cancel, read.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, Page, Paged, china_date, keys::ResidentId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
    idempotency,
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::{
    clients::contracts::Contract,
    domain::{
        elder::Elder,
        order::{Order, OrderFilter, OrderId, OrderState, PlaceOrder, Price},
    },
    error::Result,
    state::State,
    store::{self, contract::ContractRef},
};

/// Who may read orders of a division they work for.
const READERS: &[Role] = super::elder::READERS;

/// What an order is to the policies.
pub fn resource(order: &Order) -> Resource {
    Resource::new("Order", order.id)
        .in_division(order.division_code)
        .owned_by(order.elder_id.as_uuid())
        .of_organization(order.organization_id.as_uuid())
}

/// Places an order for an elder: the tier by rule, the price a snapshot, the
/// minutes on hold where it is paid with minutes.
pub async fn place(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: PlaceOrder,
) -> Result<Order> {
    let elder = super::elder::known(state, caller, "placeOrder", input.elder_id).await?;
    let now = state.core.clock.now();
    let call = super::call(caller, "placeOrder", key, &input, now)?;
    if let Some(before) = state.core.db.outcome(caller, &call).await? {
        return before.into_result();
    }
    state.residents.living(caller, input.elder_id).await?;
    let contract = state.contracts.get(caller, input.contract_id).await?;
    check_contract(&contract, &elder)?;
    let mut tx = state.core.db.begin(caller).await?;
    let outcome = idempotency::run(&mut tx, &call, async |conn: &mut PgConnection| {
        write(state, caller, conn, &contract, &input, now).await
    })
    .await?;
    tx.commit().await?;
    outcome.into_result()
}

fn check_contract(contract: &Contract, elder: &Elder) -> Result<()> {
    if !contract.performing {
        return Err(refuse!(
            Refused,
            "CONTRACT_NOT_PERFORMING",
            field: "input.contractId",
            zh: "该合同不在履行期内,不能下单",
            en: "no order can be placed under this contract now",
        )
        .into());
    }
    if !contract.division_code.contains(&elder.division_code) {
        return Err(refuse!(
            Refused,
            "CONTRACT_OF_OTHER_COMMUNITY",
            field: "input.contractId",
            zh: "该合同不服务于老人所在社区",
            en: "this contract serves another community",
        )
        .into());
    }
    Ok(())
}

async fn write(
    state: &State,
    caller: &Caller,
    conn: &mut PgConnection,
    contract: &Contract,
    input: &PlaceOrder,
    now: DateTime<Utc>,
) -> Result<Order> {
    let elder = store::elder::lock(conn, input.elder_id)
        .await?
        .ok_or_else(super::elder::unknown)?;
    if store::resident::is_deceased(conn, input.elder_id).await? {
        return Err(super::resident::deceased());
    }
    let item = store::menu_item::find_on(conn, &input.item_code, china_date(now))
        .await?
        .ok_or_else(super::menu_item::unknown)?;
    let today = china_date(now);
    super::credential::check(
        conn,
        item.line,
        contract.organization_id,
        None,
        (today, today),
    )
    .await
    .map_err(|error| error.at("input.contractId"))?;
    let decision = super::tier::current(state, conn, &elder, item.line, now).await?;
    let price = Price::of(&item, decision.tier, input.pay_with_minutes)?;
    let kept = ContractRef {
        id: contract.id,
        trace_id: contract.trace_id,
        organization_id: contract.organization_id,
        division_code: contract.division_code,
        quantity: contract.quantity.into(),
    };
    store::contract::keep(conn, &kept).await?;
    let own = caller.actor.resident_id == Some(input.elder_id.as_uuid());
    let order = Order {
        id: OrderId::new(&state.core.ids),
        trace_id: contract.trace_id,
        elder_id: elder.resident_id,
        division_code: elder.division_code,
        contract_id: contract.id,
        organization_id: contract.organization_id,
        item_code: item.code,
        line: item.line,
        minutes: item.minutes,
        tier: decision.tier,
        decision_id: decision.id,
        price,
        state: OrderState::Placed,
        cancel_reason: None,
        care_plan_id: input.care_plan_id,
        channel: caller.channel.as_str().to_owned(),
        // Whoever enters it for the elder is named, also without a header.
        assisted_by: caller
            .assisted_by
            .clone()
            .or_else(|| (!own).then(|| caller.actor.subject.clone())),
        version: 1,
        placed_at: now,
        updated_at: now,
    };
    store::order::insert(conn, &order).await.map_err(|error| {
        let planned = matches!(error.reason(), "ORDER_NOT_PLANNED" | "CARE_PLAN_USED_UP");
        if planned {
            error.at("input.carePlanId")
        } else {
            error
        }
    })?;
    super::credit::hold(state, conn, &order, now).await?;
    let entry = audit::Entry::write(caller, "placeOrder", &resource(&order), now);
    audit::append(conn, &entry).await?;
    Ok(order)
}

/// Which order, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CancelOrder {
    pub order_id: OrderId,
    pub reason: String,
}

/// Cancels an order that nobody is to come for; minutes on hold are given back.
pub async fn cancel(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: CancelOrder,
) -> Result<Order> {
    caller.signed_in("cancelOrder")?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut order = store::order::lock(&mut tx, input.order_id)
        .await?
        .ok_or_else(unknown)?;
    authorize(state, caller, "cancelOrder", &order)?;
    if let Some(first) = tx.replay("cancelOrder", &key, &input, now).await? {
        return Ok(first);
    }
    order.cancel(&input.reason, now)?;
    store::order::update(&mut tx, &mut order).await?;
    if order.price.credit_minutes > kernel::Minutes::ZERO {
        store::credit::end_hold(&mut tx, order.id, None, now).await?;
    }
    audit::append(
        &mut tx,
        &audit::Entry::write(caller, "cancelOrder", &resource(&order), now),
    )
    .await?;
    tx.answer(order).await
}

/// Whether the caller may do this to an order they know of.
pub(super) fn authorize(state: &State, caller: &Caller, action: &str, order: &Order) -> Result<()> {
    let asked = resource(order);
    state
        .core
        .authorize_seen(caller, (action, "readOrder"), &asked, unknown)
}

/// Whether the caller may read an order.
pub(super) fn readable(state: &State, caller: &Caller, order: &Order) -> bool {
    state
        .core
        .policies
        .allows(&caller.actor, "readOrder", &resource(order))
}

/// The orders of a list of ids that the caller may read; others are left out.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[OrderId],
) -> Result<HashMap<OrderId, Order>> {
    let mut orders = store::order::load_many(&mut *state.core.db.read().await?, ids).await?;
    orders.retain(|_, order| readable(state, caller, order));
    Ok(orders)
}

/// The newest orders of elders.
pub async fn load_many_of_elders(
    state: &State,
    caller: &Caller,
    elders: &[ResidentId],
) -> Result<HashMap<ResidentId, Vec<Order>>> {
    let rows = store::order::load_many_of_elders(&mut *state.core.db.read().await?, elders).await?;
    let mut found: HashMap<ResidentId, Vec<Order>> = HashMap::new();
    for order in rows
        .into_iter()
        .filter(|order| readable(state, caller, order))
    {
        found.entry(order.elder_id).or_default().push(order);
    }
    Ok(found)
}

/// A page of the orders that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &OrderFilter,
    page: &Page,
) -> Result<Paged<Order>> {
    let mut scope = caller.actor.scope(READERS).or_own(&caller.actor);
    if caller.actor.is(Role::OrgManager) {
        scope = scope.or_organization(&caller.actor);
    }
    let rows = store::order::list(&mut *state.core.db.read().await?, &scope, filter, page).await?;
    Ok(page.finish(rows))
}

/// The order is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "ORDER_NOT_FOUND",
        zh: "没有这张订单,或您无权查看",
        en: "there is no such order, or it is not for you to see",
    )
    .into()
}
