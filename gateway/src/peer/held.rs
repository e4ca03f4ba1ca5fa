//! The memory that subgraph answers take, over all requests.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;

/// Counts the bytes held.
#[derive(Debug)]
pub struct Held {
    bytes: AtomicUsize,
    limit: usize,
}

/// Bytes that give their share back when the last user lets go.
struct Counted {
    bytes: Bytes,
    held: Arc<Held>,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.held
            .bytes
            .fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}

impl Held {
    pub const fn new(limit: usize) -> Self {
        Self {
            bytes: AtomicUsize::new(0),
            limit,
        }
    }

    /// The bytes held now.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Takes an answer into account; None where the limit would be exceeded.
    pub fn hold(self: &Arc<Self>, bytes: Bytes) -> Option<Bytes> {
        let size = bytes.len();
        let before = self.bytes.fetch_add(size, Ordering::Relaxed);
        // From here on the share is given back by the drop.
        let counted = Counted {
            bytes,
            held: Arc::clone(self),
        };
        (before.saturating_add(size) <= self.limit).then(|| Bytes::from_owner(counted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_let_go_makes_room_again() {
        let held = Arc::new(Held::new(10));
        let first = held.hold(Bytes::from_static(b"123456")).unwrap();
        let copy = first.clone();
        assert!(held.hold(Bytes::from_static(b"12345")).is_none());
        assert_eq!(held.bytes(), 6, "a refused answer holds nothing");
        drop(first);
        assert_eq!(held.bytes(), 6, "somebody still reads it");
        drop(copy);
        assert_eq!(held.bytes(), 0);
        assert_eq!(
            &held.hold(Bytes::from_static(b"1234567890")).unwrap()[..],
            b"1234567890"
        );
    }
}
