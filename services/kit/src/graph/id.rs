//! Opaque global ids of the graph, to and from typed ids.

use async_graphql::ID;
use kernel::{GlobalId, TypedId};

use crate::error::{Error, Result};

/// The id as the graph shows it.
pub fn global<T: TypedId>(id: T) -> ID {
    ID(GlobalId::of(id).encode())
}

/// The id a client sent at `field`.
pub fn typed<T: TypedId>(id: &ID, field: &str) -> Result<T> {
    GlobalId::decode(id)
        .and_then(|global| global.typed())
        .map_err(|error| Error::fault(error).at(field))
}
