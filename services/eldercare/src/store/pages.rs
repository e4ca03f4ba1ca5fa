//! The end of a list that is shown newest first, by an id that grows.

use kernel::{Direction, Page};
use kit::error::Result;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

/// Appends the place after which to go on, the order and the limit.
pub(super) fn newest_first(
    query: &mut QueryBuilder<Postgres>,
    page: &Page,
    id: &'static str,
) -> Result<()> {
    let (compare, order) = match page.direction {
        Direction::Forward => (" < ", " DESC"),
        Direction::Backward => (" > ", ""),
    };
    if let Some((after,)) = page.keys::<(Uuid,)>()? {
        query.push(" AND ").push(id).push(compare).push_bind(after);
    }
    query
        .push(" ORDER BY ")
        .push(id)
        .push(order)
        .push(" LIMIT ")
        .push_bind(page.fetch_limit());
    Ok(())
}
