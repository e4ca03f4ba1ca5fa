//! 目标值 in SQL.

use chrono::NaiveDate;
use kernel::DivisionCode;
use kit::{
    error::Result,
    record::{self, Wanted, ids, record},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    goal::Year,
    goal_target::{GoalTarget, GoalTargetId},
};

ids!(GoalTargetId);
record!(
    GoalTarget,
    GoalTargetId,
    "goal_targets",
    [
        id,
        indicator,
        division_code,
        year,
        amount,
        document,
        demo,
        effective_from,
        set_by,
        set_at
    ],
    [effective_until, superseded_by]
);

/// The target that none has taken the place of, locked.
pub async fn lock_last(
    conn: &mut PgConnection,
    indicator: &str,
    division: &DivisionCode,
    year: i32,
) -> Result<Option<GoalTarget>> {
    let id: Option<Uuid> = sqlx::query_scalar(
        "SELECT id FROM goal_targets
         WHERE indicator = $1 AND division_code = $2 AND year = $3 AND effective_until IS NULL",
    )
    .bind(indicator)
    .bind(division.as_str())
    .bind(year)
    .fetch_optional(&mut *conn)
    .await?;
    match id {
        Some(id) => record::lock(conn, GoalTargetId::from_uuid(id)).await,
        None => Ok(None),
    }
}

/// The targets of a year in force on a day of it, of each of some divisions.
pub async fn in_force(
    conn: &mut PgConnection,
    indicator: Option<&str>,
    divisions: &[DivisionCode],
    (year, day): (Year, NaiveDate),
) -> Result<Vec<GoalTarget>> {
    let codes = divisions.iter().map(ToString::to_string).collect();
    let wanted = Wanted::all()
        .is("indicator", indicator.map(ToOwned::to_owned))
        .among("division_code", codes)
        .is("year", Some(year.get()))
        .that("effective_from <= ", Some(day))
        .that(
            "amount IS NOT NULL AND coalesce(effective_until, 'infinity') > ",
            Some(day),
        );
    record::all(conn, &wanted).await
}
