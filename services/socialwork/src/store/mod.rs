//! SQL, as free functions on a connection. No transaction begins here.
pub mod certificate;
pub mod exam;
pub mod placement;
pub mod service_record;
pub mod social_worker;
pub mod training;
pub mod volunteer;
pub mod volunteer_record;

use kernel::{Direction, Page};
use kit::error::Result;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

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
