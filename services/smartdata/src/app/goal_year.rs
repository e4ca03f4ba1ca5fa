//! 年度结账: the office of a city closes a year.

use kernel::{DivisionCode, IdempotencyKey, china_date, refuse};
use kit::{
    audit,
    auth::{Caller, Resource},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    domain::{goal::Year, goal_year::GoalYear},
    error::Result,
    state::State,
    store,
};

/// Which year of which city.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Close {
    pub division_code: DivisionCode,
    pub year: i32,
}

/// Closes a year: what it came to, and its targets, stay as they are.
pub async fn close(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Close,
) -> Result<GoalYear> {
    const ACTION: &str = "closeGoalYear";
    let about = Resource::any("GoalYear").in_division(input.division_code);
    state.core.authorize(caller, ACTION, &about)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    let year = Year::try_new(input.year, "input.year")?;
    let closed = GoalYear::close(input.division_code, year, (china_date(now), now))?;
    let city = store::division::find(&mut tx, &closed.division_code).await?;
    if city.is_none() {
        return Err(super::goal_target::unknown_division(&closed.division_code));
    }
    store::goal_year::insert(&mut tx, &closed, &caller.actor.subject)
        .await
        .map_err(once)?;
    let entry =
        audit::Entry::write(caller, ACTION, &about, now).detail(json!({ "year": closed.year }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(closed).await
}

fn once(error: kit::Error) -> kit::Error {
    if error.reason() != "GOAL_YEAR_CLOSED" {
        return error;
    }
    refuse!(
        AlreadyExists,
        "GOAL_YEAR_CLOSED",
        field: "input.year",
        zh: "该年度已结账",
        en: "this year is closed already",
    )
    .into()
}
