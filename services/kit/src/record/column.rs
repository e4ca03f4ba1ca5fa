//! What the fields of the domain are in columns.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Fen, keys};
use sqlx::{Decode, Encode, Postgres, Type};
use uuid::Uuid;

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
    ($($kind:ty),* $(,)?) => {$(
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
    Uuid,
    Vec<String>,
    Vec<u8>,
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
#[doc(hidden)]
#[macro_export]
macro_rules! kit_record_ids {
    ($($id:ty),* $(,)?) => {$(
        impl $crate::record::Column for $id {
            type Stored = $crate::record::Uuid;
            fn stored(&self) -> $crate::record::Uuid { self.as_uuid() }
            fn known(stored: $crate::record::Uuid) -> Option<Self> {
                Some(Self::from_uuid(stored))
            }
        }
    )*};
}
pub use kit_record_ids as ids;

/// Enums in columns, by their written form.
#[doc(hidden)]
#[macro_export]
macro_rules! kit_record_texts {
    ($($kind:ty),* $(,)?) => {$(
        impl $crate::record::Column for $kind {
            type Stored = String;
            fn stored(&self) -> String { self.as_str().to_owned() }
            fn known(stored: String) -> Option<Self> { stored.parse().ok() }
        }
    )*};
}
pub use kit_record_texts as texts;

// The keys that services share; a service adds its own.
ids!(
    keys::TraceId,
    keys::ResidentId,
    keys::GridId,
    keys::CommunityId,
    keys::NeedId,
    keys::ProposalId,
    keys::OrganizationId,
    keys::SocialWorkerId,
    keys::VolunteerId,
    keys::VisitId,
    keys::ProcurementNeedId,
    keys::TenderId,
    keys::ContractId,
    keys::MilestoneId,
    keys::ExpertId,
    keys::FundId,
);
