//! 成效指标: set before it begins, read as it goes on.

use chrono::NaiveDate;
use kernel::{IdempotencyKey, refuse};
use kit::auth::Caller;
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;

use super::{Act, Begun, Held, begin};
use crate::{
    domain::{
        training::check_not_future,
        undertaking::{Measure, MeasureId, Undertaking, UndertakingId, check_measure},
        words::words,
    },
    error::Result,
    state::State,
    store,
};

/// What shows the outcome.
#[derive(Clone, Debug, Serialize)]
pub struct AddMeasure {
    pub undertaking_id: UndertakingId,
    pub name: String,
    pub unit: String,
    pub baseline: i32,
    pub target: i32,
}

/// The lead sets what shows the outcome.
pub async fn add_measure(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: AddMeasure,
) -> Result<Undertaking> {
    let act = Act::new(state, caller, "addUndertakingMeasure", &key);
    let name = words("input.name", &input.name, 100)?;
    let unit = words("input.unit", &input.unit, 20)?;
    check_measure(input.baseline, input.target)?;
    let (mut tx, undertaking) = match begin(&act, input.undertaking_id, &input).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, one) => (tx, one),
    };
    undertaking.check_running()?;
    let others = measures(&mut tx, undertaking.id).await?;
    if others.iter().any(|one| one.name == name) {
        return Err(refuse!(
            AlreadyExists,
            "MEASURE_NAMED",
            field: "input.name",
            zh: "已有同名指标",
            en: "there is a measure of this name already",
        )
        .into());
    }
    let measure = Measure {
        id: MeasureId::new(&state.core.ids),
        undertaking_id: undertaking.id,
        name,
        unit,
        baseline: input.baseline,
        target: input.target,
        value: None,
        taken_on: None,
    };
    store::undertaking::insert_measure(&mut tx, &measure).await?;
    let detail = json!({ "measure_id": measure.id });
    act.finish(tx, &undertaking.resource(), detail, undertaking)
        .await
}

/// What a measure showed on a day.
#[derive(Clone, Debug, Serialize)]
pub struct Read {
    pub undertaking_id: UndertakingId,
    pub measure_id: MeasureId,
    pub value: i32,
    pub on: NaiveDate,
}

/// The lead reads a measure; the newest reading counts, earlier ones stay.
pub async fn read_measure(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Read,
) -> Result<Undertaking> {
    let act = Act::new(state, caller, "readUndertakingMeasure", &key);
    check_not_future(input.on, act.today())?;
    let (mut tx, undertaking) = match begin(&act, input.undertaking_id, &input).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, one) => (tx, one),
    };
    undertaking.check_running()?;
    let mut measure = measures(&mut tx, undertaking.id)
        .await?
        .into_iter()
        .find(|one| one.id == input.measure_id)
        .ok_or_else(|| {
            refuse!(
                NotFound,
                "MEASURE_NOT_FOUND",
                field: "input.measureId",
                zh: "没有这项指标",
                en: "there is no such measure",
            )
        })?;
    measure.value = Some(input.value);
    measure.taken_on = Some(input.on);
    let id = state.core.ids.next();
    store::undertaking::insert_reading(&mut tx, id, &measure, (act.by(), act.now)).await?;
    let detail = json!({ "measure_id": measure.id, "value": input.value });
    act.finish(tx, &undertaking.resource(), detail, undertaking)
        .await
}

/// What shows the outcome of one, with the newest readings.
pub(super) async fn measures(conn: &mut PgConnection, id: UndertakingId) -> Result<Vec<Measure>> {
    let mut found = store::undertaking::load_measures(conn, &[id]).await?;
    Ok(found.remove(&id).unwrap_or_default())
}
