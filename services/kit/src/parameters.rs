//! Rules as data: the number in force for a key, a division and a day.
//!
//! Rows live in `policy_parameters`, seeded by each service's migrations with
//! the document they come from. A rule reads the value on the day it decides,
//! so a law that changes is a new row, not a release.

use chrono::NaiveDate;
use kernel::DivisionCode;
use sqlx::PgConnection;

use crate::error::{Error, Result};

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The whole-number value, in `unit`.
    pub value: i64,
    /// Its unit, such as `working days`.
    pub unit: String,
    /// The law and article, or the decision it rests on.
    pub source: String,
}

/// The parameter in force on `on`; the most specific division wins.
pub async fn find(
    conn: &mut PgConnection,
    key: &str,
    division: Option<&DivisionCode>,
    on: NaiveDate,
) -> Result<Parameter> {
    let mut reach: Vec<String> = vec![String::new()];
    if let Some(division) = division {
        reach.extend(division.ancestors().map(String::from));
    }
    let row: Option<(i64, String, String)> = sqlx::query_as(
        "SELECT value::bigint, unit, source FROM policy_parameters
         WHERE key = $1 AND division = ANY ($2) AND effective @> $3
         ORDER BY length(rtrim(division, '0')) DESC LIMIT 1",
    )
    .bind(key)
    .bind(&reach)
    .bind(on)
    .fetch_optional(conn)
    .await?;
    let (value, unit, source) = row.ok_or_else(|| {
        Error::refused(
            "PARAMETER_MISSING",
            format!("{on} 没有生效的参数 {key},请先由主管部门设定"),
            format!("no value of {key} is in force on {on}; the authority has to set one"),
        )
    })?;
    Ok(Parameter {
        value,
        unit,
        source,
    })
}

/// Only the number.
pub async fn number(
    conn: &mut PgConnection,
    key: &str,
    division: Option<&DivisionCode>,
    on: NaiveDate,
) -> Result<i64> {
    Ok(find(conn, key, division, on).await?.value)
}
