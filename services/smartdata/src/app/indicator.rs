//! 指标: counted, rolled up, told to everybody with small numbers covered.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Level, china_date};
use kit::parameters;
use sqlx::PgConnection;

use crate::{
    domain::indicator::{Cell, Indicator, is_covered, told_below},
    error::Result,
    state::State,
    store,
};

/// A number of a division, and where it comes from.
#[derive(Clone, Debug)]
pub struct Told {
    pub indicator: Indicator,
    /// None where it is covered.
    pub value: Option<i64>,
    pub as_of: DateTime<Utc>,
}

/// The digits by which a division counts: its own and all below it.
struct Rules {
    least: i64,
    elder_age: i32,
}

async fn rules(
    conn: &mut PgConnection,
    division: &DivisionCode,
    now: DateTime<Utc>,
) -> Result<Rules> {
    let today = china_date(now);
    let least = parameters::number(conn, "scd.indicator.min_cell", Some(division), today).await?;
    let age = parameters::number(conn, "scd.indicator.elder_age", Some(division), today).await?;
    Ok(Rules {
        least,
        elder_age: i32::try_from(age).map_err(kit::Error::internal)?,
    })
}

/// All indicators of a division, rolled up from its communities.
pub async fn of_division(state: &State, division: &DivisionCode) -> Result<Vec<Told>> {
    let now = state.core.clock.now();
    let mut conn = state.core.db.read().await?;
    let rules = rules(&mut conn, division, now).await?;
    let day = (china_date(now), rules.elder_age);
    let sums = store::indicator::sums(&mut conn, division, day).await?;
    let all = store::indicator::list(&mut conn).await?;
    let personal: Vec<&str> = all
        .iter()
        .filter(|it| it.personal)
        .map(|it| it.code.as_str())
        .collect();
    let above: Vec<DivisionCode> = division.ancestors().skip(1).collect();
    let around = store::indicator::parts(&mut conn, &personal, &above, day).await?;
    Ok(all
        .into_iter()
        .map(|indicator| {
            let value = sums.get(&indicator.code).copied().unwrap_or_default();
            let covered = indicator.personal
                && is_covered(&around, &indicator.code, division, value, rules.least);
            Told {
                indicator,
                value: (!covered).then_some(value),
                as_of: now,
            }
        })
        .collect())
}

/// One indicator by the divisions directly below one.
pub async fn breakdown(
    state: &State,
    code: &str,
    division: &DivisionCode,
) -> Result<Option<Vec<Cell>>> {
    let now = state.core.clock.now();
    let mut conn = state.core.db.read().await?;
    let all = store::indicator::list(&mut conn).await?;
    let Some(indicator) = all.into_iter().find(|it| it.code == code) else {
        return Ok(None);
    };
    if division.level() == Level::Community {
        return Ok(Some(Vec::new()));
    }
    let rules = rules(&mut conn, division, now).await?;
    let day = (china_date(now), rules.elder_age);
    let way: Vec<DivisionCode> = division.ancestors().collect();
    let parts = store::indicator::parts(&mut conn, &[code], &way, day).await?;
    let least = indicator.personal.then_some(rules.least);
    Ok(Some(told_below(&parts, code, division, least)))
}
