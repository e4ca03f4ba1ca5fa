//! The event of a subscription: the answer that its source has sent already.

use super::Execution;
use crate::plan::Fetch;

impl<'a> Execution<'a> {
    /// Reads the answer where it lies and begins the tree with it.
    pub(super) fn event(&self, source: &'a Fetch) {
        let Some(answer) = self.with.slots[source.call.slot].get() else {
            return;
        };
        let answer = self.read(&source.call, answer);
        let root = self.outcome().data;
        self.place(source, &[root], answer);
    }
}
