//! The answer tree: JSON that is parsed once, borrows every text from the
//! bytes a subgraph sent, and is written out as it came in.
//!
//! Numbers and strings stay raw tokens. A custom scalar therefore leaves the
//! gateway byte for byte as its owner wrote it: no digit of a decimal is lost.

mod parse;
mod places;
mod tree;
mod view;
mod write;

pub use parse::{MAX_NESTING, ParseError};
pub use places::Places;
pub use tree::{Content, Node, Tree};
pub use view::{InOrder, View};
pub(crate) use write::{write_key, write_raw_string};
pub use write::{write_string, write_value};
