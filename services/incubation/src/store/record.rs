//! Nouns that are kept in one table, a column per field: what is the same for
//! all of them is written once. What a noun asks besides has SQL of its own.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Direction, DivisionCode, Fen, Page, TypedId, keys};
use kit::error::{Error, Result};
use sqlx::{
    Decode, Encode, PgConnection, Postgres, QueryBuilder, Row as _, Type, postgres::PgRow,
    query_builder::Separated,
};
use uuid::Uuid;

use super::wanted::Wanted;

/// A list of values or of assignments under way.
pub type Values<'a> = Separated<'a, Postgres, &'static str>;

/// What PostgreSQL keeps.
pub trait Stored:
    for<'r> Decode<'r, Postgres> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send + 'static
{
}
impl<T> Stored for T where
    T: for<'r> Decode<'r, Postgres>
        + for<'q> Encode<'q, Postgres>
        + Type<Postgres>
        + Send
        + 'static
{
}

/// What a field of the domain is in a column.
pub trait Column: Sized {
    type Stored: Stored;
    fn stored(&self) -> Self::Stored;
    /// None where the column holds what the domain does not know.
    fn known(stored: Self::Stored) -> Option<Self>;
}

macro_rules! plain {
    ($($kind:ty),*) => {$(
        impl Column for $kind {
            type Stored = Self;
            fn stored(&self) -> Self { self.clone() }
            fn known(stored: Self) -> Option<Self> { Some(stored) }
        }
    )*};
}
plain!(
    String,
    i32,
    i64,
    bool,
    NaiveDate,
    DateTime<Utc>,
    Vec<String>,
    Uuid
);

impl Column for DivisionCode {
    type Stored = String;
    fn stored(&self) -> String {
        self.to_string()
    }
    fn known(stored: String) -> Option<Self> {
        stored.parse().ok()
    }
}

impl Column for Fen {
    type Stored = i64;
    fn stored(&self) -> i64 {
        self.get()
    }
    fn known(stored: i64) -> Option<Self> {
        Some(Self::new(stored))
    }
}

impl<T: Column> Column for Option<T>
where
    Option<T::Stored>: Stored,
{
    type Stored = Option<T::Stored>;
    fn stored(&self) -> Self::Stored {
        self.as_ref().map(Column::stored)
    }
    fn known(stored: Self::Stored) -> Option<Self> {
        match stored {
            None => Some(None),
            Some(stored) => T::known(stored).map(Some),
        }
    }
}

/// Ids in columns.
macro_rules! ids {
    ($($id:ty),* $(,)?) => {$(
        impl $crate::store::record::Column for $id {
            type Stored = uuid::Uuid;
            fn stored(&self) -> uuid::Uuid { self.as_uuid() }
            fn known(stored: uuid::Uuid) -> Option<Self> { Some(Self::from_uuid(stored)) }
        }
    )*};
}
pub(crate) use ids;

/// Enums in columns, by their written form.
macro_rules! texts {
    ($($kind:ty),* $(,)?) => {$(
        impl $crate::store::record::Column for $kind {
            type Stored = String;
            fn stored(&self) -> String { self.as_str().to_owned() }
            fn known(stored: String) -> Option<Self> { stored.parse().ok() }
        }
    )*};
}
pub(crate) use texts;

ids!(keys::CommunityId, keys::ResidentId, keys::OrganizationId);

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
macro_rules! record {
    ($kind:ty, $id:ty, $table:literal, [$first:ident $(, $field:ident)* $(,)?]) => {
        impl $crate::store::record::Record for $kind {
            type Id = $id;
            const TABLE: &'static str = $table;
            const COLUMNS: &'static str =
                concat!(stringify!($first) $(, ", ", stringify!($field))*);

            fn key(&self) -> $id {
                self.id
            }

            fn read(row: &sqlx::postgres::PgRow) -> kit::error::Result<Self> {
                use $crate::store::record::column;
                Ok(Self {
                    $first: column(row, $table, stringify!($first))?,
                    $($field: column(row, $table, stringify!($field))?,)*
                })
            }

            fn values(&self, list: &mut $crate::store::record::Values<'_>) {
                use $crate::store::record::Column;
                list.push_bind(Column::stored(&self.$first));
                $(list.push_bind(Column::stored(&self.$field));)*
            }
        }
    };
    ($kind:ty, $id:ty, $table:literal, [$first:ident $(, $field:ident)* $(,)?],
     [$($change:ident),+ $(,)?]) => {
        $crate::store::record::record!($kind, $id, $table,
            [$first $(, $field)* $(, $change)+, version]);

        impl $crate::store::record::Changing for $kind {
            fn changes(&self, list: &mut $crate::store::record::Values<'_>) {
                use $crate::store::record::Column;
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
pub(crate) use record;

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

/// A page, newest first.
pub async fn list<R: Record>(
    conn: &mut PgConnection,
    wanted: &Wanted,
    page: &Page,
) -> Result<Vec<R>> {
    let mut query = select::<R>();
    wanted.push(&mut query);
    let (compare, order) = match page.direction {
        Direction::Forward => (" < ", " ORDER BY id DESC"),
        Direction::Backward => (" > ", " ORDER BY id"),
    };
    if let Some((after,)) = page.keys::<(Uuid,)>()? {
        query.push(" AND id").push(compare).push_bind(after);
    }
    query
        .push(order)
        .push(" LIMIT ")
        .push_bind(page.fetch_limit());
    let rows = query.build().fetch_all(conn).await?;
    rows.iter().map(R::read).collect()
}

/// All that belongs to something, oldest first; never more than a thousand.
pub async fn all<R: Record>(conn: &mut PgConnection, wanted: &Wanted) -> Result<Vec<R>> {
    let mut query = select::<R>();
    wanted.push(&mut query);
    query.push(" ORDER BY id LIMIT 1000");
    let rows = query.build().fetch_all(conn).await?;
    rows.iter().map(R::read).collect()
}
