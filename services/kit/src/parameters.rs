//! Rules as data: the number in force for a key, a division and a day.
//!
//! Rows live in `policy_parameters`, seeded by each service's migrations with
//! the document they come from. A rule reads the value on the day it decides,
//! so a law that changes is a new row, not a release.

use std::collections::{HashMap, HashSet};

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
    let (value, unit, source) = row.ok_or_else(|| missing(key, on))?;
    Ok(Parameter {
        value,
        unit,
        source,
    })
}

/// The same for many divisions in one statement; every one of them has to have
/// a value.
pub async fn find_many(
    conn: &mut PgConnection,
    key: &str,
    divisions: &[DivisionCode],
    on: NaiveDate,
) -> Result<HashMap<DivisionCode, Parameter>> {
    let (mut of, mut reach): (Vec<&str>, Vec<String>) = (Vec::new(), Vec::new());
    for division in divisions {
        reach.push(String::new());
        reach.extend(division.ancestors().map(String::from));
        of.resize(reach.len(), division.as_str());
    }
    let rows: Vec<(String, i64, String, String)> = sqlx::query_as(
        "SELECT DISTINCT ON (r.of) r.of, p.value::bigint, p.unit, p.source
         FROM unnest($2::text[], $3::text[]) AS r (of, division)
         JOIN policy_parameters p ON p.division = r.division
         WHERE p.key = $1 AND p.effective @> $4
         ORDER BY r.of, length(rtrim(p.division, '0')) DESC",
    )
    .bind(key)
    .bind(&of)
    .bind(&reach)
    .bind(on)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<String, Parameter> = rows
        .into_iter()
        .map(|(of, value, unit, source)| {
            let one = Parameter {
                value,
                unit,
                source,
            };
            (of, one)
        })
        .collect();
    let unique: HashSet<DivisionCode> = divisions.iter().copied().collect();
    unique
        .into_iter()
        .map(|division| {
            let one = found.remove(division.as_str());
            Ok((division, one.ok_or_else(|| missing(key, on))?))
        })
        .collect()
}

fn missing(key: &str, on: NaiveDate) -> Error {
    Error::refused(
        "PARAMETER_MISSING",
        format!("{on} 没有生效的参数 {key},请先由主管部门设定"),
        format!("no value of {key} is in force on {on}; the authority has to set one"),
    )
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
