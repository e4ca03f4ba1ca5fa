//! Types that are kept in one table, a column per field: what is the same for
//! all of them is written once. What a noun asks besides has SQL of its own.
//!
//! ```ignore
//! ids!(SealId);
//! texts!(SealState);
//! record!(Seal, SealId, "seals", [id, community_id, purpose], [state]);
//!
//! let seal: Option<Seal> = record::find(&mut conn, id).await?;
//! ```

mod column;
mod part;
mod wanted;

use std::collections::HashMap;

use kernel::TypedId;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row as _, query_builder::Separated};

#[doc(hidden)]
pub use {sqlx::postgres::PgRow, uuid::Uuid};

pub use column::{Column, Stored, ids, texts};
pub use part::{Part, PartsOf, belonging, part, parts, parts_of};
pub use wanted::{Wanted, all, list, lock_all, newest_first};

use crate::error::{Error, Result};

/// A list of values or of assignments under way.
pub type Values<'a> = Separated<'a, Postgres, &'static str>;

/// A type that is kept in one table.
pub trait Record: Sized + Send + Unpin {
    type Id: TypedId + Send + Sync;
    const TABLE: &'static str;
    /// Its columns by name, as everywhere.
    const COLUMNS: &'static str;
    fn key(&self) -> Self::Id;
    fn read(row: &PgRow) -> Result<Self>;
    fn values(&self, list: &mut Values<'_>);
}

/// One whose row changes, with a version.
pub trait Changing: Record {
    fn changes(&self, list: &mut Values<'_>);
    fn version(&mut self) -> &mut i32;
}

/// Reads one column.
pub fn column<T: Column>(row: &PgRow, table: &'static str, name: &'static str) -> Result<T> {
    T::known(row.try_get(name)?).ok_or_else(|| {
        let id = row.try_get::<Uuid, _>("id").unwrap_or_default();
        Error::inconsistent(table, name, id)
    })
}

/// Says in which table a type is kept: first what is written once, then, where
/// there is any, what changes (besides `version`).
#[doc(hidden)]
#[macro_export]
macro_rules! kit_record {
    ($kind:ty, $id:ty, $table:literal, [$first:ident $(, $field:ident)* $(,)?]) => {
        impl $crate::record::Record for $kind {
            type Id = $id;
            const TABLE: &'static str = $table;
            const COLUMNS: &'static str =
                concat!(stringify!($first) $(, ", ", stringify!($field))*);

            fn key(&self) -> $id {
                self.id
            }

            fn read(row: &$crate::record::PgRow) -> $crate::error::Result<Self> {
                use $crate::record::column;
                Ok(Self {
                    $first: column(row, $table, stringify!($first))?,
                    $($field: column(row, $table, stringify!($field))?,)*
                })
            }

            fn values(&self, list: &mut $crate::record::Values<'_>) {
                use $crate::record::Column;
                list.push_bind(Column::stored(&self.$first));
                $(list.push_bind(Column::stored(&self.$field));)*
            }
        }
    };
    ($kind:ty, $id:ty, $table:literal, [$first:ident $(, $field:ident)* $(,)?],
     [$($change:ident),+ $(,)?]) => {
        $crate::record::record!($kind, $id, $table,
            [$first $(, $field)* $(, $change)+, version]);

        impl $crate::record::Changing for $kind {
            fn changes(&self, list: &mut $crate::record::Values<'_>) {
                use $crate::record::Column;
                $(list
                    .push(concat!(stringify!($change), " = "))
                    .push_bind_unseparated(Column::stored(&self.$change));)+
            }

            fn version(&mut self) -> &mut i32 {
                &mut self.version
            }
        }
    };
}
pub use kit_record as record;

/// Writes a new row.
pub async fn insert<R: Record>(conn: &mut PgConnection, record: &R) -> Result<()> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new("INSERT INTO ");
    query
        .push(R::TABLE)
        .push(" (")
        .push(R::COLUMNS)
        .push(") VALUES (");
    record.values(&mut query.separated(", "));
    query.push(")").build().execute(conn).await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update<R: Changing>(conn: &mut PgConnection, record: &mut R) -> Result<()> {
    let id = record.key().as_uuid();
    let version = *record.version();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new("UPDATE ");
    query.push(R::TABLE).push(" SET ");
    record.changes(&mut query.separated(", "));
    query
        .push(", version = version + 1 WHERE id = ")
        .push_bind(id)
        .push(" AND version = ")
        .push_bind(version);
    let done = query.build().execute(conn).await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    *record.version() += 1;
    Ok(())
}

/// Takes a row away, where the database lets it.
pub async fn delete<R: Record>(conn: &mut PgConnection, id: R::Id) -> Result<()> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new("DELETE FROM ");
    query
        .push(R::TABLE)
        .push(" WHERE id = ")
        .push_bind(id.as_uuid());
    let done = query.build().execute(conn).await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    Ok(())
}

/// The row of an id, locked until the end of the transaction.
pub async fn lock<R: Record>(conn: &mut PgConnection, id: R::Id) -> Result<Option<R>> {
    let mut query = select::<R>();
    query
        .push(" AND id = ")
        .push_bind(id.as_uuid())
        .push(" FOR UPDATE");
    let row = query.build().fetch_optional(conn).await?;
    row.as_ref().map(R::read).transpose()
}

/// Many rows in one statement; those that do not exist are left out.
pub async fn load_many<R: Record>(
    conn: &mut PgConnection,
    ids: &[R::Id],
) -> Result<HashMap<R::Id, R>> {
    let ids: Vec<Uuid> = ids.iter().map(TypedId::as_uuid).collect();
    let mut query = select::<R>();
    query.push(" AND id = ANY (").push_bind(ids).push(")");
    let rows = query.build().fetch_all(conn).await?;
    rows.iter()
        .map(|row| R::read(row).map(|found| (found.key(), found)))
        .collect()
}

/// The row of an id.
pub async fn find<R: Record>(conn: &mut PgConnection, id: R::Id) -> Result<Option<R>> {
    Ok(load_many(conn, &[id]).await?.remove(&id))
}

fn select<R: Record>() -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("SELECT ");
    query
        .push(R::COLUMNS)
        .push(" FROM ")
        .push(R::TABLE)
        .push(" WHERE true");
    query
}
