//! 指南: published by the division, in versions, read by everybody.

use kernel::{IdempotencyKey, Page, Paged};
use kit::auth::{Caller, Resource};
use serde_json::json;

use super::record;
use crate::{
    domain::guide::{Guide, GuideFilter, GuideId, NewGuide},
    error::Result,
    state::State,
    store,
};

/// Publishes a guide; one of the same division, kind and year is replaced by it.
pub async fn publish(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: NewGuide,
) -> Result<Guide> {
    const ACTION: &str = "publishGuide";
    let asked = Resource::any("Guide").in_division(input.division_code);
    state.core.authorize(caller, ACTION, &asked)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("publishGuide", &key, &input, now).await? {
        return Ok(first);
    }
    let new = input.check()?;
    let before = store::guide::version(&mut tx, &new.division_code, new.kind, new.year).await?;
    let guide = Guide {
        id: GuideId::new(&state.core.ids),
        division_code: new.division_code,
        kind: new.kind,
        year: new.year,
        title: new.title,
        body: new.body,
        budget: new.budget,
        version: before + 1,
        published_by: caller.actor.subject.clone(),
        published_at: now,
    };
    store::guide::insert(&mut tx, &guide).await?;
    let detail = json!({ "kind": guide.kind, "year": guide.year, "version": guide.version });
    let written = Resource::new("Guide", guide.id).in_division(guide.division_code);
    record(&mut tx, caller, ACTION, &written, now, detail).await?;
    tx.answer(guide).await
}

/// A page of guides, newest first: public.
pub async fn list(state: &State, filter: &GuideFilter, page: &Page) -> Result<Paged<Guide>> {
    let rows = store::guide::list(&mut *state.core.db.read().await?, filter, page).await?;
    Ok(page.finish(rows))
}
