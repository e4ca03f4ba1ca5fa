//! __Noun__: who may register one, and reading them.

use std::collections::HashMap;

use kernel::{DivisionCode, IdempotencyKey, Page, Paged};
use kit::{
    audit,
    auth::{Caller, Resource},
    events,
};

use crate::{
    domain::__noun__::{__Noun__, __Noun__Id, New__Noun__},
    error::Result,
    state::State,
    store,
};

/// Registers one.
pub async fn register(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    new: New__Noun__,
) -> Result<__Noun__> {
    let resource =
        Resource::new("__Noun__", new.division_code.as_str()).in_division(new.division_code);
    state.core.authorize(caller, "register__Noun__", &resource)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("register__Noun__", &key, &new, now).await? {
        return Ok(first);
    }
    let __noun__ = __Noun__::try_new(__Noun__Id::new(&state.core.ids), new, now)?;
    store::__noun__::insert(&mut tx, &__noun__).await?;
    events::append(&mut tx, &registered(&__noun__)).await?;
    let entry = audit::Entry::write(caller, "register__Noun__", &resource, now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(__noun__).await
}

fn registered(__noun__: &__Noun__) -> events::NewEvent {
    events::NewEvent {
        subject: "__service__.__noun__.registered",
        aggregate: "__noun__",
        aggregate_id: __noun__.id.as_uuid(),
        trace_id: None,
        at: __noun__.created_at,
        data: serde_json::json!({
            "__noun___id": __noun__.id,
            "division_code": __noun__.division_code,
        }),
    }
}

/// Many by id; everybody may read them.
pub async fn load_many(
    state: &State,
    ids: &[__Noun__Id],
) -> Result<HashMap<__Noun__Id, __Noun__>> {
    store::__noun__::load_many(&mut *state.core.db.read().await?, ids).await
}

/// A page below a division.
pub async fn list(
    state: &State,
    below: Option<&DivisionCode>,
    page: &Page,
) -> Result<Paged<__Noun__>> {
    let rows = store::__noun__::list(&mut *state.core.db.read().await?, below, page).await?;
    Ok(page.finish(rows))
}
