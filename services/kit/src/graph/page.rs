//! Connections: cursor pages over kernel's page rules.

use std::convert::Infallible;

use async_graphql::{
    OutputType,
    connection::{Connection, CursorType, Edge},
};
use kernel::{Cursor, Page, PageArgs, Paged};
use serde::Serialize;

use crate::error::Result;

/// Checks the four arguments of a connection.
pub fn page(
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> Result<Page> {
    Ok(PageArgs {
        first,
        after,
        last,
        before,
    }
    .page()?)
}

/// A cursor that goes out as kernel made it. Coming in, [`page`] reads it.
pub struct Opaque(String);

impl CursorType for Opaque {
    type Error = Infallible;

    fn decode_cursor(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }

    fn encode_cursor(&self) -> String {
        self.0.clone()
    }
}

/// The connection of a page: `keys` tells the sort keys of an item.
pub fn connection<T, N, K>(
    paged: Paged<T>,
    keys: impl Fn(&T) -> K,
    node: impl Fn(T) -> N,
) -> Connection<Opaque, N>
where
    N: OutputType,
    K: Serialize,
{
    let mut connection = Connection::new(paged.has_previous, paged.has_next);
    connection.edges.extend(paged.items.into_iter().map(|item| {
        let cursor = Opaque(Cursor::of(&keys(&item)).encode());
        Edge::new(cursor, node(item))
    }));
    connection
}

/// The connection that a root of the graph answers. Every root may be null: then
/// a service that is away, or refuses, costs a client this field and no other.
/// Below a root, what is of the same service is there or its parent is not.
pub fn listed<T, N, K>(
    paged: Paged<T>,
    keys: impl Fn(&T) -> K,
    node: impl Fn(T) -> N,
) -> Result<Option<Connection<Opaque, N>>>
where
    N: OutputType,
    K: Serialize,
{
    Ok(Some(connection(paged, keys, node)))
}
