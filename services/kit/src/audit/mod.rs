//! Who did and read what: an append-only log that shows when it was changed.
//!
//! Every sensitive read or write appends an [`Entry`] in its own transaction.
//! Each row holds the hash of the row before ([`kernel::chain`]), so a changed
//! byte, a removed row, a swapped pair break the chain. What a chain alone
//! cannot show (its tail cut off, everything after a point rewritten) is shown
//! by checkpoints: the head, signed now and then and exported to a file that is
//! kept elsewhere.
//!
//! | module | holds |
//! |---|---|
//! | [`entry`] | what is recorded, and its canonical bytes |
//! | [`log`] | append, list, "who looked at my data" |
//! | [`checkpoint`] | the signed head, and its export |
//! | [`signer`] | the key that signs, the keys that are believed |
//! | [`gauge`] | how long the head has been without a signature |
//! | [`keeper`] | signing and exporting regularly |
//! | [`verify`](mod@verify) | checking the whole log, as `sanshe audit verify` does |
//!
//! # Recording: one line in the use case
//!
//! The head of the chain is one row that each append locks until commit, so
//! the log is a line and not a tree. Append **last**: between it and the commit
//! nobody else can.
//!
//! ```ignore
//! let entry = audit::Entry::read(caller, "readResident", &resource, now)
//!     .fields(["name", "phone"])
//!     .subject(resident.id.as_uuid());
//! audit::append(&mut tx, &entry).await?;
//! tx.commit().await?;
//! ```
//!
//! A read that is refused is recorded too, in a transaction of its own, with
//! [`Entry::denied`].

pub mod checkpoint;
pub mod entry;
pub mod gauge;
pub mod keeper;
pub mod log;
pub mod signer;
pub mod verify;

pub use checkpoint::Checkpoint;
pub use entry::{Entry, Outcome};
pub use keeper::Keeper;
pub use log::{Recorded, append, append_all, list_for_subject};
pub use signer::{Signer, Trust};
pub use verify::{Finding, Report, verify};
