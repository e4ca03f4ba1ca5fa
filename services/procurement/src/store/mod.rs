//! SQL, as free functions on a connection. No transaction begins here.
pub mod award;
pub mod bid;
pub mod challenge;
pub mod commission;
pub mod complaint;
pub mod contract;
pub mod criterion;
pub mod expert;
pub mod expert_pool;
pub mod fund;
pub mod gauge;
pub mod guide;
pub mod milestone;
pub mod monitoring;
pub mod need;
pub mod panel;
pub mod payment;
pub mod ranking;
pub mod replacement;
pub mod score_sheet;
pub mod tender;
pub mod termination;
pub mod variation;
pub mod venture_agreement;
pub mod venture_application;
pub mod venture_objection;
pub mod venture_round;
pub mod venture_score;
pub mod violation;

mod sealed;
mod sheet;

use std::{collections::HashMap, hash::Hash};

pub use self::sealed::SEALED;

use kernel::{DivisionCode, TypedId};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

/// The raw ids of typed ones, to bind.
fn uuids<T: TypedId>(ids: &[T]) -> Vec<Uuid> {
    ids.iter().map(TypedId::as_uuid).collect()
}

/// Appends that a row lies below a division, where one is asked for.
fn below(query: &mut QueryBuilder<Postgres>, division: Option<&DivisionCode>) {
    if let Some(division) = division {
        query
            .push(" AND division_code LIKE ")
            .push_bind(format!("{}%", division.prefix()));
    }
}

/// Rows by what they belong to, in the order they came.
fn grouped<K: Hash + Eq, V>(
    rows: impl IntoIterator<Item = V>,
    key: impl Fn(&V) -> K,
) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}
