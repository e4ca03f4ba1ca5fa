//! Rows that belong to a row of another table: those of many in one statement.

use std::{
    collections::HashMap,
    fmt,
    hash::{Hash, Hasher},
};

use kernel::TypedId;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::Record;
use crate::error::Result;

/// A row that belongs to something.
pub trait Part: Record {
    type Whole: TypedId + Send + Sync;
    /// The column that says what it belongs to.
    const COLUMN: &'static str;
    fn whole(&self) -> Self::Whole;
}

/// Says by which column a record belongs to what.
#[doc(hidden)]
#[macro_export]
macro_rules! kit_record_part {
    ($kind:ty, $column:ident: $whole:ty) => {
        impl $crate::record::Part for $kind {
            type Whole = $whole;
            const COLUMN: &'static str = stringify!($column);

            fn whole(&self) -> $whole {
                self.$column
            }
        }
    };
}
pub use kit_record_part as part;

/// The key of a loader: all parts of a kind that something has.
pub struct PartsOf<P: Part>(pub P::Whole);

// Derived, these would ask the same of the part itself.
impl<P: Part> Clone for PartsOf<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: Part> Copy for PartsOf<P> {}

impl<P: Part> PartialEq for PartsOf<P> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<P: Part> Eq for PartsOf<P> {}

impl<P: Part> Hash for PartsOf<P> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<P: Part> fmt::Debug for PartsOf<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", P::TABLE, self.0)
    }
}

/// The parts of each, oldest first; never more than a thousand of one. What
/// has none is left out.
pub async fn parts<P: Part>(
    conn: &mut PgConnection,
    wholes: &[P::Whole],
) -> Result<HashMap<P::Whole, Vec<P>>> {
    let ids = wholes.iter().map(TypedId::as_uuid).collect();
    let mut found: HashMap<P::Whole, Vec<P>> = HashMap::new();
    for part in belonging::<P>(conn, P::COLUMN, ids).await? {
        found.entry(part.whole()).or_default().push(part);
    }
    Ok(found)
}

/// The same by the keys of a loader.
pub async fn parts_of<P: Part>(
    conn: &mut PgConnection,
    keys: &[PartsOf<P>],
) -> Result<HashMap<PartsOf<P>, Vec<P>>> {
    let wholes: Vec<P::Whole> = keys.iter().map(|key| key.0).collect();
    let found = parts(conn, &wholes).await?;
    let keyed = |(whole, parts)| (PartsOf(whole), parts);
    Ok(found.into_iter().map(keyed).collect())
}

/// The rows of many things by the column that names these, oldest first; never
/// more than a thousand of one.
pub async fn belonging<R: Record>(
    conn: &mut PgConnection,
    column: &'static str,
    ids: Vec<Uuid>,
) -> Result<Vec<R>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new("SELECT ");
    query
        .push(R::COLUMNS)
        .push(" FROM (SELECT DISTINCT unnest(")
        .push_bind(ids)
        .push("::uuid[]) AS whole_id) AS whole CROSS JOIN LATERAL (SELECT ")
        .push(R::COLUMNS)
        .push(" FROM ")
        .push(R::TABLE)
        .push(" WHERE ")
        .push(column)
        .push(" = whole_id ORDER BY id LIMIT 1000) AS part ORDER BY id");
    let rows = query.build().fetch_all(conn).await?;
    rows.iter().map(R::read).collect()
}
