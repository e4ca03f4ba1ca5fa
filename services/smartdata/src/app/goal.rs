//! 联动目标: counted, held against their targets, told to everybody with small
//! numbers covered.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Level, china_date, refuse};
use kit::parameters;
use sqlx::PgConnection;

use crate::{
    domain::{
        goal::{Figure, Goal, GoalIndicator, Year},
        goal_target::GoalTarget,
        indicator::{is_covered, told_below},
    },
    error::Result,
    state::State,
    store,
};

/// An indicator of a division in a year, and the target it is held against.
#[derive(Clone, Debug)]
pub struct Told {
    pub indicator: GoalIndicator,
    pub figure: Figure,
    pub target: Option<GoalTarget>,
    /// When the year was closed; none while it is counted.
    pub closed_at: Option<DateTime<Utc>>,
    pub as_of: DateTime<Utc>,
}

/// The same of one division below.
#[derive(Clone, Debug)]
pub struct Cell {
    pub division: DivisionCode,
    pub figure: Figure,
    pub target: Option<GoalTarget>,
}

/// A year as it is looked at.
#[derive(Clone, Copy)]
struct Look {
    year: Year,
    now: DateTime<Utc>,
    /// The least number that is told of persons.
    least: i64,
}

impl Look {
    async fn at(
        conn: &mut PgConnection,
        division: &DivisionCode,
        year: i32,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let key = "scd.indicator.min_cell";
        let today = china_date(now);
        Ok(Self {
            year: Year::try_new(year, "year")?,
            now,
            least: parameters::number(conn, key, Some(division), today).await?,
        })
    }

    fn day(self) -> NaiveDate {
        self.year.nearest(china_date(self.now))
    }

    /// Whether there is a number at all.
    fn has_begun(self) -> bool {
        self.year.has_begun(china_date(self.now))
    }
}

/// The goals, each with its indicators in a division and a year.
pub async fn of_division(
    state: &State,
    division: &DivisionCode,
    year: i32,
) -> Result<Vec<(Goal, Vec<Told>)>> {
    let mut conn = state.core.db.read().await?;
    let look = Look::at(&mut conn, division, year, state.core.clock.now()).await?;
    let span = (look.year, look.now);
    let indicators = store::goal::indicators(&mut conn).await?;
    let sums = store::goal::sums(&mut conn, division, span).await?;
    let personal: Vec<&str> = indicators
        .iter()
        .filter(|it| it.personal && look.has_begun())
        .map(|it| it.code.as_str())
        .collect();
    let above: Vec<DivisionCode> = division.ancestors().skip(1).collect();
    let parts = store::goal::parts(&mut conn, &personal, &above, span).await?;
    let on = (look.year, look.day());
    let targets = store::goal_target::in_force(&mut conn, None, &[*division], on).await?;
    let closed_at = closed_at(&mut conn, division, look.year).await?;
    let mut goals: Vec<(Goal, Vec<Told>)> = store::goal::list(&mut conn)
        .await?
        .into_iter()
        .map(|goal| (goal, Vec::new()))
        .collect();
    for indicator in indicators {
        let value = sums.get(&indicator.code).copied().unwrap_or_default();
        let covered =
            indicator.personal && is_covered(&parts, &indicator.code, division, value, look.least);
        let target = targets.iter().find(|it| it.indicator == indicator.code);
        let one = Told {
            figure: figure(look, &indicator, target, (!covered).then_some(value)),
            target: target.cloned(),
            closed_at,
            as_of: closed_at.unwrap_or(look.now),
            indicator,
        };
        if let Some((_, all)) = goals
            .iter_mut()
            .find(|(goal, _)| goal.code == one.indicator.goal)
        {
            all.push(one);
        }
    }
    Ok(goals)
}

/// One indicator by the divisions directly below one.
pub async fn breakdown(
    state: &State,
    code: &str,
    division: &DivisionCode,
    year: i32,
) -> Result<Option<Vec<Cell>>> {
    let mut conn = state.core.db.read().await?;
    let look = Look::at(&mut conn, division, year, state.core.clock.now()).await?;
    let Some(indicator) = store::goal::find_indicator(&mut conn, code).await? else {
        return Ok(None);
    };
    let all: Vec<DivisionCode> = division.ancestors().collect();
    let parts = store::goal::parts(&mut conn, &[code], &all, (look.year, look.now)).await?;
    let cells = told_below(
        &parts,
        code,
        division,
        indicator.personal.then_some(look.least),
    );
    let below: Vec<DivisionCode> = cells.iter().map(|it| it.division).collect();
    let on = (look.year, look.day());
    let targets = store::goal_target::in_force(&mut conn, Some(code), &below, on).await?;
    Ok(Some(
        cells
            .into_iter()
            .map(|cell| {
                let target = targets.iter().find(|it| it.division_code == cell.division);
                Cell {
                    division: cell.division,
                    figure: figure(look, &indicator, target, cell.value),
                    target: target.cloned(),
                }
            })
            .collect(),
    ))
}

fn figure(
    look: Look,
    indicator: &GoalIndicator,
    target: Option<&GoalTarget>,
    value: Option<i64>,
) -> Figure {
    let has = look.has_begun();
    Figure {
        direction: indicator.direction,
        target: target.and_then(|it| it.amount),
        actual: value.filter(|_| has),
        covered: has && value.is_none(),
    }
}

async fn closed_at(
    conn: &mut PgConnection,
    division: &DivisionCode,
    year: Year,
) -> Result<Option<DateTime<Utc>>> {
    match division.at(Level::City) {
        Some(city) => store::goal_year::find_closed_at(conn, &city, year).await,
        None => Ok(None),
    }
}

/// There is no such indicator.
pub fn unknown_indicator() -> kit::Error {
    refuse!(
        NotFound,
        "GOAL_INDICATOR_NOT_FOUND",
        field: "input.indicator",
        zh: "没有这项目标指标",
        en: "there is no such indicator of a goal",
    )
    .into()
}
