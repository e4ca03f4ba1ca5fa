//! The ends of paged statements: from where, in which order, how many.

use chrono::{DateTime, Utc};
use kernel::{Direction, DivisionCode, Page};
use kit::{
    auth::{Columns, Scope},
    error::Result,
};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

/// Appends ` AND …`: a division and all below it.
pub(super) fn below(
    query: &mut QueryBuilder<Postgres>,
    column: &'static str,
    division: &DivisionCode,
) {
    query
        .push(" AND ")
        .push(column)
        .push(" LIKE ")
        .push_bind(format!("{}%", division.prefix()));
}

/// Appends ` AND (…)`: rows within the reach of a scope, of its organisation on
/// either side of a sharing, or of its resident where a column tells one.
pub(super) fn of_departments(
    query: &mut QueryBuilder<Postgres>,
    scope: &Scope,
    resident: Option<&'static str>,
) {
    let columns = Columns {
        division: "division_code",
        resident,
        organization: Some("provider_organization_id"),
    };
    match scope.organization {
        None => scope.push_with(query, &columns),
        Some(organization) => {
            query
                .push(" AND (consumer_organization_id = ")
                .push_bind(organization)
                .push(" OR (TRUE");
            scope.push_with(query, &columns);
            query.push("))");
        }
    }
}

/// Ends a statement by an instant and `id`, the soonest first.
pub(super) fn soonest_first(
    query: &mut QueryBuilder<Postgres>,
    column: &'static str,
    page: &Page,
) -> Result<()> {
    let (compare, down) = match page.direction {
        Direction::Forward => (") > (", ""),
        Direction::Backward => (") < (", " DESC"),
    };
    if let Some((at, id)) = page.keys::<(DateTime<Utc>, Uuid)>()? {
        query.push(" AND (").push(column).push(", id");
        query
            .push(compare)
            .push_bind(at)
            .push(", ")
            .push_bind(id)
            .push(")");
    }
    query.push(" ORDER BY ").push(column).push(down);
    query.push(", id").push(down);
    query.push(" LIMIT ").push_bind(page.fetch_limit());
    Ok(())
}

/// Ends a statement by a text key, in its order.
pub(super) fn by_text(
    query: &mut QueryBuilder<Postgres>,
    column: &'static str,
    page: &Page,
) -> Result<()> {
    let (compare, down) = match page.direction {
        Direction::Forward => (" > ", ""),
        Direction::Backward => (" < ", " DESC"),
    };
    if let Some((after,)) = page.keys::<(String,)>()? {
        query
            .push(" AND ")
            .push(column)
            .push(compare)
            .push_bind(after);
    }
    query.push(" ORDER BY ").push(column).push(down);
    query.push(" LIMIT ").push_bind(page.fetch_limit());
    Ok(())
}
