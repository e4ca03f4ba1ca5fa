//! The event of a subscription: the answer that its source has sent already.

use super::{Execution, errors};
use crate::{
    plan::Fetch,
    value::{Value, parse},
};

impl<'a> Execution<'a> {
    /// Reads the answer where it lies and begins the tree with it.
    pub(super) fn event(&self, source: &'a Fetch) {
        let Some(answer) = self.with.slots[source.call.slot].get() else {
            return;
        };
        let answer = match parse(answer) {
            Ok(Value::Object(answer)) => Ok(answer),
            other => {
                let error = other.err();
                tracing::error!(subgraph = %source.call.service, ?error, "an event is no GraphQL");
                Err(Box::new(errors::of_answer()))
            }
        };
        self.place(source, &[Vec::new()], answer);
    }
}
