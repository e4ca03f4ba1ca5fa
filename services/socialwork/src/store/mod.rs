//! SQL, as free functions on a connection. No transaction begins here.
pub mod agency;
pub mod association;
pub mod case;
pub mod certificate;
pub mod course;
pub mod exam;
pub mod placement;
pub mod post;
pub mod service_record;
pub mod social_worker;
pub mod studio;
pub mod supervision;
pub mod supervision_session;
pub mod team_activity;
pub mod training;
pub mod undertaking;
pub mod voided_visit;
pub mod volunteer;
pub mod volunteer_record;
pub mod volunteer_team;

mod member;
mod sealed;

use std::str::FromStr;

pub use self::sealed::SEALED;

use kernel::{Direction, DivisionCode, Page};
use kit::error::{Error, Result};
use sqlx::{Postgres, QueryBuilder, postgres::PgQueryResult};
use uuid::Uuid;

/// Reads columns that hold a written form; a bad one names table, column, id.
struct Reading {
    table: &'static str,
    id: Uuid,
}

impl Reading {
    fn bad(&self, column: &'static str) -> Error {
        Error::inconsistent(self.table, column, self.id)
    }

    fn word<T: FromStr>(&self, column: &'static str, text: &str) -> Result<T> {
        text.parse().map_err(|_| self.bad(column))
    }

    fn maybe<T: FromStr>(&self, column: &'static str, text: Option<&str>) -> Result<Option<T>> {
        text.map(|text| self.word(column, text)).transpose()
    }

    fn words<T: FromStr>(&self, column: &'static str, texts: &[String]) -> Result<Vec<T>> {
        texts.iter().map(|text| self.word(column, text)).collect()
    }
}

/// A change is of one row; none is a row that moved in between.
fn one(done: &PgQueryResult) -> Result<()> {
    if done.rows_affected() == 1 {
        return Ok(());
    }
    Err(Error::stale())
}

/// Ends a list: newest first, from the cursor on. Ids rise with time.
fn push_page(query: &mut QueryBuilder<Postgres>, column: &'static str, page: &Page) -> Result<()> {
    let (compare, order) = match page.direction {
        Direction::Forward => (" < ", " DESC"),
        Direction::Backward => (" > ", ""),
    };
    if let Some((after,)) = page.keys::<(Uuid,)>()? {
        query
            .push(" AND ")
            .push(column)
            .push(compare)
            .push_bind(after);
    }
    query.push(" ORDER BY ").push(column).push(order);
    query.push(" LIMIT ").push_bind(page.fetch_limit());
    Ok(())
}

/// Adds ` AND …`: within a division and all below it, where one is named.
fn push_within(
    query: &mut QueryBuilder<Postgres>,
    column: &'static str,
    division: Option<&DivisionCode>,
) {
    if let Some(division) = division {
        query
            .push(" AND ")
            .push(column)
            .push(" LIKE ")
            .push_bind(format!("{}%", division.prefix()));
    }
}
