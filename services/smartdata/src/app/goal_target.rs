//! 目标值: set by the office of a division or of one above it.

use std::collections::HashMap;

use kernel::{DivisionCode, IdempotencyKey, Page, Paged, china_date, refuse};
use kit::{
    audit,
    auth::{Caller, Resource},
    record::{self, Wanted},
};
use serde_json::json;

use crate::{
    domain::goal_target::{GoalTarget, GoalTargetId, NewTarget},
    error::Result,
    state::State,
    store,
};

/// Sets a target; the one before it, if there is one, gives way.
pub async fn set(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: NewTarget,
) -> Result<GoalTargetId> {
    const ACTION: &str = "setGoalTarget";
    let about = Resource::any("GoalTarget").in_division(input.division_code);
    state.core.authorize(caller, ACTION, &about)?;
    let now = state.core.clock.now();
    let today = china_date(now);
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    let division = store::division::find(&mut tx, &input.division_code).await?;
    if !division.is_some_and(|it| it.in_force(today)) {
        return Err(unknown_division(&input.division_code));
    }
    if store::goal::find_indicator(&mut tx, &input.indicator)
        .await?
        .is_none()
    {
        return Err(super::goal::unknown_indicator());
    }
    let (indicator, place) = (input.indicator.clone(), input.division_code);
    let mut before = store::goal_target::lock_last(&mut tx, &indicator, &place, input.year).await?;
    let id = GoalTargetId::new(&state.core.ids);
    let by = (caller.actor.subject.clone(), now);
    let target = GoalTarget::try_new(id, input, before.as_mut(), (today, by))?;
    if let Some(before) = &mut before {
        record::update(&mut tx, before).await.map_err(closed)?;
    }
    record::insert(&mut tx, &target).await.map_err(closed)?;
    let about = Resource::new("GoalTarget", id).in_division(target.division_code);
    let entry = audit::Entry::write(caller, ACTION, &about, now).detail(json!({
        "indicator": target.indicator, "year": target.year, "amount": target.amount,
        "before": before.map(|it| it.id),
    }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(id).await
}

fn closed(error: kit::Error) -> kit::Error {
    match error.reason() {
        "GOAL_YEAR_CLOSED" => error.at("input.year"),
        "DEMO_UNMARKED" => error.at("input.demo"),
        _ => error,
    }
}

pub(super) fn unknown_division(code: &DivisionCode) -> kit::Error {
    refuse!(
        NotFound,
        "DIVISION_NOT_FOUND",
        field: "input.divisionCode",
        zh: "区划 {code} 不存在或已撤销",
        en: "division {code} does not exist or has ended",
    )
    .into()
}

/// Which targets.
#[derive(Clone, Debug, Default)]
pub struct TargetFilter {
    pub below: Option<DivisionCode>,
    pub year: Option<i32>,
    pub indicator: Option<String>,
    /// Only those that none has taken the place of.
    pub last: bool,
}

/// A page of targets with those they took the place of, newest first; for everybody.
pub async fn list(state: &State, filter: TargetFilter, page: &Page) -> Result<Paged<GoalTarget>> {
    let mut wanted = Wanted::all()
        .within(filter.below)
        .is("year", filter.year)
        .is("indicator", filter.indicator);
    if filter.last {
        wanted = wanted.with(|query| {
            query.push(" AND effective_until IS NULL");
        });
    }
    let rows = record::list(&mut *state.core.db.read().await?, &wanted, page).await?;
    Ok(page.finish(rows))
}

/// Targets by their ids; for everybody.
pub async fn load_many(
    state: &State,
    ids: &[GoalTargetId],
) -> Result<HashMap<GoalTargetId, GoalTarget>> {
    record::load_many(&mut *state.core.db.read().await?, ids).await
}
