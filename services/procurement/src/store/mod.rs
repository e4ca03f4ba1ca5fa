//! SQL, as free functions on a connection. No transaction begins here.
pub mod award;
pub mod bid;
pub mod contract;
pub mod criterion;
pub mod expert;
pub mod expert_pool;
pub mod fund;
pub mod gauge;
pub mod milestone;
pub mod need;
pub mod panel;
pub mod payment;
pub mod ranking;
pub mod score_sheet;
pub mod tender;

use std::{collections::HashMap, hash::Hash};

use kernel::TypedId;
use uuid::Uuid;

/// The raw ids of typed ones, to bind.
fn uuids<T: TypedId>(ids: &[T]) -> Vec<Uuid> {
    ids.iter().map(TypedId::as_uuid).collect()
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
