//! What the fields of the domain are in columns.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Fen, keys};
use sqlx::{Decode, Encode, Postgres, Type};

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
    Vec<u8>
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

impl<T: Column> Column for Option<T> {
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

ids!(
    keys::CommunityId,
    keys::ResidentId,
    keys::OrganizationId,
    keys::NeedId,
    keys::ProposalId,
    keys::ProcurementNeedId,
    keys::TraceId,
);
