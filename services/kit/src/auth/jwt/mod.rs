//! Tokens: what they say, whose keys sign them, and whether they are good.

mod claims;
mod error;
mod jwks;
mod keys;
mod verifier;

pub use error::TokenError;
pub use jwks::Jwks;
pub use verifier::{Login, Verifier};

pub(super) use claims::Claims;
