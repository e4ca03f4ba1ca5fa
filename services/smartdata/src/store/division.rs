//! 行政区划 in SQL.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{Direction, DivisionCode, Level, Page};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};

use crate::domain::division::Division;

const COLUMNS: &str = "code, name, demo, lower(valid) AS valid_from, upper(valid) AS valid_to";

#[derive(sqlx::FromRow)]
struct Row {
    code: String,
    name: String,
    demo: bool,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
}

impl TryFrom<Row> for Division {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            code: row
                .code
                .parse()
                .map_err(|_| Error::inconsistent("divisions", "code", &row.code))?,
            name: row.name,
            demo: row.demo,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
        })
    }
}

/// Which divisions a list asks for; only those in force on `on`.
#[derive(Clone, Debug)]
pub struct DivisionFilter {
    pub on: NaiveDate,
    pub level: Option<Level>,
    pub parent: Option<DivisionCode>,
    pub name_contains: Option<String>,
}

/// As the database writes a level.
fn level_text(level: Level) -> &'static str {
    match level {
        Level::Province => "PROVINCE",
        Level::City => "CITY",
        Level::County => "COUNTY",
        Level::Township => "TOWNSHIP",
        Level::Community => "COMMUNITY",
    }
}

/// Writes a new division.
pub async fn insert(conn: &mut PgConnection, division: &Division) -> Result<()> {
    sqlx::query(
        "INSERT INTO divisions (code, name, demo, valid) VALUES ($1, $2, $3, daterange($4, $5))",
    )
    .bind(division.code.as_str())
    .bind(&division.name)
    .bind(division.demo)
    .bind(division.valid_from)
    .bind(division.valid_to)
    .execute(conn)
    .await?;
    Ok(())
}

/// The division of a code, ended or not.
pub async fn find(conn: &mut PgConnection, code: &DivisionCode) -> Result<Option<Division>> {
    Ok(load_many(conn, std::slice::from_ref(code))
        .await?
        .remove(code))
}

/// Many divisions in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    codes: &[DivisionCode],
) -> Result<HashMap<DivisionCode, Division>> {
    let codes: Vec<&str> = codes.iter().map(DivisionCode::as_str).collect();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new("SELECT ");
    query
        .push(COLUMNS)
        .push(" FROM divisions WHERE code = ANY (")
        .push_bind(codes)
        .push(")");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter()
        .map(|row| Division::try_from(row).map(|division| (division.code, division)))
        .collect()
}

/// What became of divisions that ended.
pub async fn load_successors(
    conn: &mut PgConnection,
    codes: &[DivisionCode],
) -> Result<HashMap<DivisionCode, Vec<DivisionCode>>> {
    let codes: Vec<&str> = codes.iter().map(DivisionCode::as_str).collect();
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT code, successor_code FROM division_successors
         WHERE code = ANY ($1) ORDER BY code, successor_code",
    )
    .bind(codes)
    .fetch_all(conn)
    .await?;
    let mut successors: HashMap<DivisionCode, Vec<DivisionCode>> = HashMap::new();
    for (code, successor) in rows {
        let bad = |_| Error::inconsistent("division_successors", "code", &code);
        let successor = successor.parse().map_err(bad)?;
        successors
            .entry(code.parse().map_err(bad)?)
            .or_default()
            .push(successor);
    }
    Ok(successors)
}

/// A page of divisions in code order.
pub async fn list(
    conn: &mut PgConnection,
    filter: &DivisionFilter,
    page: &Page,
) -> Result<Vec<Division>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new("SELECT ");
    query
        .push(COLUMNS)
        .push(" FROM divisions WHERE valid @> ")
        .push_bind(filter.on);
    if let Some(level) = filter.level {
        query.push(" AND level = ").push_bind(level_text(level));
    }
    if let Some(parent) = &filter.parent {
        query.push(" AND parent_code = ").push_bind(parent.as_str());
    }
    if let Some(part) = &filter.name_contains {
        // Not LIKE: the text is what it is, whatever signs it has.
        query
            .push(" AND strpos(name, ")
            .push_bind(part)
            .push(") > 0");
    }
    let (compare, order) = match page.direction {
        Direction::Forward => (" > ", " ORDER BY code"),
        Direction::Backward => (" < ", " ORDER BY code DESC"),
    };
    if let Some((after,)) = page.keys::<(String,)>()? {
        query.push(" AND code").push(compare).push_bind(after);
    }
    query
        .push(order)
        .push(" LIMIT ")
        .push_bind(page.fetch_limit());
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Division::try_from).collect()
}
