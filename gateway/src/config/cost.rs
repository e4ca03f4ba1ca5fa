//! What an operation may be worth, and what things are worth by default.

use serde::Deserialize;

/// Weights where the schema has no `@cost`, and sizes where it has no
/// `@listSize`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cost {
    /// The highest price of one operation.
    pub max: u64,
    /// Elements of a list of unknown size.
    pub list_size: u64,
    /// An object, an interface or a union; also an input object.
    pub object: u64,
    /// A scalar or an enum.
    pub scalar: u64,
    /// An object that is looked up in another subgraph than the one that it came
    /// from: each time it is asked for fields of that subgraph.
    pub entity: u64,
    /// A mutation, before its fields.
    pub mutation: u64,
}

impl Default for Cost {
    fn default() -> Self {
        Self {
            max: 1_000_000,
            list_size: 10,
            object: 1,
            scalar: 0,
            entity: 1,
            mutation: 10,
        }
    }
}
