//! The GraphQL edge of a service: its subgraph over gRPC, errors, ids,
//! scalars, pages, loaders, and how values cross it (`shape`).

mod batch;
mod errors;
mod forms;
mod hints;
mod id;
mod input;
mod loader;
mod page;
mod scalar;
pub mod shape;
mod sizes;
mod subgraph;
mod subscription;

pub use batch::with_batches;
pub use errors::tell;
pub use hints::{Hint, Hints};
pub use id::{global, typed};
pub use input::{Asked, Inputs};
pub use loader::loader;
pub use page::{Opaque, connection, listed, page};
pub use scalar::{Date, DivisionCode, Fen, Minutes, UnifiedSocialCreditCode};
pub use subgraph::{Prepare, Subgraph, sdl};
