//! What this service remembers of residents, and what ends with a life.

use chrono::{DateTime, Utc};
use kernel::{Minutes, keys::ResidentId};
use kit::audit;
use serde_json::json;
use sqlx::PgConnection;

use super::{alarm, booking, contact, order};
use crate::{
    domain::{
        elder::{self, ResidentStatus},
        order::OrderId,
    },
    error::{Error, Result},
    store,
};

/// What those who read the order find.
const REASON: &str = "老人已去世 / the elder has died";

/// smartdata told of a change. Nobody visits the dead: what was ordered and is
/// not under way is called off, and minutes on hold are given back.
pub async fn changed(
    conn: &mut PgConnection,
    id: ResidentId,
    status: ResidentStatus,
    at: DateTime<Utc>,
) -> Result<()> {
    store::resident::keep(conn, id, status, at).await?;
    // An older message that comes late ends nothing.
    if !store::resident::is_deceased(conn, id).await? {
        return Ok(());
    }
    contact::end(conn, id, at).await?;
    booking::end(conn, id, REASON, at).await?;
    for order in store::order::list_open_of_elder(conn, id).await? {
        call_off(conn, order, at).await?;
    }
    Ok(())
}

async fn call_off(conn: &mut PgConnection, id: OrderId, at: DateTime<Utc>) -> Result<()> {
    // The visit before the order, as where somebody ends a visit.
    let visit = store::visit::lock_open_of_order(conn, id).await?;
    let Some(mut order) = store::order::lock(conn, id).await? else {
        return Ok(());
    };
    let clock = alarm::clock();
    if let Some(mut visit) = visit {
        if !visit.state.may_be_called_off() {
            // Somebody is with them, or was: that is recorded as it happened.
            return Ok(());
        }
        visit.refuse(REASON, at)?;
        store::visit::update(conn, &mut visit).await?;
        alarm::lapse(conn, &clock, &visit, REASON, at).await?;
        order.give_back(at)?;
        store::order::update(conn, &mut order).await?;
    }
    order.cancel(REASON, at)?;
    store::order::update(conn, &mut order).await?;
    if order.price.credit_minutes > Minutes::ZERO {
        store::credit::end_hold(conn, order.id, None, at).await?;
    }
    let entry = audit::Entry::write(&clock, "cancelOrder", &order::resource(&order), at)
        .detail(json!({ "reason": REASON }));
    audit::append(conn, &entry).await?;
    Ok(())
}

/// No orders, and no new record, for the dead.
pub fn deceased() -> Error {
    elder::deceased().into()
}
