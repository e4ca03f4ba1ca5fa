//! From the merged tree to the bytes of the response: exactly the fields that
//! were asked for, nulls where the schema wants them, one error for each null
//! that had to bubble.

mod complete;
mod introspect;
mod print;
mod shape;

use self::{complete::Projector, shape::Shape};
pub use self::{
    introspect::{Introspected, introspect},
    print::print_api,
    shape::{Selection, compile, size},
};
use crate::{
    error::GraphError,
    plan::Prepared,
    supergraph::Schema,
    value::{Places, View},
};

/// What is projected.
#[derive(Debug)]
pub struct Projection<'p> {
    pub schema: &'p Schema,
    pub prepared: &'p Prepared,
    /// The gateway's own part of the answer.
    pub introspected: Option<Introspected>,
    pub max_errors: usize,
}

/// Writes the value of `data`. Errors of the projection are added to `errors`;
/// an entity that is `absent` and lacks what has to be there is null without one.
pub fn project(
    out: &mut Vec<u8>,
    projection: &Projection<'_>,
    data: View<'_, '_>,
    absent: &Places,
    errors: &mut Vec<GraphError>,
) {
    let prepared = projection.prepared;
    let shape = Shape::collect(
        projection.schema,
        &prepared.root,
        &[prepared.selection.as_slice()],
        prepared.denied.as_deref(),
    );
    let mut projector = Projector::new(
        projection.schema,
        errors,
        projection.max_errors,
        prepared.denied.as_deref(),
        absent,
    );
    let written = projector.root(
        out,
        &shape,
        data,
        projection.introspected.as_ref(),
        &prepared.root,
    );
    if !written {
        out.extend_from_slice(b"null");
    }
}
